"""What pyesi sets itself, and whether this machine sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from pyesi.client import ESIClient
from pyesi.metrics._lines import aligned

from ._bare import BareAnswer, BareConnection
from ._figures import Figures
from ._measure import client_of, measure
from ._plan import Plan
from ._report import length
from ._request import Drawn, Wanted, draws
from ._runner import Run
from ._schedule import Load

_TYPE = "/universe/types/{type_id}"
_TYPES = 200
_RATE = 500.0
_AT_ONCE = 20
_ONE_BY_ONE = 200
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table.

    Attributes:
        name: What is measured.
        bound: What it must be below or above, for people.
        seen: The figure, for people.
        met: Whether it is.
        how: What was done for it.
    """

    name: str
    bound: str
    seen: str
    met: bool
    how: str


async def measure_targets(base_url: str, seconds: float) -> list[Target]:
    """Measure all of them.

    Args:
        base_url: A simulated ESI on this machine that keeps no limits.
        seconds: How long each of the two longer measurements takes.
    """
    plan = Plan(
        base_url=base_url,
        wanted=[Wanted(route=_TYPE, name=_TYPE)],
        load=Load(concurrency=1, requests=_ONE_BY_ONE),
        keeps_answers=False,
        simulated=True,
    )
    async with client_of(plan) as esi:
        plan = replace(plan, wanted=[await _types_of(esi)])
        added = await _added_latency(plan, esi)
    at_a_rate = replace(
        plan, load=Load(rate=_RATE, seconds=seconds), keeps_answers=True
    )
    async with client_of(at_a_rate) as esi:
        steady = await measure(at_a_rate, esi)
    by_workers = replace(
        at_a_rate, load=Load(concurrency=_AT_ONCE, seconds=seconds, warm_up=0.5)
    )
    async with client_of(by_workers) as esi:
        full = await measure(by_workers, esi)
    return targets_of(added, steady, full)


def targets_of(added: float, steady: Figures, full: Figures) -> list[Target]:
    """The table.

    Args:
        added: Seconds that pyesi takes beyond a bare exchange.
        steady: Of a cold cache at a rate.
        full: Of a warm cache and workers that never rest.
    """
    p99, memory = steady.latency["p99"], max(steady.memory, full.memory)
    cold = f"{_RATE:g} a second of {_TYPES} types, the cache empty at first"
    return [
        Target(
            "added latency",
            "< 2 ms",
            length(max(added, 0.0)),
            added < 2e-3,
            "medians of GETs one at a time, nothing kept, less those of a bare socket",
        ),
        Target(
            "throughput",
            "> 5,000/s",
            f"{full.throughput:,.0f}/s",
            full.throughput > 5_000,
            f"{_AT_ONCE} at once of {_TYPES} types, {full.hit_share:.0%} hits",
        ),
        Target("p99", "< 10 ms", length(p99), p99 < 10e-3, cold),
        Target(
            "memory",
            "< 200 MB",
            f"{memory / 1e6:,.0f} MB",
            memory < 200e6,
            "of this whole process, at most",
        ),
        Target(
            "CPU",
            "< 30 %",
            f"{steady.cpu_share:.0%}",
            steady.cpu_share < 0.3,
            f"of one core; {cold}",
        ),
        Target(
            "hit rate",
            "> 80 %",
            f"{steady.hit_share:.1%}",
            steady.hit_share > 0.8,
            cold,
        ),
    ]


def table_of(targets: Sequence[Target]) -> str:
    """The table for people."""
    heads = ("what", "target", "seen", "met", "how it was measured")
    return aligned([heads, *map(_cells, targets)])


def _cells(one: Target) -> tuple[str, ...]:
    return one.name, one.bound, one.seen, "yes" if one.met else "no", one.how


async def _types_of(esi: ESIClient) -> Wanted:
    """Requests for the first types that the server has."""
    answer = await esi.get("/universe/types")
    choices: Mapping[str, Any] = {"type_id": answer.json()[:_TYPES]}
    return Wanted(route=_TYPE, name="GetUniverseTypesTypeId", choices=choices)


async def _added_latency(plan: Plan, esi: ESIClient) -> float:
    """Medians of pyesi less those of a bare connection, which take turns."""
    async with BareConnection(plan.base_url, esi.config.user_agent) as bare:

        async def ask(request: Drawn) -> BareAnswer:
            return await bare.get(str(request.route).format_map(request.parameters))

        added = []
        for number in range(_ROUNDS):
            turn = replace(plan, seed=number)
            run = Run(turn.load, draws(turn.wanted, turn.seed), ask)
            await run.drive()
            ours = await measure(turn, esi)
            added.append(ours.latency["median"] - run.tally.latencies.percentile(0.5))
    return median(added)
