"""The view of an engine's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyesi.metrics import PoolCounted

    from ._engine import Engine


class ESIConnectionPool:
    """What the engine keeps connections by, and how many there are.

    The pool itself is the core's; its settings are given when the client or engine
    is made. Thread-safe.
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def pool_size(self) -> int:
        """Connections of one host over HTTP/1.1."""
        return self._engine.config.pool_size

    @property
    def http2_connections(self) -> int:
        """Connections of one host over HTTP/2."""
        return self._engine.config.http2_connections

    @property
    def keep_alive_idle(self) -> float:
        """Seconds after which an idle connection is not used again."""
        return self._engine.config.keep_alive_idle

    @property
    def keep_alive_life(self) -> float:
        """Seconds after which no connection is used again."""
        return self._engine.config.keep_alive_life

    def statistics(self) -> PoolCounted:
        """Connections open, idle and active, requests waiting, and reuses so far."""
        return self._engine.statistics()["pool"]

    def __repr__(self) -> str:
        """The settings."""
        return (
            f"ESIConnectionPool(pool_size={self.pool_size}, "
            f"http2_connections={self.http2_connections}, "
            f"keep_alive_idle={self.keep_alive_idle:g}, "
            f"keep_alive_life={self.keep_alive_life:g})"
        )
