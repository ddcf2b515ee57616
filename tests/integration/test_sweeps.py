"""All pages of one listing as one snapshot, whatever happens meanwhile."""

import asyncio
import pickle
import random
from contextlib import aclosing

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    ends_of,
    in_flight,
    make_blocking_client,
    make_client,
    told,
    turned,
    until,
)
from pyesi import errors
from pyesi.testing import turn_clock

PAGE = "/markets/10000002/orders?order_type=all&page="
LIFETIME = 300.0


def instants_of(pages):
    return {page.last_modified for page in pages}


def order_ids(pages):
    return [order["order_id"] for order in pages.json()]


def pages_asked(simulator):
    """How often each page was asked for."""
    return {
        int(target.rpartition("page=")[2]): times
        for target, times in simulator.targets().items()
    }


def test_pages_are_one_snapshot_and_whole(simulator, either_loop):
    """
    All pages come once, in order, of one Last-Modified, with every order once.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await esi.get_pages(ORDERS, **FORGE)

    pages = either_loop(story())

    assert len(pages) == 8
    assert pages.consistent
    assert instants_of(pages) == {pages.last_modified}
    assert [page.url.rpartition("page=")[2] for page in pages] == [*"12345678"]
    ids = order_ids(pages)
    assert len(ids) == len(set(ids)) > 7000
    assert pages_asked(simulator) == dict.fromkeys(range(1, 9), 1)


def test_a_second_sweep_asks_nothing_and_a_third_asks_for_what_changed(simulator, loop):
    """
    While the pages are fresh a sweep sends nothing; afterwards it revalidates them, and
    pages that did not change come as 304.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            first = await esi.get_pages(ORDERS, **FORGE)
            second = await esi.get_pages(ORDERS, **FORGE)
            between = simulator.counters()["requests"]
            turn_clock(simulator, esi, LIFETIME + 5)
            third = await esi.get_pages(ORDERS, **FORGE)
            return first, second, between, third

    first, second, between, third = loop(story())

    assert between == 8
    assert {page.source for page in second} == {pyesi.Source.FRESH}
    assert order_ids(second) == order_ids(first)
    counters = simulator.counters()
    assert counters["requests"] == 16
    assert 0 < counters["not_modified"] < 8
    sources = [page.source for page in third]
    assert sources.count(pyesi.Source.REVALIDATED) == counters["not_modified"]
    assert set(sources) == {pyesi.Source.REVALIDATED, pyesi.Source.NETWORK}
    assert third.consistent
    assert instants_of(third) == {third.last_modified}
    assert third.last_modified > first.last_modified
    assert counters["early"] == 0


@pytest.mark.parametrize("served", [1, 2, 4, 7])
def test_a_market_that_rolls_over_mid_way_is_swept_to_the_end(
    simulator, either_loop, served
):
    """
    Pages that fell behind are asked for again once their own freshness is over, and the
    whole is one snapshot.
    """
    simulator.roll_after(served)

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(esi.get_pages(ORDERS, **FORGE), simulator, esi)

    pages = either_loop(story())

    assert pages.consistent
    assert 1 <= pages.rounds <= 2
    assert len(instants_of(pages)) == 1
    ids = order_ids(pages)
    assert len(ids) == len(set(ids))
    assert simulator.counters()["early"] == 0


# What a GET gets over within its attempts.
FAULTS = [
    {"kind": "reset_before"},
    {"kind": "reset_in_body"},
    {"kind": "truncate"},
    {"kind": "truncated_gzip"},
    {"kind": "html_504"},
    {"kind": "status", "code": 502},
    {"kind": "status", "code": 503},
]
SLOW = [
    {"kind": "latency", "seconds": 0.05},
    {"kind": "slow_drip", "bytes": 20_000, "seconds": 0.02},
]


