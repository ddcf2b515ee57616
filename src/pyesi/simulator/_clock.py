"""Simulated time, and HTTP dates."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache


class Clock:
    """Real time plus an offset that moves only when told.

    All that the simulator tells about time (Date, Expires, windows of the limiters)
    follows this clock; sockets follow the real one.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0

    @property
    def offset(self) -> float:
        """Seconds by which this clock is ahead of the real one."""
        return self._offset

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        """Turn the clock; it never goes back.

        Raises:
            ValueError: The seconds are negative.
        """
        if seconds < 0:
            raise ValueError("the clock cannot be turned back")
        self._offset += seconds

    def reset(self) -> None:
        """Follow the real clock again."""
        self._offset = 0.0


@lru_cache(maxsize=4096)
def http_date(seconds: int) -> str:
    """Write an instant as HTTP does (RFC 9110 §5.6.7)."""
    return formatdate(seconds, usegmt=True)


@lru_cache(maxsize=4096)
def parse_http_date(text: str) -> int | None:
    """Read an HTTP date as seconds since the epoch; None if it is none."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp())


def iso_date(seconds: float) -> str:
    """Write an instant as ESI's bodies do, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
