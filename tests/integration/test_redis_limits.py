"""Limits that processes share by a Redis server, whatever becomes of it."""

import time
from contextlib import contextmanager

import pytest

import pyesi
from integration.limit_workers import MIXED, start, told
from integration.redis_world import Redis, needs_redis
from integration.worlds import make_blocking_client
from pyesi.simulator import make_token

pytestmark = needs_redis

CHARACTER = 90000001
TOKENS = 400
RESERVE = 0.1


@pytest.fixture
def redis(tmp_path):
    """A server of this test's own."""
    server = Redis(tmp_path)
    yield server
    server.go_on()
    server.kill()


@pytest.fixture
def orders(make_simulator):
    """A simulator whose market orders have a window of three seconds."""
    return make_simulator(pages=2, windows={"market-order": (TOKENS, 3)})


def workers(simulator, redis, *, processes, seconds):
    """That many processes of the mixed workload, running."""
    token = make_token(CHARACTER, ["esi-location.read_location.v1"])
    return [
        start(MIXED, simulator.base_url, redis.url, number, seconds, token)
        for number in range(processes)
    ]


@contextmanager
def client(simulator, redis, **settings):
    """A client that shares by Redis, and is patient with a busy machine."""
    with (
        pyesi.Engine(limits=redis.url, limits_timeout=0.5, cache=None) as engine,
        make_blocking_client(simulator.base_url, engine=engine, **settings) as esi,
    ):
        yield esi


def refusals_of(simulator):
    """How many answers were a 420 or a 429."""
    by_status = simulator.counters()["by_status"]
    return {status: by_status.get(status, 0) for status in ("420", "429")}


def sharing_of(esi):
    """How the client's one upstream shares its limits."""
    return esi.limits()[0]["sharing"]


def ask_until(esi, standing):
    """Ask until the client's limits stand so; gives how they do."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        esi.get("/status")
        if sharing_of(esi)["standing"] == standing:
            break
        time.sleep(0.02)
    return sharing_of(esi)


def test_four_processes_get_what_the_reserve_leaves_and_no_refusal(redis, orders):
    """
    Four processes that share by Redis get 95 % of what the reserve leaves, no 429 and
    no 420.
    """
    ends = [told(one) for one in workers(orders, redis, processes=4, seconds=9)]
    assert refusals_of(orders) == {"420": 0, "429": 0}
    spent = orders.counters()["tokens"]["market-order"]
    assert spent >= 0.95 * TOKENS * (1 - RESERVE) * 3
    assert all(end["sharing"]["standing"] == "shared" for end in ends)
    assert all(end["sharing"]["processes"] == 4 for end in ends)


def test_a_killed_redis_leaves_each_alone_and_one_that_returns_is_shared(
    redis, simulator
):
    """
    Without Redis a client goes on by its part of each window, and by the whole again
    once Redis is back.
    """
    with client(simulator, redis) as esi:
        assert ask_until(esi, "shared")["standing"] == "shared"
        redis.kill()
        alone = ask_until(esi, "alone")
        assert alone["standing"] == "alone"
        assert alone["losses"] == 1
        redis.start()
        back = ask_until(esi, "shared")
        assert back["standing"] == "shared"
        assert back["recoveries"] == 1


def test_a_redis_that_is_killed_in_the_middle_costs_no_refusal(redis, orders):
    """
    Two processes whose Redis is killed while they are at it are refused by nobody.
    """
    running = workers(orders, redis, processes=2, seconds=8)
    time.sleep(2)
    redis.kill()
    time.sleep(2)
    redis.start()
    ends = [told(one) for one in running]
    assert refusals_of(orders)["420"] == 0
    assert refusals_of(orders)["429"] <= 2, "what a flushed ledger cannot know"
    assert all(end["ends"]["orders"] > 50 for end in ends)


def test_a_redis_that_holds_still_makes_nobody_wait(redis, simulator):
    """
    Requests go on while Redis holds still with its connections open.
    """
    with make_blocking_client(simulator.base_url, limits=redis.url, cache=None) as esi:
        ask_until(esi, "shared")
        redis.stop()
        began = time.monotonic()
        for _ in range(10):
            esi.get("/status")
        assert time.monotonic() - began < 5
        assert ask_until(esi, "alone")["standing"] == "alone"


def test_no_name_of_a_character_reaches_redis(redis, simulator):
    """
    Neither a token nor a character stands in anything that Redis keeps.
    """
    token = make_token(CHARACTER, ["esi-location.read_location.v1"])
    with client(simulator, redis, auth=token) as esi:
        esi.get("/characters/{character_id}/location", character_id=CHARACTER)
        ask_until(esi, "shared")
    names = redis("KEYS", "*")
    kept = b"".join([*names, *(redis("GET", name) for name in names)])
    assert names
    assert str(CHARACTER).encode() not in kept
    assert token.encode() not in kept


def test_what_a_closed_client_held_is_there_for_the_next(redis, make_simulator):
    """
    A client that is closed gives back what it holds, and tells what it spent.
    """
    simulator = make_simulator(pages=2, windows={"status": (40, 900)})
    with client(simulator, redis) as first:
        for _ in range(5):
            first.get("/status")
    with client(simulator, redis) as second:
        second.get("/status")
        (lease,) = (
            one for one in sharing_of(second)["leases"] if one["name"] == "status"
        )
        held = lease["unused"] + lease["in_flight"]
        assert lease["left"] + held in range(40 - 2 * 6, 40 - 2 * 5 + 1)