@pytest.mark.parametrize("seed", range(4))
def test_a_sweep_under_faults_that_rolls_over_is_one_snapshot(
    make_simulator, either_loop, seed
):
    """
    Resets, cuts, drips and 5xx, with a roll-over in the middle: in the end there is one
    Last-Modified, and nothing was asked for early.
    """
    simulator = make_simulator(pages=16, seed=seed)
    # As many as the retry budget bears, however few pages were asked for before.
    chosen = random.Random(seed).sample(FAULTS, 3)
    simulator.faults(
        [
            {"fault": fault, "match": {"page": 3 + 5 * place}}
            for place, fault in enumerate(chosen)
        ]
        + [{"fault": fault, "times": None, "chance": 0.3} for fault in SLOW]
    )
    simulator.roll_after(6)

    async def story():
        # Time that is turned while a retry waits is no time-out.
        timeout = pyesi.Timeout(total=3600)
        async with make_client(simulator.base_url, timeout=timeout) as esi:
            return await turned(esi.get_pages(ORDERS, **FORGE), simulator, esi)

    pages = either_loop(story())

    assert pages.consistent
    assert len(pages) == 16
    assert len(instants_of(pages)) == 1
    ids = order_ids(pages)
    assert len(ids) == len(set(ids))
    counters = simulator.counters()
    assert counters["early"] == 0
    assert sum(counters["faults"][fault["kind"]] for fault in chosen) >= 3


@pytest.mark.parametrize("pages", [5, 11], ids=["shrinks", "grows"])
def test_the_newest_page_says_how_many_there_are(simulator, loop, pages):
    """
    A listing that gets longer or shorter while it is swept ends with the newest count.
    """
    simulator.roll_after(3, pages=pages)

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(esi.get_pages(ORDERS, **FORGE), simulator, esi)

    swept = loop(story())

    assert swept.consistent
    assert len(swept) == pages
    assert {page.pages for page in swept} == {pages}
    assert len(instants_of(swept)) == 1
    assert simulator.counters()["early"] == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "wrapped_page_end_500"},
        {
            "kind": "status",
            "code": 404,
            "body": {"error": "Requested page does not exist!"},
        },
    ],
    ids=["wrapped in a 500", "404"],
)
def test_a_page_that_is_gone_means_a_new_snapshot_and_no_error(simulator, loop, fault):
    """
    "No such page" is asked once, not tried again like a 500, and sends the sweep back
    to page 1 once that is over.
    """
    simulator.faults([{"fault": fault, "match": {"page": 8}}])
    asked = []

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(
                esi.get_pages(ORDERS, **FORGE),
                simulator,
                esi,
                on_pause=lambda: asked.append(pages_asked(simulator)),
            )

    pages = loop(story())

    assert asked[0] == dict.fromkeys(range(1, 9), 1)
    assert pages.consistent
    assert len(pages) == 8
    assert simulator.counters()["early"] == 0


def keep_torn(simulator):
    """Have the next page be the last of its snapshot, again and again."""
    return lambda: simulator.roll_after(1)


def test_a_listing_that_never_stands_still_is_given_up_after_three_rounds(
    simulator, loop
):
    """
    After three rounds of fetching again the sweep ends as InconsistentPages.
    """
    simulator.roll_after(3)

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.InconsistentPages) as failure:
                await turned(
                    esi.get_pages(ORDERS, **FORGE),
                    simulator,
                    esi,
                    step=301,
                    on_pause=keep_torn(simulator),
                )
            return told(failure)

    error = loop(story())

    assert error.route == ORDERS
    assert "3 rounds" in str(error)
    assert error.rounds == 3
    assert len(error.pages) == 8
    assert len(instants_of(error.pages)) > 1
    assert len(pickle.loads(pickle.dumps(error)).pages) == 8
    assert max(pages_asked(simulator).values()) <= 4
    assert simulator.counters()["early"] == 0


def test_torn_pages_can_be_had_with_a_flag(simulator, loop):
    """
    With consistent=False the merged pages come after three rounds, flagged.
    """
    simulator.roll_after(3)

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(
                esi.get_pages(ORDERS, consistent=False, **FORGE),
                simulator,
                esi,
                step=301,
                on_pause=keep_torn(simulator),
            )

    pages = loop(story())

    assert not pages.consistent
    assert pages.rounds == 3
    assert len(pages) == 8
    assert len(instants_of(pages)) > 1
    assert pages.last_modified == max(instants_of(pages))


