"""Which of the counters Prometheus sees, and under what names.

Labels are bounded: operation ids, outcomes, origins, groups. An identity is never one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ._cache_families import CACHE_FAMILIES
from ._family import Family, Sample
from ._limit_families import LIMIT_FAMILIES
from ._sharing_families import SHARING_FAMILIES
from ._snapshot import Statistics
from ._table_families import TABLE_FAMILIES
from ._token_families import TOKEN_FAMILIES
from ._upstream_families import UPSTREAM_FAMILIES


def _requests(seen: Statistics) -> Iterator[Sample]:
    for one in seen["requests"]:
        yield (one["route"], one["outcome"]), one["count"]


def _attempts(seen: Statistics) -> Iterator[Sample]:
    for one in seen["attempts"]:
        yield (one["route"],), one["attempts"]


def _retries(seen: Statistics) -> Iterator[Sample]:
    for one in seen["retries"]:
        yield (one["route"], one["reason"]), one["count"]


def _waits(seen: Statistics) -> Iterator[Sample]:
    for one in seen["waits"]:
        yield (one["gate"],), one["count"]


def _wait_seconds(seen: Statistics) -> Iterator[Sample]:
    for one in seen["waits"]:
        yield (one["gate"],), one["seconds"]


def _decode_seconds(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["bytes"]["decode_seconds"]


def _cpu_seconds(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cpu"]


def _max_in_flight(seen: Statistics) -> Iterator[Sample]:
    bound = seen["queue"]["max_in_flight"]
    if bound is not None:
        yield (), bound


def _received(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["bytes"]["received"]


def _decoded(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["bytes"]["decoded"]


def _connections(seen: Statistics) -> Iterator[Sample]:
    yield ("active",), seen["pool"]["active"]
    yield ("idle",), seen["pool"]["idle"]


def _reuses(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["pool"]["reused"]


def _opened(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["pool"]["opened"]


def _pool_waiting(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["pool"]["waiting"]


def _waiting(seen: Statistics) -> Iterator[Sample]:
    for priority, count in seen["queue"]["waiting"].items():
        yield (priority,), count


def _max_waiting(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["queue"]["max_waiting"]


REQUESTS = Family(
    "counter",
    "pyesi_requests_total",
    "Requests that ended, by how.",
    ("route", "outcome"),
    _requests,
)

FAMILIES = (
    REQUESTS,
    Family(
        "counter",
        "pyesi_attempts_total",
        "Requests put on the wire.",
        ("route",),
        _attempts,
    ),
    Family(
        "counter",
        "pyesi_retries_total",
        "Attempts that were not a request's first, by why they were made.",
        ("route", "reason"),
        _retries,
    ),
    Family(
        "counter",
        "pyesi_waits_total",
        "Times that an attempt was held back before it was sent, by what did.",
        ("gate",),
        _waits,
    ),
    Family(
        "counter",
        "pyesi_wait_seconds_total",
        "How long attempts were held back, by what did.",
        ("gate",),
        _wait_seconds,
    ),
    *CACHE_FAMILIES,
    Family(
        "counter",
        "pyesi_received_bytes_total",
        "Bytes of bodies as they came.",
        (),
        _received,
    ),
    Family(
        "counter",
        "pyesi_decoded_bytes_total",
        "Bytes of bodies once inflated.",
        (),
        _decoded,
    ),
    Family(
        "counter",
        "pyesi_decode_seconds_total",
        "Time between a coded body's end and its being at hand in plain.",
        (),
        _decode_seconds,
    ),
    Family(
        "counter",
        "pyesi_core_cpu_seconds_total",
        "CPU that the core's network thread and workers have used.",
        (),
        _cpu_seconds,
    ),
    Family(
        "gauge",
        "pyesi_pool_connections",
        "Connections that are open.",
        ("state",),
        _connections,
    ),
    Family(
        "counter",
        "pyesi_pool_reuses_total",
        "Transfers on a connection that had served before.",
        (),
        _reuses,
    ),
    Family(
        "counter",
        "pyesi_pool_opened_connections_total",
        "Connections that were opened.",
        (),
        _opened,
    ),
    Family(
        "gauge",
        "pyesi_pool_waiting_requests",
        "Requests that were admitted and wait for a connection.",
        (),
        _pool_waiting,
    ),
    Family(
        "gauge",
        "pyesi_waiting_requests",
        "Requests that wait to be admitted.",
        ("priority",),
        _waiting,
    ),
    Family(
        "gauge",
        "pyesi_max_waiting_requests",
        "Requests that may wait at each upstream; one more is refused.",
        (),
        _max_waiting,
    ),
    Family(
        "gauge",
        "pyesi_overall_max_in_flight_requests",
        "Requests that may be under way at all upstreams together, if bounded.",
        (),
        _max_in_flight,
    ),
    *TABLE_FAMILIES,
    *TOKEN_FAMILIES,
    *UPSTREAM_FAMILIES,
    *SHARING_FAMILIES,
    *LIMIT_FAMILIES,
)
