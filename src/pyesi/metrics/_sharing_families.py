"""What Prometheus sees of limits that several processes share."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics
from ._statistics import SharingSeen


def _sharings(seen: Statistics) -> Iterator[tuple[str, SharingSeen]]:
    for upstream in seen["limits"]:
        sharing = upstream["sharing"]
        if sharing is not None:
            yield upstream["origin"], sharing


def _processes(seen: Statistics) -> Iterator[Sample]:
    for origin, sharing in _sharings(seen):
        yield (origin,), sharing["processes"]


def _alone(seen: Statistics) -> Iterator[Sample]:
    for origin, sharing in _sharings(seen):
        yield (origin,), sharing["standing"] == "alone"


def _exchanges(seen: Statistics) -> Iterator[Sample]:
    for origin, sharing in _sharings(seen):
        yield (origin, "answered"), sharing["exchanges"]
        yield (origin, "failed"), sharing["failures"]


def _losses(seen: Statistics) -> Iterator[Sample]:
    for origin, sharing in _sharings(seen):
        yield (origin,), sharing["losses"]


SHARING_FAMILIES = (
    Family(
        "gauge",
        "pyesi_limits_processes",
        "Processes that share an upstream's limits, as far as is known.",
        ("upstream",),
        _processes,
    ),
    Family(
        "gauge",
        "pyesi_limits_alone",
        "1 while where limits are shared does not answer, and less is sent.",
        ("upstream",),
        _alone,
    ),
    Family(
        "counter",
        "pyesi_limits_exchanges_total",
        "Exchanges with where limits are shared, by how they ended.",
        ("upstream", "outcome"),
        _exchanges,
    ),
    Family(
        "counter",
        "pyesi_limits_losses_total",
        "Times that where limits are shared ceased to answer.",
        ("upstream",),
        _losses,
    ),
)
