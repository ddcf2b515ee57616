"""Every fault does on the wire what it says."""

import asyncio
import gzip
import json
import time
import zlib

import aiohttp
import pytest
import uvloop

from pyesi.simulator import Simulator
from pyesi.simulator._delivery import bomb_pieces
from unit.simulated_requests import TODAY

PRICES = "/markets/prices"


@pytest.fixture(
    params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def run(request):
    """Runs a coroutine function with a simulator and its script of faults."""

    def run_it(story, *rules):
        async def told():
            async with Simulator() as simulator:
                simulator.faults(rules)
                return await story(simulator)

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(asyncio.wait_for(told(), 60))

    return run_it


def fault(kind, **settings):
    return {"fault": {"kind": kind, **settings}}


async def fetch(simulator, target="/status", **options):
    timeout = aiohttp.ClientTimeout(total=options.pop("total", 20))
    async with (
        aiohttp.ClientSession(
            simulator.base_url, headers=TODAY, timeout=timeout, auto_decompress=False
        ) as session,
        session.get(target, allow_redirects=False, **options) as response,
    ):
        return response, await response.read()


async def raw(simulator, target="/status"):
    """Everything that the server writes until it hangs up, and how it did so."""
    port = int(simulator.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: raw\r\n"
    writer.write(f"{head}X-Compatibility-Date: 2026-08-18\r\n\r\n".encode())
    said = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), 5):
            said += piece
    except ConnectionResetError:
        return said, "reset"
    finally:
        writer.close()
    return said, "closed"


def split(said):
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return lines[0], {name.lower(): value for name, value in headers.items()}, body


def test_latency_holds_the_answer_back(run):
    """
    The whole answer comes late, and is the ordinary one.
    """

    async def story(simulator):
        started = time.monotonic()
        response, body = await fetch(simulator)
        return time.monotonic() - started, response.status, json.loads(body)

    passed, status, body = run(story, fault("latency", seconds=0.3))
    assert passed >= 0.3
    assert status == 200
    assert "players" in body


def test_slow_drip_sends_little_by_little(run):
    """
    The body arrives whole, in pieces with pauses.
    """

    async def story(simulator):
        started = time.monotonic()
        _, body = await fetch(simulator)
        return time.monotonic() - started, json.loads(body)

    passed, body = run(story, fault("slow_drip", bytes=20, seconds=0.05))
    assert passed > 0.15
    assert "players" in body


def test_reset_before_sends_rst_and_nothing_else(run):
    """
    The connection is reset before a byte of the answer.
    """
    assert run(raw, fault("reset_before")) == (b"", "reset")


def test_reset_in_body_sends_a_part_and_then_rst(run):
    """
    Head and part of the body arrive, then the connection is reset.
    """

    async def story(simulator):
        return await raw(simulator, PRICES)

    said, end = run(story, fault("reset_in_body", share=0.1))
    line, headers, body = split(said)
    assert (line, end) == ("HTTP/1.1 200 OK", "reset")
    assert 0 < len(body) < int(headers["content-length"])


def test_truncate_hangs_up_in_good_order(run):
    """
    The body ends early with a clean close: only its length gives it away.
    """
    said, end = run(raw, fault("truncate", share=0.5))
    _, headers, body = split(said)
    assert end == "closed"
    assert len(body) == int(headers["content-length"]) // 2


def test_close_before_answer_hangs_up_on_receipt(run):
    """
    A connection that carried a request is closed when it gets the next.
    """

    async def story(simulator):
        async with aiohttp.ClientSession(simulator.base_url, headers=TODAY) as session:
            async with session.get("/status") as response:
                await response.read()
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await session.post("/universe/names", json=[34])
        return simulator.counters()

    rule = {"match": {"reused": True}, **fault("close_before_answer")}
    counters = run(story, rule)
    assert counters["faults"] == {"close_before_answer": 1}
    assert [write["times"] for write in counters["writes"]] == [1]


def test_status_sends_what_is_scripted(run):
    """
    Status, body and headers are those of the script.
    """
    rule = fault("status", code=503, body={"error": "no"}, headers={"Retry-After": "7"})
    response, body = run(fetch, rule)

    assert response.status == 503
    assert response.headers["Retry-After"] == "7"
    assert json.loads(body) == {"error": "no"}


def test_status_can_be_html(run):
    """
    A body that is a string is sent as it is, as HTML.
    """
    response, body = run(fetch, fault("status", code=502, body="<h1>Bad</h1>"))

    assert response.content_type == "text/html"
    assert body == b"<h1>Bad</h1>"


def test_a_scripted_429_can_come_without_its_headers(run):
    """
    The limiters deep in the game server say nothing: so can the script.
    """
    silent = ["X-Ratelimit-Group", "X-Ratelimit-Limit", "X-Ratelimit-Remaining"]
    rule = fault("status", code=429, missing=[*silent, "X-Ratelimit-Used"])
    response, _ = run(fetch, rule)

    assert response.status == 429
    assert not [name for name in response.headers if "ratelimit" in name.lower()]
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("html_504", 504, b"<html>"),
        ("wrapped_page_end_500", 500, b"Requested page does not exist!"),
    ],
)
def test_known_failures_have_their_own_kind(run, kind, status, words):
    """
    The gateway's failures that clients know come in their usual words.
    """
    response, body = run(fetch, fault(kind))

    assert response.status == status
    assert words in body


