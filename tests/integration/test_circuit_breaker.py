"""The circuit breaker, through a whole client."""

from __future__ import annotations

import asyncio

import pytest

import pyesi
from integration.worlds import make_blocking_client
from properties.answering_server import answering_server
from pyesi import errors

FRESH = [("Cache-Control", "max-age=30"), ("ETag", '"one"')]


@pytest.fixture
def server():
    """A server that is well until a test says otherwise."""
    with answering_server() as running:
        running.answering = lambda _: (200, FRESH, b'"well"')
        yield running


def go_down(server, esi, requests=20):
    """Has the server answer 503, and asks until nothing is sent any more."""
    server.answering = lambda _: (503, [], b"")
    for number in range(requests + 1):
        try:
            esi.get("/universe/types/{type_id}", type_id=1000 + number)
        except errors.ServerError:
            continue
        except errors.UpstreamDown:
            break
    server.seen.clear()


def test_an_upstream_that_is_down_is_left_alone(server):
    """
    A single request ends at once with the time to wait, unsent, until one may try.
    """
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        go_down(server, esi)
        with pytest.raises(errors.UpstreamDown, match="left alone") as refused:
            esi.get("/status")
        assert server.seen == []
        assert 10 < refused.value.retry_after <= 15
        (limits,) = esi.limits()
        assert limits["circuit_breaker"]["phase"] == "open"
        assert "circuit breaker" in str(esi.explain("/status"))

        server.answering = lambda _: (200, FRESH, b'"well"')
        engine.advance_clock(16)
        assert esi.get("/status").json() == "well"
        (limits,) = esi.limits()
        assert limits["circuit_breaker"]["phase"] == "recovering"
        assert limits["circuit_breaker"]["times_opened"] == 1


def test_a_kept_answer_stands_in_at_once(server):
    """
    Past its lifetime it is served as stale without waiting for anybody.
    """
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        esi.get("/status")
        go_down(server, esi)
        engine.advance_clock(31)
        with pytest.raises(errors.ServerError):
            esi.get("/incursions")  # the probe
        told = esi.get("/status")
        assert told.source == pyesi.Source.STALE
        assert [request.target for request in server.seen] == ["/incursions"]


def test_items_of_a_batch_wait_for_it_to_come_back(server):
    """
    Each has its answer once the upstream is well again; none is refused.
    """

    async def main():
        engine = pyesi.Engine(retry_attempts=1)
        async with (
            engine,
            pyesi.ESIClient(
                user_agent="pyesi-tests/1.0 (tests@example.com)",
                base_url=server.base_url,
                engine=engine,
            ) as esi,
        ):
            with make_blocking_client(server.base_url, engine=engine) as blocking:
                await asyncio.to_thread(go_down, server, blocking)
            server.answering = lambda _: (200, FRESH, b'"well"')
            route = "/universe/types/{type_id}"
            items = [(route, {"type_id": 34 + n}) for n in range(8)]
            batch = asyncio.ensure_future(esi.batch_request(items))
            await asyncio.sleep(0.05)
            assert not batch.done()
            for _ in range(40):
                engine.advance_clock(1)
                await asyncio.sleep(0.02)
                if batch.done():
                    break
            return (await batch).json()

    assert asyncio.run(main()) == ["well"] * 8


def test_switched_off_everything_is_sent(server):
    """
    With circuit_breaker=False each request finds out for itself.
    """
    with (
        pyesi.Engine(retry_attempts=1, circuit_breaker=False) as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        go_down(server, esi, requests=40)
        with pytest.raises(errors.ServerError):
            esi.get("/status")
        assert len(server.seen) == 1


def test_in_an_emergency_a_kept_answer_is_enough(server):
    """
    What has expired is served as stale without a request, until it is taken back.
    """
    with (
        pyesi.Engine() as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        engine.emergency = True  # also before it has started
        esi.get("/status")
        engine.advance_clock(60)
        assert esi.get("/status").source == pyesi.Source.STALE
        assert esi.configuration()["emergency"] is True
        assert len(server.seen) == 1

        engine.emergency = False
        assert esi.get("/status").source == pyesi.Source.NETWORK
