"""Small GETs, with everything that watches them and with nothing, turn by turn.

Both are in one process, since two processes of one kind differ by more than what is
looked for. Everything is: `serve_metrics` with all routes counted, scraped each second
by a process of its own; a callback for each alert; and KPIs and the history of the past
taken each second. The core counts in either case: that cannot be turned off.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

from .all_routes import ask_each_route
from .clients import USER_AGENT
from .measured import Meter, run, settings
from .scrapes import scrape

AT_ONCE = 64
ROUTE = "/universe/groups/{group_id}"  # nginx says that it must not be kept
SECOND = 1.0

Turns = list[dict[str, float]]


async def _ask_for(esi: Any, numbers: itertools.count[int], seconds: float) -> int:
    """As many as are answered in that time."""
    until = time.monotonic() + seconds
    asked = 0

    async def ask() -> None:
        nonlocal asked
        while time.monotonic() < until:
            response = await esi.get(ROUTE, group_id=next(numbers))
            if not response.content:
                raise RuntimeError("an answer has no body")
            asked += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(ask())
    return asked


async def _look(esi: Any) -> None:
    while True:
        await asyncio.sleep(SECOND)
        esi.statistics().kpis()
        esi.engine.native().history()


@asynccontextmanager
async def _everything_on(esi: Any) -> AsyncIterator[None]:
    from pyesi.alerts import RULES
    from pyesi.metrics import serve_metrics

    told: list[Any] = []
    subscriptions = [esi.alerts.on(name, told.append) for name in RULES]
    with serve_metrics(0, esi) as server:
        scraper = subprocess.Popen(
            [sys.executable, "-m", "compare.programs.watched_gets", server.url],
            stdout=subprocess.PIPE,
        )
        look = asyncio.create_task(_look(esi))
        try:
            assert scraper.stdout is not None
            await asyncio.to_thread(scraper.stdout.readline)  # it has begun
            yield
        finally:
            look.cancel()
            with suppress(asyncio.CancelledError):
                await look
            scraper.terminate()
            scraper.wait()
            assert scraper.stdout is not None
            scraper.stdout.close()
    for subscription in subscriptions:
        subscription.cancel()


async def _turn(
    esi: Any, numbers: itertools.count[int], on: bool, seconds: float
) -> dict[str, float]:
    async with _everything_on(esi) if on else nullcontext():
        meter = Meter()
        return meter.read(await _ask_for(esi, numbers, seconds))


@asynccontextmanager
async def watched_client(told: dict[str, Any]) -> AsyncIterator[Any]:
    """A client of an engine that was asked for each route."""
    import pyesi

    given = {
        "user_agent": USER_AGENT,
        "base_url": told["base_url"],
        "engine": pyesi.Engine(max_in_flight=AT_ONCE),
    }
    with pyesi.SyncESIClient(**given) as blocking:
        await asyncio.to_thread(ask_each_route, blocking)
        async with pyesi.ESIClient(**given) as esi:
            yield esi


async def main(told: dict[str, Any]) -> dict[str, float]:
    numbers = itertools.count(1)
    seconds = told["seconds"]
    async with watched_client(told) as esi:
        await _turn(esi, numbers, False, 0.3)
        # Either goes first as often as the other.
        pairs = []
        for number in range(told["pairs"]):
            order = (True, False) if number % 2 else (False, True)
            pairs.append({on: await _turn(esi, numbers, on, seconds) for on in order})
    ons, offs = ([pair[on] for pair in pairs] for on in (True, False))
    return {
        "share": _ratio(ons, offs, "per_second"),
        "cpu_share": _ratio(ons, offs, "cpu_us"),
        "on_per_second": _middle(ons, "per_second"),
        "off_per_second": _middle(offs, "per_second"),
        "on_cpu_us": _middle(ons, "cpu_us"),
        "off_cpu_us": _middle(offs, "cpu_us"),
    }


def _ratio(ons: Turns, offs: Turns, figure: str) -> float:
    pairs = zip(ons, offs, strict=True)
    return statistics.median(on[figure] / off[figure] for on, off in pairs)


def _middle(turns: Turns, figure: str) -> float:
    return statistics.median(turn[figure] for turn in turns)


def _scrape_for_ever(url: str) -> None:
    """As Prometheus does it, but once a second."""
    scrape(url)
    print("ready", flush=True)
    while True:
        time.sleep(SECOND)
        scrape(url)


if __name__ == "__main__":
    if sys.argv[1].startswith("http"):
        _scrape_for_ever(sys.argv[1])
    else:
        run(main(settings()), settings()["loop"])
