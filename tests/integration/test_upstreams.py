"""Several upstreams, through a whole client and real servers."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    TYPE,
    TYPES,
    USER_AGENT,
    SeenFrom,
    free_port,
    scripted_server,
)
from properties.answering_server import answering_server
from pyesi import errors
from pyesi.metrics import PrometheusCollector
from pyesi.simulator import SimulatorProcess

WALLET = "/characters/{character_id}/wallet"
FRESH = [("Cache-Control", "max-age=30")]
CHARACTER = 90000001


@pytest.fixture(scope="module")
def processes():
    """Three simulators, as if of three companies."""
    with (
        SimulatorProcess(host="0.0.0.0", pages=8) as one,
        SimulatorProcess(host="0.0.0.0", pages=8) as two,
        SimulatorProcess(host="0.0.0.0", pages=8) as three,
    ):
        yield one, two, three


@pytest.fixture
def simulators(processes):
    """The three, each as if nobody had used it."""
    for process in processes:
        process.reset()
    return [SeenFrom(process) for process in processes]


@pytest.fixture
def server():
    """A server that is well and remembers what it was asked."""
    with answering_server() as running:
        running.answering = lambda _: (200, FRESH, b"1")
        yield running


def blocking(upstreams, **settings):
    settings.setdefault("user_agent", USER_AGENT)
    return pyesi.SyncESIClient(upstreams=upstreams, **settings)


@contextmanager
def asynchronous(loop, upstreams, **settings):
    """A client for asyncio, closed with the loop still there."""
    settings.setdefault("user_agent", USER_AGENT)
    esi = pyesi.ESIClient(upstreams=upstreams, **settings)
    try:
        yield esi
    finally:
        loop(esi.aclose())


def urls(simulators):
    return [simulator.base_url for simulator in simulators]


def asked(simulators):
    """How many requests each has seen."""
    return [simulator.counters()["requests"] for simulator in simulators]


def types(count, first=0):
    return [(TYPE, {"type_id": TYPES[first + n]}) for n in range(count)]


def health_of(esi, url):
    (seen,) = [one for one in esi.limits() if one["origin"] == url]
    return seen["health"]


def test_they_take_turns(simulators):
    """
    Of thirty requests each of three upstreams has ten.
    """
    with blocking(urls(simulators)) as esi:
        assert not esi.batch_request(types(30)).errors
    assert asked(simulators) == [10, 10, 10]


def test_weights_are_kept(simulators):
    """
    Of forty requests an upstream of weight 3 has thirty, beside one of weight 1.
    """
    one, two, _ = urls(simulators)
    upstreams = [pyesi.Upstream(one, weight=3), pyesi.Upstream(two)]
    with blocking(upstreams, balancing="weighted_round_robin") as esi:
        assert not esi.batch_request(types(40)).errors
    assert asked(simulators) == [30, 10, 0]


@pytest.mark.parametrize("balancing", ["least_connections", "least_response_time"])
def test_a_slow_one_has_little_to_do(simulators, balancing):
    """
    An upstream that takes 0.2 s for each answer is given few of 200 requests.
    """
    slow = {"fault": {"kind": "latency", "seconds": 0.2}, "times": None}
    simulators[1].faults([slow])
    with blocking(urls(simulators), balancing=balancing) as esi:
        assert not esi.batch_request(types(200), batch_size=12).errors
    seen = asked(simulators)
    assert sum(seen) == 200
    assert seen[1] < 40


def test_equal_requests_are_one_and_answers_are_shared(loop, simulators):
    """
    The upstream is no part of a key: what one has answered is not asked of another.
    """

    with asynchronous(loop, urls(simulators)) as esi:

        async def main():
            request = {"type_id": TYPES[0]}
            await asyncio.gather(*(esi.get(TYPE, **request) for _ in range(9)))
            return await esi.get(TYPE, **request)

        again = loop(main())
    assert again.source == pyesi.Source.FRESH
    assert sum(asked(simulators)) == 1


def test_one_that_is_killed_costs_nothing_but_attempts(make_simulator):
    """
    With one of two upstreams killed under way, all of 400 requests are answered.
    """
    left = make_simulator()
    killed = make_simulator()
    with (
        pyesi.Engine(retry_budget=1.0) as engine,
        blocking([left.base_url, killed.base_url], engine=engine) as esi,
    ):
        assert not esi.batch_request(types(20)).errors
        assert killed.counters()["requests"] == 10
        killed.__exit__(None, None, None)
        assert not esi.batch_request(types(400, first=20)).errors
        health = health_of(esi, killed.base_url)
        assert health["share"] == 0
        assert health["failovers"] >= 4
        assert health_of(esi, left.base_url)["failovers"] == 0


def test_one_that_never_answers_is_left_out(server):
    """
    Where one of two accepts and says nothing, every request is answered in time.
    """
    mute = []

    def keep(connection, _number):
        mute.append(connection.dup())

    with (
        scripted_server(keep) as silent,
        pyesi.Engine(retry_budget=1.0, cache=None) as engine,
        blocking(
            [silent, server.base_url],
            timeout=pyesi.Timeout(read=0.3, total=10),
            engine=engine,
        ) as esi,
    ):
        began = time.monotonic()
        assert not esi.batch_request(types(60), batch_size=20).errors
        assert time.monotonic() - began < 10
        assert health_of(esi, silent)["ejected"]
    for connection in mute:
        connection.close()


def test_with_all_down_the_error_is_clear_and_soon():
    """
    Where nobody listens anywhere, each request ends within its time, and says why.
    """
    upstreams = [f"http://127.0.0.1:{free_port()}" for _ in range(3)]
    with blocking(upstreams, timeout=5) as esi:
        began = time.monotonic()
        for number in range(40):
            with pytest.raises((errors.ConnectFailed, errors.UpstreamDown)):
                esi.get(TYPE, type_id=TYPES[number])
        with pytest.raises(errors.UpstreamDown) as refused:
            for number in range(40, 200):
                with pytest.raises(errors.ConnectFailed):
                    esi.get(TYPE, type_id=TYPES[number])
        assert refused.value.retry_after is not None
        assert time.monotonic() - began < 30


def test_a_token_is_seen_by_trusted_upstreams_only(simulators):
    """
    What has a token goes to the trusted one, and only what has none to the others.
    """
    trusted, *others = simulators
    upstreams = [pyesi.Upstream(trusted.base_url, trusted=True), *urls(others)]
    with blocking(upstreams, auth="opaque-token") as esi:
        for _ in range(9):
            esi.get(
                WALLET,
                character_id=CHARACTER,
                cache_mode="reload",
                raise_for_status=False,
            )
        esi.batch_request(types(9), auth="opaque-token")
        assert not esi.batch_request(types(30, first=9)).errors
    assert trusted.counters()["with_token"] == 18
    assert [one.counters()["with_token"] for one in others] == [0, 0]
    assert asked(others) == [10, 10]


def test_a_token_never_goes_on_to_another_upstream(server):
    """
    With its upstream gone a request with a token fails, and nobody else sees it.
    """
    with answering_server() as failing:
        failing.answering = lambda _: (503, [], b"")
        upstreams = [
            pyesi.Upstream(failing.base_url, trusted=True),
            pyesi.Upstream(server.base_url),
        ]
        with blocking(upstreams, auth="opaque-token") as esi:
            for _ in range(30):
                with pytest.raises((errors.ServerError, errors.UpstreamDown)):
                    esi.get(WALLET, character_id=CHARACTER)
            assert esi.get("/status").status == 200
        assert len(failing.seen) > 3
        asked_with_token = [one for one in failing.seen if one.target != "/status"]
        tokens = {one.headers["authorization"] for one in asked_with_token}
        assert tokens == {"Bearer opaque-token"}
    assert [one.target for one in server.seen] == ["/status"]
    assert "authorization" not in server.seen[0].headers


def test_a_mutation_goes_to_one_upstream_once(server):
    """
    A POST that fails is asked of nobody else.
    """
    with answering_server() as failing:
        failing.answering = lambda _: (503, [], b"")
        with blocking([failing.base_url, server.base_url]) as esi:
            with pytest.raises(errors.ServerError):
                esi.post("/universe/names", json=[34])
        assert len(failing.seen) == 1
    assert server.seen == []


def test_a_sweep_is_of_one_upstream_and_one_snapshot(simulators):
    """
    All pages come from the upstream of the first one, sweep after sweep.
    """
    with (
        pyesi.Engine(cache=None) as engine,
        blocking(urls(simulators), engine=engine) as esi,
    ):
        for _ in range(3):
            pages = esi.get_pages(ORDERS, **FORGE)
            assert pages.consistent
            assert len(pages) == 8
    assert sorted(asked(simulators)) == [8, 8, 8]


def test_a_sweep_goes_on_elsewhere(make_simulator):
    """
    Where its upstream goes under way, the pages that are missing come from another.
    """
    first, second = make_simulator(pages=8), make_simulator(pages=8)
    reset = {"kind": "reset_before"}
    first.faults([{"fault": reset, "times": None, "after": 3}])
    with (
        pyesi.Engine(retry_budget=1.0) as engine,
        blocking([first.base_url, second.base_url], engine=engine) as esi,
    ):
        # The two are at different snapshots: only a stream does not wait for one.
        pages = list(esi.stream_pages(ORDERS, **FORGE, consistent=False))
        assert len(pages) == 8
        assert health_of(esi, first.base_url)["failovers"] > 0


def test_health_checks_look_after_all_of_them(server):
    """
    Each upstream is asked in its time, by pyesi's name and without a token, until the
    client is closed; one that fails three times is left out.
    """
    with answering_server() as failing:
        failing.answering = lambda seen: (
            (503, [], b"") if seen.target == "/health" else (200, FRESH, b"1")
        )
        with blocking(
            [
                pyesi.Upstream(server.base_url, trusted=True),
                pyesi.Upstream(failing.base_url, trusted=True),
            ],
            auth="opaque-token",
            health_check=pyesi.HealthCheck(path="/health", interval=0.05),
        ) as esi:
            time.sleep(0.2)
            assert server.seen == []
            esi.get(WALLET, character_id=CHARACTER)
            until = time.monotonic() + 10
            while health_of(esi, failing.base_url)["up"] is not False:
                assert time.monotonic() < until
                time.sleep(0.02)
            assert health_of(esi, server.base_url)["up"] is True
            before = len([one for one in failing.seen if one.target != "/health"])
            assert not esi.batch_request(types(10)).errors
            counts = health_of(esi, failing.base_url)["checks"]
            assert counts["failed"] >= 3
            assert counts["well"] == 0
        checks = [one for one in failing.seen if one.target == "/health"]
        assert len(checks) >= 3
        assert len(failing.seen) - len(checks) == before
        for check in checks:
            assert check.method == "GET"
            assert check.headers["user-agent"].startswith(USER_AGENT)
            assert "authorization" not in check.headers
        time.sleep(0.1)
        seen = len(failing.seen)
        time.sleep(0.3)
        assert len(failing.seen) == seen


def test_a_client_that_closes_takes_its_checks_along(server):
    """
    On an engine that lives on nothing is checked any more once the client is closed.
    """
    with answering_server() as other, pyesi.Engine() as engine:
        with blocking(
            [server.base_url, other.base_url],
            engine=engine,
            health_check=pyesi.HealthCheck(interval=0.05),
        ) as esi:
            esi.get(TYPE, type_id=34)
            until = time.monotonic() + 10
            while len(server.seen) + len(other.seen) < 6:
                assert time.monotonic() < until
                time.sleep(0.02)
        time.sleep(0.2)
        seen = len(server.seen)
        time.sleep(0.4)
        assert len(server.seen) == seen


def test_what_was_down_is_given_a_growing_share(server):
    """
    An upstream that came back is tried with one request and then given more and more.
    """
    with answering_server() as failing:
        failing.answering = lambda _: (503, [], b"")
        with (
            pyesi.Engine(failures_in_a_row=3, cache=None) as engine,
            blocking([server.base_url, failing.base_url], engine=engine) as esi,
        ):
            assert not esi.batch_request(types(30), batch_size=2).errors
            assert health_of(esi, failing.base_url)["share"] == 0
            failing.answering = server.answering
            failing.seen.clear()
            server.seen.clear()
            engine.advance_clock(16)
            shares = []
            for second in range(14):
                assert not esi.batch_request(
                    types(40, first=40 * second), batch_size=1
                ).errors
                shares.append(len(failing.seen))
                failing.seen.clear()
                engine.advance_clock(1)
            assert 1 <= shares[0] < 10
            assert shares[-1] == 20
            assert sorted(shares) == pytest.approx(shares, abs=3)


def test_each_state_is_shown(simulators):
    """
    limits() and Prometheus tell of each upstream, by origin, how it fares.
    """
    with blocking(urls(simulators)) as esi:
        esi.batch_request(types(9))
        for url in urls(simulators):
            health = health_of(esi, url)
            assert health["share"] == 1
            assert health["ejected"] is False
            assert 0 < health["response_time"] < 5
            assert health["up"] is None
        told = esi.configuration()
        assert [one.url for one in told["upstreams"]] == urls(simulators)
        assert told["balancing"] == "round_robin"
        families = {
            family.name: family for family in PrometheusCollector(esi).collect()
        }
    shares = families["pyesi_upstream_share"].samples
    assert {one.labels["upstream"] for one in shares} == set(urls(simulators))
    assert [one.value for one in shares] == [1, 1, 1]


def test_an_explanation_tells_of_the_best_of_them(server):
    """
    What holds one upstream back holds no request back while another is free.
    """
    with answering_server() as failing:
        failing.answering = lambda _: (503, [], b"")
        with (
            pyesi.Engine(failures_in_a_row=2, cache=None) as engine,
            blocking([failing.base_url, server.base_url], engine=engine) as esi,
        ):
            assert not esi.batch_request(types(12), batch_size=2).errors
            phases = {
                one["origin"]: one["circuit_breaker"]["phase"] for one in esi.limits()
            }
            assert phases[failing.base_url] == "open"
            assert esi.explain(TYPE, type_id=34).waits == ()


def test_a_single_upstream_tells_no_health(server):
    """
    Where there is nothing to choose, no account is kept for a choice.
    """
    with blocking([server.base_url]) as esi:
        esi.get(TYPE, type_id=34)
        assert health_of(esi, server.base_url) is None
