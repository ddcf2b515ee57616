"""A file that says what is asked, and how often."""

from __future__ import annotations

import math
import os
import tomllib
from pathlib import Path
from typing import Any

from pyesi.errors import ConfigurationError

from ._request import Wanted
from ._target import wanted_of

_KEYS = {"route", "weight", "parameters"}


def read_mix(path: str | os.PathLike[str]) -> tuple[Wanted, ...]:
    """The requests of a mix file.

    Raises:
        ConfigurationError: It cannot be read, or something in it cannot be used.
    """
    place = Path(path)
    try:
        text = place.read_text("utf-8")
    except OSError as error:
        message = f"The mix {str(place)!r} cannot be read: {error.strerror}."
        raise ConfigurationError(message) from None
    except ValueError:
        message = f"The mix {str(place)!r} is no text."
        raise ConfigurationError(message) from None
    return mix_of(text, str(place))


def mix_of(text: str, name: str) -> tuple[Wanted, ...]:
    """The requests of a mix file's text.

    Args:
        text: TOML: a ``[[request]]`` for each, with ``route``, ``weight`` and
            ``parameters``.
        name: What the file is called in errors.

    Raises:
        ConfigurationError: Something in it cannot be used.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"The mix {name!r} is no TOML: {error}.") from None
    requests = told.pop("request", None)
    if told or not isinstance(requests, list) or not requests:
        message = f"The mix {name!r} must hold one [[request]] or more, and no others."
        raise ConfigurationError(message)
    return tuple(
        _wanted(one, f"request {number} of the mix {name!r}")
        for number, one in enumerate(requests, 1)
    )


def _wanted(told: Any, place: str) -> Wanted:
    if not isinstance(told, dict):
        raise ConfigurationError(f"The {place} is no table.")
    unknown = sorted(told.keys() - _KEYS)
    if unknown:
        message = (
            f"The {place} has {unknown[0]!r}: it takes {', '.join(sorted(_KEYS))}."
        )
        raise ConfigurationError(message)
    route, parameters = told.get("route"), told.get("parameters", {})
    if not isinstance(route, str) or not isinstance(parameters, dict):
        message = f"The {place} needs a route, as text, and parameters as a table."
        raise ConfigurationError(message)
    weight = told.get("weight", 1)
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not is_number or not 0 < weight < math.inf:
        message = f"The weight of {place} must be a number above 0, not {weight!r}."
        raise ConfigurationError(message)
    try:
        return wanted_of(route, parameters, weight=float(weight))
    except ConfigurationError as error:
        raise ConfigurationError(f"The {place}: {error.message}") from None
