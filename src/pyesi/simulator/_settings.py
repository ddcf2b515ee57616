"""What a simulator is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyesi.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the simulated ESI is.

    Attributes:
        seed: From which all bodies follow.
        pages: Pages of market orders in The Forge.
        change_share: Which share of the order pages changes in each window.
        lifetime: Seconds that every cacheable answer lives, in place of ESI's own
            lifetimes. Whole seconds, since HTTP's dates know no others.
        windows: For a rate limit group, its (tokens, seconds) in place of ESI's.
        rate_limits: Whether the floating windows are kept at all.
        error_limit: Errors allowed each minute; None: as many as one likes.
        roleless: Characters that have no role in their corporation.
    """

    seed: int = 1
    pages: int = 400
    change_share: float = 0.4
    lifetime: float | None = None
    windows: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    rate_limits: bool = True
    error_limit: int | None = 100
    roleless: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.pages < 1:
            raise ConfigurationError("pages must be at least 1")
        if not 0 <= self.change_share <= 1:
            raise ConfigurationError("change_share must lie from 0 to 1")
        if self.lifetime is not None and (
            self.lifetime < 1 or self.lifetime != int(self.lifetime)
        ):
            raise ConfigurationError("lifetime must be whole seconds, at least 1")
