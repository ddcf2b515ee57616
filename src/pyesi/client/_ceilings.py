"""Ceilings that a user sets on single routes, in place of those that are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pyesi.config import checked_seconds
from pyesi.errors import ConfigurationError

from ._by_route import by_route

Ceilings: TypeAlias = Mapping[str, tuple[int, float] | None]
"""By path template or operation id: so many requests in any so many seconds."""

_NONE = (0, 1.0)


def checked_ceilings(given: Ceilings | None) -> dict[str, tuple[int, float]]:
    """Requests and seconds by path template; no requests: no ceiling.

    Raises:
        ConfigurationError: A route is unknown, or its ceiling cannot be used.
    """
    told = by_route("ceilings", given)
    return {route.path: _checked(name, ceiling) for name, route, ceiling in told}


def _checked(name: str, ceiling: object) -> tuple[int, float]:
    if ceiling is None:
        return _NONE
    match ceiling:
        case (int(requests), int() | float() as seconds) if requests > 0:
            return requests, checked_seconds(f"The window of {name}", seconds)
    message = (
        f"The ceiling of {name} must be (requests, seconds) such as (300, 60), or "
        f"None for none, not {ceiling!r}."
    )
    raise ConfigurationError(message)
