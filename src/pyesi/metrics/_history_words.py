"""The past in words: the cells of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ._lines import aligned
from ._summary import length

if TYPE_CHECKING:
    from ._history import History
    from ._history_row import HistoryRow
    from ._hours import HourOfDay

HISTORY_HEADINGS = (
    *("hour (UTC)", "requests", "a second", "errors"),
    *("hit rate", "p95", "received"),
)
HOURS_HEADINGS = ("hour (UTC)", "requests", "a second", "errors", "hit rate", "p95")

NOTHING = "Nothing was counted."


def history_text(history: History) -> str:
    """A line for each hour, and one for all."""
    total = history.total
    if total is None:
        return NOTHING
    lines = [HISTORY_HEADINGS, *map(hour_cells, history.hourly())]
    return aligned([*lines, ("all", *_cells(total))])


def hour_cells(hour: HistoryRow) -> tuple[str, ...]:
    """An hour of a history, as the cells of its line."""
    return f"{hour.begin:%Y-%m-%d %H:%M}", *_cells(hour)


def _cells(row: HistoryRow) -> tuple[str, ...]:
    return (
        f"{row.requests:,}",
        _rate(row.requests_per_second),
        percent(row.error_rate),
        percent(row.hit_rate),
        _length(row.p95),
        f"{row.received / 1e6:,.1f} MB",
    )


def hours_rows(hours: Iterable[HourOfDay]) -> Iterator[tuple[str, ...]]:
    """The cells of those hours of the day of which anything is known."""
    for one in hours:
        if one.requests_per_second is not None:
            yield (
                f"{one.hour:02}",
                f"{one.requests:,}",
                _rate(one.requests_per_second),
                percent(one.error_rate),
                percent(one.hit_rate),
                _length(one.p95),
            )


def percent(part: float | None) -> str:
    """A share, so that one that is small is not none."""
    if part is None:
        return ""
    return f"{part:.1%}" if part >= 0.0005 or part == 0 else "< 0.1%"


def _rate(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 0.01 or amount == 0 else "< 0.01"


def _length(seconds: float | None) -> str:
    return "" if seconds is None else length(seconds)
