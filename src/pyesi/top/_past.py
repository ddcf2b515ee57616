"""What was read before, as far back as figures look."""

from __future__ import annotations

from collections.abc import Iterable

from ._reading import Reading
from ._seen import Seen

LOOK_BACK = 10.0
"""Seconds over which figures are taken, or since the reading before, if longer."""


class Past:
    """The readings of each client; no clock of its own.

    Thread: any one at a time.
    """

    def __init__(self) -> None:
        self._clients: dict[str, _ClientsPast] = {}

    def add(self, readings: Iterable[Reading]) -> list[Seen]:
        """What is to be seen of each client, now that this was read of them.

        One that the readings leave out is gone, and forgotten.
        """
        before, self._clients = self._clients, {}
        seen = []
        for reading in readings:
            known = before.get(reading.client) or _ClientsPast(reading)
            self._clients[reading.client] = known
            seen.append(known.add(reading))
        return seen


class _ClientsPast:
    """The readings of one client, oldest first."""

    def __init__(self, first: Reading) -> None:
        started = first.started_at
        known = started is not None and started < first.at
        self._readings = [_nothing(first, started)] if known and started else []
        self._restart: Reading | None = None

    def add(self, reading: Reading) -> Seen:
        last = self._readings[-1] if self._readings else None
        if last is not None and reading.is_after_restart(last):
            began = reading.started_at if reading.started_at is not None else last.at
            self._restart = _nothing(reading, began)
            self._readings = [self._restart]
        # A file that nobody has written anew is no newer reading.
        if last is None or reading.at > self._readings[-1].at:
            self._readings.append(reading)
        while len(self._readings) > 2 and self._is_old(self._readings[1], reading):
            del self._readings[0]
        earlier = self._readings[0]
        if earlier.at >= reading.at:
            return Seen.of(reading, None)
        return Seen.of(
            reading.since(earlier),
            reading.at - earlier.at,
            restarted=earlier is self._restart,
        )

    @staticmethod
    def _is_old(reading: Reading, latest: Reading) -> bool:
        return reading.at <= latest.at - LOOK_BACK


def _nothing(reading: Reading, at: float) -> Reading:
    """The client before it had counted anything."""
    return Reading(reading.client, at, reading.started_at)
