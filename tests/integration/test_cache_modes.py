"""Does each cache mode do what it says, and stay polite to ESI?"""

import asyncio
import logging
import random

import pytest
import uvloop

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    TYPE,
    make_blocking_client,
    make_client,
    told,
)
from pyesi import (
    CacheMiss,
    CacheMode,
    Forbidden,
    InvalidRequest,
    NotFound,
    Source,
    Unauthorized,
)
from pyesi.simulator import make_token
from pyesi.testing import turn_clock

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
POLITE = [mode for mode in CacheMode if mode is not CacheMode.RELOAD]
UNKNOWN_TYPE = {"type_id": 999_999_999}
ALICE, BOB = make_token(90000001), make_token(90000002)


@pytest.fixture(params=[*LOOPS, "blocking"])
def asking(request):
    """Runs a story with a client of each kind: `await ask("get", …)` in all of them."""
    if request.param == "blocking":
        yield _run_blocking
        return
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        yield _on_loop(runner.run)


def _on_loop(run):
    def run_story(simulator, story, **settings):
        async def whole():
            async with make_client(simulator.base_url, **settings) as esi:

                async def ask(name, *args, **options):
                    return await getattr(esi, name)(*args, **options)

                return await story(esi, ask)

        return run(whole())

    return run_story


def _run_blocking(simulator, story, **settings):
    with make_blocking_client(simulator.base_url, **settings) as esi:

        async def ask(name, *args, **options):
            return getattr(esi, name)(*args, **options)

        return _without_a_loop(story(esi, ask))


