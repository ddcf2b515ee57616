"""What becomes of upstreams is in the log, each change once."""

import asyncio
import logging
import re

import pytest

import pyesi
from integration.redis_world import Redis, needs_redis
from integration.worlds import make_blocking_client, make_client
from properties.answering_server import answering_server
from pyesi import errors

USER_AGENT = "pyesi-tests/1.0 (tests@example.com)"
TYPE = "/universe/types/{type_id}"


@pytest.fixture(autouse=True)
def listen(caplog):
    """All records of pyesi's are kept."""
    caplog.set_level(logging.INFO, logger="pyesi")


@pytest.fixture
def server():
    """A server that is well until a test says otherwise."""
    with answering_server() as running:
        running.answering = lambda _: (200, [], b'"well"')
        yield running


def changes(caplog):
    """What was logged, oldest first, as the core calls it."""
    return [
        record.pyesi_change
        for record in caplog.records
        if hasattr(record, "pyesi_change")
    ]


def ask_for(esi, numbers):
    """Ask for many types, whatever becomes of them."""
    for number in numbers:
        try:
            esi.get(TYPE, type_id=number)
        except (errors.ServerError, errors.UpstreamDown):
            continue


def test_an_upstream_that_goes_down_and_comes_back_is_told_once_each(server, caplog):
    """
    However many requests meet it, there is one record when it goes down and one when it
    is back.
    """
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        server.answering = lambda _: (503, [], b"")
        ask_for(esi, range(1000, 1060))
        assert changes(caplog) == ["upstream_down"]
        server.answering = lambda _: (200, [], b'"well"')
        engine.advance_clock(16)
        ask_for(esi, range(2000, 2060))
        assert changes(caplog) == ["upstream_down", "upstream_back"]
    down, back = caplog.records
    assert (down.levelname, back.levelname) == ("WARNING", "INFO")
    assert down.upstream == server.base_url
    assert server.base_url in down.getMessage()


def test_a_loop_that_only_waits_is_told_too(server, caplog):
    """
    An event loop whose requests all wait hears of it at once.
    """

    async def main():
        engine = pyesi.Engine(retry_attempts=1)
        async with (
            engine,
            pyesi.ESIClient(
                user_agent=USER_AGENT, base_url=server.base_url, engine=engine
            ) as esi,
        ):
            server.answering = lambda _: (503, [], b"")
            items = [(TYPE, {"type_id": 1000 + n}) for n in range(60)]
            batch = asyncio.ensure_future(esi.batch_request(items))
            for _ in range(200):
                if changes(caplog):
                    break
                await asyncio.sleep(0.02)
            is_waiting = not batch.done()
            batch.cancel()
            await asyncio.wait([batch])
            return is_waiting

    assert asyncio.run(main())
    assert changes(caplog) == ["upstream_down"]


def test_a_spent_error_limit_is_told_once_each(simulator, caplog):
    """
    A 420 is one record, and so is the first good answer after it.
    """
    refusal = {
        "kind": "status",
        "code": 420,
        "headers": {"X-ESI-Error-Limit-Remain": "0", "X-ESI-Error-Limit-Reset": "40"},
    }
    simulator.faults([{"fault": refusal}])
    with make_blocking_client(simulator.base_url) as esi:
        esi.get("/status", raise_for_status=False, timeout=5)
        for _ in range(5):
            with pytest.raises(errors.ErrorLimited):
                esi.get("/status", timeout=5)
        assert changes(caplog) == ["error_limited"]
        esi._engine.advance_clock(70)
        esi.get("/status")
        ask_until(esi, caplog, "error_limit_over")
        assert changes(caplog) == ["error_limited", "error_limit_over"]
    # The reset, a second more, and up to one by chance.
    assert re.search("for 4[012] s", caplog.records[0].getMessage())


@needs_redis
def test_limits_that_are_not_shared_any_more_are_told_once_each(
    simulator, tmp_path, caplog
):
    """
    A Redis that goes away and returns is one record each.
    """
    redis = Redis(tmp_path)
    try:
        with (
            pyesi.Engine(limits=redis.url, limits_timeout=0.5, cache=None) as engine,
            make_blocking_client(simulator.base_url, engine=engine) as esi,
        ):
            esi.get("/status")
            redis.kill()
            ask_until(esi, caplog, "limits_alone")
            redis.start()
            ask_until(esi, caplog, "limits_shared")
    finally:
        redis.kill()
    assert changes(caplog) == ["limits_alone", "limits_shared"]


def ask_until(esi, caplog, wanted):
    """Ask until that was logged, for a while.

    It becomes known a moment after the answer that tells of it, and a thread that
    blocks is told when it waits the next time.
    """
    for number in range(2000):
        if wanted in changes(caplog):
            return
        esi.get(TYPE, type_id=34 + number % 6)


def test_an_emergency_is_told_when_it_begins_and_ends(caplog):
    """
    To say again what holds already is no record.
    """
    with pyesi.Engine() as engine:
        for on in (True, True, False, False):
            engine.emergency = on
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_two_loops_of_one_engine_hear_of_a_change_once(server, caplog):
    """
    Whichever comes first writes the record, and no other.
    """

    async def one(engine, numbers):
        async with make_client(server.base_url, engine=engine) as esi:
            for number in numbers:
                try:
                    await esi.get(TYPE, type_id=number)
                except (errors.ServerError, errors.UpstreamDown):
                    continue

    server.answering = lambda _: (503, [], b"")
    with pyesi.Engine(retry_attempts=1) as engine:
        for turn in range(4):
            asyncio.run(one(engine, range(1000 + 20 * turn, 1020 + 20 * turn)))
    assert changes(caplog) == ["upstream_down"]
