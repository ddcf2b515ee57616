"""What it takes to begin, beside httpx and beside an interpreter alone."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "The beginning"
NOTE = (
    "From the import to a client that is made, and the memory of the process then. "
    "Running: with its network thread, catalog and cache, as for the first request."
)


def rows(bench: Bench) -> Iterator[Row]:
    sides = {
        client: program("start", client)
        for client in ("nothing", "pyesi", "running", "httpx")
    }
    for side in sides.values():
        side()  # leaves compiled modules and warm files behind
    rounds = Rounds(sides, 2 * bench.settings.rounds)
    yield _time(rounds, "pyesi", "time to a client, beside httpx", Target(1.0))
    yield _time(rounds, "running", "time to a running client, beside httpx", None)
    yield _memory(rounds, "pyesi", "memory of a client", Target(30, unit=" MB"))
    yield _memory(rounds, "running", "memory of a running client", None)


def _time(rounds: Rounds, client: str, what: str, target: Target | None) -> Row:
    ratio = rounds.ratio(client, "httpx", "ms")
    return Row(
        what,
        f"{rounds.median(client, 'ms'):.1f} ms",
        f"{rounds.median('httpx', 'ms'):.1f} ms",
        f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
        ratio.middle,
        target,
    )


def _memory(rounds: Rounds, client: str, what: str, target: Target | None) -> Row:
    more = rounds.difference(client, "nothing", "megabytes").middle
    return Row(
        what,
        f"{rounds.median(client, 'megabytes'):.1f} MB",
        f"bare: {rounds.median('nothing', 'megabytes'):.1f} MB",
        f"{more:+.1f} MB",
        more,
        target,
    )