def _without_a_loop(coroutine):
    """A coroutine that never has to wait, run to its end."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("a blocking call waited for a loop")


def expire(simulator, esi, *, seconds=90_000.0):
    turn_clock(simulator, esi, seconds)


def test_only_if_cached_sends_nothing(simulator, asking):
    """
    Without a fresh answer it is a CacheMiss, before and after its life, and no request
    goes out; a fresh one is served.
    """

    async def story(esi, ask):
        with pytest.raises(CacheMiss) as first:
            await ask("get", "/status", cache_mode="only_if_cached")
        with pytest.raises(CacheMiss):
            await ask("head", "/status", cache_mode="only_if_cached")
        assert simulator.counters()["requests"] == 0

        await ask("get", "/status")
        kept = await ask("get", "/status", cache_mode="only_if_cached")
        expire(simulator, esi)
        with pytest.raises(CacheMiss):
            await ask("get", "/status", cache_mode=CacheMode.ONLY_IF_CACHED)
        return told(first), kept

    miss, kept = asking(simulator, story)

    assert miss.route == "/status"
    assert miss.attempts == 0
    assert "only_if_cached" in str(miss)
    assert kept.source == Source.FRESH
    assert simulator.counters()["requests"] == 1


def test_force_stale_is_content_with_any_age(simulator, asking):
    """
    A kept answer is served however old; only where nothing is kept ESI is asked.
    """

    async def story(esi, ask):
        first = await ask("get", "/status", cache_mode="force_stale")
        expire(simulator, esi)
        second = await ask("get", "/status", cache_mode="force_stale")
        third = await ask("get", "/status")
        return first, second, third

    first, second, third = asking(simulator, story)

    assert first.source == Source.NETWORK
    assert second.source == Source.STALE
    assert second.age > 80_000
    assert third.source in {Source.NETWORK, Source.REVALIDATED}
    assert simulator.counters()["requests"] == 2


def test_no_store_leaves_nothing_and_is_not_early(simulator, asking):
    """
    Until the expiry all are served from memory; afterwards there is nothing left that
    could be validated.
    """

    async def story(esi, ask):
        sources = [
            (await ask("get", TYPE, type_id=34, cache_mode="no_store")).source,
            (await ask("get", TYPE, type_id=34, cache_mode="no_store")).source,
            (await ask("get", TYPE, type_id=34)).source,
        ]
        expire(simulator, esi)
        sources.append((await ask("get", TYPE, type_id=34)).source)
        return sources

    sources = asking(simulator, story)

    assert sources == [Source.NETWORK, Source.FRESH, Source.FRESH, Source.NETWORK]
    counters = simulator.counters()
    assert counters["requests"] == 2
    assert counters["not_modified"] == 0
    assert counters["early"] == 0


def test_reload_asks_and_is_loud(simulator, asking, caplog):
    """
    It asks ESI although the answer is fresh, by its ETag; each is counted, the first of
    each route is logged.
    """
    caplog.set_level(logging.WARNING, logger="pyesi")

    async def story(esi, ask):
        await ask("get", "/status")
        for _ in range(2):
            again = await ask("get", "/status", cache_mode="reload")
        await ask("get", SYSTEM, system_id=30000142, cache_mode="reload")
        return again, esi.statistics()["cache"]

    again, counted = asking(simulator, story)

    assert again.source == Source.REVALIDATED
    assert (counted["reloads"], counted["early_reloads"]) == (3, 2)
    by_route = {one["route"]: one for one in counted["routes"]}
    assert by_route["GetStatus"]["early_reloads"] == 2
    assert simulator.counters()["early"] == 2
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == 2
    assert "/status" in warnings[0]
    assert SYSTEM in warnings[1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_has_no_mode(simulator, asking, method):
    """
    Nothing of a write is kept, so a mode for one is refused before a socket is touched.
    """

    async def story(_, ask):
        with pytest.raises(InvalidRequest) as failure:
            await ask("request", method, "/ui/autopilot/waypoint", cache_mode="reload")
        return told(failure)

    assert method in str(asking(simulator, story))
    assert simulator.counters()["requests"] == 0


def test_a_mode_that_does_not_exist_is_refused(simulator, asking):
    """
    The message names the modes that there are.
    """

    async def story(_, ask):
        with pytest.raises(InvalidRequest) as failure:
            await ask("get", "/status", cache_mode="fresh")
        return told(failure)

    failure = asking(simulator, story)
    assert all(mode in str(failure) for mode in CacheMode)


def test_a_sweep_has_a_mode(simulator, asking):
    """
    Each page of a sweep follows it: kept pages alone, old pages, or all anew.
    """

    async def story(esi, ask):
        with pytest.raises(CacheMiss):
            await ask("get_pages", ORDERS, **FORGE, cache_mode="only_if_cached")
        await ask("get_pages", ORDERS, **FORGE)
        once = simulator.counters()["requests"]
        kept = await ask("get_pages", ORDERS, **FORGE, cache_mode="only_if_cached")
        expire(simulator, esi)
        stale = await ask("get_pages", ORDERS, **FORGE, cache_mode="force_stale")
        assert simulator.counters()["requests"] == once
        anew = await ask("get_pages", ORDERS, **FORGE, cache_mode="reload")
        return kept, stale, anew

    kept, stale, anew = asking(simulator, story)

    assert {page.source for page in kept} == {Source.FRESH}
    assert {page.source for page in stale} == {Source.STALE}
    assert Source.FRESH not in {page.source for page in anew}


def test_a_sweep_of_kept_pages_waits_for_no_refresh(simulator, asking):
    """
    Just before page 1 expires a sweep of kept pages gives them at once.
    """

    async def story(esi, ask):
        first = await ask("get_pages", ORDERS, **FORGE)
        left = first.expires_at.timestamp() - simulator.now()
        turn_clock(simulator, esi, left - 2)
        return [
            await ask("get_pages", ORDERS, **FORGE, cache_mode=mode)
            for mode in ("only_if_cached", "force_stale")
        ]

    for pages in asking(simulator, story):
        assert {page.source for page in pages} == {Source.FRESH}
    assert simulator.counters()["requests"] == len(pages)


def test_a_stream_and_a_walk_have_modes(simulator, asking):
    """
    A streamed sweep, and a listing that is walked by id, follow the mode as well.
    """

    async def story(esi, ask):
        for route in (ORDERS, "/wars"):
            parameters = FORGE if route == ORDERS else {}
            with pytest.raises(CacheMiss):
                await ask("get_pages", route, **parameters, cache_mode="only_if_cached")
            stream = esi.stream_pages(route, **parameters, cache_mode="only_if_cached")
            with pytest.raises(CacheMiss):
                if hasattr(stream, "__anext__"):
                    await anext(stream)
                else:
                    next(stream)

    asking(simulator, story)

    assert simulator.counters()["requests"] == 0


def test_a_batch_and_its_items_have_modes(simulator, asking):
    """
    An item's own mode goes before the batch's; a write among them is an error in its
    place.
    """

    async def story(_, ask):
        await ask("get", TYPE, type_id=34)
        return await ask(
            "batch_request",
            [
                (TYPE, {"type_id": 34}),
                (TYPE, {"type_id": 35}),
                {"route": TYPE, "params": {"type_id": 35}, "cache_mode": "default"},
                ("POST", "/universe/names", {}),
            ],
            cache_mode="only_if_cached",
        )

    batch = asking(simulator, story)

    assert batch.results[0].source == Source.FRESH
    assert batch.results[2].source == Source.NETWORK
    assert {place: type(e) for place, e in batch.errors.items()} == {
        1: CacheMiss,
        3: InvalidRequest,
    }
    assert simulator.counters()["requests"] == 2


@pytest.mark.parametrize("seed", range(2))
def test_no_mode_but_reload_is_early(make_simulator, asking, seed):
    """
    Over random gets of all other modes, and clocks turned by a little and by much, ESI
    is never asked for what is fresh.
    """
    chance = random.Random(seed)
    simulator = make_simulator(lifetime=30, error_limit=None)

    async def story(esi, ask):
        for _ in range(150):
            asked = {"cache_mode": chance.choice(POLITE)}
            try:
                if chance.random() < 0.2:
                    await ask("head", "/status", **asked)
                else:
                    await ask("get", TYPE, type_id=chance.choice([34, 35, 36]), **asked)
            except CacheMiss:
                pass
            if chance.random() < 0.2:
                turn_clock(simulator, esi, chance.choice([0.5, 5, 29, 31, 200]))

    asking(simulator, story)

    counters = simulator.counters()
    assert counters["requests"] > 10
    assert counters["early_requests"] == []


def test_a_refusal_is_kept_for_a_minute(simulator, asking):
    """
    The same 404 again sends nothing within a minute, says that it is fresh, and is
    asked for anew afterwards.
    """

    async def story(esi, ask):
        seen = []
        for seconds in (30, 29, 2):
            with pytest.raises(NotFound) as failure:
                await ask("get", TYPE, **UNKNOWN_TYPE)
            seen.append(told(failure).response.source)
            turn_clock(simulator, esi, seconds)
        with pytest.raises(NotFound):
            await ask("get", TYPE, **UNKNOWN_TYPE)
        return seen, esi.statistics()["cache"]["negative_hits"]

    seen, hits = asking(simulator, story)

    assert seen == [Source.NETWORK, Source.FRESH, Source.FRESH]
    assert hits == 2
    assert simulator.counters()["by_status"] == {"404": 2}


def test_a_refusal_of_one_character_is_nobody_else_s(simulator, asking):
    """
    A 403 is kept for the token that met it, and for no other one.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 403}, "times": 1}])

    async def story(_, ask):
        for source in (Source.NETWORK, Source.FRESH):
            with pytest.raises(Forbidden) as failure:
                await ask("get", TYPE, type_id=34, auth=ALICE)
            assert told(failure).response.source == source
        return [
            (await ask("get", TYPE, type_id=34, auth=BOB)).source,
            (await ask("get", TYPE, type_id=34)).source,
        ]

    assert asking(simulator, story) == [Source.NETWORK, Source.NETWORK]


