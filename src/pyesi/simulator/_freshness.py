"""What an answer says of its own lifetime, and whether a client has it already."""

from __future__ import annotations

from collections.abc import Mapping

from pyesi.catalog import Route
from pyesi.simulator._clock import http_date, parse_http_date
from pyesi.simulator._window import Window, Windows, static_window

# Rows of an event-invalidated listing are regenerated this often; it says nothing of
# its lifetime, so clients have a validator only.
_UNTOLD = 60

# Moved to the new back end ahead of the others (esi-reference.md §0.4).
_CONVERTED = frozenset({"GetCharactersDetail"})


def lifetime_of(route: Route, override: float | None) -> int | None:
    """Say how many seconds an answer lives; None if it does not say so itself."""
    told = route.cache_seconds is not None or route.expires_daily
    if route.method != "GET" or not told:
        return None
    return int(override) if override is not None else route.cache_seconds


def window_of(
    route: Route, windows: Windows, path: str, now: float, override: float | None
) -> Window | None:
    """Find the generation of a route's answers; None if they are not cached."""
    if route.method != "GET":
        return None
    if route.expires_daily and override is None:
        return static_window(now)
    return windows.current(path, lifetime_of(route, override) or _UNTOLD, now)


def is_converted(route: Route) -> bool:
    """Say whether the route tells max-age rather than Expires."""
    return route.cache_mode == "event-based" or route.operation_id in _CONVERTED


def entity_tag(route: Route, tag: str) -> str:
    """Write the validator: weak on static routes, strong elsewhere."""
    return f'W/"{tag}"' if route.expires_daily else f'"{tag}"'


def cache_headers(
    route: Route, window: Window, lifetime: int | None, now: float
) -> dict[str, str]:
    """Write Last-Modified, Cache-Control and, where it is meant, Expires."""
    reach = "private" if route.secured else "public"
    headers = {"Last-Modified": http_date(window.last_modified)}
    told = route.expires_daily or lifetime is not None
    if told and is_converted(route):
        # Expires is sent for old clients only and means nothing (esi-reference.md §2).
        age = f"max-age={lifetime}, must-revalidate, stale-if-error=900"
        headers["Cache-Control"] = f"{reach}, {age}"
        headers["Expires"] = http_date(int(now))
    else:
        headers["Cache-Control"] = reach
        if told:
            headers["Expires"] = http_date(window.expires)
    return headers


def told_expiry(headers: Mapping[str, str], now: float) -> float | None:
    """Say what a client was told: max-age first, then Expires (RFC 9111 §5.3)."""
    for directive in headers.get("Cache-Control", "").split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isdecimal():
            return int(now) + int(value)
    expires = headers.get("Expires")
    return None if expires is None else parse_http_date(expires)


def is_not_modified(headers: Mapping[str, str], tag: str, window: Window) -> bool:
    """Say whether a client has this already (RFC 9110 §13.1.2 and §13.1.3)."""
    known = headers.get("If-None-Match")
    if known is not None:
        tags = {_opaque(part) for part in known.split(",")}
        return "*" in tags or _opaque(tag) in tags
    since = headers.get("If-Modified-Since")
    if since is None:
        return False
    instant = parse_http_date(since)
    return instant is not None and window.last_modified <= instant


def _opaque(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')
