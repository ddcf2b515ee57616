"""What becomes of upstreams, in the log: each change is one record."""

from __future__ import annotations

import logging

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


def log_change(what: str, origin: str, seconds: float) -> None:
    """Write the record of a change.

    Args:
        what: As the core calls it.
        origin: Of the upstream.
        seconds: How long it lasts at least; 0 where that is not known.
    """
    level, text = _RECORDS[what]
    given = (origin, seconds) if "%.0f" in text else (origin,)
    _LOGGER.log(level, text, *given, extra={"pyesi_change": what, "upstream": origin})


def log_emergency(on: bool) -> None:
    """Write the record of an emergency's beginning or end."""
    if on:
        _LOGGER.warning("Emergency: only what is essential is sent, until it is over.")
    else:
        _LOGGER.info("The emergency is over.")
