"""What is counted is what happened: nothing is lost, and nothing counted twice."""

import asyncio
import random

import pytest

from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    ends_of,
    in_flight,
    make_client,
    until,
)
from pyesi import errors

FAULTS = [
    {"kind": "reset_before"},
    {"kind": "reset_in_body"},
    {"kind": "close_before_answer"},
    {"kind": "truncated_gzip"},
    {"kind": "html_504"},
    {"kind": "redirect"},
    {"kind": "status", "code": 403},
    {"kind": "latency", "seconds": 0.1},
]


def total(rows, name="count"):
    return sum(row[name] for row in rows)


@pytest.mark.parametrize("patient", [True, False], ids=["patient", "impatient"])
@pytest.mark.parametrize("seed", range(2))
def test_each_request_is_counted_once_and_each_attempt_too(
    simulator, either_loop, seed, patient
):
    """
    Over faults, retries, cancelled and coalesced requests, the outcomes add up to what
    was asked, and the attempts to what the server saw.
    """
    chance = random.Random(seed)
    simulator.faults(
        [{"fault": fault, "times": None, "chance": 0.06} for fault in FAULTS]
    )

    def any_request(esi):
        number = chance.choice(TYPES[:80])
        return chance.choice(
            [
                lambda: esi.get(TYPE, type_id=number),
                lambda: esi.get(TYPE, type_id=number, timeout=20 if patient else 0.05),
                lambda: esi.post(NAMES, json=[number]),
            ]
        )()

    async def story():
        asked = 400
        async with make_client(simulator.base_url) as esi:
            tasks = [asyncio.ensure_future(any_request(esi)) for _ in range(asked)]
            await asyncio.sleep(0.05)
            for task in chance.sample(tasks, 0 if patient else 60):
                task.cancel()
            ends = await ends_of(tasks)
            await until(lambda: in_flight(esi) == 0)
            return asked, ends, esi.statistics()

    asked, ends, statistics = either_loop(story())

    assert len(ends) == asked
    # A task that was cancelled before it ran has asked for nothing.
    never = asked - total(statistics["requests"])
    assert 0 <= never <= (0 if patient else 60)
    failed = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, errors.ESIError) for end in failed)
    # What was sent for a caller who left may be gone before the server reads it.
    left = [end for end in ends if isinstance(end, errors.DeadlineExceeded)]
    unread = (
        total(statistics["attempts"], "attempts") - simulator.counters()["requests"]
    )
    assert 0 <= unread <= (0 if patient else len(left) + 60)
    assert simulator.counters()["early"] == 0


def test_what_the_cache_saved_is_counted(simulator, either_loop):
    """
    Hits, misses and joined flights add up to the requests that needed no server.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 0.3}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            await asyncio.gather(*(esi.get(TYPE, type_id=34) for _ in range(10)))
            for _ in range(15):
                await esi.get(TYPE, type_id=34)
            await esi.get_pages(ORDERS, **FORGE)
            await esi.get_pages(ORDERS, **FORGE)
            return esi.statistics()["cache"]

    cache = either_loop(story())

    assert cache["coalesced"] == 9
    assert cache["hits"] == 15 + 8
    assert cache["avoided"] == 9 + 15 + 8
    assert cache["misses"] >= 9
    assert simulator.counters()["requests"] == 9


def test_what_was_counted_since_a_moment_is_told_apart(simulator, loop):
    """
    Two moments of one engine differ by what was done between them, and those of two
    engines cannot be compared.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, system_id=30000142)
            earlier = esi.statistics()
            for _ in range(3):
                await esi.get(SYSTEM, system_id=30000142)
            lately = esi.statistics(since=earlier)
        async with make_client(simulator.base_url) as other:
            await other.get(SYSTEM, system_id=30000142)
            with pytest.raises(ValueError, match="another engine"):
                other.statistics(since=earlier)
        return earlier, lately

    earlier, lately = loop(story())

    route = "GetUniverseSystemsSystemId"
    assert lately["requests"] == [{"route": route, "outcome": "fresh", "count": 3}]
    assert lately["attempts"] == lately["durations"] == []
    assert lately["cache"]["hits"] == 3
    assert lately["cache"]["stored"] == 0
    assert lately["cache"]["entries"] == 1
    assert set(lately["bytes"].values()) == {0}
    assert 0 <= lately.seconds < 60
    assert "network" in str(earlier)
    assert "network" not in str(lately)