def test_wrong_content_length_is_wrong(run):
    """
    The declared length differs from the true one by the delta.
    """
    for delta in (-7, 5):
        said, end = run(raw, fault("wrong_content_length", delta=delta))
        _, headers, body = split(said)
        assert end == "closed"
        assert int(headers["content-length"]) == len(body) + delta


def test_truncated_gzip_is_whole_as_http_only(run):
    """
    The length is right, and what it measures is no whole gzip stream.
    """

    async def story(simulator):
        return await fetch(simulator, headers={"Accept-Encoding": "gzip"})

    response, body = run(story, fault("truncated_gzip"))
    assert response.headers["Content-Encoding"] == "gzip"
    assert int(response.headers["Content-Length"]) == len(body)
    with pytest.raises(EOFError):
        gzip.decompress(body)


def test_gzip_bomb_is_cheap_to_send(run):
    """
    A bomb arrives as valid gzip, a thousandth of its size.
    """

    async def story(simulator):
        return await fetch(simulator, headers={"Accept-Encoding": "gzip"})

    size = 32 << 20
    response, body = run(story, fault("gzip_bomb", bytes=size))
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) < size / 500
    unpacked = zlib.decompressobj(31)
    assert len(unpacked.decompress(body, 1 << 20)) == 1 << 20


def test_a_bomb_of_three_gigabytes_is_made_as_it_is_sent():
    """
    Three gigabytes cost three megabytes of pieces, none of them large.
    """
    pieces = [len(piece) for piece in bomb_pieces(3 << 30)]

    assert max(pieces) < 4096
    assert sum(pieces) < 4 << 20


def test_endless_body_never_ends(run):
    """
    Bytes come for as long as one listens, and stop when the client leaves.
    """

    async def story(simulator):
        got = 0
        async with (
            aiohttp.ClientSession(simulator.base_url, headers=TODAY) as session,
            session.get("/status") as response,
        ):
            while got < 8 << 20:
                got += len(await response.content.readany())
        while simulator.counters()["in_flight"]:
            await asyncio.sleep(0.01)
        return got

    assert run(story, fault("endless_body")) >= 8 << 20


def test_header_flood_is_larger_than_any_limit(run):
    """
    The head alone is a megabyte.
    """

    async def story(simulator):
        port = int(simulator.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4 << 20)
        writer.write(b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return len(head)

    assert run(story, fault("header_flood")) > 1_000_000


def test_redirect_points_elsewhere(run):
    """
    A redirect names the place of the script.
    """
    rule = fault("redirect", location="https://elsewhere.example/")
    response, _ = run(fetch, rule)

    assert response.status == 302
    assert response.headers["Location"] == "https://elsewhere.example/"


def test_invalid_json_is_a_good_answer_but_for_its_body(run):
    """
    Status and type are right, and the body cannot be read.
    """
    response, body = run(fetch, fault("invalid_json"))

    assert (response.status, response.content_type) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_no_answer_waits_until_the_client_gives_up(run):
    """
    Nothing comes, and the request ends with its connection.
    """

    async def story(simulator):
        with pytest.raises(asyncio.TimeoutError):
            await fetch(simulator, total=0.2)
        while simulator.counters()["in_flight"]:
            await asyncio.sleep(0.01)
        return simulator.counters()

    assert run(story, fault("no_answer"))["requests"] == 1


def test_headers_can_be_changed_and_left_out(run):
    """
    An ordinary answer can carry another Expires or none.
    """
    rules = [
        fault("headers", headers={"Expires": "-1"}),
        fault("headers", missing=["Expires", "X-Pages"]),
    ]

    async def story(simulator):
        first, _ = await fetch(simulator)
        second, _ = await fetch(simulator)
        return first.headers, second.headers, simulator.counters()["early"]

    first, second, early = run(story, *rules)
    assert first["Expires"] == "-1"
    assert "Expires" not in second
    assert early == 0


def test_raw_bytes_are_sent_as_they_are(run):
    """
    What is not HTTP at all is sent, and then the server hangs up.
    """
    assert run(raw, fault("raw", body="HTTP/9.9 what\r\n")) == (
        b"HTTP/9.9 what\r\n",
        "closed",
    )


def test_a_spoilt_answer_tells_no_expiry(run):
    """
    Whoever did not get the body may ask again before the expiry it would have had.
    """

    async def story(simulator):
        for _ in spoilt:
            await raw(simulator)
        return simulator.counters()

    spoilt = ("truncate", "reset_in_body", "wrong_content_length", "reset_before")
    counters = run(story, *map(fault, spoilt))
    assert counters["requests"] == len(spoilt)
    assert counters["early"] == 0


def test_a_reset_of_the_simulator_ends_what_still_hangs(run):
    """
    After a reset no answer of the test before is still under way.
    """

    async def story(simulator):
        hanging = asyncio.create_task(raw(simulator))
        while not simulator.counters()["in_flight"]:
            await asyncio.sleep(0.01)
        simulator.reset()
        said, _ = await hanging
        response, _ = await fetch(simulator)
        return said, response.status

    assert run(story, fault("no_answer")) == (b"", 200)
