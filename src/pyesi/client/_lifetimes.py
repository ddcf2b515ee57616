"""Lifetimes that a user wants of single routes: longer than ESI's, never shorter."""

from __future__ import annotations

from collections.abc import Mapping

from pyesi import _core, catalog
from pyesi.errors import ConfigurationError

from ._by_route import by_route

_DAY = 86_400.0


def checked_lifetimes(given: Mapping[str, float] | None) -> dict[str, float]:
    """Seconds by path template, from path templates or operation ids.

    Raises:
        ConfigurationError: A route is unknown, or its lifetime cannot be used.
    """
    told = by_route("lifetimes", given)
    return {route.path: _checked(route, seconds) for _, route, seconds in told}


def _checked(route: catalog.Route, seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        message = (
            f"The lifetime of {route.path} must be a number of seconds, "
            f"not {type(seconds).__name__}."
        )
        raise ConfigurationError(message)
    told = _DAY if route.expires_daily else route.cache_seconds
    fault = _core.fault_of_lifetime(route.path, seconds, told)
    if fault is not None:
        raise ConfigurationError(fault)
    return float(seconds)
