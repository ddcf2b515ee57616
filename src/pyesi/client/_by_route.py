"""Settings that a user gives route by route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyesi import catalog
from pyesi.errors import ConfigurationError, InvalidRequest


def by_route(
    setting: str, given: Mapping[str, Any] | None
) -> Iterator[tuple[str, catalog.Route, Any]]:
    """Each route as it was named, what is known of it, and the value given for it.

    Args:
        setting: The setting's name, for what is said of it.
        given: Values by path template or operation id; None: none.

    Raises:
        ConfigurationError: It is no mapping, or a route is unknown.
    """
    if given is None:
        return
    if not isinstance(given, Mapping):
        message = f"{setting} must be a mapping, not {type(given).__name__}."
        raise ConfigurationError(message)
    for name, value in given.items():
        try:
            facts = catalog.find(str(name))
        except InvalidRequest as unknown:
            raise ConfigurationError(f"{setting}: {unknown}") from None
        yield name, facts, value
