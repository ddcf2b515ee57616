"""Alerts of real clients: one fires and is resolved, and nobody waits for it."""

import asyncio
import os
import queue
import threading

import pyesi
from integration.worlds import SYSTEM, make_blocking_client, make_client
from pyesi.alerts import RULES

ROOM = pyesi.CacheConfig(max_bytes=1_000_000)
AT_ONCE = {"for_": 0, "interval": 0.1}


def fill(esi, times=90):
    """Nine tenths of the room, as values that do not shrink."""
    return [
        esi.cache.set(str(number), os.urandom(10_000), 3600) for number in range(times)
    ]


def test_a_blocking_client_tells_of_a_cache_that_fills_up(simulator):
    """
    The callback hears that it is nearly full, and that it is so no more.
    """
    told = queue.SimpleQueue()
    with make_blocking_client(simulator.base_url, cache=ROOM) as esi:
        esi.alerts.on("cache_nearly_full", told.put, **AT_ONCE)
        esi.get("/status")
        fill(esi)

        alert = told.get(timeout=20)
        assert alert.state == "firing"
        assert 0.8 < alert.value < 1
        assert alert.summary.startswith("pyesi-tests: the cache has 9")
        assert [one.rule for one in esi.alerts.active] == ["cache_nearly_full"]

        esi.cache.clear()
        assert told.get(timeout=20).state == "resolved"
        assert esi.alerts.active == ()
        thread = esi.alerts._watch.thread
    thread.join(10)
    assert not thread.is_alive()
    assert told.empty()


def test_an_asyncio_client_tells_its_loop(simulator, either_loop):
    """
    A coroutine function is awaited on the loop, when it begins and when it is over.
    """

    async def main():
        told = asyncio.Queue()
        async with make_client(simulator.base_url, cache=ROOM) as esi:

            @esi.alerts.on("cache_nearly_full", **AT_ONCE)
            async def tell(alert):
                await esi.get("/status")  # a callback may ask
                told.put_nowait((alert.state, threading.current_thread()))

            await asyncio.gather(*fill(esi))
            assert await told.get() == ("firing", threading.current_thread())
            await esi.cache.clear()
            assert await told.get() == ("resolved", threading.current_thread())

    either_loop(asyncio.wait_for(main(), 40))


def test_a_callback_that_blocks_delays_no_request(simulator):
    """
    While it sleeps the client answers, and closes.
    """
    called, go_on = threading.Event(), threading.Event()

    def block(alert):
        called.set()
        go_on.wait(60)

    with make_blocking_client(simulator.base_url, cache=ROOM) as esi:
        esi.alerts.on("cache_nearly_full", block, **AT_ONCE)
        fill(esi)
        assert called.wait(20)
        for number in range(20):
            assert esi.get(SYSTEM, system_id=30000142 + number, timeout=20).is_success
        thread = esi.alerts._watch.thread
    assert thread.is_alive()
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_client_that_is_well_says_nothing(simulator):
    """
    By none of the rules, without a wait; the last one shows that all were looked at.
    """
    told = queue.SimpleQueue()
    with make_blocking_client(simulator.base_url) as esi:
        for number in range(30):
            esi.get(SYSTEM, system_id=30000142 + number)
        for name in RULES:
            esi.alerts.on(name, told.put, **AT_ONCE)
        last = esi.alerts.on("error_limit_low", told.put, threshold=1000, **AT_ONCE)

        assert told.get(timeout=20).value <= 100
        assert esi.alerts.active == last.firing
    assert told.empty()
