"""Statistics for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ._percentiles import of_all_time

if TYPE_CHECKING:
    from ._snapshot import Statistics
    from ._statistics import Durations, GroupWaits, Percentiles

_SLOWEST = 5
_PARTS = (0.5, 0.95, 0.99)


def summary(seen: Statistics) -> str:
    """A line for each thing that a person wants to know first."""
    lines = list(summary_lines(seen))
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {told}".rstrip() for name, told in lines)


def summary_lines(seen: Statistics) -> Iterator[tuple[str, str]]:
    """The same, each as its name and what is told."""
    outcomes: Counter[str] = Counter()
    for row in seen["requests"]:
        outcomes[row["outcome"]] += row["count"]
    asked = outcomes.total()
    yield "for", length(seen.seconds)
    rate = asked / seen.seconds if seen.seconds > 0 else 0.0
    yield "requests", f"{asked:,}, {rate:,.1f} a second" if asked else "none"
    for outcome, count in outcomes.most_common():
        yield f"  {outcome}", f"{count:,}, {_share(count, asked)}"
    yield from _cache_lines(seen, asked)
    yield from _duration_lines(seen)
    yield from _moment_lines(seen)


def _cache_lines(seen: Statistics, asked: int) -> Iterator[tuple[str, str]]:
    cache = seen["cache"]
    yield "ESI never saw", f"{cache['avoided']:,}, {_share(cache['avoided'], asked)}"
    used = _share(cache["bytes"], cache["max_bytes"])
    yield "cache", f"{cache['entries']:,} answers, {used} of its bytes"
    bodies = seen["bytes"]
    yield (
        "received",
        f"{bodies['received'] / 1e6:,.1f} MB, "
        f"{bodies['decoded'] / 1e6:,.1f} MB once inflated",
    )


def _duration_lines(seen: Statistics) -> Iterator[tuple[str, str]]:
    """All that was waited for, then the routes that took longest by their mean."""
    durations = seen["durations"]
    if not durations:
        return
    exact = of_all_time(seen)
    yield "took", _told(durations, exact.get(None))
    slowest = sorted(durations, key=_mean, reverse=True)[:_SLOWEST]
    for row in slowest:
        yield f"  {row['route']}", _told([row], exact.get(row["route"]))
    for late in seen["percentiles"]:
        if late["route"] is None and late["window"] == "minute":
            yield "  of late", _told_of(late)


def _moment_lines(seen: Statistics) -> Iterator[tuple[str, str]]:
    pool, queue = seen["pool"], seen["queue"]
    waiting = sum(queue["waiting"].values())
    yield "now", f"{queue['in_flight']:,} in flight, {waiting:,} waiting"
    yield "connections", f"{pool['open']:,} open, {pool['idle']:,} of them idle"
    for limits in seen["limits"]:
        errors = limits["error_limit"]["left"]
        phase = limits["circuit_breaker"]["phase"].replace("_", " ")
        yield limits["origin"], f"{errors} errors left, circuit breaker {phase}"
        for waited in limits["group_waits"]:
            yield f"  {waited['group'] or 'no group'}", _waits_told(waited)


def _waits_told(waited: GroupWaits) -> str:
    """How often a group's window was waited for, and how long."""
    times = f"{waited['count']:,} time{'' if waited['count'] == 1 else 's'}"
    return f"waited for {times}, {length(waited['seconds'])} in all"


def _told(rows: Sequence[Durations], percentiles: Percentiles | None) -> str:
    """Mean and percentiles; else bounds that shares of the requests kept to."""
    if percentiles is not None:
        return _told_of(percentiles)
    count = sum(row["count"] for row in rows)
    mean = sum(row["sum"] for row in rows) / count if count else 0.0
    bounds = [f"{part:.0%} {bound_of(rows, part)}" for part in _PARTS]
    return f"{count:,}, mean {length(mean)}; {', '.join(bounds)}"


def _told_of(row: Percentiles) -> str:
    shares = {"p50": row["p50"], "p95": row["p95"], "p99": row["p99"]}
    told = ", ".join(f"{name} {length(value)}" for name, value in shares.items())
    return f"{row['count']:,}, mean {length(row['mean'])}; {told}"


def bound_of(rows: Sequence[Durations], part: float) -> str:
    """The least bound that this share of the requests took no longer than."""
    count = sum(row["count"] for row in rows)
    within: Counter[float] = Counter()
    for row in rows:
        within.update(dict(row["buckets"]))
    for bound in sorted(within):
        if within[bound] >= part * count:
            return f"within {length(bound)}"
    return f"over {length(max(within, default=0.0))}"


def _mean(row: Durations) -> float:
    return row["sum"] / row["count"] if row["count"] else 0.0


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def length(seconds: float) -> str:
    """A length of time, short enough for a line."""
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min"
