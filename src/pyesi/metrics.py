"""What an engine has counted, as plain values and for Prometheus.

`Statistics` is what `esi.statistics()` gives: the core's counters at one moment.
Nothing is counted here, so that what Prometheus shows and what `statistics()` says
cannot disagree. Labels are bounded: routes are operation ids or ``unchecked``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from .errors import ConfigurationError

if TYPE_CHECKING:
    from prometheus_client import Metric

__all__ = [
    "BytesCounted",
    "CacheCounted",
    "HasStatistics",
    "LimitSeen",
    "PoolCounted",
    "PrometheusCollector",
    "RouteAttempts",
    "RouteDurations",
    "RouteRequests",
    "Statistics",
]


class RouteRequests(TypedDict):
    """How many requests of one route ended in one way."""

    route: str
    outcome: str
    count: int


class RouteDurations(TypedDict):
    """How long requests of one route took, fresh hits apart.

    `sum` is in seconds; `buckets` are pairs of a bound in seconds and how many took
    no longer, bounds ascending, without the last one (infinity), which is `count`.
    """

    route: str
    count: int
    sum: float
    buckets: list[tuple[float, int]]


class RouteAttempts(TypedDict):
    """How often requests of one route were sent; `retries` are those sent again."""

    route: str
    count: int
    retries: int


class CacheCounted(TypedDict):
    """The cache's work. `avoided` are requests that ESI never saw."""

    hits: int
    misses: int
    revalidations: int
    coalesced: int
    avoided: int
    entries: int
    bytes: int


class BytesCounted(TypedDict):
    """Bytes of bodies: `received` as they came, `decoded` once inflated."""

    received: int
    decoded: int


class PoolCounted(TypedDict):
    """Connections at this moment, and how often one served a further request."""

    open: int
    idle: int
    active: int
    waiting: int
    reused: int


class LimitSeen(TypedDict):
    """One limit's state.

    `limit` is ``error_limit``, ``concurrency`` or a rate limit group's name; `used`
    and `capacity` are in its own unit: errors, requests, tokens. Identities with the
    same group are added up, so that no label tells who.
    """

    origin: str
    limit: str
    used: float
    capacity: float


class Statistics(TypedDict):
    """All counters of one engine at one moment."""

    requests: list[RouteRequests]
    durations: list[RouteDurations]
    attempts: list[RouteAttempts]
    cache: CacheCounted
    bytes: BytesCounted
    pool: PoolCounted
    limits: list[LimitSeen]


class HasStatistics(Protocol):
    """A client or an engine."""

    def statistics(self) -> Statistics:
        """The counters."""
        ...
