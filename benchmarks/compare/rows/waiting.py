"""A hundred thousand waiting requests: do they slow the others, what do they weigh."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "Waiting requests"
NOTE = (
    "Throughput of a batch of 100,000 that waits in the engine's queue beside one of "
    "which 64 wait there; growth of the process for each request that waits."
)

MANY = 100_000


def rows(bench: Bench) -> Iterator[Row]:
    yield _throughput(bench)
    yield from _weights(bench)


def _throughput(bench: Bench) -> Row:
    count = bench.settings.count(MANY)
    sides = {
        name: program("batch", bench.told(loop="uvloop", waiting=waiting, count=count))
        for name, waiting in (("many", count), ("few", 64))
    }
    rounds = Rounds(sides, bench.settings.rounds)
    ratio = rounds.ratio("many", "few", "per_second")
    return Row(
        f"throughput, {count:,} waiting, beside 64",
        f"{rounds.median('many', 'per_second') / 1e3:.1f} k/s",
        f"{rounds.median('few', 'per_second') / 1e3:.1f} k/s",
        f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
        ratio.middle,
        Target(0.95, at_least=True),
    )


def _weights(bench: Bench) -> Iterator[Row]:
    count = bench.settings.count(MANY)
    sides = {
        kind: program(
            "waiting",
            {"base_url": bench.silent, "kind": kind, "count": count, "loop": "asyncio"},
        )
        for kind in ("batch", "awaited", "bare")
    }
    # Memory does not swing as time does.
    rounds = Rounds(sides, min(bench.settings.rounds, 3))
    bare = f"asyncio: {rounds.median('bare', 'bytes'):,.0f} B"
    whats = {
        "batch": ("memory of a waiting request of a batch", ""),
        "awaited": ("memory of a waiting request, its task included", bare),
    }
    for kind, (what, theirs) in whats.items():
        weight = rounds.median(kind, "bytes")
        shown = f"{weight:,.0f} B"
        yield Row(what, shown, theirs, shown, weight, Target(1000, unit=" B"))
