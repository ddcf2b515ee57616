"""The part of a moment's statistics that rules ask for, small enough to keep many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pyesi.metrics.measures import Histogram, ended_and_failed, scarcest_windows, share

if TYPE_CHECKING:
    from pyesi.metrics import LimitsSeen, Statistics


@dataclass(frozen=True, slots=True)
class UpstreamReading:
    """One upstream at one moment.

    Attributes:
        origin: Which one.
        queue: The share of max_waiting that waits; None where there is no bound.
        errors_left: Of the error limit.
        windows: Each rate limit group's tokens, and what is left of them for the
            identity that has least.
        is_alone: Whether limits are to be shared, and are not.
        is_open: Whether its circuit breaker is.
        is_left_out: Whether others of several carry its load.
    """

    origin: str
    queue: float | None
    errors_left: int
    windows: Mapping[str, tuple[int, int]]
    is_alone: bool
    is_open: bool
    is_left_out: bool

    @classmethod
    def of(cls, seen: LimitsSeen, max_waiting: int) -> Self:
        """What its limits say."""
        sharing, health = seen["sharing"], seen["health"]
        return cls(
            origin=seen["origin"],
            queue=share(seen["waiting"], max_waiting),
            errors_left=seen["error_limit"]["left"],
            windows={
                window["group"]: (window["tokens"], window["left"])
                for window in scarcest_windows(seen)
            },
            is_alone=sharing is not None and sharing["standing"] == "alone",
            is_open=seen["circuit_breaker"]["phase"] == "open",
            is_left_out=health is not None
            and (health["ejected"] or health["share"] == 0),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One engine at one moment.

    Attributes:
        started_at: When it began to count: seconds since 1970, as `at`.
        at: When this was seen, by a clock that nobody sets.
        ended: Requests that ended.
        failed: Those without a usable answer.
        avoided: Those that ESI never saw.
        durations: How long they took, fresh hits apart.
        early_reloads: By route, how often ESI was asked too early.
        cache: The share of its bytes that the cache has; None where there is no bound.
        upstreams: Each of them.
    """

    started_at: float
    at: float
    ended: int
    failed: int
    avoided: int
    durations: Histogram
    early_reloads: Mapping[str, int]
    cache: float | None
    upstreams: tuple[UpstreamReading, ...]

    @classmethod
    def of(cls, seen: Statistics) -> Self:
        """What they say."""
        cache = seen["cache"]
        ended, failed = ended_and_failed(seen["requests"])
        max_waiting = seen["queue"]["max_waiting"]
        return cls(
            started_at=seen["started_at"],
            at=seen["taken_at"],
            ended=ended,
            failed=failed,
            avoided=cache["avoided"],
            durations=Histogram.of(seen["durations"]),
            early_reloads={
                row["route"]: row["early_reloads"]
                for row in cache["routes"]
                if row["early_reloads"]
            },
            cache=share(cache["bytes"], cache["max_bytes"]),
            upstreams=tuple(
                UpstreamReading.of(one, max_waiting) for one in seen["limits"]
            ),
        )
