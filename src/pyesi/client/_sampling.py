"""Of what repeats itself, the beginning is told, and how often it went on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

PERIOD = 600.0
MOST = 10
"""So many records of one kind are written in so many seconds; the last says so."""


@dataclass(frozen=True, slots=True)
class Told:
    """What to do with one record.

    Attributes:
        write: Whether it is written at all.
        is_last: Whether those that follow are left out until the period is over.
        left_out: How many were left out since the last that was written.
    """

    write: bool
    is_last: bool = False
    left_out: int = 0


@dataclass(slots=True)
class _Period:
    began_at: float
    written: int = 0
    left_out: int = 0


class Sampling:
    """Counts records by kind, and says which to write.

    It reads no clock: it is told the time.

    Thread: any one at a time.
    """

    __slots__ = ("_periods",)

    def __init__(self) -> None:
        self._periods: dict[Hashable, _Period] = {}

    def judge(self, kind: Hashable, now: float) -> Told:
        """Whether to write a record of that kind.

        Args:
            kind: What repeats itself.
            now: Seconds, by a clock that nobody sets.
        """
        period = self._periods.setdefault(kind, _Period(now))
        left_out = 0
        if now - period.began_at >= PERIOD:
            left_out = period.left_out
            self._periods[kind] = period = _Period(now)
        if period.written >= MOST:
            period.left_out += 1
            return Told(write=False)
        period.written += 1
        return Told(True, period.written == MOST, left_out)
