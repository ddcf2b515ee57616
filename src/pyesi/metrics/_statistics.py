"""What `statistics()` gives: the core's counters at one moment, as plain values.

Routes are operation ids, or ``unchecked`` for those that the catalog does not know;
lengths of time are seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypedDict

if TYPE_CHECKING:
    from ._snapshot import Statistics


class RequestsEnded(TypedDict):
    """How many requests of one route ended in one way."""

    route: str
    outcome: str
    count: int


class Durations(TypedDict):
    """How long requests of one route took, fresh hits apart.

    `buckets` are pairs of a bound and how many took no longer, bounds ascending,
    without the last one (infinity), whose number is `count`.
    """

    route: str
    count: int
    sum: float
    buckets: list[tuple[float, int]]


class Attempts(TypedDict):
    """How often requests of one route were sent; `retries` were not the first time."""

    route: str
    attempts: int
    retries: int


class Retries(TypedDict):
    """Attempts of one route that were not a request's first, for one reason.

    `well` are the requests that had a good answer after the last attempt for it.
    """

    route: str
    reason: str
    count: int
    well: int


class Waits(TypedDict):
    """How often an attempt was held back before it was sent, and for how long in all.

    The `gate` is one of a timeline's, or ``pool``: for a connection.
    """

    gate: str
    count: int
    seconds: float


class Percentiles(TypedDict):
    """How long requests took in one window, fresh hits apart, in seconds.

    The `route` is None for all of them together: those are within 1 % of the true ones,
    those of a route within 3.2 %. The `window` is ``minute``, ``ten_minutes`` or
    ``all``; it covers `seconds`: ten more than its name says at most (a minute more of
    ten), and less where nothing was asked before.
    """

    route: str | None
    window: str
    seconds: float
    count: int
    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    p99_9: float


class CacheUses(TypedDict):
    """What the cache was good for.

    `avoided` are requests that ESI never saw: hits and those that joined another's
    flight. `negative_hits` are the hits that found a refusal. `early_reloads` are the
    `reloads` that asked ESI although a kept answer had not expired.
    """

    hits: int
    misses: int
    revalidated: int
    stale: int
    coalesced: int
    avoided: int
    negative_hits: int
    reloads: int
    early_reloads: int


class RouteCacheUses(CacheUses):
    """The same for one route."""

    route: str


class WarmingCounted(TypedDict):
    """What warmings did.

    An expired answer was `revalidated`, `changed` or `failed` to come; or it was
    `skipped`, since nobody had used it.
    """

    revalidated: int
    changed: int
    failed: int
    skipped: int


class FileCounted(TypedDict):
    """The cache's file: what it holds, what was found there, what it could not do.

    `pending` changes are not written yet; `dropped` answers were not, for want of time
    or room; `damaged` ones, or a whole file, could not be read any more; each of the
    `faults` was a miss at most.
    """

    entries: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int
    stored: int
    pending: int
    evicted: int
    dropped: int
    damaged: int
    faults: int


class RedisCounted(TypedDict):
    """The shared cache in Redis: what was found there, and what it could not do.

    It is `reachable` or not at this moment. `dropped` answers were not written, for
    want of Redis or of room; `damaged` ones were not pyesi's, or could not be read any
    more; each of the `faults` was a miss at most. `doubted` is how often an answer in
    memory was to be asked for there, because another process may have a newer one.
    """

    reachable: bool
    hits: int
    misses: int
    stored: int
    dropped: int
    damaged: int
    faults: int
    doubted: int


class CacheCounted(CacheUses):
    """The cache: what it holds, what became of entries, and what it was good for.

    `evicted_missed` are look-ups of what had been evicted and would have been of use:
    those that more room would have answered.
    """

    entries: int
    bytes: int
    max_entries: int
    max_bytes: int
    stored: int
    replaced: int
    erased: int
    evicted: int
    evicted_expired: int
    evicted_for_entries: int
    evicted_for_bytes: int
    evicted_missed: int
    expired_values: int
    refused_oversize: int
    refused_large: int
    routes: list[RouteCacheUses]
    warming: WarmingCounted
    file: FileCounted | None
    redis: RedisCounted | None


class BytesCounted(TypedDict):
    """Bytes of bodies: `received` as they came, `decoded` once inflated.

    `decode_seconds` passed between the end of a body that came coded and its being at
    hand, the wait for a worker and, in a table's sweep, its reading included.
    """

    received: int
    decoded: int
    decode_seconds: float


class PoolCounted(TypedDict):
    """Connections at this moment, what waits for one; opened and reused so far."""

    open: int
    idle: int
    active: int
    waiting: int
    opened: int
    reused: int


class QueueCounted(TypedDict):
    """Requests that wait to be admitted, by priority, and those under way.

    At each upstream `max_waiting` may wait; one more is refused. `max_in_flight` bounds
    those under way at all upstreams together; None: nothing does.
    """

    waiting: dict[str, int]
    max_waiting: int
    in_flight: int
    max_in_flight: int | None


class ErrorLimitSeen(TypedDict):
    """ESI's error limit: errors left, and seconds until its window ends."""

    left: int
    in_flight: int
    resets_in: float
    closed_for: float


