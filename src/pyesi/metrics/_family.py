"""What a metric is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ._snapshot import Statistics

Sample: TypeAlias = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric.

    Attributes:
        kind: What sort of number it is.
        name: As Prometheus shows it; a counter's ends in ``_total``.
        meaning: One sentence.
        labels: Beside `client`.
        samples: Label values and number, from a snapshot.
    """

    kind: Literal["counter", "gauge"]
    name: str
    meaning: str
    labels: tuple[str, ...]
    samples: Callable[[Statistics], Iterator[Sample]]
