"""What a caller wants of one request beyond its route, checked and made the core's."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from pyesi import _core
from pyesi._types import CacheMode, Priority
from pyesi.config import Timeout, as_timeout
from pyesi.errors import ConfigurationError, DeadlineExceeded, InvalidRequest

from ._identity import Auth, Bearer

Deadline: TypeAlias = datetime | float
"""An aware datetime, or an instant of `time.monotonic()`."""

_PRIORITIES = {priority: number for number, priority in enumerate(Priority)}
_CACHE_MODES = {mode: number for number, mode in enumerate(CacheMode)}
_CACHED = frozenset({"GET", "HEAD"})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
_WITH_BODY = frozenset({"POST", "PUT", "DELETE", "PATCH"})

# Headers that are pyesi's to set, and what a caller does instead.
_REFUSED = {
    "authorization": "Give the token with auth=.",
    "user-agent": "Set user_agent= of the client.",
    "x-user-agent": "Set user_agent= of the client.",
    "x-compatibility-date": "Set compatibility_date= of the client.",
    "accept-language": "Set language= of the client.",
    "x-tenant": "Set tenant= of the client.",
    "content-type": "Give the body with json=.",
    **dict.fromkeys(
        ("content-length", "content-encoding", "host", "accept-encoding"),
        "pyesi sets it.",
    ),
    **dict.fromkeys(
        (
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "range",
        ),
        "The cache revalidates by itself.",
    ),
    "cache-control": "Say how the cache is used with cache_mode=.",
    **dict.fromkeys(
        (
            "connection",
            "expect",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ),
        "It belongs to the connection.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of one call, as given.

    Attributes:
        params: Parameters beside the keywords.
        json: The body; `NO_BODY` for none.
        headers: Further headers.
        auth: A token for this call, sent whether the route asks for one or not.
        timeout: Seconds for the whole, or a `Timeout`.
        deadline: When the whole must have ended.
        priority: Which of the waiting requests goes first.
        cache_mode: How the cache is used.
        raise_for_status: Whether 4xx and 5xx raise; None: they do.
    """

    params: Mapping[str, Any] | None = None
    json: Any = None
    headers: Mapping[str, str] | None = None
    auth: Auth | None = None
    timeout: float | Timeout | None = None
    deadline: Deadline | None = None
    priority: Priority | str | None = None
    cache_mode: CacheMode | str | None = None
    raise_for_status: bool | None = None

    def without_params(self) -> Wishes:
        """The same, for requests whose parameters are merged already."""
        return self if self.params is None else replace(self, params=None)


NO_WISHES = Wishes()


def merged(
    params: Mapping[str, Any] | None, keywords: dict[str, Any]
) -> dict[str, Any]:
    """Parameters from both places.

    Raises:
        InvalidRequest: A name stands in both.
    """
    if params is None:
        return keywords
    if not isinstance(params, Mapping):
        message = f"params= must be a mapping, not {type(params).__name__}."
        raise InvalidRequest(message)
    twice = sorted(str(name) for name in params.keys() & keywords.keys())
    if twice:
        message = f"{twice[0]} is given twice: in params= and as keyword."
        raise InvalidRequest(message)
    return {**params, **keywords}


def make_options(
    wishes: Wishes, usual: Timeout, bearer: Bearer | None, *, method: str = "GET"
) -> _core.Options | None:
    """The options as the core takes them; None where they are its own defaults.

    Raises:
        InvalidRequest: An option cannot be used.
        DeadlineExceeded: The deadline has passed already.
    """
    if wishes is NO_WISHES and bearer is None and usual == Timeout():
        return None
    timeout = _timeout(wishes.timeout, usual)
    return _core.Options(
        headers=checked_headers(wishes.headers),
        body=encoded(wishes.json, method),
        authorization=bearer.authorization if bearer else None,
        identity=bearer.identity if bearer else None,
        connect_timeout=timeout.connect,
        read_timeout=timeout.read,
        write_timeout=timeout.write,
        pool_timeout=timeout.pool,
        total_timeout=timeout.total,
        deadline=None if wishes.deadline is None else seconds_until(wishes.deadline),
        priority=priority_number(wishes.priority),
        cache_mode=_CACHE_MODES[checked_cache_mode(wishes.cache_mode, method)],
    )


