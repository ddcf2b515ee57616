"""What the plots show, as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pyesi.metrics._history_row import summed

if TYPE_CHECKING:
    from pyesi.metrics import History, HistoryRow

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Requests of an hour by what became of them; together they are all of them.

    Attributes:
        from_cache: Those that ESI never saw.
        answered: Those that ESI answered.
        client_errors: Those that ended with 4xx.
        errors: Those without a usable answer.
    """

    from_cache: int
    answered: int
    client_errors: int
    errors: int

    @classmethod
    def of(cls, row: HistoryRow) -> Outcomes:
        """An hour's.

        Of an error that several waited for ESI saw one: here it counts as an error, as
        often as it was met.
        """
        failed = min(row.errors + row.client_errors, row.requests)
        from_cache = min(row.avoided, row.requests - failed)
        client_errors = min(row.client_errors, failed)
        return cls(
            from_cache=from_cache,
            answered=row.requests - failed - from_cache,
            client_errors=client_errors,
            errors=failed - client_errors,
        )


def every_hour(history: History) -> tuple[HistoryRow, ...]:
    """A row for each hour from the first to the last, also for one without requests."""
    known = {row.begin: row for row in history.hourly()}
    if not known:
        return ()
    first, last = min(known), max(known)
    count = round((last - first) / _HOUR) + 1
    return tuple(_hour(known, first + n * _HOUR) for n in range(count))


def _hour(known: dict[datetime, HistoryRow], begin: datetime) -> HistoryRow:
    nothing = summed((), begin=begin, seconds=_HOUR.total_seconds())
    return known.get(begin, nothing)


def busiest_hour(history: History) -> HistoryRow | None:
    """The hour with most requests; None if there is none."""
    return max(history.hourly(), key=lambda row: row.requests, default=None)


def values(
    hours: tuple[HistoryRow, ...], value: Callable[[HistoryRow], float | None]
) -> list[float]:
    """A number of each hour; where there is none, one that is not drawn."""
    found = map(value, hours)
    return [float("nan") if one is None else one for one in found]
