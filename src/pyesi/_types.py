"""Small things of an answer, which the core asks for when it first needs them."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from .errors import DecodeFailed

if TYPE_CHECKING:
    from typing_extensions import Buffer  # the interpreter's own from 3.12 on


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


class CacheMode(StrEnum):
    """How one request uses the cache."""

    DEFAULT = "default"
    """A fresh answer is served; any other is asked for, and kept."""

    RELOAD = "reload"
    """ESI is asked now, also before a kept answer has expired: counted and logged."""

    NO_STORE = "no_store"
    """The answer is not kept past its expiry, and never anywhere but in memory."""

    ONLY_IF_CACHED = "only_if_cached"
    """Nothing is sent: what the cache cannot answer is a `CacheMiss`."""

    FORCE_STALE = "force_stale"
    """A kept answer will do, however old; ESI is asked only where there is none."""


class Unset(Enum):
    """The type of an argument that was not given, where None means something."""

    UNSET = "unset"

    def __repr__(self) -> str:
        """As a signature shows it."""
        return "UNSET"


UNSET = Unset.UNSET


class Priority(StrEnum):
    """Which of the waiting requests goes first."""

    INTERACTIVE = "interactive"
    """Somebody looks at a screen and waits."""

    NORMAL = "normal"
    BACKGROUND = "background"

    WARMING = "warming"
    """Nobody has asked yet."""


def decode_json(response: Buffer, type: Any = Any) -> Any:
    """The JSON value of a body, converted to `type` as msgspec does.

    Raises:
        DecodeFailed: It is not JSON, or does not fit `type`.
    """
    import msgspec

    try:
        return msgspec.json.decode(response, type=type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why = _why(memoryview(response), error)
        raise DecodeFailed(why, **_facts(response)) from error


def _why(content: memoryview, error: Exception) -> str:
    if not len(content):
        return "The body is empty, so there is no JSON in it"
    if bytes(content[:1]) == b"<":
        return "The body is HTML or XML, not JSON"
    return f"The body is not the JSON asked for: {error}"


def _facts(response: object) -> dict[str, Any]:
    """What an error tells of the response, where it is one and not bare bytes."""
    headers = getattr(response, "headers", {})
    return {
        "route": getattr(response, "route", None),
        "attempts": getattr(response, "attempts", 0),
        "request_id": headers.get("x-esi-request-id"),
    }
