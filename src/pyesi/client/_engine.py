"""The engine that clients share, and its life across fork and exit."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import astuple
from functools import cache
from types import TracebackType
from typing import Any, Never, Protocol, Self
from weakref import WeakMethod, WeakSet

from pyesi import _core
from pyesi._types import UNSET, Unset
from pyesi.config import (
    CacheConfig,
    DynamicTTL,
    EngineConfig,
    limits_settings,
    redis_parts,
    refuse_unknown_names,
    trust_store,
)
from pyesi.errors import ClientClosed
from pyesi.metrics import Statistics

from ._advised import Advised
from ._bridges import Bridges
from ._past import PastOfEngine
from ._state_log import StateLog, log_emergency
from ._table_counts import TableCounts
from ._token_counts import TokenCounts


class _Connected(Protocol):
    """Something that keeps hold of the native engine: a client."""

    def _disconnect(self) -> None: ...


class Engine(Advised, PastOfEngine):
    """Network thread, cache, coalescing and limits, for one client or several.

    It starts at its first request. A forked child that uses it gets one of its own.
    A setting that is not given comes from ``PYESI_<NAME>``, then from its default:
    see `pyesi.config.EngineConfig`.

        with pyesi.Engine(max_in_flight=40) as engine:
            esi = pyesi.SyncESIClient(user_agent=…, engine=engine)

    Thread-safe.
    """

    def __init__(
        self,
        *,
        preset: str | None = None,
        max_in_flight: int | None = None,
        max_in_flight_total: int | None = None,
        pool_size: int | None = None,
        http2: bool | None = None,
        http2_connections: int | None = None,
        keep_alive_idle: float | None = None,
        keep_alive_life: float | None = None,
        max_waiting: int | None = None,
        reserve: float | None = None,
        limits: str | os.PathLike[str] | None = None,
        limits_timeout: float | None = None,
        circuit_breaker: bool | None = None,
        failure_threshold: float | None = None,
        least_requests: int | None = None,
        failures_in_a_row: int | None = None,
        recovery_timeout: float | None = None,
        half_open_max_calls: int | None = None,
        cache: str | os.PathLike[str] | CacheConfig | Unset | None = UNSET,
        cache_entries: int | None = None,
        cache_bytes: int | None = None,
        cache_file_bytes: int | None = None,
        redis_timeout: float | None = None,
        compression_threshold: int | None = None,
        negative_ttl: float | None = None,
        dynamic_ttl: DynamicTTL | None = None,
        max_body_bytes: int | None = None,
        retry_attempts: int | None = None,
        retry_base: float | None = None,
        retry_cap: float | None = None,
        retry_budget: float | None = None,
        retry_floor: int | None = None,
        stale_if_error: float | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        **unknown: Never,
    ) -> None:
        refuse_unknown_names(unknown, os.environ)
        given = {
            "preset": preset,
            "max_in_flight": max_in_flight,
            "max_in_flight_total": max_in_flight_total,
            "pool_size": pool_size,
            "http2": http2,
            "http2_connections": http2_connections,
            "keep_alive_idle": keep_alive_idle,
            "keep_alive_life": keep_alive_life,
            "max_waiting": max_waiting,
            "reserve": reserve,
            "limits": limits,
            "limits_timeout": limits_timeout,
            "circuit_breaker": circuit_breaker,
            "failure_threshold": failure_threshold,
            "least_requests": least_requests,
            "failures_in_a_row": failures_in_a_row,
            "recovery_timeout": recovery_timeout,
            "half_open_max_calls": half_open_max_calls,
            "cache": cache,
            "cache_entries": cache_entries,
            "cache_bytes": cache_bytes,
            "cache_file_bytes": cache_file_bytes,
            "redis_timeout": redis_timeout,
            "compression_threshold": compression_threshold,
            "negative_ttl": negative_ttl,
            "dynamic_ttl": dynamic_ttl,
            "max_body_bytes": max_body_bytes,
            "retry_attempts": retry_attempts,
            "retry_base": retry_base,
            "retry_cap": retry_cap,
            "retry_budget": retry_budget,
            "retry_floor": retry_floor,
            "stale_if_error": stale_if_error,
            "ca_file": ca_file,
            "proxy": proxy,
        }
        self._begin(EngineConfig.make(given, os.environ))

    @classmethod
    def of_config(cls, config: EngineConfig) -> Self:
        """An engine of settings that have been checked."""
        engine = cls.__new__(cls)
        engine._begin(config)  # noqa: SLF001  (its own)
        return engine

    def _begin(self, config: EngineConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._native: _core.Engine | None = None
        self._closed = False
        self._emergency = False
        self._bridges = self._make_bridges()
        self._clients: WeakSet[_Connected] = WeakSet()
        self._table_counts = TableCounts()
        self._token_counts = TokenCounts()
        self._state_log = StateLog()
        self._started_at = self._started = 0.0
        _close_at_exit(self)

    def _make_bridges(self) -> Bridges:
        # Weak: an engine that was forgotten goes at once, without a round of the
        # collector.
        watch = WeakMethod(self._watch)

        def prepare(bridge: _core.Bridge) -> None:
            method = watch()
            if method is not None:
                method(bridge)

        return Bridges(prepare)

    def _watch(self, bridge: _core.Bridge) -> None:
        bridge.watch(self.native(), self._state_log.change)

    @property
    def config(self) -> EngineConfig:
        """The settings; shown without secrets."""
        return self._config

    @property
    def closed(self) -> bool:
        """Whether it was closed; it cannot be opened again."""
        return self._closed

    @property
    def bridges(self) -> Bridges:
        """The ways to loops and threads; pyesi's own."""
        return self._bridges

    def native(self) -> _core.Engine:
        """The engine of the core, started if it has not been; pyesi's own.

        Raises:
            ClientClosed: The engine was closed.
        """
        native = self._native
        return self._start() if native is None else native

    def _start(self) -> _core.Engine:
        with self._lock:
            if self._closed:
                raise ClientClosed("The engine was closed")
            if self._native is None:
                self._native = _core.Engine(
                    route_table(), **core_settings(self._config)
                )
                self._started_at = time.time()
                self._started = time.monotonic()
                if self._emergency:
                    self._native.set_emergency(True)
            return self._native

    def connect(self, client: _Connected) -> None:
        """Have a client told when the native engine goes; pyesi's own."""
        self._clients.add(client)

    def statistics(self, since: Statistics | None = None) -> Statistics:
        """What the engine has counted since it started, as plain values.

        Args:
            since: An earlier moment, to have what was counted after it.

        Raises:
            ValueError: That is of another engine, or from before a fork.
        """
        counted = self._counted(self.native().statistics())
        return counted if since is None else counted.since(since)

    def exposed(self, client: str) -> tuple[Mapping[str, str], Statistics]:
        """Its part of Prometheus's text; pyesi's own.

        Lines by family for what is counted by route, and the statistics without that.
        """
        written, rest = self.native().exposed(client)
        return written, self._counted(rest)

    def _counted(self, statistics: dict[str, Any]) -> Statistics:
        queue = {**statistics["queue"], "max_waiting": self._config.max_waiting}
        return Statistics(
            statistics,
            queue=queue,
            tables=self._table_counts.counted(),
            token_calls=self._token_counts.counted(),
            settings=self._config.plain(),
            started_at=self._started_at,
            # By the clock that nobody sets.
            taken_at=self._started_at + time.monotonic() - self._started,
        )

    @property
    def table_counts(self) -> TableCounts:
        """Where tables are counted; pyesi's own."""
        return self._table_counts

    @property
    def token_counts(self) -> TokenCounts:
        """Where calls for tokens are counted; pyesi's own."""
        return self._token_counts

    def seen(self) -> Statistics | None:
        """`statistics()` if it has been started, else None; pyesi's own."""
        return None if self._native is None else self.statistics()

    @property
    def emergency(self) -> bool:
        """Whether only what is essential is sent, until that is taken back.

        Set it to True when the servers struggle or your limits run out: requests of
        priority background and warming wait, half as many go at once, and a kept answer
        that may stand in for an error is served, as stale, in place of asking.
        """
        return self._emergency

    @emergency.setter
    def emergency(self, on: bool) -> None:
        if bool(on) is not self._emergency:
            log_emergency(bool(on))
        self._emergency = bool(on)
        if self._native is not None:
            self._native.set_emergency(self._emergency)

    def advance_clock(self, seconds: float) -> None:
        """Turn the engine's clock on, for tests: freshness, limits and waits see it.

        Args:
            seconds: How far; never back. Time-outs of sockets stay real.
        """
        self.native().advance_clock(seconds)

    def close(self) -> None:
        """End every request with `ClientClosed` and stop. Again: no effect."""
        native = self._take()
        if native is not None:
            native.close()
        self._bridges.close()

    async def aclose(self) -> None:
        """`close`, without blocking the event loop."""
        native = self._take()
        if native is None:
            self._bridges.close()
            return
        ending = asyncio.get_running_loop().run_in_executor(None, native.close)
        # Also when this wait is cancelled: no request may be left without an end.
        ending.add_done_callback(lambda _: self._bridges.close())
        await asyncio.shield(ending)

    def _take(self) -> _core.Engine | None:
        with self._lock:
            self._closed = True
            native, self._native = self._native, None
        self._disconnect_clients()
        return native

    def _disconnect_clients(self) -> None:
        for client in list(self._clients):
            client._disconnect()  # noqa: SLF001  (the engine's side of `connect`)

    def _abandon(self) -> None:
        """Forget what a forked child has inherited, without touching it."""
        self._lock = threading.Lock()  # another thread may have held it
        inherited, self._native = self._native, None
        if inherited is not None:
            inherited.abandon()
            _INHERITED.append((inherited, self._bridges))
        self._bridges = self._make_bridges()
        self._table_counts = TableCounts()
        self._token_counts = TokenCounts()
        self._disconnect_clients()

    def __del__(self) -> None:
        """An engine that was forgotten leaves no thread and no reader in a loop."""
        if getattr(self, "_native", None) is not None:
            self.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()

    def __repr__(self) -> str:
        """Its state and settings."""
        states = {True: "closed", False: "running" if self._native else "not started"}
        return f"<pyesi.Engine {states[self._closed]} {self._config!r}>"


