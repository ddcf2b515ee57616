"""What one bench is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._request import Wanted
from ._schedule import Load

SIMULATED = "simulated ESI"
"""How a server is called that the bench has started itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one bench is to do.

    Attributes:
        base_url: Who is asked.
        wanted: For what.
        load: How much.
        keeps_answers: Whether the cache may answer; else each request is sent, but for
            those that join an equal one under way.
        seed: Of the chance by which requests are chosen.
        mine: The base URL that the user says is theirs.
        simulated: Whether the bench has started the server itself, so that no limit
            of ESI's needs to be kept.
    """

    base_url: str
    wanted: Sequence[Wanted]
    load: Load
    keeps_answers: bool = True
    seed: int = 1
    mine: str | None = None
    simulated: bool = False

    @property
    def server(self) -> str:
        """Who is asked, the same for each simulator."""
        return SIMULATED if self.simulated else self.base_url

    def shown(self) -> dict[str, Any]:
        """As a report in JSON tells it."""
        load = self.load
        return {
            "server": self.server,
            "requests_of": [one.shown() for one in self.wanted],
            "measured": "hits" if self.keeps_answers else "network",
            "concurrency": load.concurrency if load.rate else load.workers,
            "rate": load.rate,
            "requests": load.requests,
            "seconds": load.length,
            "warm_up": load.warm_up,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        """In one line."""
        routes = list(dict.fromkeys(one.name for one in self.wanted))
        names = ", ".join(routes[:3])
        more = f" and {n} more" if (n := len(routes) - 3) > 0 else ""
        load = self.load
        if load.rate is None:
            how = f"{load.workers} at once"
        else:
            bound = f", at most {load.concurrency} at once" if load.concurrency else ""
            how = f"{load.rate:g} a second{bound}"
        long = f"for {load.length:g} s" if load.length is not None else ""
        many = f"{load.requests:,} requests" if load.requests is not None else ""
        until = " or ".join(filter(None, (many, long)))
        warm = f" after {load.warm_up:g} s of warm-up" if load.warm_up else ""
        kind = "cache as usual" if self.keeps_answers else "nothing kept"
        return f"{names}{more} of {self.server}: {kind}, {how}, {until}{warm}"
