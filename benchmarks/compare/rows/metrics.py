"""What it costs to count, to keep timelines, and to be watched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from ..bench import Bench
from ..instructions import of_watching
from ..pairing import Rounds, program
from ..table import Row, Target
from .pieces import Piece, measure, row

TITLE = "Counting and being watched"
NOTE = (
    "Small GETs by await, 64 at once, with everything on (serve_metrics scraped each "
    "second, a callback for each alert, KPIs and the past looked at each second, 233 "
    "routes counted) beside everything off, turn by turn in one process. The core's "
    "own counting cannot be turned off: its pieces stand below. A scrape is of 233 "
    "routes, by another process, beside one through prometheus_client."
)

SECONDS = 2.2  # so that each turn has two scrapes after that at its beginning
PAIRS = 8
SCRAPES = 64

PIECES = (
    Piece("a count", "metrics", "add_to_counter", Target(7, unit=" ns")),
    Piece(
        "a count of several threads",
        "metrics",
        "add_to_shared_counter",
        Target(7, unit=" ns"),
    ),
    Piece("a length recorded", "metrics", "record_duration", Target(25, unit=" ns")),
    Piece("fresh hit counted", "metrics", "count_fresh_hit"),
    Piece("request counted", "metrics", "count_request"),
    Piece(
        "timeline of a request",
        "engine",
        "note_times_and_decoding",
        Target(200, unit=" ns"),
    ),
    Piece(
        "snapshot, 233 routes",
        "metrics",
        "take_snapshot",
        Target(1_000_000, unit=" ns"),
    ),
    Piece("text of 233 routes", "metrics", "write_route_series"),
)


def rows(bench: Bench) -> Iterator[Row]:
    yield from _watched(bench)
    yield from _scrapes(bench)
    if bench.programs is None:
        return
    for piece in PIECES:
        yield row(piece, measure(bench.programs, piece, bench.settings.rounds))


def _watched(bench: Bench) -> Iterator[Row]:
    told = bench.told(
        loop="asyncio",
        seconds=max(0.2, SECONDS * bench.settings.share),
        pairs=max(2, round(PAIRS * bench.settings.share)),
    )
    rounds = Rounds({"gets": program("watched_gets", told)}, bench.settings.rounds)
    targets = {"share": Target(0.98, at_least=True), "cpu_share": None}
    for figure, target in targets.items():
        seen = rounds.spread("gets", figure)
        what = "throughput" if target else "CPU"
        yield Row(
            f"everything on beside all off, {what}",
            _gets(rounds, "on"),
            _gets(rounds, "off"),
            f"{seen.middle:.3f} ({seen.least:.3f}-{seen.most:.3f})",
            seen.middle,
            target,
        )
    if shutil.which("valgrind"):
        yield _instructions(bench)


def _instructions(bench: Bench) -> Row:
    """What two clocks cannot tell on a machine that does other things beside."""
    seen = of_watching(bench.server.plain, gets=bench.settings.count(2_000))
    ratio = seen.ratio()
    return Row(
        "everything on beside all off, instructions",
        f"{seen.get * ratio / 1e3:.1f} k",
        f"{seen.get / 1e3:.1f} k",
        f"{ratio:.3f}, {seen.look / 1e6:.0f} M a second",
        ratio,
        Target(1.02),
    )


def _gets(rounds: Rounds, side: str) -> str:
    cpu = rounds.median("gets", f"{side}_cpu_us")
    return f"{cpu:.1f} us, {rounds.median('gets', f'{side}_per_second') / 1e3:.1f} k/s"


def _scrapes(bench: Bench) -> Iterator[Row]:
    sides = {
        server: program("scrapes", {"server": server, "count": SCRAPES})
        for server in ("serve_metrics", "prometheus_client")
    }
    rounds = Rounds(sides, bench.settings.rounds)
    figures = {"ms": ("its time", Target(5, unit=" ms")), "cpu_ms": ("its CPU", None)}
    for figure, (what, target) in figures.items():
        seen = rounds.spread("serve_metrics", figure)
        theirs = rounds.median("prometheus_client", figure)
        yield Row(
            f"a scrape of serve_metrics, {what}",
            f"{seen.middle:.1f} ms",
            f"{theirs:.1f} ms",
            f"{seen.middle:.1f} ms ({seen.least:.1f}-{seen.most:.1f})",
            seen.middle,
            target,
        )
    for figure, what in {
        "text_ms": "… of that the core's part",
        "statistics_ms": "esi.statistics(), 233 routes",
    }.items():
        took = rounds.median("serve_metrics", figure)
        yield Row(what, f"{took:.1f} ms", "", f"{took:.1f} ms", took)
