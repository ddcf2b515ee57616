"""One period of the past, and the sums of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from .measures import share

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What was counted in one period, all routes together.

    Lengths of time are in seconds, of requests that were not fresh hits; None where
    there were none.

    Attributes:
        begin: When it began, in UTC.
        seconds: How long it lasted; of one that has not ended, how long so far.
        requests: Requests that ended, however.
        errors: Those of them without a usable answer.
        client_errors: Those of them that ended with 4xx.
        avoided: Those that ESI never saw.
        attempts: Requests put on the wire.
        received: Bytes of bodies as they came.
        decoded: Bytes of bodies once inflated.
        mean: How long requests took.
        p50: What half of them did not pass.
        p95: What 95 % of them did not pass.
        p99: What 99 % of them did not pass.
    """

    begin: datetime
    seconds: float
    requests: int
    errors: int
    client_errors: int
    avoided: int
    attempts: int
    received: int
    decoded: int
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None

    @property
    def end(self) -> datetime:
        """When it ended."""
        return self.begin + timedelta(seconds=self.seconds)

    @property
    def error_rate(self) -> float | None:
        """The share of requests without a usable answer: 0 to 1; None of none."""
        return share(self.errors, self.requests)

    @property
    def hit_rate(self) -> float | None:
        """The share of requests that ESI never saw: 0 to 1; None of none."""
        return share(self.avoided, self.requests)

    @property
    def requests_per_second(self) -> float:
        """How many requests ended a second."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0


def summed(
    rows: Sequence[HistoryRow], *, begin: datetime, seconds: float
) -> HistoryRow:
    """One row in place of several.

    Percentiles cannot be added up: those of a sum are the rows' own, weighed by the
    requests that ESI saw.
    """
    return HistoryRow(
        begin=begin,
        seconds=seconds,
        requests=sum(row.requests for row in rows),
        errors=sum(row.errors for row in rows),
        client_errors=sum(row.client_errors for row in rows),
        avoided=sum(row.avoided for row in rows),
        attempts=sum(row.attempts for row in rows),
        received=sum(row.received for row in rows),
        decoded=sum(row.decoded for row in rows),
        mean=_weighed(rows, lambda row: row.mean),
        p50=_weighed(rows, lambda row: row.p50),
        p95=_weighed(rows, lambda row: row.p95),
        p99=_weighed(rows, lambda row: row.p99),
    )


def _weighed(
    rows: Iterable[HistoryRow], length: Callable[[HistoryRow], float | None]
) -> float | None:
    told = [(seconds, _sent(row)) for row in rows if (seconds := length(row))]
    whole = sum(weight for _, weight in told)
    return sum(seconds * weight for seconds, weight in told) / whole if told else None


def _sent(row: HistoryRow) -> int:
    # At least one: a row has lengths since a request was no fresh hit.
    return max(row.requests - row.avoided, 1)


def hourly(
    rows: Iterable[HistoryRow], begin: datetime, end: datetime
) -> tuple[HistoryRow, ...]:
    """A row for each hour in which anything was counted.

    Its `seconds` are those that lie between begin and end, where the rows do.
    """
    return tuple(
        summed([*group], begin=hour, seconds=_within(hour, begin, end))
        for hour, group in groupby(rows, key=_hour_of)
    )


def _hour_of(row: HistoryRow) -> datetime:
    return row.begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _within(hour: datetime, begin: datetime, end: datetime) -> float:
    last = min(hour + timedelta(seconds=HOUR), end)
    return (last - max(hour, begin)).total_seconds()
