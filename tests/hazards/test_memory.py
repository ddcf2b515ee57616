"""Whether memory, descriptors and threads stay where they are over many cycles."""

import asyncio
import gc
import threading
import time
from contextlib import aclosing, closing
from pathlib import Path

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    TYPE,
    TYPES,
    ends_of,
    in_flight,
    make_blocking_client,
    make_client,
    no_descriptor_left,
    resident_bytes,
    until,
)
from pyesi.testing import turn_clock

MB = 1 << 20


def growth_of(cycle, *, warm_up=3, cycles=10):
    """How much more memory is resident after so many cycles."""
    for _ in range(warm_up):
        cycle()
    gc.collect()
    before = resident_bytes()
    for _ in range(cycles):
        cycle()
    gc.collect()
    return resident_bytes() - before


def threads_of_this_process():
    return len([*Path("/proc/self/task").iterdir()])


def test_clients_that_come_and_go_leave_nothing(simulator):
    """
    Thirty clients, each with an engine of its own, leave no thread, descriptor or
    megabyte.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.batch_request([(TYPE, {"type_id": n}) for n in TYPES[:20]])

    def cycle():
        asyncio.run(story())
        with make_blocking_client(simulator.base_url) as esi:
            esi.get("/status")

    with no_descriptor_left():
        before = threads_of_this_process()
        grown = growth_of(cycle, cycles=15)
        assert threads_of_this_process() <= before

    assert grown < 12 * MB


# What is freed stays in quarantine.
@pytest.mark.unsanitized
def test_sweeps_over_and_over_hold_one_snapshot(simulator):
    """
    A market that is swept window after window takes the memory of one.
    """
    with make_blocking_client(simulator.base_url) as esi:

        def cycle():
            turn_clock(simulator, esi, 301)
            pages = esi.get_pages(ORDERS, wait_for_refresh=False, **FORGE)
            assert len(pages) == 8
            pages.json()

        grown = growth_of(cycle, warm_up=6, cycles=25)

    assert grown < 16 * MB


# What is freed stays in quarantine.
@pytest.mark.unsanitized
def test_streams_that_are_left_early_leave_nothing(simulator):
    """
    Pages of a stream that nobody reads to its end are not kept for anybody, by neither
    client.
    """
    blocking = make_blocking_client(simulator.base_url, cache=None)

    async def left(esi):
        stream = esi.stream_pages(ORDERS, consistent=False, **FORGE)
        async with aclosing(stream):
            await anext(stream)

    async def story():
        async with make_client(simulator.base_url, cache=None) as esi:
            for _ in range(5):
                await left(esi)
            await until(lambda: in_flight(esi) == 0)

    def cycle():
        for _ in range(5):
            with closing(
                blocking.stream_pages(ORDERS, consistent=False, **FORGE)
            ) as stream:
                next(stream)
                time.sleep(0.05)  # the others come, and nobody reads them
        asyncio.run(story())

    with blocking:
        grown = growth_of(cycle, warm_up=4, cycles=12)

    assert grown < 12 * MB


def test_a_storm_of_cancelled_requests_leaves_nothing(simulator, either_loop):
    """
    Thousands of requests that are given up at once free their slots and their memory.
    """
    simulator.faults(
        [{"fault": {"kind": "latency", "seconds": 0.05}, "times": None, "chance": 0.5}]
    )

    async def storm(esi):
        tasks = [
            asyncio.create_task(esi.get(TYPE, type_id=TYPES[number % 500]))
            for number in range(2000)
        ]
        await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await ends_of(tasks)

    async def story():
        async with make_client(simulator.base_url, cache=None) as esi:
            for _ in range(3):
                await storm(esi)
            before = resident_bytes()
            for _ in range(8):
                await storm(esi)
            await until(lambda: in_flight(esi) == 0)
            return resident_bytes() - before

    assert either_loop(story()) < 25 * MB


def test_failures_over_and_over_leave_nothing(simulator):
    """
    Errors of every kind, with their retries, do not pile up.
    """
    engine = pyesi.Engine(retry_attempts=2)
    with engine, make_blocking_client(simulator.base_url, engine=engine) as esi:

        def cycle():
            simulator.faults(
                [
                    {"fault": {"kind": kind}, "times": 3}
                    for kind in (
                        "reset_in_body",
                        "truncated_gzip",
                        "redirect",
                        "header_flood",
                        "html_504",
                        "raw",
                    )
                ],
                clear=True,
            )
            batch = esi.batch_request(
                [(TYPE, {"type_id": number}) for number in TYPES[:40]]
                + [("POST", NAMES, {})]
            )
            assert batch.failed > 0
            turn_clock(simulator, esi, 100_000)

        grown = growth_of(cycle, warm_up=5, cycles=25)

    assert grown < 12 * MB


@pytest.mark.parametrize("count", [100, 5000])
def test_the_cache_keeps_its_bounds(simulator, count):
    """
    The cache holds no more entries and bytes than it may, whatever is put into it.
    """
    engine = pyesi.Engine(cache_entries=200, cache_bytes=2 * MB)
    with engine, make_blocking_client(simulator.base_url, engine=engine) as esi:
        for number in range(count):
            esi.cache.set(f"key {number}", b"x" * (number % 3000), expire=3600)
        held = esi.statistics()["cache"]

    assert held["entries"] <= 200
    assert held["bytes"] <= 2 * MB


def test_threads_that_come_and_go_leave_nothing(simulator):
    """
    A blocking client used from hundreds of short-lived threads keeps nothing of them.
    """
    with make_blocking_client(simulator.base_url) as esi:
        esi.get("/status")

        def cycle():
            threads = [
                threading.Thread(target=esi.get, args=("/status",)) for _ in range(30)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        with no_descriptor_left():
            grown = growth_of(cycle, cycles=15)

    assert grown < 8 * MB


def test_warmings_that_come_and_go_leave_nothing(simulator):
    """
    Warmings that are stopped, left to the end of their loop, or given up in their round
    leave no request and no megabyte.
    """
    requests = [(TYPE, {"type_id": number}) for number in TYPES[:20]]

    async def story(esi):
        for _ in range(10):
            async with await esi.cache.warm(requests, every=60):
                pass
            giving_up = asyncio.ensure_future(esi.cache.warm(requests))
            await asyncio.sleep(0)
            giving_up.cancel()
            await ends_of([giving_up])
        await esi.cache.warm(requests, every=60)

    with pyesi.Engine() as engine:
        esi = make_client(simulator.base_url, engine=engine)
        blocking = make_blocking_client(simulator.base_url, engine=engine)

        def cycle():
            asyncio.run(story(esi))
            for _ in range(10):
                blocking.cache.warm(requests, every=60).stop()

        grown = growth_of(cycle)
        asyncio.run(until(lambda: in_flight(esi) == 0))
        asyncio.run(esi.aclose())
        blocking.close()
    assert grown < 2 * MB