def test_a_sweep_near_expiry_waits_once(simulator, loop):
    """
    With less than five seconds of page 1 left nothing but page 1 is asked for until it
    has expired; then the sweep goes through at once.
    """
    asked = []

    async def story():
        async with make_client(simulator.base_url) as esi:
            turn_clock(simulator, esi, LIFETIME - 3)
            return await turned(
                esi.get_pages(ORDERS, **FORGE),
                simulator,
                esi,
                step=5,
                on_pause=lambda: asked.append(pages_asked(simulator)),
            )

    pages = loop(story())

    assert asked[0] == {1: 1}
    assert pages.consistent
    assert pages.rounds == 0
    assert pages_asked(simulator) == {1: 2, **dict.fromkeys(range(2, 9), 1)}
    assert simulator.counters()["early"] == 0


def test_a_sweep_near_expiry_need_not_wait(simulator, loop):
    """
    With wait_for_refresh=False it begins at once.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            turn_clock(simulator, esi, LIFETIME - 4)
            async with asyncio.timeout(20):
                return await turned(
                    esi.get_pages(ORDERS, wait_for_refresh=False, **FORGE),
                    simulator,
                    esi,
                )

    pages = loop(story())

    assert pages.consistent
    assert simulator.counters()["early"] == 0


def test_a_stream_begins_when_the_snapshot_is_whole(simulator, either_loop):
    """
    The first page is not given out before the last has come; then they come in order.
    """
    late = {"kind": "latency", "seconds": 0.3}
    simulator.faults([{"fault": late, "match": {"page": 5}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            seen = []
            async for page in esi.stream_pages(ORDERS, **FORGE):
                if not seen:
                    assert simulator.counters()["in_flight"] == 0
                    assert simulator.counters()["answers"] == 8
                seen.append(page)
            return seen

    pages = either_loop(story())

    assert [page.url.rpartition("page=")[2] for page in pages] == [*"12345678"]
    assert len(instants_of(pages)) == 1


def test_a_stream_that_need_not_be_consistent_begins_at_once(simulator, either_loop):
    """
    With consistent=False pages come, in order, while later ones are still on their way.
    """
    late = {"kind": "no_answer"}
    simulator.faults([{"fault": late, "times": None, "match": {"page": 5}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            seen = []
            async for page in esi.stream_pages(ORDERS, consistent=False, **FORGE):
                seen.append(page)
                if len(seen) == 4:
                    simulator.reset()  # ends the silence, and page 5 is tried again
            return seen

    pages = either_loop(story())

    assert [page.url.rpartition("page=")[2] for page in pages] == [*"12345678"]


def test_a_stream_that_is_torn_by_a_roll_is_one_snapshot_all_the_same(simulator, loop):
    """
    No page of the older snapshot is ever given out.
    """
    simulator.roll_after(4)

    async def listed(esi):
        return [page async for page in esi.stream_pages(ORDERS, **FORGE)]

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(listed(esi), simulator, esi)

    pages = loop(story())

    assert len(pages) == 8
    assert len(instants_of(pages)) == 1
    assert simulator.counters()["early"] == 0


def test_who_leaves_a_stream_ends_it(simulator, either_loop):
    """
    Closing the generator cancels what is under way, and the client works on.
    """
    late = {"kind": "latency", "seconds": 0.2}
    simulator.faults([{"fault": late, "times": None, "match": {"page": 7}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            stream = esi.stream_pages(ORDERS, consistent=False, **FORGE)
            async with aclosing(stream):
                async for _ in stream:
                    break
            await until(lambda: in_flight(esi) == 0)
            return await esi.get_pages(ORDERS, **FORGE)

    assert len(either_loop(story())) == 8
    assert simulator.counters()["early"] == 0


def test_no_stale_page_is_swept_in(simulator, loop):
    """
    A sweep whose page cannot be revalidated fails; a get beside it takes the stale one,
    though both share one flight.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get_pages(ORDERS, **FORGE)
            turn_clock(simulator, esi, LIFETIME + 5)
            simulator.faults(
                [
                    {
                        "fault": {"kind": "status", "code": 503},
                        "times": None,
                        "match": {"page": 1},
                    },
                ]
            )
            stale, swept = await ends_of(
                [esi.get(ORDERS, page=1, **FORGE), esi.get_pages(ORDERS, **FORGE)]
            )
            swept_first, stale_second = await ends_of(
                [esi.get_pages(ORDERS, **FORGE), esi.get(ORDERS, page=1, **FORGE)]
            )
            return [stale, stale_second], [swept, swept_first]

    stale, swept = loop(story())

    assert [type(end) for end in swept] == [errors.ServerError] * 2
    assert [getattr(end, "source", end) for end in stale] == [pyesi.Source.STALE] * 2
    assert {end.status for end in swept} == {503}


