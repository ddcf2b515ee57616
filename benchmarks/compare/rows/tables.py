"""From compressed pages to a table, beside what else a user can put together."""

from __future__ import annotations

from collections.abc import Iterator

from .. import market
from ..bench import Bench
from ..pairing import Rounds, Side, program
from ..table import Row, Target
from .pieces import Piece, measure

TITLE = "Tables"
NOTE = (
    "All 400 pages of The Forge's orders, gzipped, from nginx to one Arrow table in "
    "memory (pandas: one frame), on uvloop: CPU and time a page of the whole process, "
    "all its threads, and the most memory over what it had before. pyesi as it is when "
    "nothing is set, and all have 20 requests at once. First the reader alone, in C++."
)

LOOP = "uvloop"
AT_ONCE = 20  # of 20, 32 and 64 what costs the others least

WHOLE, STREAMED = "get_table", "stream_table"
UNCACHED, PASSED = "stream_table, no cache", "stream_table, pages let go of"

BEST = ("wreq+polars", "pyreqwest+polars")
PEERS = {
    "wreq+polars": ("wreq", "polars"),
    "pyreqwest+polars": ("pyreqwest", "polars"),
    "aiohttp+orjson+pyarrow": ("aiohttp", "orjson-arrow"),
    "aiohttp+orjson+polars": ("aiohttp", "orjson-polars"),
    "httpx+json+pandas": ("httpx", "json-pandas"),
}

CPU_TARGETS = {
    BEST: Target(0.333),
    ("aiohttp+orjson+pyarrow",): Target(0.167),
    ("aiohttp+orjson+polars",): None,
    ("httpx+json+pandas",): Target(0.0556),
}

SPEED = Target(1.0, at_least=True, unit=" GB/s")
READERS = {
    "read_ordered": ("fields in one order", SPEED),
    "read_shuffled": ("fields in any order", SPEED),
    "read_unknown": ("two fields not known", SPEED),
    "read_unknown_nested": ("an object not known", None),
    "read_two_columns": ("two columns only", None),
}


def rows(bench: Bench) -> Iterator[Row]:
    if bench.programs is not None:
        yield from _readers(bench)
    rounds = _sweeps(bench)
    for peers, target in CPU_TARGETS.items():
        yield _beside(rounds, WHOLE, peers, "cpu_us", target)
    yield _beside(rounds, STREAMED, BEST, "cpu_us", CPU_TARGETS[BEST])
    for ours in (WHOLE, STREAMED):
        yield _beside(rounds, ours, tuple(PEERS), "wall_us", Target(0.5))
    yield _memory(rounds, WHOLE, None)
    yield _memory(rounds, STREAMED, Target(1.3), "kept")
    yield _memory(rounds, UNCACHED, Target(1.3))
    yield _memory(rounds, PASSED, Target(1.3))
    for peer in PEERS:
        yield _memory(rounds, peer, None)


def _readers(bench: Bench) -> Iterator[Row]:
    for name, (what, target) in READERS.items():
        piece = Piece(what, "columns", name)
        measured = measure(bench.programs, piece, bench.settings.rounds)
        speed = measured["bytes_per_second"] / 1e9
        yield Row(
            f"JSON to columns, {what}",
            f"{speed:.2f} GB/s",
            f"{measured['cpu_time'] / 1e3:.0f} us a page",
            f"{speed:.2f} GB/s",
            speed,
            target,
        )


def _sweeps(bench: Bench) -> Rounds:
    region_id = market.WHOLE if bench.settings.share == 1 else market.QUICK
    for each in (region_id, market.ONE_PAGE):
        market.write_pages(bench.server.home, each)

    def side(client: str, reader: str, *, cache: bool = True) -> Side:
        pages = market.pages_of(region_id)
        told = bench.told(
            loop=LOOP,
            client=client,
            reader=reader,
            cache=cache,
            at_once=AT_ONCE,
            warm_up=market.ONE_PAGE,
            region_id=region_id,
            pages=pages,
            rows=pages * market.ROWS_A_PAGE,
        )
        return program("tables_sweep", told)

    sides = {
        WHOLE: side("pyesi", "get_table"),
        STREAMED: side("pyesi", "stream_table"),
        UNCACHED: side("pyesi", "stream_table", cache=False),
        PASSED: side("pyesi", "passed"),
        **{name: side(*peer) for name, peer in PEERS.items()},
    }
    return Rounds(sides, bench.settings.rounds)


def _beside(
    rounds: Rounds,
    ours: str,
    peers: tuple[str, ...],
    figure: str,
    target: Target | None,
) -> Row:
    """Beside the best of the peers, by their medians."""
    best = min(peers, key=lambda peer: rounds.median(peer, figure))
    ratio = rounds.ratio(ours, best, figure)
    what = "CPU" if figure == "cpu_us" else "time"
    return Row(
        f"{ours}: {what}, {best}",
        f"{rounds.median(ours, figure):.0f} us",
        f"{rounds.median(best, figure):.0f} us",
        f"{ratio.middle:.3f} ({ratio.least:.3f}-{ratio.most:.3f})",
        ratio.middle,
        target,
    )


def _memory(
    rounds: Rounds, side: str, target: Target | None, beside: str = "table"
) -> Row:
    """Beside the table, or all that is `kept`: what the cache holds as well."""
    ratio = rounds.own_ratio(side, "peak_bytes", f"{beside}_bytes")
    return Row(
        f"{side}: memory",
        f"{rounds.median(side, 'peak_bytes') / 1e6:.1f} MB",
        f"{beside}: {rounds.median(side, f'{beside}_bytes') / 1e6:.1f} MB",
        f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
        ratio.middle,
        target,
    )
