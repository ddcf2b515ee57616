"""`pyesi demo`: the main job, on a simulated ESI or on ESI itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyesi._version import VERSION
from pyesi.client import ESIClient
from pyesi.config import ESI_URL
from pyesi.errors import ConfigurationError, ESIError
from pyesi.metrics import Statistics

from ._depth_chart import Caption, draw_depth
from ._market import book_of, book_table, most_traded, name_of

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]

    from pyesi.columns import Table

THE_FORGE = 10000002
ORDERS = "/markets/{region_id}/orders"
SHOWN_TYPES = 10
LIBRARIES = ("matplotlib", "pyarrow", "rich")
SIMULATOR_LIBRARIES = ("aiohttp",)

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
        parquet: Where the orders are written; "" for nowhere.
        png: Where the book of one type is drawn; "" for nowhere.
    """

    pages: int = 400
    live: bool = False
    user_agent: str | None = None
    parquet: str = "forge-orders.parquet"
    png: str = "forge-book.png"

    @property
    def place(self) -> str:
        """Whose orders they are, for a picture that may be shown around."""
        return "The Forge" if self.live else "The Forge (simulated)"


@dataclass(frozen=True, slots=True)
class Told:
    """The counters that a sweep moves."""

    requests: int
    received: int
    decoded: int
    fresh: int
    revalidated: int

    @classmethod
    def of(cls, seen: Statistics) -> Told:
        """From a snapshot."""
        return cls(
            requests=sum(one["attempts"] for one in seen["attempts"]),
            received=seen["bytes"]["received"],
            decoded=seen["bytes"]["decoded"],
            fresh=seen["cache"]["hits"],
            revalidated=seen["cache"]["revalidated"],
        )

    def since(self, before: Told) -> Told:
        """What came between two snapshots."""
        return Told(
            requests=self.requests - before.requests,
            received=self.received - before.received,
            decoded=self.decoded - before.decoded,
            fresh=self.fresh - before.fresh,
            revalidated=self.revalidated - before.revalidated,
        )


def demo(plan: Plan) -> int:
    """Run the demo to its end.

    Raises:
        ESIError: ESI could not be asked.
    """
    if plan.live and plan.user_agent is None:
        message = '--live needs --user-agent "my-app/1.0 (me@example.com)".'
        raise ConfigurationError(message)
    _require(LIBRARIES if plan.live else SIMULATOR_LIBRARIES + LIBRARIES)
    with _simulator(plan) as simulator:
        base_url = ESI_URL if simulator is None else simulator.base_url
        asyncio.run(_sweeps(plan, base_url))
    return 0


def _require(libraries: Iterable[str]) -> None:
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        message = (
            f"pyesi demo needs {', '.join(missing)}: pip install 'pyesi-eve[demo]'"
        )
        raise ConfigurationError(message)


def _simulator(plan: Plan) -> AbstractContextManager[Any]:
    if plan.live:
        return nullcontext()
    from pyesi.simulator import SimulatorProcess

    print(f"Starting a simulated ESI whose answers live {SIMULATED_LIFETIME} s …")
    # Prepared: a sweep's seconds are to be pyesi's and not those of writing pages.
    return SimulatorProcess(pages=plan.pages, lifetime=SIMULATED_LIFETIME, prepare=True)


async def _sweeps(plan: Plan, base_url: str) -> None:
    user_agent = plan.user_agent or f"pyesi-demo/{VERSION} (discord:pyesi-demo)"
    async with ESIClient(user_agent=user_agent, base_url=base_url) as esi:
        print(f"\n1. Every order of The Forge, from {base_url}")
        orders, _ = await _sweep(esi)
        await _show_market(esi, plan, orders)
        await _write(plan, orders)

        print("\n2. The same again, at once: from the cache")
        await _sweep(esi)

        await _wait_for_expiry(esi)
        print("\n3. The same after its expiry: revalidated by ETag")
        newer, moved = await _sweep(esi)
        _show_changes(newer, moved)
        _show_counters(esi.statistics())


