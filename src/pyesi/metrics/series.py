"""The series that a metrics page would have of a moment which was not scraped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ._families import FAMILIES
from ._prometheus import DURATION_NAME

if TYPE_CHECKING:
    from ._family import Family
    from ._family import Sample as FamilySample
    from ._snapshot import Statistics

__all__ = ["DURATION_NAME", "Sample", "series"]


class Sample(NamedTuple):
    """One number of a series, under the name and labels that Prometheus sees."""

    name: str
    labels: Mapping[str, str]
    value: float


def series(seen: Statistics) -> Iterator[Sample]:
    """All samples but for the label `client`.

    What an older pyesi did not count yet when it saved the moment has none.
    """
    for row in seen["durations"]:
        route = {"route": row["route"]}
        bounds = [(repr(float(bound)), count) for bound, count in row["buckets"]]
        for bound, count in [*bounds, ("+Inf", row["count"])]:
            yield Sample(f"{DURATION_NAME}_bucket", {**route, "le": bound}, count)
        yield Sample(f"{DURATION_NAME}_count", route, row["count"])
        yield Sample(f"{DURATION_NAME}_sum", route, row["sum"])
    for family in FAMILIES:
        for values, number in _known(family, seen):
            labels = dict(zip(family.labels, values, strict=True))
            yield Sample(family.name, labels, number)


def _known(family: Family, seen: Statistics) -> list[FamilySample]:
    try:
        return [*family.samples(seen)]
    except KeyError:
        return []
