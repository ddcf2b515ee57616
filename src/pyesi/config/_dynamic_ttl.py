"""Lifetimes that grow with use, for what nobody else dates."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from pyesi import _core
from pyesi.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class DynamicTTL:
    """How long something is fresh that nobody dates: the longer, the more it is used.

    It is for values of the application's own that are set without ``expire``, and for
    answers to which neither ESI nor the catalog gives a lifetime. What ESI dates keeps
    ESI's lifetime. The lifetime is `base_ttl` and `popularity_factor` of it more for
    each use, where uses fade with time; `max_ttl` at the most.

    Attributes:
        base_ttl: Seconds for what nobody uses.
        max_ttl: Seconds at the most.
        popularity_factor: The share of `base_ttl` that each use adds.
        decay: Seconds in which a use comes to count half.

    Raises:
        ConfigurationError: A value cannot be used.
    """

    base_ttl: float = 60.0
    max_ttl: float = 3600.0
    popularity_factor: float = 0.1
    decay: float = 600.0

    def __post_init__(self) -> None:
        """Check the values."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                message = (
                    f"DynamicTTL: {field.name} must be a number, "
                    f"not {type(value).__name__}."
                )
                raise ConfigurationError(message)
        fault = _core.fault_of_dynamic_ttl(astuple(self))
        if fault is not None:
            raise ConfigurationError(f"DynamicTTL: {fault}")


def checked_dynamic_ttl(given: object) -> DynamicTTL | None:
    """The setting, where one is given.

    Raises:
        ConfigurationError: It is something else.
    """
    if given is None or isinstance(given, DynamicTTL):
        return given
    message = f"dynamic_ttl must be a pyesi.DynamicTTL, not {type(given).__name__}."
    raise ConfigurationError(message)
