"""Keys, as they are pressed."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from types import TracebackType
from typing import Any, Self


class Keys:
    """The keyboard of a terminal, each key at once and none echoed, until the end.

    Where standard input is no terminal there are no keys.
    """

    def __init__(self) -> None:
        self._file: int | None = None
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        """Take the keyboard; Ctrl-C stays what it is."""
        if sys.stdin is not None and sys.stdin.isatty():
            self._file = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back as it was."""
        if self._file is not None:
            termios.tcsetattr(self._file, termios.TCSAFLUSH, self._before)
            self._file = None

    def wait(self, seconds: float) -> str:
        """The keys that are pressed, once there are any; "" after so many seconds."""
        if self._file is None:
            time.sleep(max(seconds, 0.0))
            return ""
        ready, _, _ = select.select([self._file], [], [], max(seconds, 0.0))
        return os.read(self._file, 64).decode(errors="ignore") if ready else ""
