"""Presets: values that go together, each of which can be set otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from pyesi.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a preset sets: settings of an engine, and how long a request may take.

    Attributes:
        retry_attempts: How often a GET is sent at most.
        retry_base: Seconds up to which the first pause before a retry lasts.
        retry_cap: Seconds up to which a later one does.
        retry_budget: Share of the last ten seconds' requests that may be retried.
        retry_floor: How many more.
        circuit_breaker: Whether an upstream that answers nobody is left alone.
        failure_threshold: Share of requests in 30 s that must have failed for that.
        least_requests: How many there must have been.
        failures_in_a_row: How many failures do without either; 0: never.
        recovery_timeout: Seconds until a few may try again.
        half_open_max_calls: How many these are.
        stale_if_error: Seconds for which a kept answer stands in for an error.
        total: Seconds that a request may take.
    """

    retry_attempts: int = 3
    retry_base: float = 0.2
    retry_cap: float = 5.0
    retry_budget: float = 0.2
    retry_floor: int = 3
    circuit_breaker: bool = True
    failure_threshold: float = 0.5
    least_requests: int = 20
    failures_in_a_row: int = 0
    recovery_timeout: float = 15.0
    half_open_max_calls: int = 1
    stale_if_error: float = 3600.0
    total: float = field(default=30.0, metadata={"of": "a client"})

    def of_engine(self) -> dict[str, Any]:
        """The settings of an engine among them."""
        own = (one.name for one in fields(self) if not one.metadata)
        return {name: getattr(self, name) for name in own}


BALANCED = Preset()

PRESETS = {
    # Quick to say what is wrong; nothing old stands in for it.
    "development": Preset(
        retry_attempts=2,
        retry_base=0.1,
        retry_cap=1.0,
        retry_budget=1.0,
        circuit_breaker=False,
        recovery_timeout=5.0,
        stale_if_error=0.0,
    ),
    "balanced": BALANCED,
    # Patient, and gentle with a server that struggles.
    "production": Preset(
        retry_attempts=4,
        retry_base=0.25,
        retry_cap=20.0,
        retry_budget=0.1,
        least_requests=50,
        failures_in_a_row=5,
        recovery_timeout=30.0,
        half_open_max_calls=3,
        stale_if_error=86_400.0,
        total=60.0,
    ),
    # For a screen: an old answer soon rather than a new one late.
    "aggressive": Preset(
        retry_attempts=5,
        retry_base=0.1,
        retry_cap=10.0,
        retry_budget=0.3,
        retry_floor=10,
        failure_threshold=0.7,
        least_requests=50,
        recovery_timeout=5.0,
        half_open_max_calls=5,
        stale_if_error=86_400.0,
        total=10.0,
    ),
}


def checked_preset(value: object) -> str:
    """The name of a preset.

    Raises:
        ConfigurationError: There is none of that name.
    """
    if isinstance(value, str) and value in PRESETS:
        return value
    message = f"preset must be one of {', '.join(PRESETS)}, not {value!r}."
    raise ConfigurationError(message)
