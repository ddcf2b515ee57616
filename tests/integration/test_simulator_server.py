"""The simulator over a real socket, asked by a client that is not ours."""

import asyncio
import json
import socket

import aiohttp
import pytest
import uvloop

from pyesi import catalog
from pyesi.simulator import Simulator
from unit.simulated_requests import TODAY, body_of, target_of, token

ORDERS = "/markets/10000002/orders?order_type=all"


@pytest.fixture(
    params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def run(request):
    """Runs a coroutine function with a simulator and a session that talks to it."""

    def run_it(story, **settings):
        async def told():
            async with (
                Simulator(**settings) as simulator,
                aiohttp.ClientSession(
                    simulator.base_url, headers=TODAY, auto_decompress=False
                ) as session,
            ):
                return await story(simulator, session)

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(asyncio.wait_for(told(), 60))

    return run_it


async def fetch(session, target, method="GET", **options):
    async with session.request(method, target, **options) as response:
        return response, await response.read()


def test_all_operations_answer(run):
    """
    Each of the 233 operations answers a good status over the wire.
    """

    async def story(_simulator, session):
        bearer = {"Authorization": f"Bearer {token()}"}
        wrong = []
        for route in catalog.routes():
            response, _ = await fetch(
                session,
                target_of(route),
                route.method,
                headers=bearer if route.secured else {},
                data=body_of(route),
            )
            if response.status not in route.success:
                wrong.append((route.operation_id, response.status))
        return wrong

    assert run(story, pages=2, rate_limits=False) == []


def test_a_sweep_is_one_generation_and_the_next_one_revalidates(run):
    """
    All pages of a window carry one date; later some are unchanged and some are new.
    """

    async def sweep(session, tags):
        seen = []
        for page in range(1, 13):
            headers = {"If-None-Match": tags[page]} if page in tags else {}
            response, body = await fetch(
                session, f"{ORDERS}&page={page}", headers=headers
            )
            tags[page] = response.headers["ETag"]
            seen.append((response.status, response.headers["Last-Modified"], body))
        return seen

    async def story(simulator, session):
        tags = {}
        first = await sweep(session, tags)
        simulator.advance(300)
        return first, await sweep(session, tags), simulator.counters()

    first, second, counters = run(story, pages=12)
    assert {status for status, _, _ in first} == {200}
    assert {status for status, _, _ in second} == {200, 304}
    assert all(body == b"" for status, _, body in second if status == 304)
    assert len({date for _, date, _ in first}) == 1
    assert len({date for _, date, _ in second}) == 1
    assert counters["early"] == 0
    assert counters["requests"] == 24
    assert counters["connections"] == 1


def test_head_has_the_headers_of_get_and_no_body(run):
    """
    HEAD tells the length of the body that GET would send.
    """

    async def story(_simulator, session):
        got, body = await fetch(session, ORDERS, headers={"Accept-Encoding": "gzip"})
        head, nothing = await fetch(
            session, ORDERS, "HEAD", headers={"Accept-Encoding": "gzip"}
        )
        return got.headers, head.headers, body, nothing

    got, head, body, nothing = run(story, pages=1)
    assert nothing == b""
    assert int(head["Content-Length"]) == int(got["Content-Length"]) == len(body)
    assert head["ETag"] == got["ETag"]


def test_a_204_and_a_304_have_no_length(run):
    """
    Answers without a body say nothing of its length or type.
    """

    async def story(_simulator, session):
        first, _ = await fetch(session, "/status")
        known = {"If-None-Match": first.headers["ETag"]}
        again, _ = await fetch(session, "/status", headers=known)
        empty, _ = await fetch(session, "/contracts/public/items/220000000")
        return again, empty

    again, empty = run(story)
    assert (again.status, empty.status) == (304, 204)
    assert "Content-Length" not in again.headers
    assert "Content-Type" not in again.headers


def test_the_control_routes_turn_and_tell(run):
    """
    Clock, counters, faults and reset are reached by HTTP, and are no requests to ESI.
    """

    async def story(_simulator, session):
        async def tell(word, **told):
            _, body = await fetch(session, f"/_simulator/{word}", "POST", json=told)
            return json.loads(body)

        await fetch(session, "/status")
        clock = await tell("clock", advance=100)
        rules = [{"fault": {"kind": "html_504"}}]
        await tell("faults", rules=rules)
        failed, _ = await fetch(session, "/status")
        _, counters = await fetch(session, "/_simulator/counters")
        await tell("reset")
        return clock, failed.status, json.loads(counters), await tell("counters")

    clock, failed, before, after = run(story)
    assert clock["offset"] == 100
    assert failed == 504
    assert before["by_operation"] == {"GetStatus": {"200": 1, "504": 1}}
    assert before["requests"] == 2
    assert after["requests"] == 0


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("explode", {}),
        ("clock", {"advance": -1}),
        ("clock", {"forward": 1}),
        ("faults", {"rules": [{"fault": {"kind": "meteor"}}]}),
        ("roll", {"path": "/nowhere"}),
    ],
)
def test_a_misspelt_control_is_refused(run, word, told):
    """
    A word of control that makes no sense is an error that says why.
    """

    async def story(simulator, session):
        response, body = await fetch(session, f"/_simulator/{word}", "POST", json=told)
        with pytest.raises(ValueError, match=r".+"):
            simulator.control(word, **told)
        return response.status, json.loads(body)

    status, body = run(story)
    assert status == 400
    assert body["error"]


def test_connections_are_counted_across_a_reset(run):
    """
    A connection that outlives a reset is counted once on either side.
    """

    async def story(simulator, session):
        await fetch(session, "/status")
        simulator.reset()
        at_first = simulator.counters()["connections"]
        await fetch(session, "/status")
        await fetch(session, "/status")
        seen = simulator.counters()
        reused = [request["reused"] for request in simulator.requests()]
        await session.close()
        while simulator.counters()["open_connections"]:
            await asyncio.sleep(0)
        return at_first, seen, reused

    at_first, seen, reused = run(story)
    assert at_first == 0
    assert (seen["connections"], seen["open_connections"]) == (1, 1)
    assert reused == [True, True]


def test_a_request_that_is_no_http_ends_its_connection_only(run):
    """
    Nonsense on one connection leaves the others alone.
    """

    async def story(simulator, session):
        port = int(simulator.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        said = await reader.read()
        writer.close()
        response, _ = await fetch(session, "/status")
        return said, response.status

    said, status = run(story)
    assert b" 400 " in said
    assert status == 200


def test_a_closed_simulator_listens_no_more(run):
    """
    After its end nothing answers at its port.
    """

    async def story(simulator, _session):
        return int(simulator.base_url.rpartition(":")[2])

    port = run(story)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