class WindowSeen(TypedDict):
    """One bucket of a rate limit group: tokens in all and left."""

    group: str
    identity: str
    tokens: int
    left: int
    in_flight: int
    window: float
    closed_for: float


class GroupWaits(TypedDict):
    """How often requests waited for a rate limit group's window, and for how long.

    Of all identities together, and of this engine's requests that were sent in the end.
    The `group` is empty for a route that has none and was refused all the same.
    """

    group: str
    count: int
    seconds: float


class CeilingSeen(TypedDict):
    """A bound on one route's requests that no header tells of."""

    route: str
    requests: int
    left: int
    window: float
    closed_for: float


class BreakerSeen(TypedDict):
    """The circuit breaker of an upstream: closed, open, half_open or recovering."""

    phase: str
    opens_for: float
    times_opened: int


class ChecksCounted(TypedDict):
    """Health checks of an upstream; those `skipped` met a limit that was shut."""

    well: int
    failed: int
    skipped: int


class HealthSeen(TypedDict):
    """How one of several upstreams fares.

    `share` is how much of its weight counts now: 0 where it is left out, and growing
    for ten seconds after it came back. It is `ejected`, for `ejected_for` yet, since
    too many of its attempts failed. `response_time` is that of late, or None;
    `failures` the share of attempts that failed of late. `up` is what health checks
    say; None without any. `failovers` are the requests that left it for another.
    """

    share: float
    ejected: bool
    ejected_for: float
    times_ejected: int
    response_time: float | None
    failures: float
    up: bool | None
    checks: ChecksCounted
    failovers: int


class LeaseSeen(TypedDict):
    """What this process holds of one account that it shares with others.

    `name` is a rate limit group, a route that has a ceiling, or ``errors``. Of the
    tokens it was granted some are `unused`, others reserved for what is `in_flight`;
    `left` are those that anybody may still get, and `others` were spent by somebody
    who does not share, both by the last word of where limits are shared.
    """

    name: str
    identity: str
    unused: int
    in_flight: int
    left: int
    others: int


class SharingSeen(TypedDict):
    """How an upstream's limits are shared with other processes.

    The `standing` is ``shared``, or ``alone`` while there is no answer: then this
    process keeps to its part of as many as there were, and to half at most. `losses`
    are the times that it became so, `recoveries` those that it ended.
    """

    standing: str
    processes: int
    exchanges: int
    failures: int
    losses: int
    recoveries: int
    leases: list[LeaseSeen]


class LimitsSeen(TypedDict):
    """The limits of one upstream; its health where it is one of several."""

    origin: str
    waiting: int
    in_flight: int
    max_in_flight: int
    circuit_breaker: BreakerSeen
    health: HealthSeen | None
    error_limit: ErrorLimitSeen
    windows: list[WindowSeen]
    group_waits: list[GroupWaits]
    ceilings: list[CeilingSeen]
    sharing: SharingSeen | None


class TablesCounted(TypedDict):
    """Tables of one route: how many, their rows, and the `bytes` of JSON read.

    `misfits` are values that became null; `unknown_fields` and `unknown_values` are
    names and words that the catalog does not know, once each.
    """

    route: str
    tables: int
    rows: int
    bytes: int
    misfits: int
    unknown_fields: int
    unknown_values: int


class TokenCalls(TypedDict):
    """Calls of what `auth=` was given that ended in one way, and how long they took.

    The `outcome` is ``given``, ``failed`` where the call raised or gave what cannot be
    a token, or ``cancelled`` where nobody waited any more.
    """

    outcome: str
    count: int
    seconds: float


class SettingsSeen(TypedDict):
    """The settings of the engine that are numbers and flags, and its preset's name.

    `pyesi.config.EngineConfig` tells what each means. Places are left out, since a path
    or a URL may hold what is nobody else's business.
    """

    preset: str
    max_in_flight: int
    max_in_flight_total: int
    pool_size: int
    http2: bool
    http2_connections: int
    keep_alive_idle: float
    keep_alive_life: float
    max_waiting: int
    reserve: float
    limits_timeout: float
    circuit_breaker: bool
    failure_threshold: float
    least_requests: int
    failures_in_a_row: int
    recovery_timeout: float
    half_open_max_calls: int
    stale_if_error: float
    cache: bool
    cache_entries: int
    cache_bytes: int
    cache_file_bytes: int
    redis_timeout: float
    compression_threshold: int
    negative_ttl: float
    max_body_bytes: int
    retry_attempts: int
    retry_base: float
    retry_cap: float
    retry_budget: float
    retry_floor: int


class HasStatistics(Protocol):
    """A client or an engine."""

    def statistics(self) -> Statistics:
        """The counters."""
        ...
