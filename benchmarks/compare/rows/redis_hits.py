"""Hits in the cache that machines share."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Rounds, native, program
from ..redis import is_installed, redis_server
from ..table import Row, Target

TITLE = "Fresh hits in Redis, one after the other"
NOTE = (
    "Microseconds from one to the next, Redis on loopback; by look_up alone, and by "
    "`await client.get(...)` with a memory that has room for none."
)

TARGET = Target(300, unit=" us")


def rows(bench: Bench) -> Iterator[Row]:
    if not is_installed():
        return
    with redis_server() as port:
        count = bench.settings.count(5_000)
        sides = {
            f"await, {loop}": program(
                "redis_hits",
                bench.told(loop=loop, count=count, redis=f"redis://127.0.0.1:{port}/0"),
            )
            for loop in LOOPS
        }
        if bench.programs is not None:
            path = bench.programs / "redis_look_ups"
            sides["look_up"] = native(path, str(port), str(count))
        rounds = Rounds(sides, bench.settings.rounds)
        for side in sides:
            shown = f"{rounds.median(side, 'wall_us'):.0f} us"
            cpu = f"{rounds.median(side, 'cpu_us'):.0f} us of CPU"
            middle = rounds.median(side, "wall_us")
            yield Row(side, shown, cpu, shown, middle, TARGET)
