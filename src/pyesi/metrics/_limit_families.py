"""What Prometheus sees of the limits of each upstream."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics
from ._statistics import GroupWaits, WindowSeen
from .measures import scarcest_windows

# Each is shown, 1 for that which holds and 0 for the others: a question for one of them
# then has an answer before it first held.
PHASES = ("closed", "open", "half_open", "recovering")


def _waiting(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["waiting"]


def _in_flight(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["in_flight"]


def _max_in_flight(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["max_in_flight"]


def _phases(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        for phase in PHASES:
            holds = upstream["circuit_breaker"]["phase"] == phase
            yield (upstream["origin"], phase), holds


def _openings(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["circuit_breaker"]["times_opened"]


def _errors_left(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["error_limit"]["left"]


def _errors_closed(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        yield (upstream["origin"],), upstream["error_limit"]["closed_for"]


def _tokens(seen: Statistics) -> Iterator[Sample]:
    for origin, window in _scarcest_windows(seen):
        yield (origin, window["group"]), window["tokens"]


def _tokens_left(seen: Statistics) -> Iterator[Sample]:
    for origin, window in _scarcest_windows(seen):
        yield (origin, window["group"]), window["left"]


def _window_lengths(seen: Statistics) -> Iterator[Sample]:
    for origin, window in _scarcest_windows(seen):
        yield (origin, window["group"]), window["window"]


def _windows_closed(seen: Statistics) -> Iterator[Sample]:
    for upstream in seen["limits"]:
        longest: dict[str, float] = {}
        for window in upstream["windows"]:
            known = longest.get(window["group"], 0.0)
            longest[window["group"]] = max(known, window["closed_for"])
        for group, seconds in longest.items():
            yield (upstream["origin"], group), seconds


def _group_waits(seen: Statistics) -> Iterator[Sample]:
    for origin, waited in _waits_by_group(seen):
        yield (origin, waited["group"]), waited["count"]


def _group_wait_seconds(seen: Statistics) -> Iterator[Sample]:
    for origin, waited in _waits_by_group(seen):
        yield (origin, waited["group"]), waited["seconds"]


def _waits_by_group(seen: Statistics) -> Iterator[tuple[str, GroupWaits]]:
    """Of each group that is drawn on, so that it is 0 before the first wait."""
    for upstream in seen["limits"]:
        waits = {
            window["group"]: GroupWaits(group=window["group"], count=0, seconds=0.0)
            for window in upstream["windows"]
        }
        waits |= {waited["group"]: waited for waited in upstream["group_waits"]}
        for waited in waits.values():
            yield upstream["origin"], waited


def _scarcest_windows(seen: Statistics) -> Iterator[tuple[str, WindowSeen]]:
    """Of each group that of the identity with least left: labels do not tell who."""
    for upstream in seen["limits"]:
        for window in scarcest_windows(upstream):
            yield upstream["origin"], window


LIMIT_FAMILIES = (
    Family(
        "gauge",
        "pyesi_upstream_waiting_requests",
        "Requests that wait to be admitted to an upstream.",
        ("upstream",),
        _waiting,
    ),
    Family(
        "gauge",
        "pyesi_in_flight_requests",
        "Requests under way.",
        ("upstream",),
        _in_flight,
    ),
    Family(
        "gauge",
        "pyesi_max_in_flight_requests",
        "Requests that may be under way at once.",
        ("upstream",),
        _max_in_flight,
    ),
    Family(
        "gauge",
        "pyesi_circuit_breaker_phase",
        "1 for the phase that an upstream's circuit breaker is in, 0 for the others.",
        ("upstream", "phase"),
        _phases,
    ),
    Family(
        "counter",
        "pyesi_circuit_breaker_openings_total",
        "How often it opened.",
        ("upstream",),
        _openings,
    ),
    Family(
        "gauge",
        "pyesi_error_limit_left",
        "Errors that ESI still allows in this window.",
        ("upstream",),
        _errors_left,
    ),
    Family(
        "gauge",
        "pyesi_error_limit_closed_seconds",
        "How long nothing is sent yet, since the error limit is spent; else 0.",
        ("upstream",),
        _errors_closed,
    ),
    Family(
        "gauge",
        "pyesi_rate_limit_tokens",
        "Tokens of a rate limit group in a window.",
        ("upstream", "group"),
        _tokens,
    ),
    Family(
        "gauge",
        "pyesi_rate_limit_left_tokens",
        "Tokens left of a rate limit group, of the identity that has least.",
        ("upstream", "group"),
        _tokens_left,
    ),
    Family(
        "gauge",
        "pyesi_rate_limit_window_seconds",
        "How long a token that was spent is gone.",
        ("upstream", "group"),
        _window_lengths,
    ),
    Family(
        "gauge",
        "pyesi_rate_limit_closed_seconds",
        "How long a rate limit group is shut yet for having been refused; else 0.",
        ("upstream", "group"),
        _windows_closed,
    ),
    Family(
        "counter",
        "pyesi_rate_limit_waits_total",
        "Attempts that waited for the window of a rate limit group.",
        ("upstream", "group"),
        _group_waits,
    ),
    Family(
        "counter",
        "pyesi_rate_limit_wait_seconds_total",
        "How long they waited for it.",
        ("upstream", "group"),
        _group_wait_seconds,
    ),
)
