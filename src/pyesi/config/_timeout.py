"""How long each step of a request may take."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from pyesi.errors import ConfigurationError

LONGEST = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long each step of a request may take, in seconds.

    Attributes:
        connect: From asking for a connection until it stands, TLS included.
        read: Without a byte coming.
        write: Without a byte going out.
        pool: Until a connection of the pool is free.
        total: The whole request with its retries. Items of a batch or a sweep have
            it from their admission, since they may queue for long; `deadline=`
            bounds the whole.
    """

    connect: float = 10.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what is no length of time."""
        for field in fields(self):
            checked_seconds(f"Timeout.{field.name}", getattr(self, field.name))


def checked_seconds(name: str, value: Any) -> float:
    """The value, if it is a length of time that makes sense to wait.

    Raises:
        ConfigurationError: It is no number, not positive, or over seven days.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value <= LONGEST:  # NaN is neither
        return float(value)
    message = f"{name} must be seconds above 0 and up to {LONGEST:.0f}, not {value!r}."
    raise ConfigurationError(message)


def checked_seconds_or_none(name: str, value: Any) -> float:
    """The value, if it is 0 or a length of time as `checked_seconds` takes it.

    Raises:
        ConfigurationError: It is neither.
    """
    is_zero = value == 0 and not isinstance(value, bool)
    return 0.0 if is_zero else checked_seconds(name, value)
