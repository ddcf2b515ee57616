"""Over virtual days of mixed use nothing is ever asked for before its time.

Whoever asks ESI again before expiry circumvents its cache, and may be banned.
"""

import asyncio
import random

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    ends_of,
    make_blocking_client,
    make_client,
    turned,
)
from pyesi import errors
from pyesi.testing import make_token, turn_clock

CHARACTER = 90000001
SCOPES = [
    "esi-wallet.read_character_wallet.v1",
    "esi-clones.read_clones.v1",
    "esi-assets.read_assets.v1",
]
WARM = [
    "/status",
    "/markets/prices",
    (SYSTEM, {"system_id": 30000142}),
    *((ORDERS, {**FORGE, "page": page}) for page in range(1, 9)),
]
MOMENTS = [
    0.2,
    1,
    4.7,
    5,
    29,
    31,
    60,
    61,
    119,
    299,
    300,
    301,
    1800,
    3600,
    20_000,
    86_400,
]


class Use:
    """Somebody who uses a client in every way, at random."""

    def __init__(self, esi, seed):
        self._esi = esi
        self._chance = random.Random(seed)
        self._token = make_token(CHARACTER, SCOPES, expires=4102444800)

    def one(self):
        """One request of any kind."""
        chance, esi = self._chance, self._esi
        kinds = [
            lambda: esi.get("/status"),
            lambda: esi.get(SYSTEM, system_id=30000142 + chance.randrange(3)),
            lambda: esi.get(TYPE, type_id=chance.choice(TYPES[:5])),
            lambda: esi.get(ORDERS, page=chance.randint(1, 8), **FORGE),
            lambda: esi.get("/markets/prices"),
            lambda: esi.get("/universe/system_kills"),
            lambda: esi.get(
                "/characters/{character_id}/wallet",
                character_id=CHARACTER,
                auth=self._token,
            ),
            lambda: esi.get("/characters/{character_id}", character_id=CHARACTER),
            lambda: esi.get("/alliances"),
            lambda: esi.head(SYSTEM, system_id=30000142),
            lambda: esi.post(NAMES, json=[34]),
            lambda: esi.get_pages(ORDERS, **FORGE),
            lambda: esi.get_pages(
                "/characters/{character_id}/assets",
                character_id=CHARACTER,
                auth=self._token,
            ),
            lambda: esi.get_pages(ORDERS, consistent=False, **FORGE),
            lambda: esi.batch_request(
                [(TYPE, {"type_id": number}) for number in TYPES[:5]] + ["/status"]
            ),
            lambda: esi.cache.warm(WARM),
        ]
        return chance.choice(kinds)()

    async def crowd(self):
        """Several at once, of which some are given up."""
        tasks = [asyncio.ensure_future(self.one()) for _ in range(8)]
        await asyncio.sleep(self._chance.random() * 0.03)
        for task in self._chance.sample(tasks, 2):
            task.cancel()
        return await ends_of(tasks)

    def moment(self):
        return self._chance.choice(MOMENTS)


@pytest.mark.parametrize("seed", range(3))
def test_days_of_mixed_use_are_never_early(make_simulator, either_loop, seed):
    """
    Gets, sweeps, batches, equal and cancelled ones, and a warming behind them, with
    roll-overs and turned clocks: the simulator counts no early request, and no limit is
    overrun.
    """
    chance = random.Random(seed)
    simulator = make_simulator(pages=8, seed=seed)

    async def story():
        found = []
        timeout = pyesi.Timeout(total=7200, pool=7200)
        async with make_client(simulator.base_url, timeout=timeout) as esi:
            use = Use(esi, seed)
            await esi.cache.warm(WARM, every=60)
            for _ in range(25):
                if chance.random() < 0.2:
                    simulator.roll()
                found += await turned(use.crowd(), simulator, esi, step=7)
                turn_clock(simulator, esi, use.moment())
        return found

    ends = either_loop(story())

    failed = {
        type(end)
        for end in ends
        if isinstance(end, BaseException)
        and not isinstance(end, asyncio.CancelledError)
    }
    assert failed <= {errors.InconsistentPages}
    counters = simulator.counters()
    assert counters["early_requests"] == []
    assert counters["early"] == 0
    assert counters["requests"] > 100
    assert not {"420", "429"} & counters["by_status"].keys()


@pytest.mark.parametrize("lifetime", [1, 2, 5])
def test_short_lifetimes_in_real_time_are_never_early(make_simulator, loop, lifetime):
    """
    With answers that live for seconds, asked for again and again without a pause in
    real time, each is asked for once in its life.
    """
    simulator = make_simulator(lifetime=lifetime, error_limit=None, rate_limits=False)

    async def story():
        async with make_client(simulator.base_url) as esi:
            until = asyncio.get_running_loop().time() + 2.5
            while asyncio.get_running_loop().time() < until:
                await asyncio.gather(
                    esi.get("/status"),
                    esi.get(TYPE, type_id=34),
                    esi.get(SYSTEM, system_id=30000142),
                )
                await asyncio.sleep(0.003)

    loop(story())

    counters = simulator.counters()
    assert counters["early_requests"] == []
    assert 3 <= counters["requests"] <= 3 * (4 + 3 // lifetime)


def test_a_slow_answer_is_not_asked_for_again_too_soon(make_simulator, loop):
    """
    However long an answer was under way, it is fresh until the instant it told.
    """
    simulator = make_simulator(lifetime=3)
    simulator.faults(
        [{"fault": {"kind": "latency", "seconds": 0.7}, "times": None, "chance": 0.5}]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            until = asyncio.get_running_loop().time() + 4
            while asyncio.get_running_loop().time() < until:
                await esi.get("/status")
                await asyncio.sleep(0.003)

    loop(story())

    assert simulator.counters()["early_requests"] == []


def test_just_before_expiry_nothing_is_asked_and_just_after_it_is(simulator):
    """
    To the millisecond a fresh answer is served, and revalidated from then on.
    """
    with make_blocking_client(simulator.base_url) as esi:
        first = esi.get("/status")
        left = first.expires_at.timestamp() - simulator.now()
        turn_clock(simulator, esi, left - 1.2)
        assert esi.get("/status").source == pyesi.Source.FRESH
        turn_clock(simulator, esi, 2.5)
        assert esi.get("/status").source != pyesi.Source.FRESH
    assert simulator.counters()["requests"] == 2
    assert simulator.counters()["early"] == 0


def test_a_client_without_cache_is_caught(simulator):
    """
    The simulator's counter is not blind: who keeps nothing is early.
    """
    with make_blocking_client(simulator.base_url, cache=None) as esi:
        for _ in range(3):
            esi.get("/status")
    assert simulator.counters()["early"] == 2
