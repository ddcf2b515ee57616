"""Does an explanation tell what then happens, and send nothing itself?"""

import inspect

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    TYPE,
    make_blocking_client,
    make_client,
)
from pyesi import InvalidRequest, Source
from pyesi.simulator import make_token
from pyesi.testing import turn_clock

ALICE, BOB = make_token(90000001), make_token(90000002)


async def given(value):
    """A result, whether it must be awaited or not."""
    return await value if inspect.isawaitable(value) else value


@pytest.fixture(params=["asyncio", "blocking"])
def client_kind(request):
    """Makes a client of each kind."""
    return {"asyncio": make_client, "blocking": make_blocking_client}[request.param]


async def closed(esi):
    """Close either kind."""
    await given(esi.aclose() if hasattr(esi, "aclose") else esi.close())


def test_each_state_of_an_answer_is_told(simulator, either_loop):
    """
    Not stored, fresh, expired: each is told with its reason, and nothing is sent.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            told = [await esi.explain("/status")]
            first = await esi.get("/status")
            told.append(await esi.explain("/status"))
            turn_clock(simulator, esi, 86_400)
            told.append(await esi.explain("/status"))
            told.append(await esi.explain("/status", cache_mode="force_stale"))
            told.append(await esi.explain("/status", cache_mode="only_if_cached"))
            return first, told

    first, (unknown, fresh, expired, forced, alone) = either_loop(story())

    assert simulator.counters()["requests"] == 1
    assert (unknown.sends, str(unknown)) == (
        True,
        "GET /status: would be sent: not stored",
    )
    assert not fresh.sends
    assert 0 < fresh.fresh_for <= 30
    assert "fresh for" in str(fresh)
    assert fresh.expires_at == first.expires_at
    assert expired.sends
    assert expired.etag == first.etag
    assert f"would revalidate with ETag {first.etag}" in str(expired)
    assert not forced.sends
    assert "stale" in forced.reason
    assert not alone.sends
    assert "CacheMiss" in alone.reason


def test_what_it_says_is_what_happens(simulator):
    """
    Whether something would be sent agrees with whether the next request sends.
    """
    with make_blocking_client(simulator.base_url) as esi:
        for seconds in (0, 1, 40, 3, 100, 0.5):
            turn_clock(simulator, esi, seconds)
            for mode in pyesi.CacheMode:
                before = simulator.counters()["requests"]
                told = esi.explain("/status", cache_mode=mode)
                assert simulator.counters()["requests"] == before
                try:
                    esi.get("/status", cache_mode=mode)
                except pyesi.CacheMiss:
                    assert "CacheMiss" in told.reason
                sent = simulator.counters()["requests"] > before
                assert told.sends == sent, (seconds, mode, str(told))


def test_a_write_and_a_refusal_are_told(simulator, blocking):
    """
    A POST is not cacheable; a 404 that is kept says so; a wrong request is refused.
    """
    with pytest.raises(pyesi.NotFound):
        blocking.get(TYPE, type_id=999_999_999)

    write = blocking.explain("/universe/names", method="POST")
    refusal = blocking.explain(TYPE, type_id=999_999_999)

    assert "not cacheable: POST" in str(write)
    assert write.sends
    assert (refusal.sends, refusal.status) == (False, 404)
    assert "404" in str(refusal)
    with pytest.raises(InvalidRequest):
        blocking.explain(TYPE)


def test_a_limit_that_is_shut_is_told(simulator):
    """
    After a 420 it says that the error limit would hold the request back.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 420}, "times": None}])
    with make_blocking_client(simulator.base_url, timeout=2) as esi:
        with pytest.raises(pyesi.ESIError):
            esi.get(TYPE, type_id=34)
        told = esi.explain(TYPE, type_id=35)

    assert told.sends
    assert told.waits
    assert "error limit" in str(told)


def test_invalidate_forgets_what_is_meant_and_counts_it(simulator, client_kind, loop):
    """
    By route, by route and values, by pattern, by identity: those go, the others stay.
    """

    async def story():
        esi = client_kind(simulator.base_url)
        try:
            await given(esi.cache.set("mine", 1))
            for type_id in (34, 35, 36):
                await given(esi.get(TYPE, type_id=type_id))
            for auth in (ALICE, BOB):
                await given(esi.get(TYPE, type_id=34, auth=auth))
            await given(esi.get_pages(ORDERS, **FORGE))
            went = [
                await given(esi.cache.invalidate(identity=ALICE)),
                await given(esi.cache.invalidate(TYPE, type_id=34)),
                await given(esi.cache.invalidate(TYPE, type_id=34)),
                await given(esi.cache.invalidate(pattern="/markets/*page=2")),
                await given(esi.cache.invalidate(ORDERS, region_id=10000002, page=3)),
                await given(esi.cache.invalidate(route=ORDERS)),
            ]
            kept = (await given(esi.get(TYPE, type_id=35))).source
            anew = (await given(esi.get(TYPE, type_id=34))).source
            return went, kept, anew, await given(esi.cache.get("mine"))
        finally:
            await closed(esi)

    went, kept, anew, mine = loop(story())

    assert went == [1, 2, 0, 1, 1, 6]
    assert kept == Source.FRESH
    assert anew == Source.NETWORK
    assert mine == 1


@pytest.mark.parametrize(
    "meant",
    [
        {},
        {"type_id": 34},
        {"pattern": "status"},
        {"route": "/no/such/route"},
        {"route": TYPE, "typeid": 34},
        {"identity": ""},
    ],
)
def test_what_cannot_be_meant_is_refused(blocking, meant):
    """
    Nothing given, values without a route, a wrong name: an InvalidRequest.
    """
    with pytest.raises(InvalidRequest):
        blocking.cache.invalidate(**meant)
