"""When the answers of a path are regenerated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# ESI regenerates its static data after the daily downtime (esi-reference.md §2).
_STATIC_MADE = timedelta(hours=11, minutes=3, seconds=28)
_STATIC_EXPIRES = timedelta(hours=11, minutes=5)


@dataclass(frozen=True, slots=True)
class Window:
    """One generation of a path's answers, in whole seconds since the epoch."""

    generation: int
    last_modified: int
    expires: int


@dataclass(frozen=True, slots=True)
class _Epoch:
    start: int
    generation: int


class Windows:
    """Says which generation of a path is current.

    Time is cut into windows as long as the path's lifetime, counted from the start
    of the simulator or from the path's last roll. All pages of a path share them.
    """

    def __init__(self, start: float) -> None:
        self._first = _Epoch(int(start), 0)
        self._rolled: dict[str, _Epoch] = {}

    def current(self, path: str, lifetime: int, now: float) -> Window:
        """Find the window of a path that holds this instant."""
        epoch = self._rolled.get(path, self._first)
        passed = max(int(now) - epoch.start, 0) // lifetime
        made = epoch.start + passed * lifetime
        return Window(epoch.generation + passed, made, made + lifetime)

    def roll(self, path: str, lifetime: int, now: float) -> Window:
        """Begin a new window of this path at once.

        Its Last-Modified is newer than the one before, also within one second.
        """
        before = self.current(path, lifetime, now)
        start = max(int(now), before.last_modified + 1)
        self._rolled[path] = _Epoch(start, before.generation + 1)
        return Window(before.generation + 1, start, start + lifetime)


def static_window(now: float) -> Window:
    """Find the day of the static data, which lasts from 11:05 UTC to 11:05 UTC."""
    at = datetime.fromtimestamp(now, UTC)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at < midnight + _STATIC_EXPIRES:
        midnight -= timedelta(days=1)
    return Window(
        generation=midnight.toordinal(),
        last_modified=int((midnight + _STATIC_MADE).timestamp()),
        expires=int((midnight + timedelta(days=1) + _STATIC_EXPIRES).timestamp()),
    )
