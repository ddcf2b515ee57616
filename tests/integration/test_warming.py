"""Warming: what is used is refreshed just after its expiry, and nothing ever before."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    in_flight,
    make_blocking_client,
    make_client,
    until,
)
from pyesi import errors
from pyesi.testing import make_token, turn_clock

PRICES = "/markets/prices"
WALLET = "/characters/{character_id}/wallet"
PAGES = [(ORDERS, {**FORGE, "page": page}) for page in (1, 2, 3)]


def has_begun(warming):
    """Whether its first round is over."""
    seen = warming.statistics()
    return seen.requested + seen.fresh >= seen.requests


async def settled(simulator, esi):
    """Wait until nothing is under way. No clock is to be turned before."""
    seen = -1
    while seen != (seen := simulator.counters()["requests"]) or in_flight(esi):
        await asyncio.sleep(0.05)


async def turn(simulator, esi, seconds):
    turn_clock(simulator, esi, seconds)
    await settled(simulator, esi)


async def begun(esi, requests, **settings):
    """A warming whose first round is over."""
    warming = await esi.cache.warm(requests, **settings)
    await until(lambda: has_begun(warming))
    return warming


def asked_for(simulator, page):
    """How often ESI was asked for that page."""
    wanted = f"page={page}"
    return sum(
        count for target, count in simulator.targets().items() if wanted in target
    )


def test_one_round_loads_what_is_missing(simulator, either_loop):
    """
    After one round every request is a fresh hit, and the report counts what was asked.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(PRICES)
            report = await esi.cache.warm([PRICES, *PAGES])
            hits = [await esi.get(route, **given) for route, given in PAGES]
            return report, [hit.source for hit in hits]

    report, sources = either_loop(story())
    assert (report.requests, report.requested, report.changed) == (4, 3, 3)
    assert (report.fresh, report.failed, report.running) == (1, 0, False)
    assert sources == [pyesi.Source.FRESH] * 3
    assert simulator.counters()["requests"] == 4


def test_a_second_round_validates(simulator, blocking):
    """
    What has expired since the first round is revalidated by the second.
    """
    blocking.cache.warm(PAGES)
    turn_clock(simulator, blocking, 330)
    report = blocking.cache.warm(PAGES)
    assert report.requested == 3
    assert report.revalidated + report.changed == 3
    assert simulator.counters()["early"] == 0


def test_only_what_is_used_is_refreshed_and_never_early(simulator, either_loop):
    """
    Over an hour a page in use is always fresh and asked for once a lifetime, a page
    that nobody uses is asked for once, and no request is early.
    """

    async def story():
        sources = []
        async with make_client(simulator.base_url) as esi:
            warming = await begun(esi, PAGES, every=30)
            # The market turns over every 300 s: not in the slack of these uses.
            await turn(simulator, esi, 50)
            for _ in range(36):
                await turn(simulator, esi, 100)
                sources.append((await esi.get(ORDERS, page=1, **FORGE)).source)
            report = warming.statistics()
            await warming.stop()
            return sources, report

    sources, report = either_loop(story())
    counters = simulator.counters()
    assert counters["early"] == 0
    assert asked_for(simulator, 2) == asked_for(simulator, 3) == 1
    assert asked_for(simulator, 1) == 13
    assert sources == [pyesi.Source.FRESH] * 36
    assert report.idle == report.skipped == 2
    assert report.requested == counters["requests"]


def test_a_warming_that_nobody_reads_stops_asking(simulator, loop):
    """
    Each request is asked for once, and the statistics tell that all are idle.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            async with await begun(esi, PAGES, every=30) as warming:
                for _ in range(40):
                    await turn(simulator, esi, 600)
                return warming.statistics()

    report = loop(story())
    assert simulator.counters()["requests"] == 3
    assert report.idle == 3
    assert report.running


def test_uses_below_the_threshold_keep_nothing_warm(simulator, loop):
    """
    With a threshold of 3 one use does not have a request refreshed, and 3 do.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await begun(esi, PAGES[:1], every=30, warming_threshold=3)
            await esi.get(ORDERS, page=1, **FORGE)
            await turn(simulator, esi, 400)
            assert asked_for(simulator, 1) == 1
            for _ in range(2):  # the first of them asks ESI itself
                await esi.get(ORDERS, page=1, **FORGE)
            await turn(simulator, esi, 400)
            return asked_for(simulator, 1)

    assert loop(story()) == 3
    assert simulator.counters()["early"] == 0


