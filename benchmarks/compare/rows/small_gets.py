"""Small GETs by `await`, 64 at once, beside aiohttp and wreq."""

from __future__ import annotations

from collections.abc import Iterator

from ..bench import LOOPS, Bench
from ..pairing import Rounds, program
from ..table import Row, Target

TITLE = "Small GETs by await, 64 at once"
NOTE = (
    "CPU microseconds a request of the client's process. aiohttp has no HTTP/2 and "
    "speaks HTTP/1.1 over TLS."
)

# Enough for half a second or so of each.
COUNTS = {"pyesi": 20_000, "aiohttp": 6_000, "wreq": 20_000}

TARGETS = {
    False: {"aiohttp": Target(0.28), "wreq": Target(0.8)},
    True: {"aiohttp": Target(0.35), "wreq": Target(1.0)},
}


def rows(bench: Bench) -> Iterator[Row]:
    for tls in (False, True):
        for loop in LOOPS:
            yield from _rows_on(bench, tls, loop)


def _rows_on(bench: Bench, tls: bool, loop: str) -> Iterator[Row]:
    sides = {
        client: program(
            "await_each",
            bench.told(
                tls=tls,
                client=client,
                loop=loop,
                at_once=64,
                count=bench.settings.count(count),
            ),
        )
        for client, count in COUNTS.items()
    }
    rounds = Rounds(sides, bench.settings.rounds)
    protocol = "TLS HTTP/2" if tls else "HTTP/1.1"
    for peer, target in TARGETS[tls].items():
        ratio = rounds.ratio("pyesi", peer, "cpu_us")
        yield Row(
            f"{protocol}, {loop}, beside {peer}",
            _figure(rounds, "pyesi"),
            _figure(rounds, peer),
            f"{ratio.middle:.2f} ({ratio.least:.2f}-{ratio.most:.2f})",
            ratio.middle,
            target,
        )


def _figure(rounds: Rounds, client: str) -> str:
    cpu = rounds.median(client, "cpu_us")
    throughput = rounds.median(client, "per_second")
    return f"{cpu:.1f} us, {throughput / 1e3:.1f} k/s"
