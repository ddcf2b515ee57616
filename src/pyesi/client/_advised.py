"""What clients and engines say about their own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyesi.advice import Advice
    from pyesi.metrics import Statistics


class _Counts(Protocol):
    """A client or an engine."""

    def statistics(self, since: Statistics | None = None) -> Statistics:
        """The counters."""
        ...


class Advised:
    """The part of a client or an engine that looks at its own counters.

    Thread-safe.
    """

    __slots__ = ()

    def advice(self: _Counts, since: Statistics | None = None) -> Advice:
        """What the counters say about the settings: findings, the gravest first.

        Args:
            since: An earlier moment, to look at what was counted after it.

        Raises:
            ValueError: That is of another engine, or from before a fork.
        """
        from pyesi.advice import advise

        return advise(self.statistics(since))
