"""What the counters mean: the shares and lengths that KPIs and alerts are told by.

They are those of the shipped rules, docs/how-to/monitoring/alerts.yml.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ._statistics import Durations, LimitsSeen, RequestsEnded, WindowSeen

__all__ = ["FAILED", "Histogram", "ended_and_failed", "scarcest_windows", "share"]

FAILED = frozenset(
    {
        *("server_error", "limited", "transport_failed", "timed_out"),
        *("refused", "deadline_exceeded", "unacceptable"),
    }
)
"""How requests end that got no usable answer. An answer of 4xx is one."""


def ended_and_failed(requests: Iterable[RequestsEnded]) -> tuple[int, int]:
    """How many requests have ended, and how many of them without a usable answer."""
    ended = failed = 0
    for row in requests:
        ended += row["count"]
        failed += row["count"] if row["outcome"] in FAILED else 0
    return ended, failed


def share(part: float, whole: float) -> float | None:
    """A part of the whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def scarcest_windows(upstream: LimitsSeen) -> list[WindowSeen]:
    """Of each rate limit group the window of the identity that has least left."""
    least: dict[str, WindowSeen] = {}
    for window in upstream["windows"]:
        known = least.get(window["group"], window)
        least[window["group"]] = min(known, window, key=lambda one: one["left"])
    return [*least.values()]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How long requests took, all routes together.

    Attributes:
        count: How many there were.
        within: Bounds, ascending, each with how many took no longer.
    """

    count: int
    within: tuple[tuple[float, int], ...]

    @classmethod
    def of(cls, durations: Iterable[Durations]) -> Self:
        """The sum of all rows."""
        # A Counter would take four times as long, and this is asked for each second.
        count: int = 0
        within: dict[float, int] = {}
        for row in durations:
            count += row["count"]
            for bound, number in row["buckets"]:
                within[bound] = within.get(bound, 0) + number
        return cls(count, tuple(sorted(within.items())))

    def since(self, earlier: Histogram) -> Histogram:
        """Those that were counted after an earlier moment."""
        before = dict(earlier.within)
        within = ((bound, n - before.get(bound, 0)) for bound, n in self.within)
        return Histogram(self.count - earlier.count, tuple(within))

    def quantile(self, part: float) -> float | None:
        """The length that this part of them, above 0, did not pass; None of none.

        As PromQL's `histogram_quantile` finds it: on a line between the two bounds of
        the bucket that it lies in, and the last bound where it lies beyond that.
        """
        if self.count <= 0:
            return None
        rank = part * self.count
        lower, below = 0.0, 0
        for bound, within in self.within:
            if within >= rank:
                return lower + (bound - lower) * (rank - below) / (within - below)
            lower, below = bound, within
        return lower
