"""Usage by the hour of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ._history_row import HOUR, summed
from ._lines import aligned
from .measures import share

if TYPE_CHECKING:
    from ._history import History

_DAY = 24


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """One hour of the day, over all days that a history tells of.

    Attributes:
        hour: 0 to 23, in UTC.
        seconds: How much of this hour the history covers, all days together.
        requests: Requests that ended in it.
        requests_per_second: How many that were a second; None where nothing is covered.
        error_rate: The share of them without a usable answer, 0 to 1; None of none.
        hit_rate: The share of them that ESI never saw, 0 to 1; None of none.
        p95: Seconds that 95 % did not pass, fresh hits apart; None of none.
    """

    hour: int
    seconds: float
    requests: int
    requests_per_second: float | None
    error_rate: float | None
    hit_rate: float | None
    p95: float | None


class Hours(tuple[HourOfDay, ...]):
    """All 24 of them; `str()` is a table.

    Constant after construction.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """A line for each hour of which anything is known."""
        from ._history_words import HOURS_HEADINGS, hours_rows

        return aligned([HOURS_HEADINGS, *hours_rows(self)])

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import hours_html

        return hours_html(self)


def hours_of_day(history: History) -> Hours:
    """The history's rows by the hour of the day that they begin in."""
    begin, end = history.begin, history.end
    covered = [0.0] * _DAY if begin is None or end is None else _covered(begin, end)
    return Hours(_hour(history, hour, covered[hour]) for hour in range(_DAY))


def _hour(history: History, hour: int, seconds: float) -> HourOfDay:
    rows = [row for row in history if row.begin.astimezone(UTC).hour == hour]
    begin = rows[0].begin if rows else datetime.fromtimestamp(0, UTC)
    total = summed(rows, begin=begin, seconds=seconds)
    return HourOfDay(
        hour=hour,
        seconds=seconds,
        requests=total.requests,
        requests_per_second=share(total.requests, seconds),
        error_rate=total.error_rate,
        hit_rate=total.hit_rate,
        p95=total.p95,
    )


def _covered(begin: datetime, end: datetime) -> list[float]:
    """Seconds of each hour of the day that lie between two moments."""
    days, rest = divmod(max(end - begin, timedelta()), timedelta(days=1))
    covered = [days * HOUR] * _DAY
    at, left = begin.astimezone(UTC), rest.total_seconds()
    while left > 0:
        part = min(left, HOUR - (at.minute * 60 + at.second + at.microsecond / 1e6))
        covered[at.hour] += part
        at, left = at + timedelta(seconds=part), left - part
    return covered
