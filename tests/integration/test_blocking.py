"""The blocking client, and both clients on one engine."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    make_blocking_client,
    make_client,
    no_descriptor_left,
    told,
)
from pyesi import errors

LATE = {"kind": "latency", "seconds": 0.3}


def test_it_does_all_that_the_other_does(simulator):
    """
    Every kind of request blocks until its end and gives what the coroutine gives.
    """
    with no_descriptor_left(), make_blocking_client(simulator.base_url) as esi:
        assert esi.get(SYSTEM, system_id=30000142).json()["name"] == "Jita"
        assert esi.head("/status").status == 200
        assert esi.post(NAMES, json=[30000142]).json()[0]["name"] == "Jita"
        assert len(esi.get_pages(ORDERS, **FORGE)) == 8
        assert len(list(esi.stream_pages(ORDERS, **FORGE))) == 8
        batch = esi.batch_request([(TYPE, {"type_id": n}) for n in TYPES[:30]])
        batch.raise_for_errors()
        assert [answer.json()["type_id"] for answer in batch.results] == [*TYPES[:30]]
        assert esi.get(SYSTEM, system_id=30000142).source == pyesi.Source.FRESH


def test_many_threads_share_one_client(simulator):
    """
    Each thread gets the answers of its own requests; equal ones are one request.
    """
    simulator.faults([{"fault": LATE, "times": None, "chance": 0.1}])
    with make_blocking_client(simulator.base_url) as esi:

        def ask(number):
            wanted = TYPES[number % 50]
            return wanted, esi.get(TYPE, type_id=wanted).json()["type_id"]

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(ask, range(800)))

    assert all(wanted == got for wanted, got in found)
    assert simulator.counters()["requests"] == 50


@pytest.mark.parametrize("shared", [False, True], ids=["own engine", "shared engine"])
def test_closing_ends_what_blocks_in_other_threads(simulator, shared):
    """
    Whoever blocks when the client is closed is told so, once and soon.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    engine = pyesi.Engine() if shared else None
    esi = make_blocking_client(simulator.base_url, engine=engine)
    calls = [
        lambda: esi.get(SYSTEM, system_id=30000142),
        lambda: esi.get(SYSTEM, system_id=30000142),
        lambda: esi.get_pages(ORDERS, **FORGE),
        lambda: list(esi.stream_pages(ORDERS, **FORGE)),
        lambda: esi.post(NAMES, json=[34]),
    ]
    ends = []

    def block(call):
        try:
            ends.append(call())
        except BaseException as error:
            ends.append(error)

    threads = [threading.Thread(target=block, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    esi.close()
    for thread in threads:
        thread.join(10)
    took = time.monotonic() - began
    if engine is not None:
        engine.close()

    assert {type(end) for end in ends} == {errors.ClientClosed}
    assert len(ends) == len(calls)
    assert {end.route for end in ends} == {SYSTEM, ORDERS, NAMES}
    assert took < 3
    with pytest.raises(errors.ClientClosed):
        esi.get("/status")


def test_two_kinds_of_client_share_one_engine(simulator):
    """
    What one has fetched is fresh for the other; what both ask for is one request; and
    closing one leaves the other working.
    """
    simulator.faults([{"fault": LATE}])

    async def story(engine, blocking):
        async with make_client(simulator.base_url, engine=engine) as esi:
            joined = await asyncio.gather(
                esi.get(SYSTEM, system_id=30000142),
                asyncio.to_thread(blocking.get, SYSTEM, system_id=30000142),
            )
            fetched = await esi.get("/status")
            fresh = blocking.get("/status")
            await esi.aclose()
            after = blocking.get(SYSTEM, system_id=30000143)
            return joined, fetched, fresh, after

    with no_descriptor_left(), pyesi.Engine() as engine:
        with make_blocking_client(simulator.base_url, engine=engine) as blocking:
            joined, fetched, fresh, after = asyncio.run(story(engine, blocking))
            assert not engine.closed

    assert [answer.status for answer in joined] == [200, 200]
    assert fetched.source == pyesi.Source.NETWORK
    assert fresh.source == pyesi.Source.FRESH
    assert after.status == 200
    assert simulator.counters()["requests"] == 3


def test_clients_of_other_settings_share_no_answers(simulator):
    """
    Another language, date or tenant is another answer, also on one engine.
    """
    settings = [
        {},
        {"language": "de"},
        {"compatibility_date": "2026-08-04"},
        {"tenant": "singularity"},
    ]
    with pyesi.Engine() as engine:
        for own in settings * 2:
            with make_blocking_client(simulator.base_url, engine=engine, **own) as esi:
                answer = esi.get(TYPE, type_id=34)
                assert answer.status == 200
    assert simulator.counters()["requests"] == len(settings)


def test_an_engine_that_is_closed_ends_its_clients(simulator):
    """
    A client whose shared engine was closed says so.
    """
    engine = pyesi.Engine()
    esi = make_blocking_client(simulator.base_url, engine=engine)
    esi.get("/status")
    engine.close()
    with pytest.raises(errors.ClientClosed) as failure:
        esi.get("/status")
    assert told(failure).attempts == 0
    with pytest.raises(errors.ConfigurationError):
        make_blocking_client(simulator.base_url, engine=engine)


def test_a_blocking_call_inside_a_running_loop_still_answers(simulator):
    """
    It blocks the loop, as any blocking call does, and does not wait for it.
    """

    async def story():
        with make_blocking_client(simulator.base_url) as esi:
            return esi.get("/status").status

    assert asyncio.run(story()) == 200


def test_a_client_that_is_forgotten_leaves_nothing(simulator):
    """
    A client that nobody closed gives its thread and sockets back once it is collected.
    """
    with no_descriptor_left():
        esi = make_blocking_client(simulator.base_url)
        assert esi.get("/status").status == 200
        del esi
