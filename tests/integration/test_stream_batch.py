"""Batches that are taken one by one: order, ends, and what is held meanwhile."""

import asyncio
import itertools

import pytest

import pyesi
from integration.worlds import FORGE, ORDERS, SYSTEM, TYPE, TYPES, make_client
from pyesi.errors import InvalidRequest

ITEMS = [(TYPE, {"type_id": number}) for number in TYPES[:30]]
UNKNOWN = (TYPE, {"type_id": 999_999_999})
WRONG = (TYPE, {"type": 34})


@pytest.fixture
def ask(loop, simulator):
    """Runs what is given a client of the simulator."""

    def run(work, **settings):
        async def with_client():
            async with make_client(simulator.base_url, **settings) as esi:
                return await work(esi)

        return loop(with_client())

    return run


def collected(stream):
    """All that a stream gives."""

    async def collect(esi):
        return [result async for result in stream(esi)]

    return collect


def test_each_request_of_a_batch_ends_once_at_its_place(ask):
    """Results bear the place of their request, and none is missing."""
    results = ask(collected(lambda esi: esi.stream_batch(ITEMS)))
    seen = {result.index: result.result().json()["type_id"] for result in results}
    assert seen == dict(enumerate(TYPES[:30]))
    assert len(results) == len(ITEMS)


def test_in_order_they_come_as_they_were_asked_for(ask):
    """Errors come at their places too, and those of what could not be sent."""
    requests = [WRONG, *ITEMS[:5], UNKNOWN, WRONG, *ITEMS[5:9], WRONG]
    results = ask(collected(lambda esi: esi.stream_batch(requests, 3, in_order=True)))
    assert [result.index for result in results] == list(range(len(requests)))
    assert isinstance(results[0].error, InvalidRequest)
    assert isinstance(results[6].error, pyesi.NotFound)
    assert isinstance(results[-1].error, InvalidRequest)


def test_an_error_is_a_result_and_is_raised_when_it_is_asked_for(ask):
    """One that fails does not disturb the others."""
    stream = collected(lambda esi: esi.stream_batch([UNKNOWN, ITEMS[0]]))
    failed, well = sorted(ask(stream), key=lambda result: result.index)
    assert failed.response is None
    with pytest.raises(pyesi.NotFound):
        failed.result()
    assert well.result().status_code == 200


def test_bad_answers_are_responses_where_that_is_asked_for(ask):
    """raise_for_status=False gives the 404 itself."""
    stream = collected(lambda esi: esi.stream_batch([UNKNOWN], raise_for_status=False))
    [result] = ask(stream)
    assert result.result().status_code == 404


def test_who_leaves_early_asks_for_no_more(ask, simulator):
    """Closing the stream cancels what is under way and what waits."""

    async def leave(esi):
        stream = esi.stream_batch(ITEMS, 2, byte_window=1)
        await anext(stream)
        await stream.aclose()
        await asyncio.sleep(0.05)

    ask(leave)
    assert sum(simulator.targets().values()) <= 6


def test_who_takes_slowly_is_not_overrun(ask, simulator):
    """Beyond the byte window nothing is asked for until something is taken."""

    async def take_slowly(esi):
        stream = esi.stream_batch(ITEMS, 5, byte_window=10_000)
        first = await anext(stream)
        await asyncio.sleep(0.2)
        asked = sum(simulator.targets().values())
        return asked, [first, *[result async for result in stream]]

    asked, results = ask(take_slowly)
    assert asked <= 12
    assert len({result.index for result in results}) == len(ITEMS)


def test_pages_that_nobody_takes_are_not_asked_for(ask, simulator):
    """A stream of pages has the same window."""

    async def take_one(esi):
        stream = esi.stream_pages(ORDERS, consistent=False, byte_window=1, **FORGE)
        await anext(stream)
        await asyncio.sleep(0.2)
        asked = sum(simulator.targets().values())
        return asked, [page async for page in stream]

    asked, rest = ask(take_one)
    assert asked == 1
    assert len(rest) == 7


def test_an_empty_batch_has_no_results(ask, simulator):
    """Nothing is sent, and the stream ends."""
    assert ask(collected(lambda esi: esi.stream_batch([]))) == []
    assert not simulator.targets()


@pytest.mark.parametrize("byte_window", [0, -1, 1.5, True, "64"])
def test_a_window_that_is_no_count_is_refused(blocking, byte_window):
    """It is refused before anything is sent."""
    with pytest.raises(InvalidRequest, match="byte_window"):
        blocking.stream_batch(ITEMS, byte_window=byte_window)


def test_a_blocking_batch_is_streamed_too(blocking):
    """As completed and in order, with errors in their places."""
    requests = [*ITEMS[:10], UNKNOWN, WRONG]
    ordered = list(blocking.stream_batch(requests, in_order=True))
    assert [result.index for result in ordered] == list(range(12))
    places = {result.index for result in blocking.stream_batch(requests, 4)}
    assert places == set(range(12))


def test_a_blocking_stream_can_be_left(blocking):
    """What is under way is cancelled, and the client goes on."""
    stream = blocking.stream_batch(ITEMS, 2, byte_window=1)
    taken = list(itertools.islice(stream, 3))
    stream.close()
    assert len(taken) == 3
    assert blocking.get(SYSTEM, system_id=30000142).status_code == 200
