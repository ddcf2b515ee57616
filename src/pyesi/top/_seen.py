"""What is to be seen of one client: figures, made of its series."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pyesi.metrics.measures import Histogram, ended_and_failed, share

from . import _reading as names

if TYPE_CHECKING:
    from pyesi.metrics import Durations, RequestsEnded

    from ._reading import Reading

_PARTS = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class UpstreamSeen:
    """One upstream.

    Attributes:
        origin: Which one.
        phase: Its circuit breaker's.
        errors_left: Of the error limit; None if nobody knows.
        errors_closed: For how many seconds it is shut yet.
    """

    origin: str
    phase: str
    errors_left: float | None
    errors_closed: float


@dataclass(frozen=True, slots=True)
class TokensSeen:
    """A token window of an upstream, of the identity that has least left."""

    upstream: str
    group: str
    left: float
    tokens: float
    closed_for: float


@dataclass(frozen=True, slots=True)
class RouteSeen:
    """One route: requests that ended and failed; how long they took, in seconds.

    `waited` are those that were no fresh hits: `mean` and `p95` are theirs.
    """

    route: str
    ended: int
    failed: int
    waited: int
    mean: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One client, over some time.

    Attributes:
        client: What it is called.
        seconds: Over how many; None: since it began, which was nobody knows when.
        restarted: Whether it began anew in that time: figures are of the new one.
        ended: Requests that ended.
        outcomes: How they did, the most frequent first.
        sent: How often something was sent.
        received: Bytes of bodies.
        hit_rate: The share of requests that ESI never saw; None of none.
        error_rate: The share that had no usable answer; None of none.
        quantiles: p50, p95 and p99 of those that were no fresh hits, in seconds.
        in_flight: Requests under way now.
        max_in_flight: As many may be.
        waiting: Requests that wait to be admitted now, by priority.
        entries: Answers in the cache's memory.
        cache: The share of its bytes that they have; None where there is no bound.
        cache_bytes: As many.
        upstreams: Each of them.
        windows: Their token windows, the scarcest first.
        routes: Each that ended a request.
    """

    client: str
    seconds: float | None
    restarted: bool
    ended: int
    outcomes: tuple[tuple[str, int], ...]
    sent: int
    received: int
    hit_rate: float | None
    error_rate: float | None
    quantiles: tuple[float | None, ...]
    in_flight: int
    max_in_flight: int
    waiting: tuple[tuple[str, int], ...]
    entries: int
    cache: float | None
    cache_bytes: int
    upstreams: tuple[UpstreamSeen, ...]
    windows: tuple[TokensSeen, ...]
    routes: tuple[RouteSeen, ...]

    @classmethod
    def of(
        cls, grown: Reading, seconds: float | None, *, restarted: bool = False
    ) -> Self:
        """Of a reading whose counters are those of so many seconds."""
        requests = _requests(grown)
        durations = _durations(grown)
        ended, failed = ended_and_failed(requests)
        took = Histogram.of(durations)
        cache_bytes = grown.total("pyesi_cache_bytes")
        return cls(
            client=grown.client,
            seconds=seconds,
            restarted=restarted,
            ended=ended,
            outcomes=_outcomes(requests),
            sent=round(grown.total(names.ATTEMPTS)),
            received=round(grown.total(names.RECEIVED)),
            hit_rate=share(grown.total(names.AVOIDED), ended),
            error_rate=share(failed, ended),
            quantiles=tuple(took.quantile(part) for part in _PARTS),
            in_flight=round(grown.total("pyesi_in_flight_requests")),
            max_in_flight=round(grown.total("pyesi_max_in_flight_requests")),
            waiting=_waiting(grown),
            entries=round(grown.total("pyesi_cache_entries")),
            cache=share(cache_bytes, grown.total("pyesi_cache_max_bytes")),
            cache_bytes=round(cache_bytes),
            upstreams=tuple(_upstreams(grown)),
            windows=tuple(sorted(_windows(grown), key=_scarcity)),
            routes=tuple(_routes(requests, durations)),
        )

    @property
    def slowest(self) -> list[RouteSeen]:
        """Routes that somebody waited for, by their p95."""
        waited = [route for route in self.routes if route.p95 is not None]
        return sorted(waited, key=lambda route: -(route.p95 or 0.0))

    @property
    def busiest(self) -> list[RouteSeen]:
        """Routes by how many requests ended."""
        return sorted(self.routes, key=lambda route: -route.ended)

    def rate(self, count: float) -> float | None:
        """How many a second; None where nobody knows of how many seconds."""
        return None if self.seconds is None else share(count, self.seconds)


