"""What a request's time went to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, overload

PHASES = (
    "look_up",
    "coalesced",
    "gate",
    "pool",
    "connect",
    "tls",
    "wait",
    "receive",
    "decode",
    "pause",
    "store",
)
"""The names of all phases, in the order in which one attempt goes through them."""


class Phase(NamedTuple):
    """One phase of a request.

    Attributes:
        name: One of `PHASES`.
        seconds: How long it took.
        detail: More of it, such as the name of a gate; empty where there is no more.
    """

    name: str
    seconds: float
    detail: str = ""

    def __str__(self) -> str:
        """Such as `gate 2.31 s (rate_limit_window)`."""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.name} {_length(self.seconds)}{detail}"


@dataclass(frozen=True, slots=True, init=False)
class Timeline(Sequence[Phase]):
    """What a request's time went to: its phases, one after the other without a gap.

    Together they are `elapsed`. `str()` tells them in a line.

    Attributes:
        phases: A tuple of the same.
        started_at: When the request was made, in UTC.
        elapsed: Seconds from then to the answer.
    """

    phases: tuple[Phase, ...]
    started_at: datetime
    elapsed: float

    def __init__(
        self,
        phases: Iterable[tuple[str, float, str]],
        *,
        started_at: datetime,
        elapsed: float,
    ) -> None:
        """Take phases, or plain tuples of the same."""
        kept = tuple(Phase(*phase) for phase in phases)
        object.__setattr__(self, "phases", kept)
        object.__setattr__(self, "started_at", started_at)
        object.__setattr__(self, "elapsed", elapsed)

    @overload
    def __getitem__(self, index: int) -> Phase: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Phase, ...]: ...
    def __getitem__(self, index: int | slice) -> Phase | tuple[Phase, ...]:
        """A phase, or a tuple of some."""
        return self.phases[index]

    def __len__(self) -> int:
        """How many phases there are."""
        return len(self.phases)

    def __str__(self) -> str:
        """All phases in one line."""
        return ", ".join(str(phase) for phase in self.phases)

    def seconds(self, name: str) -> float:
        """How long all phases of one name took together; 0 where there is none.

        Raises:
            ValueError: No phase has that name.
        """
        if name not in PHASES:
            message = f"{name!r} is no phase: {', '.join(PHASES)}"
            raise ValueError(message)
        return sum(phase.seconds for phase in self.phases if phase.name == name)


def _length(seconds: float) -> str:
    """Three digits, with a unit."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms"
