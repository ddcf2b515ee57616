"""How long requests took: the core's own percentiles where it has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .measures import Histogram

if TYPE_CHECKING:
    from ._snapshot import Statistics
    from ._statistics import Durations, Percentiles


def of_all_time(seen: Statistics) -> dict[str | None, Percentiles]:
    """Those since the engine began, by route; None is all together.

    What was counted between two moments has none: they cannot be taken apart.
    """
    return {row["route"]: row for row in seen["percentiles"] if row["window"] == "all"}


def p95_of(rows: Iterable[Durations], exact: Percentiles | None) -> float | None:
    """The core's, else what the buckets tell, as PromQL finds it; None of none."""
    return Histogram.of(rows).quantile(0.95) if exact is None else exact["p95"]
