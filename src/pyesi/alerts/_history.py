"""Readings of the last quarter of an hour: what windows are looked through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ._reading import Reading

RECENT = 120.0
"""Seconds for which every reading is kept: the longest window of a rule that asks how
it was all the time."""

KEPT = 900.0
"""Seconds for which one is kept now and then: the longest that asks for a growth."""

STEP = 5.0
"""Seconds between these."""

SLACK = 60.0
"""By how much older a reading may be than the window that it begins."""


class History:
    """The latest reading, and those before it.

    Bounded by time and, since not every old one is kept, by number. A reading of
    another engine, or of one that began anew, is the first of a new history.

    Thread: any one at a time.
    """

    __slots__ = ("_older", "_recent")

    def __init__(self) -> None:
        self._recent: deque[Reading] = deque()
        self._older: deque[Reading] = deque()

    def add(self, reading: Reading) -> None:
        """One more, not older than the latest."""
        if self._recent and self._recent[-1].started_at != reading.started_at:
            self._recent.clear()
            self._older.clear()
        self._recent.append(reading)
        while self._recent[0].at < reading.at - RECENT:
            self._keep(self._recent.popleft())
        while self._older and self._older[0].at < reading.at - KEPT - SLACK:
            self._older.popleft()

    def _keep(self, reading: Reading) -> None:
        if not self._older or reading.at >= self._older[-1].at + STEP:
            self._older.append(reading)

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)

    def __iter__(self) -> Iterator[Reading]:
        """All of them, oldest first."""
        yield from self._older
        yield from self._recent

    @property
    def latest(self) -> Reading:
        """That of this moment."""
        return self._recent[-1]

    def over(self, seconds: float) -> list[Reading]:
        """Those of the last so many seconds, up to `RECENT`; the latest at least."""
        begin = self.latest.at - seconds
        return [reading for reading in self._recent if reading.at >= begin]

    def begin_of(self, seconds: float) -> Reading | None:
        """That with which a window of so many seconds begins; None if none is so old.

        It is older by up to `SLACK`: readings do not come to the second.
        """
        begin = self.latest.at - seconds
        found = None
        for reading in self:
            if begin - SLACK < reading.at <= begin:
                found = reading
        return found

    def oldest_of(self, seconds: float) -> Reading:
        """That with which the window begins, or the oldest that is younger."""
        begin = self.latest.at - seconds
        younger = (reading for reading in self if reading.at > begin)
        return self.begin_of(seconds) or next(younger, self.latest)
