"""Wakes event loops that cannot watch a descriptor."""

from __future__ import annotations

import asyncio
import os
import select
import threading

from pyesi import _core


class Notifier:
    """Waits for a bridge on a thread of its own and tells the loop, once a wake-up.

    For loops without `add_reader`, such as Windows' proactor.

    Thread-safe.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, bridge: _core.Bridge) -> None:
        self._loop = loop
        self._bridge = bridge
        self._drained = threading.Event()
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(
            target=self._watch, name="pyesi-notifier", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the bridge may be closed afterwards."""
        os.write(self._stop_writer, b"x")
        self._drained.set()
        self._thread.join()
        os.close(self._stop_reader)
        os.close(self._stop_writer)

    def _watch(self) -> None:
        waited = [self._bridge.fileno(), self._stop_reader]
        while True:
            ready, _, _ = select.select(waited, [], [])
            if self._stop_reader in ready:
                return
            self._drained.clear()
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the loop is closed
                return
            self._drained.wait()

    def _drain(self) -> None:
        try:
            self._bridge.drain()
        finally:
            self._drained.set()
