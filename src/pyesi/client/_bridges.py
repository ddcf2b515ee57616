"""The ways on which completions reach event loops and waiting threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pyesi import _core

from ._notifier import Notifier

Prepare = Callable[[_core.Bridge], None]


@dataclass(frozen=True, slots=True)
class LoopBridge:
    """A bridge and what wakes its loop.

    Attributes:
        loop: The loop whose thread drains.
        bridge: The queue.
        notifier: Wakes a loop that cannot watch descriptors.
    """

    loop: asyncio.AbstractEventLoop
    bridge: _core.Bridge
    notifier: Notifier | None

    @classmethod
    def open(cls, loop: asyncio.AbstractEventLoop, prepare: Prepare) -> LoopBridge:
        """A bridge that the loop watches. Call it on the loop's own thread."""
        bridge = _core.Bridge(loop)
        prepare(bridge)
        try:
            loop.add_reader(bridge.fileno(), bridge.drain)
        except NotImplementedError:
            return cls(loop, bridge, Notifier(loop, bridge))
        return cls(loop, bridge, None)

    def close(self) -> None:
        """Settle what has ended and let the loop forget it; from any thread."""
        if self.loop.is_closed():
            self._release()
        elif _running_loop() is self.loop:
            self._detach()
        else:
            self._detach_there()

    def _detach_there(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._detach)
        except RuntimeError:  # closed meanwhile
            self._release()

    def _detach(self) -> None:
        before = 0
        while (left := self.bridge.pending()) not in {0, before}:
            before = left
            self.bridge.drain()
        if self.notifier is None:
            self.loop.remove_reader(self.bridge.fileno())
        self._release()

    def _release(self) -> None:
        if self.notifier is not None:
            self.notifier.stop()
        self.bridge.close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Bridges:
    """An engine's bridges: one for each event loop, one for each blocking thread.

    Thread-safe.
    """

    def __init__(self, prepare: Prepare) -> None:
        """`prepare` is called with each bridge before it is used."""
        self._prepare = prepare
        self._lock = threading.Lock()
        self._of_loop: dict[asyncio.AbstractEventLoop, LoopBridge] = {}
        self._of_thread = threading.local()

    def of_loop(self, loop: asyncio.AbstractEventLoop) -> _core.Bridge:
        """The bridge of the running loop, opened at its first use."""
        found = self._of_loop.get(loop)
        return self._open(loop) if found is None else found.bridge

    def of_thread(self) -> _core.Bridge:
        """The bridge of this thread, for waiting."""
        bridge: _core.Bridge | None = getattr(self._of_thread, "bridge", None)
        if bridge is None:
            bridge = self._of_thread.bridge = _core.Bridge()
            self._prepare(bridge)
        return bridge

    def _open(self, loop: asyncio.AbstractEventLoop) -> _core.Bridge:
        with self._lock:
            dead = [other for other in self._of_loop if other.is_closed()]
            purged = [self._of_loop.pop(other) for other in dead]
            opened = self._of_loop[loop] = LoopBridge.open(loop, self._prepare)
        for loop_bridge in purged:
            loop_bridge.close()
        return opened.bridge

    def close(self) -> None:
        """Close all; what has ended is settled first."""
        with self._lock:
            all_of_them = [*self._of_loop.values()]
            self._of_loop.clear()
        for loop_bridge in all_of_them:
            loop_bridge.close()