def _requests(grown: Reading) -> list[RequestsEnded]:
    return [
        {
            "route": labels.get("route", ""),
            "outcome": labels.get("outcome", ""),
            "count": round(value),
        }
        for labels, value in grown.rows(names.REQUESTS)
        if value
    ]


def _outcomes(requests: list[RequestsEnded]) -> tuple[tuple[str, int], ...]:
    counted: Counter[str] = Counter()
    for row in requests:
        counted[row["outcome"]] += row["count"]
    return tuple(counted.most_common())


def _durations(grown: Reading) -> list[Durations]:
    buckets: defaultdict[str, Counter[float]] = defaultdict(Counter)
    for labels, value in grown.rows(names.BUCKETS):
        bound = labels.get("le", "+Inf")
        if bound != "+Inf":
            buckets[labels.get("route", "")][float(bound)] += round(value)
    sums = _by(grown, names.SUMS, "route")
    return [
        {
            "route": route,
            "count": round(count),
            "sum": sums.get(route, 0.0),
            "buckets": sorted(buckets[route].items()),
        }
        for route, count in _by(grown, names.COUNTS, "route").items()
        if count
    ]


def _by(grown: Reading, name: str, label: str) -> dict[str, float]:
    """The sums of a series by one label."""
    sums: defaultdict[str, float] = defaultdict(float)
    for labels, value in grown.rows(name):
        sums[labels.get(label, "")] += value
    return sums


def _waiting(grown: Reading) -> tuple[tuple[str, int], ...]:
    rows = grown.rows("pyesi_waiting_requests")
    return tuple((labels.get("priority", ""), round(value)) for labels, value in rows)


def _upstreams(grown: Reading) -> Iterator[UpstreamSeen]:
    left = _by(grown, "pyesi_error_limit_left", "upstream")
    closed = _by(grown, "pyesi_error_limit_closed_seconds", "upstream")
    phases = {
        labels.get("upstream", ""): labels.get("phase", "")
        for labels, holds in grown.rows("pyesi_circuit_breaker_phase")
        if holds
    }
    for origin in sorted(left.keys() | phases.keys()):
        yield UpstreamSeen(
            origin,
            phases.get(origin, "unknown"),
            left.get(origin),
            closed.get(origin, 0.0),
        )


def _windows(grown: Reading) -> Iterator[TokensSeen]:
    tokens = grown.samples.get("pyesi_rate_limit_tokens", {})
    closed = grown.samples.get("pyesi_rate_limit_closed_seconds", {})
    for key, left in grown.samples.get("pyesi_rate_limit_left_tokens", {}).items():
        labels = dict(key)
        yield TokensSeen(
            upstream=labels.get("upstream", ""),
            group=labels.get("group", ""),
            left=left,
            tokens=tokens.get(key, 0.0),
            closed_for=closed.get(key, 0.0),
        )


def _scarcity(window: TokensSeen) -> tuple[bool, float]:
    return window.closed_for <= 0, share(window.left, window.tokens) or 0.0


def _routes(
    requests: list[RequestsEnded], durations: list[Durations]
) -> Iterator[RouteSeen]:
    by_route: defaultdict[str, list[RequestsEnded]] = defaultdict(list)
    for request in requests:
        by_route[request["route"]].append(request)
    durations_of = {row["route"]: row for row in durations}
    for route in sorted(by_route.keys() | durations_of.keys()):
        ended, failed = ended_and_failed(by_route.get(route, []))
        took = durations_of.get(route)
        yield RouteSeen(
            route=route,
            ended=ended,
            failed=failed,
            waited=took["count"] if took else 0,
            mean=share(took["sum"], took["count"]) if took else None,
            p95=Histogram.of([took]).quantile(0.95) if took else None,
        )
