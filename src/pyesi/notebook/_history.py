"""The past: hour by hour, by the hour of the day, and whether it gets more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pyesi.metrics._history_words import (
    HISTORY_HEADINGS,
    HOURS_HEADINGS,
    NOTHING,
    hour_cells,
    hours_rows,
)
from pyesi.metrics._trends import HEADINGS as TREND_HEADINGS

from ._markup import Markup, box, faded, grid, strong, title
from ._words import instant, plural

if TYPE_CHECKING:
    from pyesi.metrics import History, HistoryRow, Hours, Trends

_SHOWN_HOURS = 24


def history_html(history: History) -> str:
    """From when to when, and the latest hours."""
    hours = history.hourly()
    if not hours:
        return box(title(strong("History"), NOTHING))
    told = f"{instant(history.begin)} to {instant(history.end)}"
    earlier = len(hours) - _SHOWN_HOURS
    return box(
        title(strong("History"), faded(told)),
        hourly_grid(hours[-_SHOWN_HOURS:]),
        faded(f"after {plural(earlier, 'earlier hour')}") if earlier > 0 else None,
    )


def hours_html(hours: Hours) -> str:
    """A line for each hour of the day."""
    return box(hours_grid(hours))


def trends_html(trends: Trends) -> str:
    """A line for each trend."""
    return box(trends_grid(trends))


def hourly_grid(hours: Iterable[HistoryRow]) -> Markup:
    """Hours as a table."""
    return _grid(HISTORY_HEADINGS, map(hour_cells, hours))


def hours_grid(hours: Hours) -> Markup:
    """Hours of the day as a table."""
    return _grid(HOURS_HEADINGS, hours_rows(hours))


def trends_grid(trends: Trends) -> Markup:
    """Trends as a table."""
    return _grid(TREND_HEADINGS, (one.row for one in trends), numbers=range(1, 4))


def _grid(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[int] | None = None,
) -> Markup:
    right = range(1, len(headings)) if numbers is None else numbers
    return grid(headings, rows, frozenset(right))
