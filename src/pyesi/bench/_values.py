"""Values of parameters, from the text of a command line, a URL or a mix file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyesi.catalog import Parameter, Route
from pyesi.errors import ConfigurationError

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Values:
    """What parameters are: one value each, or several to choose from."""

    fixed: Mapping[str, Any]
    choices: Mapping[str, Sequence[Any]]


def values_of(
    given: Mapping[str, Any], route: Route | None, *, literal: bool = False
) -> Values:
    """The values, as the route's parameters want them.

    Args:
        given: By name. Text becomes what the parameter is. ``1..400`` is any of these
            numbers, ``34,35`` and a list are any of their items; where the parameter
            itself is a list, they are that list.
        route: Whose parameters they are; None: not known, text stays text.
        literal: Whether text is one value, whatever stands in it.

    Raises:
        ConfigurationError: A value is not what its parameter takes, or the route has
            no such parameter.
    """
    fixed: dict[str, Any] = {}
    choices: dict[str, Sequence[Any]] = {}
    for name, value in given.items():
        parameter = _parameter(name, route)
        if parameter is not None and parameter.type == "array":
            fixed[name] = _items(value, parameter)
            continue
        several = None if literal else _several(name, value)
        if several is None:
            fixed[name] = _one(name, value, parameter)
        elif isinstance(several, range):
            choices[name] = several
        else:
            choices[name] = [_one(name, item, parameter) for item in several]
    return Values(fixed, choices)


def _parameter(name: str, route: Route | None) -> Parameter | None:
    if route is None:
        return None
    parameter = route.parameter(name)
    if parameter is None:
        known = ", ".join(p.name for p in route.parameters) or "none"
        message = f"{route.path} has no parameter {name}; it has {known}."
        raise ConfigurationError(message)
    return parameter


def _several(name: str, value: Any) -> Sequence[Any] | None:
    """The values to choose from; None where it is one."""
    if isinstance(value, str):
        found = _RANGE.fullmatch(value)
        if found is not None:
            several: Sequence[Any] = range(int(found[1]), int(found[2]) + 1)
        elif "," in value:
            several = value.split(",")
        else:
            return None
    elif isinstance(value, list):
        several = value
    else:
        return None
    if not several:
        message = f"{name} has nothing to choose from: {value!r}."
        raise ConfigurationError(message)
    return several


def _items(value: Any, parameter: Parameter) -> list[Any]:
    items = value.split(",") if isinstance(value, str) else value
    items = items if isinstance(items, list) else [items]
    return [_typed(parameter.name, item, parameter.items) for item in items]


def _one(name: str, value: Any, parameter: Parameter | None) -> Any:
    return _typed(name, value, None if parameter is None else parameter.type)


def _typed(name: str, value: Any, kind: str | None) -> Any:
    if not isinstance(value, str) or kind in {None, "string"}:
        return value
    try:
        if kind == "integer":
            return int(value)
        if kind == "number":
            return float(value)
        return _FLAGS[value.lower()]
    except (ValueError, KeyError):
        message = f"{name} must be of the kind {kind}, not {value!r}."
        raise ConfigurationError(message) from None
