"""The terminal: a frame after another, or one."""

from __future__ import annotations

import io
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType

from rich.console import Console, Group
from rich.live import Live

from ._keys import Keys
from ._past import Past
from ._reading import Reading
from ._target import Target, Unreadable
from ._view import Frame, lines_of
from ._watching import Watching

# How long a key, or a terminal's new size, may go unseen.
_MOMENT = 0.1


def show_once(target: Target) -> None:
    """Print a frame of each client.

    Raises:
        Unreadable: The target tells nothing.
    """
    seen = Past().add(target.read())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = _console()
    for number, one in enumerate(seen):
        if number:
            console.print()
        for line in lines_of(Frame(target.shown, [one]), blocks=_blocks(console)):
            console.print(line, soft_wrap=True)


def watch(target: Target, interval: float) -> None:
    """Show frames until q, Ctrl-C or the end of the process.

    Raises:
        Unreadable: The target tells nothing at first. Later the last frame stays.
        KeyboardInterrupt: Ctrl-C; the terminal is as it was before.
    """
    watching = Watching(target.shown)
    watching.on_read(target.read(), time.monotonic())
    console = _console()
    reader = _Reader(target)
    next_at = time.monotonic() + interval
    live = Live(console=console, screen=True, auto_refresh=False)
    with _ending_by_signal(), Keys() as keys, live:
        while not watching.has_ended:
            live.update(_shown(watching, console), refresh=True)
            watching.on_keys(keys.wait(_MOMENT))
            now = time.monotonic()
            if now >= next_at and reader.begin():
                next_at = now + interval
            reader.hand_over(watching, now)


def _shown(watching: Watching, console: Console) -> Group:
    frame = watching.frame(time.monotonic())
    lines = lines_of(frame, console.size.height, _blocks(console))
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def _console() -> Console:
    return Console(highlight=False)


def _blocks(console: Console) -> str:
    return "█░" if console.encoding.startswith("utf") else "#-"


class _Reader:
    """Reads the target in a thread, so that keys are heard meanwhile.

    Thread: any one at a time.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._ended: SimpleQueue[list[Reading] | Unreadable] = SimpleQueue()
        self._is_reading = False

    def begin(self) -> bool:
        """Read once; False, and no second time, while that is still going on."""
        if self._is_reading:
            return False
        self._is_reading = True
        threading.Thread(target=self._read, name="pyesi-top", daemon=True).start()
        return True

    def hand_over(self, watching: Watching, now: float) -> None:
        """Tell what was read, if anything was."""
        try:
            ended = self._ended.get_nowait()
        except Empty:
            return
        self._is_reading = False
        if isinstance(ended, Unreadable):
            watching.on_failed(str(ended))
        else:
            watching.on_read(ended, now)

    def _read(self) -> None:
        try:
            self._ended.put(self._target.read())
        except Unreadable as why:
            self._ended.put(why)


@contextmanager
def _ending_by_signal() -> Iterator[None]:
    """A terminal that is told to end is given back first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _end) for number in ends}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
