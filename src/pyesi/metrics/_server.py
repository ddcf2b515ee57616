"""A server of its own for the counters, in a thread."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from queue import SimpleQueue
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from pyesi.errors import ConfigurationError

from ._exposition import CONTENT_TYPE, Exposed, exposition
from ._prometheus import engines_by_label
from ._statistics import HasStatistics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = "127.0.0.1"
_PATH = "/metrics"

# Who opens a connection and says nothing holds its thread for so long.
_PATIENCE = 10.0


class MetricsServer:
    """Answers ``GET /metrics`` in Prometheus's text format until it is closed.

    The process's end closes it as well; a forked child has none.

    Thread-safe.
    """

    def __init__(self, engines: Mapping[str, Exposed], host: str, port: int) -> None:
        """Listen, and answer from now on.

        Raises:
            ConfigurationError: Nothing can listen there.
        """
        kind = _Server6 if ":" in host else _Server
        try:
            self._server = kind((host, port), _Quiet)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            message = (
                f"Metrics cannot be served on port {port} of {host}: {reason}. "
                "Port 0 takes a free one."
            )
            raise ConfigurationError(message) from error
        self._server.set_app(_answering(dict(engines)))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(0.1,),
            name="pyesi-metrics",
            daemon=True,
        )
        _SERVERS.add(self)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What a scrape asks."""
        host = str(self._server.server_address[0])
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}{_PATH}"

    def close(self) -> None:
        """Answer no more, and give the port back; a second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def abandon(self) -> None:
        """In a forked child, where the thread is not; pyesi's own."""
        self._server.socket.close()

    def __enter__(self) -> Self:
        """The server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Where it is."""
        return f"<{type(self).__name__} {self.url}>"


def serve_metrics(
    port: int, *clients: HasStatistics, host: str = LOOPBACK, **named: HasStatistics
) -> MetricsServer:
    """Serve the counters of clients or engines at ``/metrics``.

        server = pyesi.metrics.serve_metrics(9464, esi)

    prometheus_client is not needed: the core writes the text.

    Args:
        port: 0 takes a free one; see `url` of what comes back.
        clients: As of `PrometheusCollector`.
        host: This machine alone by default. Who can reach it sees which routes are
            asked how often: routes, origins and groups, but no token, name or id.
        named: As of `PrometheusCollector`.

    Raises:
        ConfigurationError: There is no client, or nothing can listen there.
    """
    if not clients and not named:
        raise ConfigurationError("serve_metrics needs a client: serve_metrics(0, esi).")
    return MetricsServer(engines_by_label(clients, named), host, port)


def _answering(engines: Mapping[str, Exposed]) -> WSGIApplication:
    """An application that answers each request for the text."""

    def answer(asked: WSGIEnvironment, begin: StartResponse) -> list[bytes]:
        if asked["PATH_INFO"] != _PATH:
            begin("404 Not Found", [("Content-Type", "text/plain")])
            return [f"Metrics are at {_PATH}.\n".encode()]
        if asked["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            begin("405 Method Not Allowed", [("Allow", "GET, HEAD")])
            return []
        text = exposition(engines).encode()
        told = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(text)))]
        begin("200 OK", told)
        return [] if asked["REQUEST_METHOD"] == "HEAD" else [text]

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection; for one at a time it is the same.

    What a new thread allocates is memory that the process has to be given anew: with
    all routes in use hundreds of pages for each scrape.
    """

    daemon_threads = True

    def server_activate(self) -> None:
        """Listen, and have that thread wait."""
        super().server_activate()
        self._asked: SimpleQueue[tuple[Any, Any] | None] = SimpleQueue()
        self._is_idle = threading.Semaphore()
        self._kept = threading.Thread(
            target=self._serve_one_by_one, name="pyesi-metrics-answers", daemon=True
        )
        self._kept.start()

    def _hand_over(self, request: Any, client_address: Any) -> None:
        # Who says nothing must not hold up others.
        if self._is_idle.acquire(blocking=False):
            self._asked.put((request, client_address))
        else:
            super().process_request(request, client_address)

    process_request = _hand_over  # as socketserver calls it

    def server_close(self) -> None:
        """Listen no more; a thread that still answers ends by itself."""
        super().server_close()
        kept = getattr(self, "_kept", None)  # none where nothing could be bound
        if kept is not None:
            self._asked.put(None)
            if self._is_idle.acquire(blocking=False):
                kept.join()

    def _serve_one_by_one(self) -> None:
        while (asked := self._asked.get()) is not None:
            self.process_request_thread(*asked)
            self._is_idle.release()


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    """A scrape is no news."""

    timeout = _PATIENCE

    def log_message(self, format: str, *args: object) -> None:
        """Tell nobody."""


_SERVERS: WeakSet[MetricsServer] = WeakSet()


def _abandon_all() -> None:
    for server in list(_SERVERS):
        server.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
