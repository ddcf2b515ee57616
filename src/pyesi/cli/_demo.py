"""`pyesi demo`: the main job, on a simulated ESI or on ESI itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyesi._types import Source
from pyesi._version import VERSION
from pyesi.client import ESIClient, Pages
from pyesi.config import ESI_URL
from pyesi.errors import ConfigurationError, ESIError
from pyesi.metrics import Statistics

from ._market import Order, most_traded, table, write_csv

THE_FORGE = 10000002
ORDERS = "/markets/{region_id}/orders"
SHOWN_TYPES = 10

# Long enough for two sweeps and the 5 s before expiry in which none begins.
SIMULATED_LIFETIME = 20
AFTER_EXPIRY = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo is to do.

    Attributes:
        pages: How many pages the simulator has.
        live: Whether ESI itself is asked.
        user_agent: Who asks.
        csv: Where the orders are written; "" for nowhere.
    """

    pages: int = 400
    live: bool = False
    user_agent: str | None = None
    csv: str = "forge-orders.csv"


@dataclass(frozen=True, slots=True)
class Told:
    """The counters that a sweep moves."""

    requests: int
    received: int
    decoded: int

    @classmethod
    def of(cls, seen: Statistics) -> Told:
        """From a snapshot."""
        sent = sum(one["attempts"] for one in seen["attempts"])
        return cls(sent, seen["bytes"]["received"], seen["bytes"]["decoded"])

    def since(self, before: Told) -> Told:
        """What came between two snapshots."""
        return Told(
            self.requests - before.requests,
            self.received - before.received,
            self.decoded - before.decoded,
        )


def demo(plan: Plan) -> int:
    """Run the demo to its end.

    Raises:
        ESIError: ESI could not be asked.
    """
    if plan.live and plan.user_agent is None:
        message = '--live needs --user-agent "my-app/1.0 (me@example.com)".'
        raise ConfigurationError(message)
    with _simulator(plan) as simulator:
        base_url = ESI_URL if simulator is None else simulator.base_url
        asyncio.run(_sweeps(plan, base_url))
    return 0


def _simulator(plan: Plan) -> AbstractContextManager[Any]:
    if plan.live:
        return nullcontext()
    from pyesi.simulator import SimulatorProcess

    print(f"Starting a simulated ESI whose answers live {SIMULATED_LIFETIME} s …")
    return SimulatorProcess(pages=plan.pages, lifetime=SIMULATED_LIFETIME)


async def _sweeps(plan: Plan, base_url: str) -> None:
    user_agent = plan.user_agent or f"pyesi-demo/{VERSION} (discord:pyesi-demo)"
    async with ESIClient(user_agent=user_agent, base_url=base_url) as esi:
        print(f"\n1. Every order of The Forge, from {base_url}")
        pages = await _sweep(esi)
        orders: list[Order] = pages.json(type=list[Order])
        await _show_market(esi, orders)
        await _write(plan, orders)

        print("\n2. The same again, at once: from the cache")
        pages = await _sweep(esi)

        await _wait_for_expiry(pages)
        print("\n3. The same after its expiry: revalidated by ETag")
        pages = await _sweep(esi)
        _show_changes(pages)
        _show_counters(esi.statistics())


async def _sweep(esi: ESIClient) -> Pages:
    before, started = Told.of(esi.statistics()), time.perf_counter()
    pages = await esi.get_pages(
        ORDERS, region_id=THE_FORGE, order_type="all", progress=True
    )
    seconds = time.perf_counter() - started
    moved = Told.of(esi.statistics()).since(before)
    sources = Counter(str(page.source) for page in pages).most_common()
    print(
        f"   {len(pages)} pages in {seconds:.2f} s: "
        f"{', '.join(f'{count} {source}' for source, count in sources)}; "
        f"{moved.requests} requests sent, {_megabytes(moved)}; {_snapshot(pages)}"
    )
    return pages


def _snapshot(pages: Pages) -> str:
    made = pages.last_modified
    kind = "one snapshot" if pages.consistent else "several snapshots"
    return kind if made is None else f"{kind} of {made:%H:%M:%S} UTC"


def _megabytes(told: Told) -> str:
    return f"{told.received / 1e6:.1f} MB received, {told.decoded / 1e6:.1f} MB decoded"


async def _show_market(esi: ESIClient, orders: list[Order]) -> None:
    summaries = most_traded(orders, SHOWN_TYPES)
    names = await _names(esi, [one.type_id for one in summaries])
    print(f"   {len(orders):,} orders; the types with most of them:\n")
    for line in table(summaries, names):
        print(f"   {line}")


async def _names(esi: ESIClient, ids: list[int]) -> dict[int, str]:
    """What the types are called; without it the demo shows their numbers."""
    if not ids:
        return {}
    try:
        response = await esi.post("/universe/names", json=ids)
        return {one["id"]: one["name"] for one in response.json()}
    except ESIError:
        return {}


async def _write(plan: Plan, orders: list[Order]) -> None:
    if plan.csv:
        await asyncio.to_thread(write_csv, Path(plan.csv), orders)
        print(f"\n   All of them are in {plan.csv}")


async def _wait_for_expiry(pages: Pages) -> None:
    if pages.expires_at is None:
        return
    left = (pages.expires_at - datetime.now(UTC)).total_seconds() + AFTER_EXPIRY
    if left > 0:
        print(f"\n   Waiting {left:.0f} s until ESI has newer ones …")
        await asyncio.sleep(left)


def _show_changes(pages: Pages) -> None:
    changed = sum(page.source == Source.NETWORK for page in pages)
    same = sum(page.not_modified for page in pages)
    print(f"   {changed} pages had changed; {same} had not, and were not sent again")


def _show_counters(seen: Statistics) -> None:
    cache, pool = seen["cache"], seen["pool"]
    told = Told.of(seen)
    print(
        f"\nIn all: {told.requests} requests sent, {cache['avoided']} avoided; "
        f"{_megabytes(told)}"
    )
    print(
        f"Cache: {cache['hits']} hits, {cache['misses']} misses, "
        f"{cache['revalidated']} revalidated; {cache['entries']} answers in "
        f"{cache['bytes'] / 1e6:.1f} MB"
    )
    print(f"Connections: {pool['open']} open, reused {pool['reused']} times")
    for limits in seen["limits"]:
        for window in limits["windows"]:
            print(
                f"Limits: {window['group']} has {window['left']:,} of "
                f"{window['tokens']:,} tokens left"
            )
