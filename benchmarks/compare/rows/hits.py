"""Fresh hits, beside aiohttp-client-cache in memory."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "Fresh hits"
NOTE = "CPU microseconds for each `await client.get(...)`, its body looked at."

COUNTS = {"pyesi": 200_000, "aiohttp-client-cache": 5_000}


def rows(bench: Bench) -> Iterator[Row]:
    for loop in LOOPS:
        sides = {
            client: program(
                "hits",
                bench.told(client=client, loop=loop, count=bench.settings.count(count)),
            )
            for client, count in COUNTS.items()
        }
        rounds = Rounds(sides, bench.settings.rounds)
        ratio = rounds.ratio("aiohttp-client-cache", "pyesi", "cpu_us")
        yield Row(
            f"{loop}, beside aiohttp-client-cache",
            f"{rounds.median('pyesi', 'cpu_us'):.2f} us",
            f"{rounds.median('aiohttp-client-cache', 'cpu_us'):.1f} us",
            f"{ratio.middle:.0f} x ({ratio.least:.0f}-{ratio.most:.0f})",
            ratio.middle,
            Target(30, at_least=True, unit=" x"),
        )
