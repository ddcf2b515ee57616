"""Small things of an answer, which the core asks for when it first needs them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .errors import DecodeFailed

if TYPE_CHECKING:
    from ._core import Response


class Source(StrEnum):
    """Where an answer came from."""

    NETWORK = "network"
    """Sent for, and answered in full."""

    FRESH = "fresh"
    """From the cache, within its freshness lifetime; nothing was sent."""

    REVALIDATED = "revalidated"
    """From the cache, after ESI had said that it still holds (304)."""

    STALE = "stale"
    """From the cache past its lifetime, since ESI could not be asked."""


class Priority(StrEnum):
    """Which of the waiting requests goes first."""

    INTERACTIVE = "interactive"
    """Somebody looks at a screen and waits."""

    NORMAL = "normal"
    BACKGROUND = "background"

    WARMING = "warming"
    """Nobody has asked yet."""


def decode_json(content: memoryview, type: Any = Any) -> Any:
    """The JSON value of a body, converted to `type` as msgspec does.

    Raises:
        DecodeFailed: It is not JSON, or does not fit `type`.
    """
    import msgspec

    try:
        return msgspec.json.decode(content, type=type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeFailed(_why(content, error)) from error


def _why(content: memoryview, error: Exception) -> str:
    start = bytes(content[:1]).strip()
    if not len(content):
        return "The body is empty, so there is no JSON in it"
    if start == b"<":
        return "The body is HTML or XML, not JSON"
    return f"The body is not the JSON asked for: {error}"


def restore_response(*facts: Any) -> Response:
    """A pickled response again: unpickling needs a function with a name."""
    from . import _core

    return _core.restore_response(*facts)
