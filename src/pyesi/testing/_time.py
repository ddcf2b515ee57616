"""Time that is turned on both sides at once."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class TurnsClock(Protocol):
    """An engine: its policies follow a clock that can be turned."""

    def advance_clock(self, seconds: float) -> None:
        """Turn the clock forward."""


class HasEngine(Protocol):
    """A client."""

    @property
    def engine(self) -> TurnsClock:
        """The engine that does the client's work."""


class Advances(Protocol):
    """A simulator, in this process or in another."""

    def advance(self, seconds: float) -> None:
        """Turn the clock forward."""


def turn_clock(
    simulator: Advances, client: TurnsClock | HasEngine, seconds: float
) -> None:
    """Let time pass for a simulator and for an engine, without waiting.

    Lifetimes, limits and back-offs follow it on both sides; socket time-outs do not.
    The simulator goes first: the engine must never be the one that is ahead.

    Args:
        simulator: The simulator that the client talks to.
        client: The client, or its engine.
        seconds: How much time passes.
    """
    engine = client if isinstance(client, TurnsClock) else client.engine
    simulator.advance(seconds)
    engine.advance_clock(seconds)
