"""Whether it gets more or less: the second half of a history beside the first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from ._history_row import HistoryRow, summed
from ._lines import aligned

if TYPE_CHECKING:
    from ._history import History

Direction: TypeAlias = Literal["rising", "falling", "steady", "unknown"]

_STEADY = 0.1
"""The change, as a share of the larger value, that is none."""

# Name, unit, and the change that is none whatever share it is.
_ASKED = (
    ("requests", "/s", 0.0),
    ("errors", "%", 0.1),
    ("hit_rate", "%", 1.0),
    ("p95", "s", 0.01),
)

HEADINGS = ("trend", "first half", "second half", "change", "")


@dataclass(frozen=True, slots=True)
class Trend:
    """One number in the first half of a history and in the second.

    Attributes:
        name: requests, errors, hit_rate or p95.
        unit: ``/s``, ``%`` or ``s``.
        before: What it was in the first half; None if there is nothing to tell it by.
        after: What it was in the second.
        least: A change up to this much is none, whatever share of it that is.
    """

    name: str
    unit: str
    before: float | None
    after: float | None
    least: float

    @property
    def direction(self) -> Direction:
        """rising, falling, steady or unknown.

        Steady is what changed by a tenth at most, or by no more than `least`.
        """
        if self.before is None or self.after is None:
            return "unknown"
        change = self.after - self.before
        none = max(_STEADY * max(self.before, self.after), self.least)
        if abs(change) <= none:
            return "steady"
        return "rising" if change > 0 else "falling"

    @property
    def change(self) -> float | None:
        """By what share of the first half's it changed; None if that has none."""
        if self.after is None or not self.before:
            return None
        return (self.after - self.before) / self.before

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """Name, both values, change and direction in words."""
        change = "" if self.change is None else f"{self.change:+.0%}"
        both = self._told(self.before), self._told(self.after)
        return self.name, *both, change, self.direction

    def _told(self, amount: float | None) -> str:
        if amount is None:
            return "unknown"
        rounded = f"{amount:,.0f}" if amount >= 1000 else f"{amount:.3g}"
        return f"{rounded} {self.unit}"


class Trends(tuple[Trend, ...]):
    """All of them, in order; `str()` is a table.

    Constant after construction.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """A line for each."""
        return aligned([HEADINGS, *(one.row for one in self)])

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import trends_html

        return trends_html(self)


def trends(history: History) -> Trends:
    """Those of one history; unknown where it has fewer than two periods."""
    first, second = _halves(history)
    return Trends(
        Trend(name, unit, _value(first, name), _value(second, name), least)
        for name, unit, least in _ASKED
    )


def _value(half: HistoryRow | None, name: str) -> float | None:
    if half is None:
        return None
    values = {
        "requests": half.requests_per_second,
        "errors": _percent(half.error_rate),
        "hit_rate": _percent(half.hit_rate),
        "p95": half.p95,
    }
    return values[name]


def _percent(part: float | None) -> float | None:
    return None if part is None else 100 * part


def _halves(history: History) -> tuple[HistoryRow | None, HistoryRow | None]:
    """Whole periods each, as many in both; one in the middle is in neither."""
    begin, end = history.begin, history.end
    periods = math.ceil(history.seconds / history.period)
    if begin is None or end is None or periods < 2:
        return None, None
    half = timedelta(seconds=history.period) * (periods // 2)
    middle = begin + timedelta(seconds=history.period) * (periods - periods // 2)
    first = [row for row in history if row.begin < begin + half]
    second = [row for row in history if row.begin >= middle]
    return (
        summed(first, begin=begin, seconds=half.total_seconds()),
        summed(second, begin=middle, seconds=(end - middle).total_seconds()),
    )
