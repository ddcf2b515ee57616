"""What goes wrong on the way, one fault after the other, over real sockets.

Whatever happens, a request ends once, as an error of its own class that tells route and
attempts; nothing is left open; and the same client goes on working.
"""

import asyncio
import time

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
    free_port,
    full_listener,
    make_blocking_client,
    make_client,
    no_descriptor_left,
    read_head,
    resident_bytes,
    scripted_server,
    told,
    until,
)
from pyesi import errors

MB = 1 << 20

# The fault, the error, and how often a GET is tried until it is told.
FAULTS = {
    "reset before": ({"kind": "reset_before"}, errors.ConnectionLost, 3),
    "reset in the body": ({"kind": "reset_in_body"}, errors.ConnectionLost, 3),
    "closed before": ({"kind": "close_before_answer"}, errors.ConnectionLost, 3),
    "cut short": ({"kind": "truncate"}, errors.ConnectionLost, 3),
    "length too great": (
        {"kind": "wrong_content_length", "delta": 50},
        errors.ConnectionLost,
        3,
    ),
    "gzip cut short": ({"kind": "truncated_gzip"}, errors.DecodeFailed, 2),
    "header flood": ({"kind": "header_flood"}, errors.HeadersTooLarge, 1),
    "never ending": (
        {"kind": "endless_body", "bytes": MB},
        errors.BodyTooLarge,
        1,
    ),
    "bomb": ({"kind": "gzip_bomb", "bytes": 200 * MB}, errors.BodyTooLarge, 1),
    "redirect": ({"kind": "redirect"}, errors.RedirectRefused, 1),
    "redirect home": (
        {"kind": "redirect", "location": "/status", "code": 307},
        errors.RedirectRefused,
        1,
    ),
    "not HTTP": ({"kind": "raw"}, errors.ProtocolViolated, 3),
    "HTTP of a kind": (
        {"kind": "raw", "body": "HTTP/1.1 OK\r\nx\r\n\r\n"},
        errors.ProtocolViolated,
        3,
    ),
    "page of a proxy": ({"kind": "html_504"}, errors.ServerError, 3),
    "error page": (
        {"kind": "status", "code": 502, "body": "<html>Bad Gateway</html>"},
        errors.ServerError,
        3,
    ),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_each_fault_ends_a_get_once_with_its_error(simulator, loop, fault):
    """
    The error has the fault's own class and tells route and attempts; then the client
    works on.
    """
    what, kind, attempts = FAULTS[fault]
    simulator.faults([{"fault": what, "times": None}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(kind) as failure:
                async with asyncio.timeout(20):
                    await esi.get(SYSTEM, system_id=30000142)
            assert simulator.counters()["requests"] == attempts
            simulator.faults([], clear=True)
            answer = await esi.get(SYSTEM, system_id=30000142)
            assert answer.json()["name"] == "Jita"
        return told(failure)

    with no_descriptor_left():
        error = loop(story())

    assert type(error) is kind
    assert error.route == SYSTEM
    assert error.attempts == attempts
    assert simulator.counters()["requests"] == attempts + 1


@pytest.mark.parametrize("fault", list(FAULTS))
def test_each_fault_ends_a_post_once_and_sends_it_once(simulator, loop, fault):
    """
    What may have changed something is not sent again, whatever happened to it.
    """
    what, kind, _ = FAULTS[fault]
    simulator.faults([{"fault": what, "times": None, "match": {"method": "POST"}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(kind) as failure:
                async with asyncio.timeout(20):
                    await esi.post(NAMES, json=[30000142])
        return told(failure)

    error = loop(story())

    assert type(error) is kind
    assert error.attempts == 1
    assert [write["times"] for write in simulator.counters()["writes"]] == [1]


def test_a_fault_that_passes_is_never_seen(simulator, loop):
    """
    A GET whose first attempts fail is answered by the third.
    """
    simulator.faults(
        [{"fault": {"kind": "reset_before"}}, {"fault": {"kind": "html_504"}}]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await esi.get(SYSTEM, system_id=30000142)

    answer = loop(story())

    assert answer.json()["name"] == "Jita"
    assert answer.attempts == 3


def test_a_length_that_is_too_small_does_not_shift_what_follows(simulator, loop):
    """
    What comes after a body's told end is nobody's answer: the gzip that is cut there is
    asked for once more, and the next answers are whole.
    """
    simulator.faults([{"fault": {"kind": "wrong_content_length", "delta": -7}}])

    async def story():
        async with make_client(simulator.base_url, max_in_flight=1) as esi:
            return await ends_of(
                esi.get(SYSTEM, system_id=30000142 + number) for number in range(5)
            )

    answers = loop(story())

    assert [answer.json()["system_id"] for answer in answers] == [
        30000142 + number for number in range(5)
    ]
    assert [answer.attempts for answer in answers] == [2, 1, 1, 1, 1]


def test_invalid_json_is_told_where_it_is_read(simulator, loop):
    """
    A body that is no JSON is an answer as it is, and an error once it is read as JSON.
    """
    simulator.faults([{"fault": {"kind": "invalid_json"}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            answer = await esi.get("/status")
            with pytest.raises(errors.DecodeFailed) as failure:
                answer.json()
            return answer, told(failure)

    answer, error = loop(story())

    assert answer.status == 200
    assert isinstance(error, ValueError)
    assert error.route == "/status"
    assert error.attempts == 1


def test_a_server_error_still_has_its_answer(simulator, loop):
    """
    The page of a proxy is not taken for ESI's words, and can still be read.
    """
    simulator.faults([{"fault": {"kind": "html_504"}, "times": None}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.ServerError) as failure:
                await esi.get("/status")
            kept = await esi.get("/status", raise_for_status=False)
            return told(failure), kept

    error, kept = loop(story())

    assert error.status == 504
    assert "504 Gateway Time-out" in error.response.text
    assert "<html" not in str(error)
    assert kept.status == 504


def test_a_bomb_of_three_gigabytes_takes_no_more_memory_than_the_cap(simulator, loop):
    """
    A body that would inflate to 3 GB is given up at the cap.
    """
    simulator.faults([{"fault": {"kind": "gzip_bomb"}, "times": None}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            before = resident_bytes()
            ends = await ends_of(
                esi.get(TYPE, type_id=TYPES[number], timeout=60) for number in range(4)
            )
            return ends, resident_bytes() - before

    ends, grown = loop(story())

    assert {type(end) for end in ends} == {errors.BodyTooLarge}
    assert grown < 300 * MB


def test_a_sweep_ends_with_the_error_of_its_worst_page(simulator, loop):
    """
    A page that cannot be had ends the sweep once, and what else is under way with it.
    """
    simulator.faults(
        [{"fault": {"kind": "reset_before"}, "times": None, "match": {"page": 5}}]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.ConnectionLost) as failure:
                async with asyncio.timeout(20):
                    await esi.get_pages(ORDERS, **FORGE)
            simulator.faults([], clear=True)
            pages = await esi.get_pages(ORDERS, **FORGE)
            return told(failure), pages

    with no_descriptor_left():
        error, pages = loop(story())

    assert error.route == ORDERS
    assert error.attempts == 3
    assert len(pages) == 8


def test_a_batch_keeps_each_fault_in_its_place(simulator, loop):
    """
    Items that fail are errors where they stand; the others are answered.
    """
    path = "/universe/types"
    simulator.faults(
        [
            {
                "fault": {"kind": "reset_before"},
                "times": None,
                "match": {"path": f"{path}/35"},
            },
            {
                "fault": {"kind": "redirect"},
                "times": None,
                "match": {"path": f"{path}/37"},
            },
        ]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await esi.batch_request(
                [(TYPE, {"type_id": number}) for number in range(34, 40)]
                + [(TYPE, {"type_id": "iron"})]
            )

    batch = loop(story())

    assert {place: type(error) for place, error in batch.errors.items()} == {
        1: errors.ConnectionLost,
        3: errors.RedirectRefused,
        6: errors.InvalidRequest,
    }
    assert {error.route for error in batch.errors.values()} == {TYPE}
    assert [result is None for result in batch.results] == [
        place in batch.errors for place in range(7)
    ]


# What no simulator can play: the ways that end before a server.


async def failure_of(base_url, *, limit=20.0, **settings):
    """How a GET ends there."""
    async with make_client(base_url, **settings) as esi, asyncio.timeout(limit):
        with pytest.raises(errors.ESIError) as failure:
            await esi.get("/status")
        with pytest.raises(type(failure.value)):
            await esi.get("/status")
    return told(failure)


def test_nobody_listens(loop):
    """
    A refused connection is tried as often as any, and told as such.
    """
    with no_descriptor_left():
        error = loop(failure_of(f"http://127.0.0.1:{free_port()}"))

    assert type(error) is errors.ConnectFailed
    assert error.route == "/status"
    assert error.attempts == 3


def test_the_name_does_not_exist(loop):
    """
    A host without an address is told as such.
    """
    with no_descriptor_left():
        error = loop(failure_of("https://esi.invalid", proxy=""))

    assert type(error) is errors.NameNotResolved
    assert error.route == "/status"


def test_nobody_accepts(loop):
    """
    A connection that is never accepted is given up after the connect time-out.
    """
    timeout = pyesi.Timeout(connect=0.2, total=5)
    with full_listener() as base_url:
        error = loop(failure_of(base_url, timeout=timeout))

    assert type(error) is errors.ConnectTimedOut
    assert error.attempts == 3


def test_nobody_answers(simulator, loop):
    """
    A server that falls silent is given up after the read time-out.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    timeout = pyesi.Timeout(read=0.3, total=10)
    with no_descriptor_left():
        error = loop(failure_of(simulator.base_url, timeout=timeout))

    assert type(error) is errors.ReadTimedOut
    assert error.attempts == 3


def test_a_body_that_drips_ends_with_the_whole_time(simulator, loop):
    """
    Bytes that keep coming do not keep a request alive past its time.
    """
    drip = {"kind": "endless_body", "bytes": 10, "seconds": 0.05}
    simulator.faults([{"fault": drip, "times": None}])
    began = time.monotonic()
    error = loop(failure_of(simulator.base_url, timeout=0.5))

    assert type(error) is errors.DeadlineExceeded
    assert isinstance(error, TimeoutError)
    assert error.attempts == 1
    assert time.monotonic() - began < 10


def test_a_server_that_takes_nothing_ends_a_write(loop):
    """
    A body that nobody reads is given up after the write time-out.
    """

    def never_read(connection, _number):
        read_head(connection)
        time.sleep(1.5)

    async def story(base_url):
        timeout = pyesi.Timeout(write=0.3, read=5, total=10)
        async with make_client(base_url, timeout=timeout) as esi, asyncio.timeout(20):
            with pytest.raises(errors.WriteTimedOut) as failure:
                await esi.post(pyesi.UncheckedRoute("/big"), json="x" * (64 * MB))
            return told(failure)

    with scripted_server(never_read) as base_url:
        error = loop(story(base_url))

    assert error.attempts == 1


# What never leaves this machine.


CONTROL_CHARACTERS = ["\n", "\r\nX-Evil: 1", "\x00", "\x7f", "\x1b[31m"]


@pytest.mark.parametrize("text", CONTROL_CHARACTERS)
def test_control_characters_never_reach_a_socket(simulator, loop, text):
    """
    In a header they are refused; in a parameter they are refused or percent-encoded.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.InvalidRequest) as failure:
                await esi.get("/status", headers={"X-Mine": f"a{text}b"})
            for name in (f"X{text}", f"X: {text}"):
                with pytest.raises(errors.InvalidRequest):
                    await esi.get("/status", headers={name: "b"})
            with pytest.raises(errors.InvalidRequest):
                await esi.get("/status", auth=f"secret{text}")
            with pytest.raises(errors.InvalidRequest):
                await esi.get(ORDERS, region_id=10000002, order_type=text)
            with pytest.raises(errors.InvalidRequest):
                await esi.get(SYSTEM, system_id=f"1{text}")
            await ends_of(
                [
                    esi.get(pyesi.UncheckedRoute("/status"), params={"q": text}),
                    esi.get(pyesi.UncheckedRoute("/status"), params={text: "q"}),
                    esi.get(pyesi.UncheckedRoute("/status/{a}"), a=text),
                ]
            )
            with pytest.raises(errors.InvalidRequest):
                esi.stream_pages(ORDERS, headers={"X": text}, **FORGE)
                await anext(esi.stream_pages(ORDERS, headers={"X": text}, **FORGE))
            return told(failure)

    error = loop(story())

    assert error.attempts == 0
    for request in simulator.requests():
        assert "x-evil" not in request["headers"]
        assert request["target"].isprintable()
        assert " " not in request["target"]
        assert text not in request["target"]


def test_a_full_queue_refuses_what_is_too_much(simulator, loop):
    """
    Of more requests than may wait those too many are refused at once, unsent.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 0.1}, "times": None}])

    async def story():
        engine = pyesi.Engine(max_in_flight=2, max_waiting=10)
        async with engine, make_client(simulator.base_url, engine=engine) as esi:
            ends = await ends_of(
                esi.get(TYPE, type_id=TYPES[number]) for number in range(30)
            )
            simulator.faults([], clear=True)
            assert (await esi.get("/status")).status == 200
            return ends

    ends = loop(story())
    refused = [end for end in ends if isinstance(end, errors.ESIError)]

    assert {type(error) for error in refused} == {errors.QueueFull}
    assert {error.attempts for error in refused} == {0}
    assert {error.route for error in refused} == {TYPE}
    # Between the calls some may have been let go already.
    assert 18 <= len(refused) <= 20
    assert simulator.counters()["requests"] == 30 - len(refused) + 1


def test_no_slot_in_time_is_refused(simulator, loop):
    """
    Who waits for a slot longer than the pool time-out is refused, unsent.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 1.0}, "times": None}])

    async def story():
        timeout = pyesi.Timeout(pool=0.2)
        async with make_client(
            simulator.base_url, max_in_flight=1, timeout=timeout
        ) as esi:
            return await ends_of(
                esi.get(TYPE, type_id=TYPES[number]) for number in range(3)
            )

    first, *others = loop(story())

    assert first.status == 200
    assert {type(error) for error in others} == {errors.PoolTimedOut}
    assert {error.attempts for error in others} == {0}


# Ends from this side.


def test_use_after_close_is_told_at_once(simulator, loop):
    """
    A closed client refuses each kind of request, and is closed again without effect.
    """

    async def story():
        esi = make_client(simulator.base_url)
        await esi.get("/status")
        await esi.aclose()
        await esi.aclose()
        for ask in (
            lambda: esi.get("/status"),
            lambda: esi.post(NAMES, json=[1]),
            lambda: esi.get_pages(ORDERS, **FORGE),
            lambda: esi.batch_request(["/status"]),
            lambda: anext(esi.stream_pages(ORDERS, **FORGE)),
        ):
            with pytest.raises(errors.ClientClosed):
                await ask()

    with no_descriptor_left():
        loop(story())
    assert simulator.counters()["requests"] == 1


@pytest.mark.parametrize("shared", [False, True], ids=["own engine", "shared engine"])
def test_closing_ends_what_is_under_way(simulator, either_loop, shared):
    """
    Each request, batch and sweep in flight or queued ends once, with ClientClosed.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])

    async def story():
        engine = pyesi.Engine(max_in_flight=5) if shared else None
        esi = make_client(simulator.base_url, engine=engine)
        tasks = [
            asyncio.create_task(esi.get(TYPE, type_id=TYPES[number % 20]))
            for number in range(40)
        ]
        tasks.append(asyncio.create_task(esi.post(NAMES, json=[1])))
        tasks.append(asyncio.create_task(esi.get_pages(ORDERS, **FORGE)))
        batch = [(TYPE, {"type_id": number}) for number in TYPES[100:130]]
        tasks.append(asyncio.create_task(esi.batch_request(batch)))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await esi.aclose()
        async with asyncio.timeout(5):
            ends = await ends_of(tasks)
        took = time.monotonic() - began
        if engine is not None:
            await engine.aclose()
        return ends, took

    with no_descriptor_left():
        ends, took = either_loop(story())

    *singles, batch = ends
    assert {type(end) for end in singles} == {errors.ClientClosed}
    end = batch if isinstance(batch, errors.ClientClosed) else batch.errors[0]
    assert isinstance(end, errors.ClientClosed)
    assert took < 3


@pytest.mark.parametrize("delay", [0, 0.0005, 0.002, 0.005, 0.01, 0.02, 0.05])
def test_cancel_at_any_point_leaves_a_client_that_works(simulator, either_loop, delay):
    """
    Wherever a request, a batch or a sweep is when its task is cancelled, the task ends
    as cancelled, and everything that is asked later is answered.
    """
    faults = [
        {"kind": "latency", "seconds": 0.02},
        {"kind": "slow_drip", "seconds": 0.01},
    ]
    simulator.faults(
        [{"fault": fault, "times": None, "chance": 0.4} for fault in faults]
    )

    async def story():
        async with make_client(simulator.base_url, max_in_flight=4) as esi:
            for round_ in range(6):
                tasks = [
                    asyncio.create_task(esi.get(TYPE, type_id=TYPES[number % 8]))
                    for number in range(12)
                ]
                tasks.append(
                    asyncio.create_task(esi.post(NAMES, json=[34, 35 + round_]))
                )
                tasks.append(asyncio.create_task(esi.get_pages(ORDERS, **FORGE)))
                batch = [(TYPE, {"type_id": number}) for number in TYPES[100:110]]
                tasks.append(asyncio.create_task(esi.batch_request(batch)))
                await asyncio.sleep(delay * (1 + round_))
                cancelled = [task for task in tasks if task.cancel()]
                async with asyncio.timeout(10):
                    ends = await ends_of(tasks)
                assert all(task.cancelled() for task in cancelled)
                assert [end for end in ends if isinstance(end, Exception)] == []
            simulator.faults([], clear=True)
            async with asyncio.timeout(20):
                answers = await ends_of(
                    esi.get(TYPE, type_id=TYPES[number]) for number in range(30)
                )
                pages = await esi.get_pages(ORDERS, **FORGE)
            await until(lambda: idle(esi))
            return answers, pages

    with no_descriptor_left():
        answers, pages = either_loop(story())

    assert [answer.status for answer in answers] == [200] * 30
    assert len(pages) == 8
    assert all(write["times"] == 1 for write in simulator.counters()["writes"])
    assert simulator.counters()["early"] == 0


def idle(esi):
    statistics = esi.statistics()
    return statistics["queue"]["in_flight"] == statistics["pool"]["active"] == 0


def test_a_blocking_client_meets_the_same_errors(simulator):
    """
    The blocking client raises the same classes with the same facts.
    """
    with no_descriptor_left(), make_blocking_client(simulator.base_url) as esi:
        for what, kind, attempts in FAULTS.values():
            simulator.faults([{"fault": what, "times": attempts}], clear=True)
            simulator.control("clock", advance=60)
            esi.engine.advance_clock(60)
            with pytest.raises(kind) as failure:
                esi.get(SYSTEM, system_id=30000142)
            error = told(failure)
            assert type(error) is kind
            assert error.route == SYSTEM
            assert error.attempts == attempts
        assert esi.get(SYSTEM, system_id=30000142).json()["name"] == "Jita"
        del failure