async def _sweep(esi: ESIClient) -> tuple[Table, Told]:
    before, started = Told.of(esi.statistics()), time.perf_counter()
    orders = await esi.get_table(
        ORDERS, region_id=THE_FORGE, order_type="all", progress=True
    )
    seconds = time.perf_counter() - started
    moved = Told.of(esi.statistics()).since(before)
    print(
        f"   {len(orders):,} orders on {orders.pages} pages, as columns, "
        f"in {seconds:.2f} s: {_sources(orders, moved)};\n"
        f"   {moved.requests} requests sent, {_megabytes(moved)}; {_snapshot(orders)}"
    )
    return orders, moved


def _sources(orders: Table, moved: Told) -> str:
    """Where the pages came from, those that most did first."""
    counted = {
        "network": orders.pages - moved.fresh - moved.revalidated,
        "fresh": moved.fresh,
        "revalidated": moved.revalidated,
    }
    most_first = sorted(counted.items(), key=lambda one: -one[1])
    return ", ".join(f"{count} {source}" for source, count in most_first if count)


def _snapshot(orders: Table) -> str:
    made = orders.last_modified
    kind = "one snapshot" if orders.consistent else "several snapshots"
    return kind if made is None else f"{kind} of {made:%H:%M:%S} UTC"


def _megabytes(told: Told) -> str:
    return f"{told.received / 1e6:.1f} MB received, {told.decoded / 1e6:.1f} MB decoded"


async def _show_market(esi: ESIClient, plan: Plan, orders: Table) -> None:
    from rich.console import Console
    from rich.padding import Padding

    rows = orders.to_arrow()
    summaries = await asyncio.to_thread(most_traded, rows, SHOWN_TYPES)
    names = await _names(esi, [one.type_id for one in summaries])
    print("   The types with most orders:")
    Console().print(Padding(book_table(summaries, names), (0, 0, 0, 3)))
    if summaries and plan.png:
        shown = summaries[0].type_id
        made = orders.last_modified
        instant = "" if made is None else f"{made:%Y-%m-%d %H:%M:%S} UTC"
        caption = Caption(name_of(shown, names), plan.place, instant)
        await asyncio.to_thread(_draw, rows, shown, caption, Path(plan.png))
        print(f"   The book of {caption.name} is drawn in {plan.png}")


def _draw(rows: pyarrow.Table, type_id: int, caption: Caption, path: Path) -> None:
    draw_depth(*book_of(rows, type_id), caption, path)


async def _names(esi: ESIClient, ids: list[int]) -> dict[int, str]:
    """What the types are called; without it the demo shows their numbers."""
    if not ids:
        return {}
    try:
        response = await esi.post("/universe/names", json=ids)
        return {one["id"]: one["name"] for one in response.json()}
    except ESIError:
        return {}


async def _write(plan: Plan, orders: Table) -> None:
    if not plan.parquet:
        return
    path = Path(plan.parquet)
    await asyncio.to_thread(orders.to_parquet, path)
    size = path.stat().st_size / 1e6
    print(f"   All orders are in {plan.parquet}: {size:.1f} MB")


async def _wait_for_expiry(esi: ESIClient) -> None:
    kept = await esi.explain(ORDERS, region_id=THE_FORGE, order_type="all", page=1)
    if kept.expires_at is None:
        return
    left = (kept.expires_at - datetime.now(UTC)).total_seconds() + AFTER_EXPIRY
    if left > 0:
        print(f"\n   Waiting {left:.0f} s until ESI has newer ones …")
        await asyncio.sleep(left)


def _show_changes(orders: Table, moved: Told) -> None:
    same = moved.revalidated
    print(
        f"   {orders.pages - moved.fresh - same} pages had changed; {same} had not, "
        "and were not sent again"
    )


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