def core_settings(config: EngineConfig) -> dict[str, Any]:
    """The settings as the core takes them."""
    names = {*config.__slots__} - {"ca_file", "cache_redis", "limits", "preset"}
    settings = {name: getattr(config, name) for name in names}
    settings |= redis_parts(config.cache_redis)
    settings |= limits_settings(config.limits)
    dynamic = config.dynamic_ttl
    settings["dynamic_ttl"] = None if dynamic is None else astuple(dynamic)
    return {**settings, "ca_file": trust_store(config)}


@cache
def route_table() -> _core.RouteTable:
    """The catalog as the core reads it; one for the whole process."""
    from pyesi.catalog import table_text  # the catalog's classes take milliseconds

    return _core.RouteTable(table_text())


# Module state, since fork and exit are the process's and not an engine's. What a
# child has inherited is kept for good: its destructors would touch the parent's
# sockets and locks.
_ENGINES: WeakSet[Engine] = WeakSet()
_INHERITED: list[tuple[_core.Engine, Bridges]] = []


@cache
def _watch_process() -> None:
    atexit.register(_close_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon_all)


def _close_at_exit(engine: Engine) -> None:
    _watch_process()
    _ENGINES.add(engine)


def _close_all() -> None:
    for engine in list(_ENGINES):
        engine.close()


def _abandon_all() -> None:
    _core.abandon_limits_after_fork()
    for engine in list(_ENGINES):
        engine._abandon()  # noqa: SLF001  (the process's side of an engine)
