"""Small things of an answer, which the core asks for when it first needs them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from .errors import DecodeFailed


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


def decode_json(content: memoryview, type: Any = Any) -> Any:  # noqa: A002
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
