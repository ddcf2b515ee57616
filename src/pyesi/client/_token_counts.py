"""Calls of what `auth=` was given, counted by how they ended."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pyesi.metrics import TokenCalls

_Outcome: TypeAlias = Literal["given", "failed", "cancelled"]


class TokenCounts:
    """Calls for tokens by one engine's clients. Neither whom they asked nor for whom.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count: dict[_Outcome, int] = {"given": 0, "failed": 0, "cancelled": 0}
        self._seconds = dict.fromkeys(self._count, 0.0)

    def call(self) -> TokenCall:
        """A call that begins when it is entered, and is counted at its end."""
        return TokenCall(self)

    def on_call(self, outcome: _Outcome, seconds: float) -> None:
        """One has ended."""
        with self._lock:
            self._count[outcome] += 1
            self._seconds[outcome] += seconds

    def counted(self) -> list[TokenCalls]:
        """A row for each outcome, also for one that never was."""
        with self._lock:
            return [
                {"outcome": outcome, "count": count, "seconds": self._seconds[outcome]}
                for outcome, count in self._count.items()
            ]


class TokenCall:
    """One call, from its begin to a token, an error, or nobody waiting any more."""

    __slots__ = ("_began", "_counts")

    def __init__(self, counts: TokenCounts) -> None:
        self._counts = counts
        self._began = 0.0

    def __enter__(self) -> None:
        """It begins."""
        self._began = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """It has ended; the error goes on."""
        self._counts.on_call(_outcome_of(kind), time.monotonic() - self._began)


def _outcome_of(kind: type[BaseException] | None) -> _Outcome:
    if kind is None:
        return "given"
    # Ctrl-C, and a task that was cancelled: neither is the source's failure.
    return "failed" if issubclass(kind, Exception) else "cancelled"
