"""What is left of each limit, as bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ._markup import (
    Markup,
    bar_of_rest,
    box,
    element,
    faded,
    grid,
    state,
    strong,
    title,
)
from ._words import length, plural, shortened

if TYPE_CHECKING:
    from pyesi.metrics import LimitsSeen

# What ESI allows in a window, where the error limit's state does not say.
_ERRORS = 100

_TONES = {"closed": "good", "open": "bad", "half_open": "fair", "recovering": "fair"}


def limits_html(limits: Sequence[LimitsSeen]) -> str:
    """For each upstream a line for each limit: what is left, and of how much."""
    if not limits:
        return box(faded("Nothing was asked yet, so there is no limit to show."))
    return box(*map(_upstream, limits))


def _upstream(seen: LimitsSeen) -> Markup:
    tone = _TONES[seen["circuit_breaker"]["phase"]]
    return element(
        "div",
        title(
            state(tone, strong(seen["origin"])),
            _breaker(seen),
            _health(seen),
            _sharing(seen),
        ),
        grid(["limit", "of whom", "left", "", "window"], _lines(seen)),
    )


def _breaker(seen: LimitsSeen) -> Markup:
    breaker = seen["circuit_breaker"]
    phase = breaker["phase"].replace("_", " ")
    wait = f", for {length(breaker['opens_for'])} yet" if breaker["opens_for"] else ""
    return faded(f"circuit breaker {phase}{wait}")


def _health(seen: LimitsSeen) -> Markup | None:
    health = seen["health"]
    if health is None or not health["ejected"]:
        return None
    return state("bad", f"left out for {length(health['ejected_for'])}")


def _sharing(seen: LimitsSeen) -> Markup | None:
    sharing = seen["sharing"]
    if sharing is None:
        return None
    if sharing["standing"] == "alone":
        return state("fair", "shares limits, but is alone: less is sent")
    return faded(f"shared by {plural(sharing['processes'], 'process', 'processes')}")


def _lines(seen: LimitsSeen) -> Iterator[list[object]]:
    free = seen["max_in_flight"] - seen["in_flight"]
    waiting = f"{seen['waiting']:,} waiting" if seen["waiting"] else ""
    yield ["requests at once", "", _left(free, seen["max_in_flight"]), waiting, ""]
    errors = seen["error_limit"]
    yield [
        "errors",
        "",
        _left(errors["left"], max(_ERRORS, errors["left"])),
        _closed(errors["closed_for"]),
        f"ends in {length(errors['resets_in'])}" if errors["resets_in"] > 0 else "",
    ]
    for window in seen["windows"]:
        yield [
            window["group"],
            shortened(window["identity"], 12),
            _left(window["left"], window["tokens"]),
            _closed(window["closed_for"]),
            length(window["window"]),
        ]
    for waited in seen["group_waits"]:
        times = plural(waited["count"], "time")
        told = f"waited for {times}, {length(waited['seconds'])} in all"
        yield [waited["group"] or "no group", "all", told, "", ""]
    for ceiling in seen["ceilings"]:
        yield [
            ceiling["route"],
            "",
            _left(ceiling["left"], ceiling["requests"]),
            _closed(ceiling["closed_for"]),
            length(ceiling["window"]),
        ]


def _left(left: float, total: float) -> Markup:
    return bar_of_rest(left, total, f"{left:,} of {total:,}")


def _closed(seconds: float) -> Markup | str:
    return state("bad", f"shut for {length(seconds)}") if seconds > 0 else ""


def lowest_window(limits: Iterable[LimitsSeen]) -> Markup | None:
    """The rate limit group that has least left of what it allows."""
    windows = [window for seen in limits for window in seen["windows"]]
    if not windows:
        return None
    lowest = min(windows, key=lambda one: one["left"] / max(one["tokens"], 1))
    left = _left(lowest["left"], lowest["tokens"])
    return element("span", left, " ", faded(lowest["group"]))
