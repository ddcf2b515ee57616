"""What becomes of upstreams, in the log: each change is one record at most."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ._sampling import MOST, PERIOD, Sampling

_LOGGER = logging.getLogger("pyesi")

# By what the core calls it: the level, and the record's text for an origin and
# seconds.
_RECORDS = {
    "upstream_down": (
        logging.WARNING,
        "%s does not answer. It is left alone for a while, then tried with a few.",
    ),
    "upstream_back": (logging.INFO, "%s answers again."),
    "error_limited": (
        logging.WARNING,
        "%s: the error limit is spent. Nothing is sent for %.0f s, then one request.",
    ),
    "error_limit_over": (logging.INFO, "%s: the error limit is open again."),
    "limits_alone": (
        logging.WARNING,
        "%s: what limits= names does not answer. This process goes on alone, by its "
        "part of the limits.",
    ),
    "limits_shared": (
        logging.INFO,
        "%s: what limits= names answers again. The limits are shared.",
    ),
}


# What is of one kind, where it repeats itself: what goes and comes back is.
_KINDS = {
    "upstream_down": "upstream",
    "upstream_back": "upstream",
    "error_limited": "error_limit",
    "error_limit_over": "error_limit",
    "limits_alone": "limits",
    "limits_shared": "limits",
}


class StateLog:
    """Writes the records of one engine.

    An upstream that comes and goes all day does not fill the log: see `Sampling`.

    Thread-safe.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing written.

        Args:
            now: Seconds, by a clock that nobody sets.
        """
        self._now = now
        self._sampling = Sampling()
        self._lock = threading.Lock()

    def change(self, what: str, origin: str, seconds: float) -> None:
        """Write the record of a change, unless there were too many of its kind.

        Args:
            what: As the core calls it.
            origin: Of the upstream.
            seconds: How long it lasts at least; 0 where that is not known.
        """
        with self._lock:
            told = self._sampling.judge((_KINDS[what], origin), self._now())
        if not told.write:
            return
        level, text = _RECORDS[what]
        given = (origin, seconds) if "%.0f" in text else (origin,)
        extra = {
            "pyesi_change": what,
            "upstream": origin,
            "pyesi_left_out": told.left_out,
        }
        if told.left_out:
            text += f" {told.left_out:,} changes were not told before this one."
        if told.is_last:
            text += (
                f" It was the {MOST}th change within {PERIOD / 60:.0f} minutes: more "
                "of them are counted, and not told."
            )
        _LOGGER.log(level, text, *given, extra=extra)


def log_emergency(on: bool) -> None:
    """Write the record of an emergency's beginning or end."""
    if on:
        _LOGGER.warning("Emergency: only what is essential is sent, until it is over.")
    else:
        _LOGGER.info("The emergency is over.")
