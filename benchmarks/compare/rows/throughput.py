"""How many small GETs a batch brings home in a second, beside wrk."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Figures, Rounds, Side, program
from ..table import Row, Target

TITLE = "Throughput of a batch"
NOTE = (
    "A batch of 10,000, 64 at once over HTTP/1.1, from the call to its result; wrk "
    "asks with one thread and 64 connections."
)


def rows(bench: Bench) -> Iterator[Row]:
    for loop in LOOPS:
        told = bench.told(loop=loop, waiting=0, count=bench.settings.count(10_000))
        sides = {"pyesi": program("batch", told), "wrk": _wrk(bench)}
        rounds = Rounds(sides, bench.settings.rounds)
        ratio = rounds.ratio("pyesi", "wrk", "per_second")
        yield Row(
            f"10,000 small GETs, {loop}, beside wrk",
            f"{rounds.median('pyesi', 'per_second') / 1e3:.1f} k/s",
            f"{rounds.median('wrk', 'per_second') / 1e3:.1f} k/s",
            f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
            ratio.middle,
            Target(0.42, at_least=True),
        )


def _wrk(bench: Bench) -> Side:
    program_path = shutil.which("wrk")
    if program_path is None:
        raise SystemExit("wrk is not there: make bench installs it")
    command = [program_path, "-t1", "-c64", "-d1s"]

    def side() -> Figures:
        url = f"{bench.server.plain}/universe/types/1"
        told = subprocess.run(
            [*command, url], check=True, text=True, capture_output=True
        )
        found = re.search(r"Requests/sec:\s*([\d.]+)", told.stdout)
        if found is None:
            raise RuntimeError("wrk told no throughput")
        return {"per_second": float(found[1])}

    return side
