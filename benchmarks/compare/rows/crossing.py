"""What it costs to hand each answer to a Python task."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Rounds, native, program
from ..table import Row, Target

TITLE = "The crossing into Python"
NOTE = (
    "CPU microseconds a request, 64 at once over HTTP/1.1: awaited one by one, or as "
    "one batch, less what the engine alone needs in a program of C++."
)

COUNT = 20_000


def rows(bench: Bench) -> Iterator[Row]:
    if bench.programs is None:
        return
    count = bench.settings.count(COUNT)
    engine = native(
        bench.programs / "small_gets", bench.server.plain, "warm", str(count)
    )
    for loop in LOOPS:
        awaited = bench.told(client="pyesi", loop=loop, at_once=64, count=count)
        batch = bench.told(loop=loop, waiting=0, count=count)
        sides = {
            "engine": engine,
            "await": program("await_each", awaited),
            "batch": program("batch", batch),
        }
        rounds = Rounds(sides, bench.settings.rounds)
        yield _row(
            rounds, f"await over the engine, {loop}", "await", Target(4, unit=" us")
        )
        yield _row(rounds, f"batch over the engine, {loop}", "batch", None)


def _row(rounds: Rounds, what: str, side: str, target: Target | None) -> Row:
    more = rounds.difference(side, "engine", "cpu_us")
    return Row(
        what,
        f"{rounds.median(side, 'cpu_us'):.1f} us",
        f"{rounds.median('engine', 'cpu_us'):.1f} us",
        f"{more.middle:+.1f} us ({more.least:+.1f}-{more.most:+.1f})",
        more.middle,
        target,
    )
