"""Puts replies on the wire: whole ones, and broken ones as their fault demands."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import web

from pyesi.simulator._faults import Fault
from pyesi.simulator._request import Reply

_PIECE = 1024
_BOMB_BLOCK = 1 << 20
_SMALL_BOMB = 64 * _BOMB_BLOCK
# A reset must not overtake what was sent before it.
_FLUSH = 0.05
_Deliver = Callable[[web.BaseRequest, Reply, Fault], Awaitable[web.StreamResponse]]


async def deliver(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send a reply, faults and all."""
    fault = reply.fault
    if fault is None:
        return _whole(request, reply)
    return await _DELIVERIES.get(fault.kind, _as_it_is)(request, reply, fault)


def _whole(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    headers = reply.headers
    if request.method == "HEAD":
        headers = {**headers, "Content-Length": str(len(reply.body))}
        return web.Response(status=reply.status, headers=headers)
    return web.Response(status=reply.status, headers=headers, body=reply.body)


async def _as_it_is(
    request: web.BaseRequest, reply: Reply, _fault: Fault
) -> web.StreamResponse:
    return _whole(request, reply)


async def _late(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    await asyncio.sleep(1.0 if fault.seconds is None else fault.seconds)
    return _whole(request, reply)


async def _begin(
    request: web.BaseRequest, reply: Reply, length: int | None
) -> web.StreamResponse:
    """Send the head of an answer whose body follows piece by piece."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if length is None:
        response.enable_chunked_encoding()
    else:
        response.content_length = length
    await response.prepare(request)
    return response


async def _drip(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    response = await _begin(request, reply, len(reply.body))
    size = fault.bytes or _PIECE
    for start in range(0, len(reply.body), size):
        await response.write(reply.body[start : start + size])
        await asyncio.sleep(0.1 if fault.seconds is None else fault.seconds)
    return response


async def _reset(
    request: web.BaseRequest, _reply: Reply, _fault: Fault
) -> web.StreamResponse:
    return _abort(request)


async def _reset_in_body(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    response = await _begin(request, reply, len(reply.body))
    await response.write(_part(reply.body, fault))
    await asyncio.sleep(_FLUSH)
    return _abort(request)


async def _truncate(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    response = await _begin(request, reply, len(reply.body))
    await response.write(_part(reply.body, fault))
    return _hang_up(request)


async def _close(
    request: web.BaseRequest, _reply: Reply, _fault: Fault
) -> web.StreamResponse:
    return _hang_up(request)


async def _wrong_length(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    head = {**reply.headers, "Content-Length": str(len(reply.body) + fault.delta)}
    _write(request, _head(reply.status, head) + reply.body)
    if fault.delta > 0:
        return _hang_up(request)
    await asyncio.sleep(_FLUSH)
    return _hang_up(request)


async def _cut_gzip(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    packed = reply.body
    if reply.headers.get("Content-Encoding") != "gzip":
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        packed = packer.compress(reply.body) + packer.flush()
    reply.headers["Content-Encoding"] = "gzip"
    reply.body = _part(packed, fault)
    return _whole(request, reply)


async def _bomb(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    reply.status = fault.code or 200
    reply.headers["Content-Encoding"] = "gzip"
    response = await _begin(request, reply, None)
    for piece in bomb_pieces(3 << 30 if fault.bytes is None else fault.bytes):
        await response.write(piece)
    return response


def bomb_pieces(size: int) -> Iterator[bytes]:
    """Make gzip of so many blanks, a kilobyte for each megabyte.

    A block that ends in a full flush needs nothing that came before it, so one
    serves for all. The check sum is only right up to 64 MiB: nobody who counts
    should get so far.
    """
    block = b" " * _BOMB_BLOCK
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    count, rest = divmod(size, _BOMB_BLOCK)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    for _ in range(count):
        yield packed
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield last.compress(block[:rest]) + last.flush()
    checksum = zlib.crc32(b" " * size) if size <= _SMALL_BOMB else 0
    yield struct.pack("<LL", checksum, size % 2**32)


async def _endless(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    reply.status = fault.code or 200
    reply.headers.pop("Content-Encoding", None)
    response = await _begin(request, reply, None)
    piece = b" " * (fault.bytes or 65536)
    while True:
        await response.write(piece)
        await asyncio.sleep(fault.seconds or 0)


async def _flood(
    request: web.BaseRequest, reply: Reply, fault: Fault
) -> web.StreamResponse:
    size = 1 << 20 if fault.bytes is None else fault.bytes
    reply.headers |= {f"X-Flood-{number}": "x" * 1000 for number in range(size // 1016)}
    return _whole(request, reply)


async def _silence(
    request: web.BaseRequest, _reply: Reply, _fault: Fault
) -> web.StreamResponse:
    while request.transport is not None:
        await asyncio.sleep(_FLUSH)
    return web.Response()


async def _raw(
    request: web.BaseRequest, _reply: Reply, fault: Fault
) -> web.StreamResponse:
    _write(request, str(fault.body or "NOT HTTP AT ALL\r\n\r\n").encode("latin-1"))
    await asyncio.sleep(_FLUSH)
    return _hang_up(request)


def _part(body: bytes, fault: Fault) -> bytes:
    return body[: int(len(body) * fault.share)]


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _write(request: web.BaseRequest, data: bytes) -> None:
    if request.transport is not None:
        request.transport.write(data)


def _hang_up(request: web.BaseRequest) -> web.StreamResponse:
    """End the connection in good order; what aiohttp then sends goes nowhere."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _abort(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection: the peer sees RST, not FIN."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return web.Response()


_DELIVERIES: dict[str, _Deliver] = {
    "latency": _late,
    "slow_drip": _drip,
    "reset_before": _reset,
    "reset_in_body": _reset_in_body,
    "truncate": _truncate,
    "wrong_content_length": _wrong_length,
    "truncated_gzip": _cut_gzip,
    "gzip_bomb": _bomb,
    "endless_body": _endless,
    "header_flood": _flood,
    "close_before_answer": _close,
    "no_answer": _silence,
    "raw": _raw,
}