def _timeout(wished: float | Timeout | None, usual: Timeout) -> Timeout:
    if wished is None:
        return usual
    try:
        return as_timeout(wished, usual)
    except ConfigurationError as error:
        raise InvalidRequest(f"timeout= cannot be used: {error}") from None


def checked_headers(headers: Mapping[str, str] | None) -> list[tuple[str, str]] | None:
    """Headers that a caller may add.

    Raises:
        InvalidRequest: One is not a caller's to set, or could end its line.
    """
    if not headers:
        return None
    if not isinstance(headers, Mapping):
        message = f"headers= must be a mapping, not {type(headers).__name__}."
        raise InvalidRequest(message)
    return [(_header_name(n), _header_value(n, v)) for n, v in headers.items()]


def _header_name(name: object) -> str:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        message = "A header's name is not one: letters, digits and hyphens only."
        raise InvalidRequest(message)
    if name.lower() in _REFUSED:
        message = f"{name} must not stand in headers=. {_REFUSED[name.lower()]}"
        raise InvalidRequest(message)
    return name


def _header_value(name: str, value: object) -> str:
    # A tab is allowed by RFC 9110 §5.5, and nobody needs one.
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        message = (
            f"The header {name} must be a string of printable ASCII, without line "
            "breaks or other control characters."
        )
        raise InvalidRequest(message)
    return value.strip()


def encoded(value: object, method: str) -> bytes | None:
    """The body as JSON.

    Raises:
        InvalidRequest: The method has no body, or the value is not JSON's.
    """
    if value is None:
        return None
    if method not in _WITH_BODY:
        raise InvalidRequest(f"{method} has no body: json= is for POST, PUT, DELETE.")
    import msgspec

    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidRequest(f"json= cannot be written as JSON: {error}") from error


def seconds_until(deadline: Any) -> float:
    """How long it is until then.

    Raises:
        InvalidRequest: It is no instant.
        DeadlineExceeded: It has passed.
    """
    if isinstance(deadline, datetime):
        if deadline.tzinfo is None:
            message = "deadline= needs a time zone: datetime.now(timezone.utc) has one."
            raise InvalidRequest(message)
        left = (deadline - datetime.now(UTC)).total_seconds()
    elif isinstance(deadline, int | float) and not isinstance(deadline, bool):
        left = deadline - time.monotonic()
    else:
        message = "deadline= must be an aware datetime or a time.monotonic() instant."
        raise InvalidRequest(message)
    if not left > 0:  # NaN is not
        raise DeadlineExceeded("The deadline had passed before the request was made")
    return min(left, 365 * 86_400.0)


def priority_number(priority: Priority | str | None) -> int:
    """The priority as the core counts it.

    Raises:
        InvalidRequest: There is none of that name.
    """
    if priority is None:
        return _PRIORITIES[Priority.NORMAL]
    try:
        return _PRIORITIES[Priority(priority)]
    except ValueError:
        names = ", ".join(_PRIORITIES)
        message = f"priority= must be one of {names}, not {priority!r}."
        raise InvalidRequest(message) from None


def checked_cache_mode(mode: CacheMode | str | None, method: str) -> CacheMode:
    """How the cache is used.

    Raises:
        InvalidRequest: There is no mode of that name, or nothing of the method is kept.
    """
    try:
        checked = CacheMode.DEFAULT if mode is None else CacheMode(mode)
    except ValueError:
        names = ", ".join(_CACHE_MODES)
        message = f"cache_mode= must be one of {names}, not {mode!r}."
        raise InvalidRequest(message) from None
    if checked is not CacheMode.DEFAULT and method not in _CACHED:
        message = f"cache_mode= is for GET and HEAD: of {method} nothing is kept."
        raise InvalidRequest(message)
    return checked
