"""Does everything that may be sent find a connection?"""

from __future__ import annotations

from ._figures import Seen, attempts, count, counted, number, setting, waited_at
from ._finding import Finding

# Below that a burst at the start would be taken for the usual.
_LEAST_ATTEMPTS = 20

# One alone may have come in this very moment.
_LEAST_WAITING = 2

# Seconds of waiting for each attempt: a tenth of what ESI needs for an answer.
_NOTICED = 0.01


def pool_waits(seen: Seen) -> Finding | None:
    """Requests that were admitted wait for a connection."""
    sent, waiting = attempts(seen), count(seen, "pool", "waiting")
    waited = waited_at(seen, "pool")
    is_slow = waited.seconds >= sent * _NOTICED
    wider = _wider(seen)
    is_much = sent >= _LEAST_ATTEMPTS and (waiting >= _LEAST_WAITING or is_slow)
    if wider is None or not is_much:
        return None
    told = (
        f"{counted(waited.times, 'attempt')} of {sent:,.0f} waited "
        f"{waited.seconds:,.3g} s for a connection"
        if is_slow
        else f"{counted(waiting, 'request')} wait for a connection at this moment"
    )
    open_ = count(seen, "pool", "open")
    return Finding(
        rule="pool_waits",
        severity="warning",
        says=f"{told}, with {open_:,.0f} open.",
        numbers={
            "attempts": sent,
            "waiting": waiting,
            "waits": waited.times,
            "waited_seconds": waited.seconds,
            "open": open_,
        },
        setting=wider[0],
        change=wider[1],
        page="reference/client.md",
    )


def _wider(seen: Seen) -> tuple[str, str] | None:
    """Which of the two bounds was met, and what it should be; None: neither was."""
    size = number(seen, "settings", "pool_size")
    most = number(seen, "settings", "max_in_flight")
    lanes = number(seen, "settings", "http2_connections")
    if size is None or most is None:
        return "pool_size", "Raise pool_size to max_in_flight."
    if size < most:
        return "pool_size", f"Set pool_size={most}: so many may be in flight at once."
    if lanes is not None and setting(seen, "http2"):
        return "http2_connections", f"Set http2_connections={2 * lanes}."
    return None