@pytest.mark.parametrize("code", [403, 404, 500])
def test_a_page_that_says_no_ends_the_sweep(simulator, either_loop, code):
    """
    The status is raised, by the sweep and by the stream; or it is given back as it is
    with raise_for_status=False.
    """
    simulator.faults(
        [
            {
                "fault": {"kind": "status", "code": code},
                "times": None,
                "match": {"page": 3},
            }
        ]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.StatusError) as failure:
                await esi.get_pages(ORDERS, **FORGE)
            with pytest.raises(errors.StatusError):
                async for _ in esi.stream_pages(ORDERS, **FORGE):
                    pass
            kept = await esi.get_pages(ORDERS, raise_for_status=False, **FORGE)
            streamed = [
                page
                async for page in esi.stream_pages(
                    ORDERS, raise_for_status=False, **FORGE
                )
            ]
            return told(failure), kept, streamed

    error, kept, streamed = either_loop(story())

    assert error.status == code
    assert error.route == ORDERS
    assert [page.status for page in kept] == [code]
    assert not kept.consistent
    assert [page.status for page in streamed] == [code]


def test_a_sweep_that_fails_does_not_wait_for_its_other_pages(simulator, loop):
    """
    The first page that says no ends the sweep at once, also while another is silent.
    """
    simulator.faults(
        [
            {
                "fault": {"kind": "status", "code": 403},
                "times": None,
                "match": {"page": 3},
            },
            {"fault": {"kind": "no_answer"}, "times": None, "match": {"page": 4}},
        ]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.Forbidden):
                async with asyncio.timeout(5):
                    await esi.get_pages(ORDERS, **FORGE)

    loop(story())


def test_blocking_sweeps_tell_the_same(simulator):
    """
    The blocking client sweeps and streams the same pages, and raises the same errors.
    """
    with make_blocking_client(simulator.base_url) as esi:
        swept = esi.get_pages(ORDERS, **FORGE)
        streamed = list(esi.stream_pages(ORDERS, **FORGE))
        assert [page.url for page in streamed] == [page.url for page in swept]
        assert swept.consistent
        turn_clock(simulator, esi, LIFETIME + 5)
        simulator.faults(
            [
                {
                    "fault": {"kind": "status", "code": 403},
                    "times": None,
                    "match": {"page": 3},
                }
            ]
        )
        for asked in (
            lambda: esi.get_pages(ORDERS, **FORGE),
            lambda: list(esi.stream_pages(ORDERS, **FORGE)),
        ):
            with pytest.raises(errors.Forbidden):
                asked()
        streamed = list(esi.stream_pages(ORDERS, raise_for_status=False, **FORGE))
        assert [page.status for page in streamed] == [403]


def test_a_deadline_bounds_the_whole_sweep(simulator, loop):
    """
    A sweep that would wait for the next snapshot past its deadline ends at once.
    """
    simulator.roll_after(3)

    async def story():
        async with make_client(simulator.base_url) as esi:
            deadline = asyncio.get_running_loop().time() + 60
            with pytest.raises(errors.DeadlineExceeded) as failure:
                async with asyncio.timeout(10):
                    await esi.get_pages(ORDERS, deadline=deadline, **FORGE)
            return told(failure)

    error = loop(story())

    assert error.route == ORDERS
    assert "deadline" in str(error)


def test_a_deadline_that_comes_first_leaves_the_torn_pages(simulator, loop):
    """
    With consistent=False what has come by the deadline is given, flagged, at once.
    """
    simulator.roll_after(3)

    async def story():
        async with make_client(simulator.base_url) as esi, asyncio.timeout(10):
            deadline = asyncio.get_running_loop().time() + 60
            return await esi.get_pages(
                ORDERS, consistent=False, deadline=deadline, **FORGE
            )

    pages = loop(story())

    assert len(pages) == 8
    assert not pages.consistent
