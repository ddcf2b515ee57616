"""What Prometheus sees of upstreams that share a client's requests."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics
from ._statistics import HealthSeen


def _healths(seen: Statistics) -> Iterator[tuple[str, HealthSeen]]:
    for upstream in seen["limits"]:
        health = upstream["health"]
        if health is not None:
            yield upstream["origin"], health


def _shares(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        yield (origin,), health["share"]


def _ejected(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        yield (origin,), health["ejected"]


def _response_times(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        if health["response_time"] is not None:
            yield (origin,), health["response_time"]


def _ejections(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        yield (origin,), health["times_ejected"]


def _failovers(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        yield (origin,), health["failovers"]


def _checks(seen: Statistics) -> Iterator[Sample]:
    for origin, health in _healths(seen):
        yield (origin, "well"), health["checks"]["well"]
        yield (origin, "failed"), health["checks"]["failed"]
        yield (origin, "skipped"), health["checks"]["skipped"]


UPSTREAM_FAMILIES = (
    Family(
        "gauge",
        "pyesi_upstream_share",
        "How much of its weight one of several upstreams is given: 0 to 1.",
        ("upstream",),
        _shares,
    ),
    Family(
        "gauge",
        "pyesi_upstream_ejected",
        "Whether it is left out because it fails too often: 1 or 0.",
        ("upstream",),
        _ejected,
    ),
    Family(
        "gauge",
        "pyesi_upstream_response_seconds",
        "How long its answers took of late.",
        ("upstream",),
        _response_times,
    ),
    Family(
        "counter",
        "pyesi_upstream_ejections_total",
        "How often it was left out for that.",
        ("upstream",),
        _ejections,
    ),
    Family(
        "counter",
        "pyesi_upstream_failovers_total",
        "Requests that left it for another upstream.",
        ("upstream",),
        _failovers,
    ),
    Family(
        "counter",
        "pyesi_health_checks_total",
        "Requests that looked after it, by how they ended.",
        ("upstream", "result"),
        _checks,
    ),
)
