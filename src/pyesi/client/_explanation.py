"""What would become of a request now, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyesi._types import CacheMode

if TYPE_CHECKING:
    from pyesi.metrics import LimitsSeen, QueueCounted, Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What would become of a request now, and why; `str()` tells it in a line.

    Attributes:
        method: In capitals.
        route: As asked for.
        url: Where it would go.
        sends: Whether ESI would be asked.
        reason: Why, in words.
        status: Of the kept answer; None where none is kept.
        age: How old that is, in seconds.
        fresh_for: Seconds until it expires; 0 if it has.
        expires_at: When it expires, or did.
        etag: What it would be confirmed by.
        waits: What would hold the request back, as far as that shows now.
    """

    method: str
    route: str
    url: str
    sends: bool
    reason: str
    status: int | None = None
    age: float | None = None
    fresh_for: float = 0.0
    expires_at: datetime | None = None
    etag: str | None = None
    waits: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Request, reason and waits in one line."""
        waits = "".join(f"; would wait: {wait}" for wait in self.waits)
        return f"{self.method} {self.route}: {self.reason}{waits}"


def explained(
    method: str,
    route: str,
    mode: CacheMode,
    told: dict[str, Any],
    statistics: Statistics,
) -> Explanation:
    """The core's facts, in words.

    Args:
        method: In capitals.
        route: As asked for.
        mode: How the request would use the cache.
        told: What `Profile.explain` gave.
        statistics: Where the limits stand.
    """
    sends = told["reuse"] in _SENDS and not _joins(told, mode)
    kept = told["kept"]
    return Explanation(
        method=method,
        route=route,
        url=told["url"],
        sends=sends,
        reason=_reason(method, mode, told),
        status=told["status"] if kept else None,
        age=told["age"] if kept else None,
        fresh_for=told["fresh_for"],
        expires_at=datetime.fromtimestamp(told["expires_at"], UTC) if kept else None,
        etag=told["etag"] if kept else None,
        waits=tuple(_waits(told, statistics)) if sends else (),
    )


_SENDS = frozenset({"send", "serve_then_revalidate"})


def _joins(told: dict[str, Any], mode: CacheMode) -> bool:
    return bool(told["joins"]) and mode is not CacheMode.ONLY_IF_CACHED


def _reason(method: str, mode: CacheMode, told: dict[str, Any]) -> str:
    if not told["repeatable"]:
        return f"would be sent: not cacheable: {method}"
    if told["reuse"] == "serve_then_revalidate":
        return "stale, and ESI lets it be served while it is revalidated behind"
    if told["reuse"] != "send":
        return _kept_reason(told)
    if _joins(told, mode):
        return "would join an equal request that is under way"
    if not told["cached"]:
        return "would be sent: the cache is off"
    return _sent_reason(mode, told)


def _kept_reason(told: dict[str, Any]) -> str:
    age = f"{told['age']:.0f} s old"
    if told["reuse"] == "serve":
        what = f"{told['status']}, " if told["status"] >= 400 else ""
        return f"{what}fresh for {told['fresh_for']:.0f} s, {age}"
    if told["reuse"] == "serve_stale":
        return f"stale, {age}, and cache_mode='force_stale' takes it"
    what = f"expired, {age}" if told["kept"] else "not stored"
    return f"{what}, and cache_mode='only_if_cached' sends nothing: CacheMiss"


def _sent_reason(mode: CacheMode, told: dict[str, Any]) -> str:
    if not told["kept"]:
        return "would be sent: not stored"
    early = (
        f", {told['fresh_for']:.0f} s before it expires" if told["fresh_for"] else ""
    )
    asked = " as cache_mode='reload' demands" if mode is CacheMode.RELOAD else ""
    if not told["has_validator"] or told["status"] >= 400:
        return f"would be sent{asked}{early}: nothing to revalidate with"
    by = f"ETag {told['etag']}" if told["etag"] else "Last-Modified"
    return f"would revalidate with {by}{asked}{early}"


def _waits(told: dict[str, Any], statistics: Statistics) -> list[str]:
    """What can be told without asking a gate: limits that are shut or spent.

    Of several upstreams that one counts which has least of them.
    """
    seen = {upstream["origin"]: upstream for upstream in statistics["limits"]}
    waits = (
        list(_waits_of(seen[origin], told["group"], told["identity"]))
        if origin in seen
        else []
        for origin in told["origins"]
    )
    return [*min(waits, key=len, default=[]), *_waits_of_all(statistics["queue"])]


def _waits_of_all(queue: QueueCounted) -> Iterator[str]:
    bound = queue["max_in_flight"]
    if bound is not None and queue["in_flight"] >= bound:
        yield f"{bound} requests of all upstreams in flight already"


def _waits_of(upstream: LimitsSeen, group: str | None, identity: str) -> Iterator[str]:
    breaker = upstream["circuit_breaker"]
    if breaker["phase"] == "open":
        yield f"circuit breaker, {breaker['opens_for']:.0f} s"
    errors = upstream["error_limit"]
    if errors["closed_for"] > 0:
        yield f"error limit, {errors['closed_for']:.0f} s"
    for window in upstream["windows"]:
        is_ours = window["group"] == group and window["identity"] == identity
        if is_ours and (window["closed_for"] > 0 or window["left"] <= 0):
            yield f"rate limit group {group}, {window['closed_for']:.0f} s"
    if upstream["in_flight"] >= upstream["max_in_flight"]:
        yield f"{upstream['max_in_flight']} requests in flight already"
