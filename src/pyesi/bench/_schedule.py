"""When the requests of a bench begin."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

USUAL_CONCURRENCY = 10
USUAL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked: by workers of which each waits for its answer, or at a rate.

    Attributes:
        concurrency: How many workers; at a rate, how many requests may be under way,
            and None for any number.
        rate: Requests a second, begun whether others have ended or not; None: workers.
        requests: How many; None: as long as `seconds`.
        seconds: For how long; None: until `requests` have been made.
        warm_up: Seconds of the same before that, of which nothing is kept.
    """

    concurrency: int | None = None
    rate: float | None = None
    requests: int | None = None
    seconds: float | None = None
    warm_up: float = 0.0

    @property
    def workers(self) -> int:
        """How many workers there are, where there is no rate."""
        return self.concurrency or USUAL_CONCURRENCY

    @property
    def length(self) -> float | None:
        """For how many seconds requests begin; None: until they are all made."""
        if self.seconds is None and self.requests is None:
            return USUAL_SECONDS
        return self.seconds

    def warming_up(self) -> Load:
        """The load that comes before, for `warm_up` seconds."""
        return replace(self, requests=None, seconds=self.warm_up, warm_up=0.0)


class Turns:
    """Whether a worker may begin one more request.

    It reads no clock: it is told the time.
    """

    __slots__ = ("_ends_at", "_left")

    def __init__(self, load: Load, began_at: float) -> None:
        length = load.length
        self._ends_at = math.inf if length is None else began_at + length
        self._left = math.inf if load.requests is None else load.requests

    def try_take(self, now: float) -> bool:
        """Take a turn; False: the time is over, or all have been given."""
        if now >= self._ends_at or self._left <= 0:
            return False
        self._left -= 1
        return True


def number_at(load: Load) -> int:
    """How many requests a load with a rate makes in all."""
    if load.requests is not None:
        return load.requests
    assert load.rate is not None, "a load with a rate"
    return max(math.ceil(round((load.length or 0.0) * load.rate, 6)), 1)


def intended_start(load: Load, began_at: float, number: int) -> float:
    """When the request of that number, from 0, was meant to begin.

    From here its time is counted, however late it began: what a slow answer delays is
    part of what those who come after it wait for.
    """
    assert load.rate is not None, "a load with a rate"
    return began_at + number / load.rate