def test_a_401_is_not_kept(simulator, asking):
    """
    A fresh token ends it at once.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 401}, "times": 1}])

    async def story(_, ask):
        with pytest.raises(Unauthorized):
            await ask("get", TYPE, type_id=34, auth=ALICE)
        return await ask("get", TYPE, type_id=34, auth=ALICE)

    assert asking(simulator, story).source == Source.NETWORK


def test_refusals_are_kept_as_long_as_the_engine_is_told(simulator):
    """
    `negative_ttl` says how long, and 0 keeps none.
    """
    for seconds, requests in ((0, 2), (600, 1)):
        simulator.reset()
        with (
            pyesi.Engine(negative_ttl=seconds) as engine,
            make_blocking_client(simulator.base_url, engine=engine) as esi,
        ):
            for _ in range(2):
                with pytest.raises(NotFound):
                    esi.get(TYPE, **UNKNOWN_TYPE)
                turn_clock(simulator, esi, 500)
        assert simulator.counters()["requests"] == requests


def test_a_page_past_the_end_is_no_refusal_to_keep(simulator, blocking):
    """
    A listing may grow: what lies behind its last page is asked for each time.
    """
    for _ in range(2):
        answer = blocking.get(ORDERS, **FORGE, page=500, raise_for_status=False)
        assert answer.status == 404
    assert simulator.counters()["requests"] == 2
