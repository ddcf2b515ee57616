"""What was counted in the last day or week."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, overload

from pyesi.errors import ConfigurationError, InvalidRequest

from ._history_row import HistoryRow, hourly, summed

if TYPE_CHECKING:
    import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]

    from ._hours import Hours
    from ._kpis import Kpis
    from ._trends import Trends

MINUTE = 60.0
TEN_MINUTES = 600.0
DAY = 24
"""Hours for which minutes are kept."""

WEEK = 168
"""Hours for which ten-minute periods are kept."""

_LENGTHS = ("mean", "p50", "p95", "p99")
_DERIVED = ("error_rate", "hit_rate", "requests_per_second")


@dataclass(frozen=True, slots=True)
class History(Sequence[HistoryRow]):
    """Periods of the past, the oldest first; `str()` is a table, a line for each hour.

    A period in which nothing was counted has no row.

    Constant after construction.

    Attributes:
        rows: The periods.
        period: How long each is, in seconds: 60 or 600.
        end: Up to when it tells; None if there is no row.
    """

    rows: tuple[HistoryRow, ...]
    period: float
    end: datetime | None

    @property
    def begin(self) -> datetime | None:
        """When the first row begins; None if there is none."""
        return self.rows[0].begin if self.rows else None

    @property
    def seconds(self) -> float:
        """How long that is from its begin to its end."""
        if self.begin is None or self.end is None:
            return 0.0
        return (self.end - self.begin).total_seconds()

    @property
    def total(self) -> HistoryRow | None:
        """All rows as one; None if there is none.

        Percentiles of a sum are means of the rows' own, weighed by the requests that
        ESI saw: near to those of all requests, and not the same.
        """
        if self.begin is None:
            return None
        return summed(self.rows, begin=self.begin, seconds=self.seconds)

    def hourly(self) -> tuple[HistoryRow, ...]:
        """A row for each hour in which anything was counted.

        The first and the last have as many `seconds` as the history covers of them.
        """
        if self.begin is None or self.end is None:
            return ()
        return hourly(self.rows, self.begin, self.end)

    def by_hour(self) -> Hours:
        """The usage pattern: each hour of the day, in UTC, over all days."""
        from ._hours import hours_of_day

        return hours_of_day(self)

    def trend(self) -> Trends:
        """The second half beside the first: requests, errors, hit rate, p95."""
        from ._trends import trends

        return trends(self)

    def kpis(self) -> Kpis:
        """Those KPIs that can be told of the past: p95, hit_rate, errors."""
        from ._kpis import Kpis, errors_kpi, hit_rate_kpi, p95_kpi

        total = self.total
        if total is None:
            return Kpis((p95_kpi(None), hit_rate_kpi(None), errors_kpi(None)))
        return Kpis(
            (
                p95_kpi(total.p95),
                hit_rate_kpi(total.hit_rate),
                errors_kpi(total.error_rate),
            )
        )

    def to_pandas(self) -> pandas.DataFrame:
        """A `pandas.DataFrame` with a line for each row, and the rates beside it.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            message = "to_pandas() needs pandas: pip install 'pyesi-eve[pandas]'"
            raise ConfigurationError(message) from error
        frame = pandas.DataFrame([*map(_line, self.rows)], columns=[*COLUMNS])
        frame["begin"] = pandas.to_datetime(frame["begin"], utc=True)
        return frame

    @overload
    def __getitem__(self, place: int) -> HistoryRow: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[HistoryRow, ...]: ...
    def __getitem__(self, place: int | slice) -> HistoryRow | tuple[HistoryRow, ...]:
        """One row, or some of them."""
        return self.rows[place]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[HistoryRow]:
        """The rows, the oldest first."""
        return iter(self.rows)

    def __str__(self) -> str:
        """A line for each hour, and one for all."""
        from ._history_words import history_text

        return history_text(self)

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import history_html

        return history_html(self)


COLUMNS = (*(field.name for field in fields(HistoryRow)), *_DERIVED)
"""What `to_pandas` gives a row."""


def _line(row: HistoryRow) -> dict[str, Any]:
    told = asdict(row) | {name: getattr(row, name) for name in _DERIVED}
    lengths = (*_LENGTHS, *_DERIVED)
    # Not None: a column of numbers alone stays one of numbers.
    return told | {name: math.nan for name in lengths if told[name] is None}


def checked_hours(hours: float) -> float:
    """How far back, if that can be told.

    Raises:
        InvalidRequest: It is not above 0, or more than a week.
    """
    if isinstance(hours, bool) or not 0 < hours <= WEEK:
        message = f"hours= must be above 0 and at most {WEEK}, not {hours!r}."
        raise InvalidRequest(message)
    return float(hours)


def history_of(
    past: Mapping[str, Sequence[Mapping[str, Any]]],
    hours: float,
    now: float | None = None,
) -> History:
    """The periods of the last hours, from what the core keeps.

    Args:
        past: Rows by ``minutes`` and ``ten_minutes``, in any order; two of one period
            are added up.
        hours: How many; up to 24 the rows are minutes, beyond ten minutes each.
        now: Seconds since 1970, up to which it tells; without it the end of the last
            row.

    Raises:
        InvalidRequest: That many hours are not kept.
    """
    span = checked_hours(hours) * 3600
    name, period = ("minutes", MINUTE) if hours <= DAY else ("ten_minutes", TEN_MINUTES)
    told = sorted(past[name], key=itemgetter("begin"))
    if not told:
        return History((), period, None)
    last = told[-1]["begin"]
    # A clock that was set back does not make the last row negative.
    end = last + period if now is None else max(now, last + 1.0)
    rows = tuple(
        _merged([_row(one, min(period, end - begin)) for one in group])
        for begin, group in groupby(told, key=itemgetter("begin"))
        if begin + period > end - span
    )
    return History(rows, period, datetime.fromtimestamp(end, UTC) if rows else None)


def _merged(rows: Sequence[HistoryRow]) -> HistoryRow:
    """One row of a period, also where a client began anew in the midst of it."""
    if len(rows) == 1:
        return rows[0]
    return summed(rows, begin=rows[0].begin, seconds=rows[0].seconds)


def _row(told: Mapping[str, Any], seconds: float) -> HistoryRow:
    lengths = {name: told[name] or None for name in _LENGTHS}
    begin = datetime.fromtimestamp(told["begin"], UTC)
    return HistoryRow(**{**told, **lengths, "begin": begin, "seconds": seconds})
