"""Settings from the environment, and names that are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyesi.errors import ConfigurationError

Environment = Mapping[str, str]

_PREFIX = "PYESI_"
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def text(name: str, environment: Environment) -> str | None:
    """The value of ``PYESI_<NAME>``; None if it is absent or empty."""
    return environment.get(_PREFIX + name.upper()) or None


def whole_number(name: str, environment: Environment) -> int | None:
    """A setting that counts."""
    value = text(name, environment)
    if value is None:
        return None
    if not value.isdecimal():
        raise _not_a(name, "a whole number", value)
    return int(value)


def seconds(name: str, environment: Environment) -> float | None:
    """A setting that is a length of time."""
    return _number(name, "a number of seconds", environment)


def share(name: str, environment: Environment) -> float | None:
    """A setting that is a part of a whole."""
    return _number(name, "a number below 1", environment)


def _number(name: str, kind: str, environment: Environment) -> float | None:
    value = text(name, environment)
    try:
        return None if value is None else float(value)
    except ValueError:
        raise _not_a(name, kind, value) from None


def flag(name: str, environment: Environment) -> bool | None:
    """A setting that is on or off."""
    value = text(name, environment)
    if value is None:
        return None
    if value.lower() not in _YES:
        raise _not_a(name, f"one of {', '.join(_YES)}", value)
    return _YES[value.lower()]


def _not_a(name: str, kind: str, value: str | None) -> ConfigurationError:
    message = f"{_PREFIX}{name.upper()} must be {kind}, not {value!r}."
    return ConfigurationError(message)


def refuse_unknown(environment: Environment, known: Iterable[str]) -> None:
    """Raise ConfigurationError for a ``PYESI_…`` variable that sets nothing."""
    names = {_PREFIX + name.upper() for name in known}
    unknown = sorted(n for n in environment if n.startswith(_PREFIX) and n not in names)
    if unknown:
        message = f"The environment sets {unknown[0]}, which is no setting of pyesi."
        raise ConfigurationError(message + did_you_mean(unknown[0], names))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest right one; empty if none is near."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""
