"""An idle client sleeps."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "An idle client"
NOTE = (
    "How often its threads are woken in a second, 64 connections open, less the same "
    "of the event loop alone."
)

SECONDS = 3.0


def rows(bench: Bench) -> Iterator[Row]:
    for tls in (False, True):
        told = bench.told(tls=tls, loop="asyncio", seconds=SECONDS)
        woken = Rounds({"pyesi": program("idle", told)}, 1).median(
            "pyesi", "per_second"
        )
        yield Row(
            f"wake-ups, {'TLS HTTP/2' if tls else 'HTTP/1.1'}",
            f"{woken:.1f}/s",
            "",
            f"{woken:.1f}/s",
            woken,
            Target(0, unit="/s"),
        )
