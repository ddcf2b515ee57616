"""One GET after the other: the latency of each."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "One at a time"
NOTE = "Microseconds from one await to the next, over HTTP/1.1."

TARGETS = {"uvloop": Target(0.8), "asyncio": None}


def rows(bench: Bench) -> Iterator[Row]:
    for loop, target in TARGETS.items():
        sides = {
            client: program(
                "await_each",
                bench.told(
                    client=client,
                    loop=loop,
                    at_once=1,
                    count=bench.settings.count(4_000),
                ),
            )
            for client in ("pyesi", "aiohttp")
        }
        rounds = Rounds(sides, bench.settings.rounds)
        ratio = rounds.ratio("pyesi", "aiohttp", "wall_us")
        yield Row(
            f"latency, {loop}, beside aiohttp",
            f"{rounds.median('pyesi', 'wall_us'):.0f} us",
            f"{rounds.median('aiohttp', 'wall_us'):.0f} us",
            f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
            ratio.middle,
            target,
        )