def test_what_lies_in_a_file_is_not_asked_for(simulator, tmp_path):
    """
    What a file still has fresh is fresh for a warming, before memory has seen it.
    """
    kept = tmp_path / "answers.sqlite3"
    with make_blocking_client(simulator.base_url, cache=kept) as esi:
        esi.cache.warm(PAGES)
    with make_blocking_client(simulator.base_url, cache=kept) as esi:
        report = esi.cache.warm(PAGES)
    assert (report.requested, report.fresh) == (0, 3)
    assert simulator.counters()["requests"] == 3


def test_stopping_twice_is_stopping_once(simulator, either_loop):
    """
    After a stop nothing is asked for any more, and a second one has no effect.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            warming = await begun(esi, PAGES, every=30)
            await warming.stop()
            await warming.stop()
            assert not warming.statistics().running
            await esi.get(ORDERS, page=2, **FORGE)
            await turn(simulator, esi, 4000)

    either_loop(story())
    assert simulator.counters()["requests"] == 3


def test_a_blocking_warming_goes_on_behind(simulator, blocking):
    """
    It returns at once, refreshes while its thread does other things, and ends with its
    `with`.
    """
    with blocking.cache.warm(PAGES, every=30) as warming:
        asyncio.run(until(lambda: warming.statistics().changed == 3))
        blocking.get(ORDERS, page=1, **FORGE)
        turn_clock(simulator, blocking, 330)
        asyncio.run(until(lambda: warming.statistics().requested == 4))
    assert not warming.statistics().running
    assert simulator.counters()["early"] == 0


def test_any_thread_may_stop_a_blocking_warming(simulator, blocking):
    """
    A warming that one thread began is stopped by another.
    """
    warming = blocking.cache.warm(PAGES, every=30)
    thread = threading.Thread(target=warming.stop)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert not warming.statistics().running


@pytest.mark.parametrize("shared", [False, True])
def test_closing_a_client_ends_its_warmings(simulator, shared):
    """
    Whether its engine is its own or shared; a stop afterwards returns at once.
    """
    with pyesi.Engine() as engine:
        given = {"engine": engine} if shared else {}
        client = make_blocking_client(simulator.base_url, **given)
        warming = client.cache.warm(PAGES, every=30)
        client.close()
        asyncio.run(until(lambda: not warming.statistics().running))
        warming.stop()


@pytest.mark.parametrize("shared", [False, True])
def test_closing_a_client_for_asyncio_ends_its_warmings(simulator, either_loop, shared):
    """
    Whether its engine is its own or shared; a stop afterwards returns at once.
    """

    async def story():
        async with pyesi.Engine() as engine:
            given = {"engine": engine} if shared else {}
            client = make_client(simulator.base_url, **given)
            warming = await client.cache.warm(PAGES, every=30)
            await client.aclose()
            await until(lambda: not warming.statistics().running)
            async with asyncio.timeout(5):
                await warming.stop()

    either_loop(story())


def test_closing_a_shared_engine_ends_warmings(simulator, loop):
    """
    A warming of a client on a shared engine ends with the engine.
    """

    async def story():
        engine = pyesi.Engine()
        client = make_client(simulator.base_url, engine=engine)
        warming = await client.cache.warm(PAGES, every=30)
        await engine.aclose()
        assert not warming.statistics().running
        async with asyncio.timeout(5):
            await warming.stop()

    loop(story())


def test_cancelling_one_round_ends_it(simulator, loop):
    """
    Who gives up on a round is told so, and the client goes on.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 5}, "times": 3}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await esi.cache.warm(PAGES)
            simulator.reset()
            return (await esi.get(PRICES)).status

    assert loop(story()) == 200


