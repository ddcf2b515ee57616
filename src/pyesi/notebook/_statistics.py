"""What an engine has counted, and whether that is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pyesi.metrics._percentiles import of_all_time, p95_of
from pyesi.metrics.measures import FAILED

from ._markup import Markup, bar, box, code, facts, faded, grid, state, strong, title
from ._words import length, plural, size

if TYPE_CHECKING:
    from pyesi.metrics import Durations, Kpi, Kpis, Statistics

_TONES = {
    "good": "good",
    "target": "good",
    "warning": "fair",
    "bad": "bad",
    "unknown": "plain",
}
_SLOWEST = 8


def statistics_html(seen: Statistics) -> str:
    """For how long, what became of requests, how they fare, and what took long."""
    return box(
        title(strong("Statistics"), faded(f"for {length(seen.seconds)}")),
        kpis_grid(seen.kpis()),
        *_outcomes(seen),
        *_durations(seen),
        facts(_moment(seen)),
    )


def kpis_html(kpis: Kpis) -> str:
    """A line for each, its band as a dot in colour."""
    return box(kpis_grid(kpis))


def kpis_grid(kpis: Kpis) -> Markup:
    """The same as a table."""
    headings = ["KPI", "value", "band", "target", "good", "bad"]
    return grid(headings, map(_kpi, kpis), frozenset({1, 3, 4, 5}))


def _kpi(one: Kpi) -> list[object]:
    name, value, band, *bounds = one.row
    return [name, value, state(_TONES[band], band), *bounds]


def _outcomes(seen: Statistics) -> Iterator[Markup]:
    outcomes: Counter[str] = Counter()
    for row in seen["requests"]:
        outcomes[row["outcome"]] += row["count"]
    if outcomes:
        total = outcomes.total()
        yield grid(
            ["outcome", "requests"],
            (
                [outcome, _bar(count, total, outcome)]
                for outcome, count in outcomes.most_common()
            ),
        )


def _bar(count: int, total: int, outcome: str) -> Markup:
    share = count / total if total else 0.0
    tone = "bad" if outcome in FAILED else "plain"
    return bar(share, tone, f"{count:,} ({share:.1%})")


def _durations(seen: Statistics) -> Iterator[Markup]:
    """The routes that took longest, by their 95th percentile."""
    exact = of_all_time(seen)
    rows: Sequence[Durations] = seen["durations"]
    told = [(p95_of([row], exact.get(row["route"])), row) for row in rows]
    known = [(p95, row) for p95, row in told if p95 is not None]
    slowest = sorted(known, key=lambda one: one[0], reverse=True)[:_SLOWEST]
    if slowest:
        yield grid(
            ["route", "requests", "mean", "p95"],
            (
                [
                    code(row["route"]),
                    f"{row['count']:,}",
                    length(row["sum"] / row["count"]),
                    length(p95),
                ]
                for p95, row in slowest
            ),
            frozenset({1, 2, 3}),
        )


def _moment(seen: Statistics) -> Iterator[tuple[str, object]]:
    cache, pool, queue = seen["cache"], seen["pool"], seen["queue"]
    yield "ESI never saw", plural(cache["avoided"], "request")
    yield "received", size(seen["bytes"]["received"])
    kept = f"{plural(cache['entries'], 'answer')}, {size(cache['bytes'])}"
    yield "in the cache", kept
    waiting = sum(queue["waiting"].values())
    yield "under way", f"{queue['in_flight']:,}, and {waiting:,} waiting"
    yield "connections", f"{pool['open']:,}, {pool['idle']:,} of them idle"
