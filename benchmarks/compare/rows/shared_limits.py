"""What it costs to share limits with other processes."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from ..bench import Bench
from ..pairing import Rounds, program
from ..redis import is_installed, redis_server
from ..table import Row, Target

TITLE = "Limits shared between processes"
NOTE = (
    "CPU of small GETs by await, 64 at once, with limits in Redis on loopback or in a "
    "file, beside limits of this process alone; of a route under the error limit, and "
    "of one with a token window that is large enough."
)

GETS = 20_000

ROUTES = {
    "error limit": ("/universe/groups/{group_id}", "group_id"),
    "token window": ("/wars/{war_id}", "war_id"),
}

# Of a file nothing was promised.
TARGETS = {"Redis": Target(1.05)}


def rows(bench: Bench) -> Iterator[Row]:
    with TemporaryDirectory(prefix="pyesi-bench-") as folder:
        yield from _rows_with(bench, "a file", f"{folder}/limits")
    if is_installed():
        with redis_server() as port:
            yield from _rows_with(bench, "Redis", f"redis://127.0.0.1:{port}/0")


def _rows_with(bench: Bench, place: str, limits: str) -> Iterator[Row]:
    for what in ROUTES:
        sides = {
            name: program("small_gets", _told(bench, what, shared))
            for name, shared in (("shared", limits), ("alone", None))
        }
        rounds = Rounds(sides, bench.settings.rounds)
        ratio = rounds.ratio("shared", "alone", "cpu_us")
        yield Row(
            f"{place}, {what}",
            _figure(rounds, "shared"),
            _figure(rounds, "alone"),
            f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
            ratio.middle,
            TARGETS.get(place),
        )


def _told(bench: Bench, what: str, limits: str | None) -> dict[str, object]:
    route, parameter = ROUTES[what]
    return bench.told(
        loop="asyncio",
        limits=limits,
        route=route,
        parameter=parameter,
        count=bench.settings.count(GETS),
    )


def _figure(rounds: Rounds, side: str) -> str:
    cpu = rounds.median(side, "cpu_us")
    throughput = rounds.median(side, "per_second")
    return f"{cpu:.1f} us, {throughput / 1e3:.1f} k/s"