def test_the_end_of_its_loop_ends_a_warming(simulator):
    """
    A warming that nobody stopped ends with `asyncio.run`, and the client can be closed
    by the next one.
    """
    client = make_client(simulator.base_url)

    async def begin():
        return await client.cache.warm(PAGES, every=30)

    warming = asyncio.run(begin())
    asyncio.run(until(lambda: not warming.statistics().running))
    asyncio.run(client.aclose())


def test_a_forked_child_stops_no_warming_and_hangs_on_none(simulator, blocking):
    """
    In a child of fork a stop returns at once, and the parent's warming goes on.
    """
    warming = blocking.cache.warm(PAGES, every=30)
    asyncio.run(until(lambda: warming.statistics().changed == 3))
    child = os.fork()
    if child == 0:
        warming.stop()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert warming.statistics().running


def test_the_interpreter_ends_under_a_warming(simulator):
    """
    A program that forgets its warming ends all the same, without a word.
    """
    program = f"""
        import pyesi
        esi = pyesi.SyncESIClient(
            user_agent="t/1.0 (t@example.com)", base_url={simulator.base_url!r}
        )
        warming = esi.cache.warm(["/markets/prices"], every=30)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ("/nowhere", "nowhere"),
        ((ORDERS, {"region_id": "x"}), "region_id"),
        (("POST", "/universe/names", {}), "only GET"),
        ({"route": PRICES, "cache_mode": "reload"}, "cache_mode has no meaning"),
        ({"route": PRICES, "headers": {"Host": "x"}}, "Host"),
        ((WALLET, {"character_id": 1}), "token"),
        (17, "not int"),
    ],
)
def test_a_request_that_cannot_be_warmed_is_named(simulator, blocking, request_, why):
    """
    Bad input is an InvalidRequest that names its place, before anything is sent.
    """
    with pytest.raises(errors.InvalidRequest, match=rf"Request 1 cannot .*{why}"):
        blocking.cache.warm([PRICES, request_])
    assert simulator.counters()["requests"] == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"every": 0.5},
        {"every": "soon"},
        {"every": float("nan")},
        {"max_operations": 0},
        {"max_operations": True},
        {"warming_threshold": 0},
        {"warming_threshold": 1.5},
    ],
)
def test_a_setting_that_cannot_be_is_refused(blocking, settings):
    """
    A setting out of its range is an InvalidRequest that names it.
    """
    with pytest.raises(errors.InvalidRequest, match=next(iter(settings))):
        blocking.cache.warm([PRICES], **settings)


def test_without_a_cache_there_is_nothing_to_warm(simulator):
    """
    With cache=None a warming is a ConfigurationError: it would ask for nothing.
    """
    with (
        make_blocking_client(simulator.base_url, cache=None) as esi,
        pytest.raises(errors.ConfigurationError, match="cache=None"),
    ):
        esi.cache.warm([PRICES])


def test_tokens_go_along_and_answers_are_their_owners(simulator, blocking):
    """
    What is warmed with a character's token is a hit for that character alone.
    """
    scopes = ["esi-wallet.read_character_wallet.v1"]
    tokens = [make_token(90000001, scopes, expires=4102444800) for _ in range(1)]
    request = {"route": WALLET, "params": {"character_id": 90000001}, "auth": tokens[0]}
    assert blocking.cache.warm([request]).changed == 1
    hit = blocking.get(WALLET, character_id=90000001, auth=tokens[0])
    assert hit.source == pyesi.Source.FRESH


def test_what_esi_says_no_to_is_given_up(simulator, loop):
    """
    An unknown system is asked for once: its 404 counts against ESI's error limit.
    """
    unknown = ("/universe/systems/{system_id}", {"system_id": 1})

    async def story():
        async with make_client(simulator.base_url) as esi:
            warming = await begun(esi, [unknown], every=1)
            for _ in range(20):
                await turn(simulator, esi, 60)
            return warming.statistics()

    report = loop(story())
    assert (report.failed, report.dropped) == (1, 1)
    assert simulator.counters()["requests"] == 1
