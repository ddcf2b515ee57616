"""The series of one client at one moment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pyesi.metrics.series import DURATION_NAME, Sample, series

if TYPE_CHECKING:
    from pyesi.metrics import Statistics

Labels: TypeAlias = tuple[tuple[str, str], ...]

REQUESTS = "pyesi_requests_total"
ATTEMPTS = "pyesi_attempts_total"
AVOIDED = "pyesi_avoided_requests_total"
RECEIVED = "pyesi_received_bytes_total"
BUCKETS = f"{DURATION_NAME}_bucket"
COUNTS = f"{DURATION_NAME}_count"
SUMS = f"{DURATION_NAME}_sum"

COUNTERS = (REQUESTS, ATTEMPTS, AVOIDED, RECEIVED, BUCKETS, COUNTS, SUMS)
"""What only grows while a client lives, of that which is shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One client at one moment.

    Attributes:
        client: What it is called.
        at: When this was seen, by a clock of which only differences count.
        started_at: When it began to count, by the same clock; None if nobody knows.
        samples: Numbers by name and labels, the label `client` apart.
    """

    client: str
    at: float
    started_at: float | None = None
    samples: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)

    def rows(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        """The labels and number of each series of that name."""
        for labels, value in self.samples.get(name, {}).items():
            yield dict(labels), value

    def total(self, name: str) -> float:
        """The sum of all series of that name."""
        return sum(self.samples.get(name, {}).values())

    def is_after_restart(self, earlier: Reading) -> bool:
        """Whether the client of the earlier reading is gone, and this is a new one."""
        if self.started_at != earlier.started_at:
            return True
        return any(
            self.samples.get(name, {}).get(labels, 0.0) < before
            for name in COUNTERS
            for labels, before in earlier.samples.get(name, {}).items()
        )

    def since(self, earlier: Reading) -> Reading:
        """This one, with its counters as they grew after an earlier one."""
        grown = {
            name: {
                labels: value - earlier.samples.get(name, {}).get(labels, 0.0)
                for labels, value in self.samples.get(name, {}).items()
            }
            for name in COUNTERS
        }
        return Reading(self.client, self.at, self.started_at, {**self.samples, **grown})


def readings_of(samples: Iterable[Sample], at: float) -> list[Reading]:
    """Each client of a page that was read at a moment.

    Raises:
        ValueError: The page has a series twice, or what is shown is no number.
    """
    clients: dict[str, dict[str, dict[Labels, float]]] = {}
    for name, all_labels, value in samples:
        if "client" not in all_labels:
            continue  # of the process: which versions it has
        labels = dict(all_labels)
        numbers = clients.setdefault(labels.pop("client"), {}).setdefault(name, {})
        key = tuple(sorted(labels.items()))
        if key in numbers:
            raise ValueError(f"it has a series of {name} twice")
        if not math.isfinite(value):
            raise ValueError(f"its {name} is {value}")
        numbers[key] = value
    return [Reading(client, at, None, found) for client, found in clients.items()]


def reading_of(seen: Statistics, name: str) -> Reading:
    """The client whose statistics were saved, as a page would have shown it then."""
    samples = (
        Sample(n, {**labels, "client": name}, v) for n, labels, v in series(seen)
    )
    found = readings_of(samples, seen["taken_at"])
    shown = found[0].samples if found else {}
    return Reading(name, seen["taken_at"], seen["started_at"], shown)
