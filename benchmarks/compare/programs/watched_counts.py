"""Small GETs, and what watches them, each so often as is told: for callgrind to count.

By the clock a program under callgrind is some fifty times as slow, and whoever looks
each second would look fifty times as often. So each is done by number here, and whoever
counts knows how many GETs there are in a second. A round is what a second of
`watched_gets` has: a scrape of `serve_metrics` by a process of its own, KPIs and the
past, and each fifth time a look for a callback of each alert.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .measured import run, settings
from .scrapes import scrape
from .watched_gets import AT_ONCE, ROUTE, watched_client

# As many seconds as lie between two looks for alerts.
EACH = 5

# The thread of the alerts looks when it begins, and then no more by itself.
SELDOM = 60.0


async def _ask_for(esi: Any, numbers: Iterator[int], count: int) -> None:
    left = itertools.repeat(None, count)

    async def ask() -> None:
        for _ in left:
            response = await esi.get(ROUTE, group_id=next(numbers))
            if not response.content:
                raise RuntimeError("an answer has no body")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(ask())


@contextmanager
def _scraper(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Scrapes once for each line that it is given, and answers it."""
    with subprocess.Popen(
        [sys.executable, "-m", "compare.programs.watched_counts", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as scraper:
        yield scraper
        assert scraper.stdin is not None
        scraper.stdin.close()


async def _watch(esi: Any, rounds: int) -> None:
    from pyesi.alerts import RULES
    from pyesi.alerts._subscription import Subscription, Teller
    from pyesi.alerts._watch import Watch
    from pyesi.metrics import serve_metrics

    told: list[Any] = []
    watch = Watch(weakref.ref(esi))
    for rule in RULES.values():
        teller = Teller(told.append)
        watch.add(Subscription(rule, teller, client="bench", interval=SELDOM))
    with serve_metrics(0, esi) as server, _scraper(server.url) as scraper:
        assert scraper.stdin is not None
        assert scraper.stdout is not None
        for number in range(rounds):
            scraper.stdin.write(b"\n")
            scraper.stdin.flush()
            await asyncio.to_thread(scraper.stdout.readline)
            if number % EACH == 0:
                watch.look()
            esi.statistics().kpis()
            esi.engine.native().history()
    watch.end()


async def main(told: dict[str, Any]) -> dict[str, float]:
    async with watched_client(told) as esi:
        await _ask_for(esi, itertools.count(1), told["gets"])
        await _watch(esi, told["rounds"])
        return {"requests": sum(r["count"] for r in esi.statistics()["requests"])}


def _scrape_when_asked(url: str) -> None:
    for _ in sys.stdin:
        scrape(url)
        print("scraped", flush=True)


if __name__ == "__main__":
    if sys.argv[1].startswith("http"):
        _scrape_when_asked(sys.argv[1])
    else:
        run(main(settings()), settings()["loop"])
