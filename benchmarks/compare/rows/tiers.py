"""A file below the memory: what its hits take, and what it costs to keep it."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "A cache in a file"
NOTE = (
    "Microseconds for each `await client.get(...)` that the file answers, memory being "
    "empty; and CPU of small GETs, 64 at once, with a file beside memory alone, where "
    "ESI's answers must not be kept and where each of them is."
)

HITS = 10_000
GETS = 20_000

# What nginx says of them.
NOT_KEPT = ("/universe/groups/{group_id}", "group_id")
KEPT = ("/universe/systems/{system_id}", "system_id")


def rows(bench: Bench) -> Iterator[Row]:
    for loop in LOOPS:
        yield _hits(bench, loop)
    yield _cost(bench, "nothing kept", NOT_KEPT, Target(1.05))
    yield _cost(bench, "every answer kept", KEPT, Target(1.35))


def _hits(bench: Bench, loop: str) -> Row:
    told = bench.told(loop=loop, count=bench.settings.count(HITS))
    rounds = Rounds({"file": program("file_hits", told)}, bench.settings.rounds)
    wall = rounds.median("file", "wall_us")
    return Row(
        f"{loop}, a hit in the file, one at a time",
        f"{wall:.0f} us, CPU {rounds.median('file', 'cpu_us'):.0f}",
        "",
        f"{wall:.0f} us",
        wall,
        Target(150, unit=" us"),
    )


def _cost(bench: Bench, what: str, route: tuple[str, str], target: Target) -> Row:
    sides = {
        name: program(
            "small_gets",
            bench.told(
                loop="asyncio",
                file=name == "file",
                route=route[0],
                parameter=route[1],
                count=bench.settings.count(GETS),
            ),
        )
        for name in ("file", "memory")
    }
    rounds = Rounds(sides, bench.settings.rounds)
    ratio = rounds.ratio("file", "memory", "cpu_us")
    return Row(
        f"a file below memory, {what}",
        f"{rounds.median('file', 'cpu_us'):.1f} us",
        f"{rounds.median('memory', 'cpu_us'):.1f} us",
        f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
        ratio.middle,
        target,
    )
