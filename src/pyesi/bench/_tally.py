"""What requests came to, while they come."""

from __future__ import annotations

from collections import Counter

from pyesi.errors import ESIError, StatusError

from ._histogram import Histogram


class Tally:
    """Counts of one measurement.

    Attributes:
        latencies: Of all requests, those that failed included, from when they were
            meant to begin.
        lateness: How long after that they did begin; of a load with a rate.
        sources: Answers by where they came from.
        errors: Requests without a good answer, by what they ended with.
        bytes: Of the answers' bodies, once inflated.
        begun: Requests that were begun, those not counted included that had no end.
        began_at: When it began, by the clock of the runner.
        ended_at: When the last request ended.
    """

    __slots__ = (
        "began_at",
        "begun",
        "bytes",
        "ended_at",
        "errors",
        "latencies",
        "lateness",
        "sources",
    )

    def __init__(self, began_at: float) -> None:
        self.latencies = Histogram()
        self.lateness = Histogram()
        self.sources: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.begun = self.bytes = 0
        self.began_at = self.ended_at = began_at

    @property
    def seconds(self) -> float:
        """From its beginning until the last request had ended."""
        return self.ended_at - self.began_at

    def on_answer(self, source: str, size: int, intended_at: float, now: float) -> None:
        """Count a good answer of so many bytes."""
        self.latencies.add(now - intended_at)
        self.ended_at = now
        self.sources[source] += 1
        self.bytes += size

    def on_error(self, error: ESIError, intended_at: float, now: float) -> None:
        """Count a request that ended otherwise."""
        self.latencies.add(now - intended_at)
        self.ended_at = now
        self.errors[name_of(error)] += 1


def name_of(error: ESIError) -> str:
    """What errors of its kind are counted as: a status, or a class."""
    kind = type(error).__name__
    return f"{error.status} {kind}" if isinstance(error, StatusError) else kind
