"""What was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyesi.metrics import Statistics

from ._tally import Tally

SHARES = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
"""The percentiles by name."""

# Of the curve, ascending: twentieths, then ever finer towards the end.
_CURVE = [
    *(part / 20 for part in range(1, 18)),
    *(1 - part / 10**power for power in range(2, 7) for part in (10, 7, 5, 3, 2)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured; lengths of time in seconds.

    Attributes:
        requests: How many ended.
        seconds: From the beginning until the last one had ended.
        throughput: Requests a second.
        latency: mean, min, max and the percentiles, of all that ended.
        curve: Shares, and the latency that each did not exceed.
        late: How long after their time requests began (p99, max): what the bench
            itself is late by, which the latencies hold; None without a rate.
        errors: How many ended without a good answer, by what they ended with.
        sources: How many answers came from where.
        joined: How many requests shared the flight of an equal one.
        sent: How often something was sent, retries included.
        bytes: Of the answers' bodies, once inflated.
        received: Of those that came over the network, as they came.
        cpu_seconds: User and system time of this process, all its threads.
        memory: The most bytes that this process has had.
        interrupted: Whether it ended before its time.
        given_up: How many requests had no end yet when it did.
    """

    requests: int
    seconds: float
    throughput: float
    latency: Mapping[str, float]
    curve: list[tuple[float, float]]
    late: Mapping[str, float] | None
    errors: Mapping[str, int]
    sources: Mapping[str, int]
    joined: int
    sent: int
    bytes: int
    received: int
    cpu_seconds: float
    memory: int
    interrupted: bool
    given_up: int

    @property
    def hit_share(self) -> float:
        """Share of the requests that the cache answered."""
        return self._share(self.sources.get("fresh", 0))

    @property
    def error_share(self) -> float:
        """Share of the requests that had no good answer."""
        return self._share(sum(self.errors.values()))

    @property
    def cpu_share(self) -> float:
        """Of one core."""
        return self.cpu_seconds / self.seconds if self.seconds > 0 else 0.0

    @property
    def cpu_each(self) -> float:
        """Seconds of CPU for each request."""
        return self.cpu_seconds / self.requests if self.requests else 0.0

    def _share(self, part: int) -> float:
        return part / self.requests if self.requests else 0.0

    def shown(self) -> dict[str, Any]:
        """All of them as plain values."""
        return {
            **asdict(self),
            "hit_share": self.hit_share,
            "error_share": self.error_share,
            "cpu_share": self.cpu_share,
        }


def figures_of(
    tally: Tally,
    counted: Statistics,
    *,
    cpu_seconds: float,
    memory: int,
    interrupted: bool = False,
) -> Figures:
    """The figures of a tally, and of what the engine counted in the same time."""
    latencies, lateness = tally.latencies, tally.lateness
    named = dict(zip(SHARES, latencies.percentiles([*SHARES.values()]), strict=True))
    late = {"p99": lateness.percentile(0.99), "max": lateness.greatest}
    seconds = tally.seconds
    return Figures(
        requests=latencies.count,
        seconds=seconds,
        throughput=latencies.count / seconds if seconds > 0 else 0.0,
        latency={
            "mean": latencies.mean,
            "min": latencies.least,
            "max": latencies.greatest,
            **named,
        },
        curve=_curve(tally),
        late=late if lateness.count else None,
        errors=dict(tally.errors.most_common()),
        sources={str(source): n for source, n in tally.sources.most_common()},
        joined=counted["cache"]["coalesced"],
        sent=sum(row["attempts"] for row in counted["attempts"]),
        bytes=tally.bytes,
        received=counted["bytes"]["received"],
        cpu_seconds=cpu_seconds,
        memory=memory,
        interrupted=interrupted,
        given_up=tally.begun - latencies.count,
    )


def _curve(tally: Tally) -> list[tuple[float, float]]:
    """No share that there are too few requests for."""
    count = tally.latencies.count
    shares = [round(share, 6) for share in _CURVE if (1 - share) * count >= 0.999999]
    return list(zip(shares, tally.latencies.percentiles(shares), strict=True))
