"""What a frame shows next: told what was read, what could not be, and which key."""

from __future__ import annotations

from collections.abc import Sequence

from ._past import Past
from ._reading import Reading
from ._seen import Seen
from ._view import Frame
from ._words import length

_ENDING = frozenset("qQ\x04")  # Ctrl-D too
_NEXT = frozenset("n\t")


class Watching:
    """A target that is looked at again and again; it has no clock of its own.

    Thread: any one at a time.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._past = Past()
        self._clients: Sequence[Seen] = ()
        self._chosen = ""
        self._read_at = 0.0
        self._failure = ""
        self.has_ended = False

    def on_read(self, readings: Sequence[Reading], now: float) -> None:
        """Each client that is shown there, of which there is one at least."""
        self._clients = self._past.add(readings)
        self._read_at = now
        self._failure = ""
        if self._chosen not in [seen.client for seen in self._clients]:
            self._chosen = self._clients[0].client

    def on_failed(self, why: str) -> None:
        """It could not be read: what was read last stays."""
        self._failure = why

    def on_keys(self, keys: str) -> None:
        """Keys that were pressed."""
        for key in keys:
            if key in _ENDING:
                self.has_ended = True
            elif key in _NEXT:
                following = (self._number + 1) % len(self._clients)
                self._chosen = self._clients[following].client

    def frame(self, now: float) -> Frame:
        """What is to be shown, once something was read."""
        keys = "q quits" if len(self._clients) == 1 else "q quits   n next client"
        return Frame(
            self._target, self._clients, self._number, self._trouble(now), keys
        )

    @property
    def _number(self) -> int:
        return [seen.client for seen in self._clients].index(self._chosen)

    def _trouble(self, now: float) -> str:
        if not self._failure:
            return ""
        return f"this is {length(now - self._read_at)} old: {self._failure}"
