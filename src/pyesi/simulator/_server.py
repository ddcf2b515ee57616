"""The thin part that knows aiohttp."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web

from pyesi.simulator._clock import Clock
from pyesi.simulator._control import Control, Controlled
from pyesi.simulator._delivery import deliver
from pyesi.simulator._esi import Esi
from pyesi.simulator._ledger import Ledger
from pyesi.simulator._request import Connection, Request
from pyesi.simulator._settings import Settings

_CONTROL = "/_simulator/"
_BIGGEST_BODY = 4 << 20


@dataclass(slots=True)
class _Carrier:
    """An open connection, as the ledger that counted it knows it."""

    number: int
    ledger: Ledger
    requests: int = 0


class _Server(web.Server):
    """Counts connections besides serving them."""

    def __init__(self, esi: Esi) -> None:
        self._esi = esi
        self._control = Control(esi, self._end_deliveries)
        self._deliveries: set[asyncio.Task[object]] = set()
        self._carriers: dict[int, _Carrier] = {}
        self._opened = 0
        super().__init__(self._serve, access_log=None, handler_cancellation=True)

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        carrier = self._carriers.pop(id(handler), None)
        if carrier is not None:
            carrier.ledger.open_connections -= 1
        super().connection_lost(handler, exc)

    def control(self, word: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Obey one word of control."""
        answer = self._control.control(word, told)
        return answer if isinstance(answer, dict) else {}

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(_CONTROL):
            return await self._obey(request)
        task = asyncio.current_task()
        assert task is not None, "aiohttp serves each request in a task"
        self._deliveries.add(task)
        try:
            return await self._answer(request)
        finally:
            self._deliveries.discard(task)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = self._connection(request)
        asked = Request(
            method=request.method,
            path=request.path,
            query=tuple(request.query.items()),
            headers=request.headers,
            body=await request.read() if request.body_exists else b"",
            connection=connection,
        )
        ledger = self._esi.ledger
        ledger.on_start()
        try:
            reply = self._esi.answer(asked, self._esi.clock.now())
            response = await deliver(request, reply)
            ledger.bytes_out += len(reply.body)
            if reply.resource is not None and reply.told_expiry is not None:
                ledger.on_told(reply.resource, reply.told_expiry)
            return response
        finally:
            ledger.in_flight -= 1

    def _connection(self, request: web.BaseRequest) -> Connection:
        key, ledger = id(request.protocol), self._esi.ledger
        carrier = self._carriers.get(key)
        if carrier is None:
            self._opened += 1
            carrier = self._carriers[key] = _Carrier(self._opened, ledger)
            ledger.on_connection()
        elif carrier.ledger is not ledger:  # there was a reset since
            carrier.ledger = ledger
            ledger.on_connection()
        carrier.requests += 1
        return Connection(request.remote or "", carrier.number, carrier.requests > 1)

    async def _obey(self, request: web.BaseRequest) -> web.StreamResponse:
        word = request.path.removeprefix(_CONTROL)
        try:
            body = await request.read()
            told = msgspec.json.decode(body, type=dict[str, Any]) if body else {}
            answer = self.control(word, told)
        except (TypeError, ValueError) as error:
            return _json(400, {"error": str(error)})
        return _json(200, answer)

    def _end_deliveries(self) -> None:
        for task in self._deliveries:
            task.cancel()


def _json(status: int, value: object) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json"
    )


class Simulator(Controlled):
    """A simulated ESI on a port of this machine, in the running event loop.

    Attributes:
        base_url: Where it listens, such as `http://127.0.0.1:40123`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        prepare: bool = False,
        **settings: Any,
    ) -> None:
        """Prepare a simulator; it listens once it is entered.

        Args:
            host: The address to listen on.
            port: The port; 0: any that is free.
            tls: The server's side of TLS; None: plain HTTP.
            prepare: Whether all pages of The Forge are written before it listens,
                so that a first sweep is as quick as a second.
            settings: As in `Settings`: seed, pages, lifetime, windows, …
        """
        self.base_url = ""
        self._host = host
        self._port = port
        self._tls = tls
        self._prepare = prepare
        self._esi = Esi(Settings(**settings), Clock())
        self._server: _Server | None = None
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        if self._prepare:
            self._esi.prepare()
        self._server = _Server(self._esi)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, self._host, self._port, ssl_context=self._tls, backlog=1024
        )
        await site.start()
        port = self._runner.addresses[0][1]
        scheme = "https" if self._tls else "http"
        self.base_url = f"{scheme}://{self._host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def control(self, word: str, **told: Any) -> dict[str, Any]:
        """Send one word of control.

        Raises:
            ValueError: The word or what it is told makes no sense.
        """
        if self._server is None:
            raise ValueError("the simulator does not run")
        return self._server.control(word, told)
