"""The pieces by themselves, by Google Benchmark."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..bench import Bench
from ..table import Row, Target

TITLE = "Pieces of the core"
NOTE = "CPU time of one call, by Google Benchmark; the median of its repetitions."


@dataclass(frozen=True, slots=True)
class Piece:
    """One benchmark of a program.

    Attributes:
        what: What it shows.
        layer: Whose program it is in.
        name: Its name there.
        target: In nanoseconds.
    """

    what: str
    layer: str
    name: str
    target: Target | None = None


CHAIN = Target(150, unit=" ns")

PIECES = (
    Piece("cache key", "cache", "key_build"),
    Piece("key, look-up and freshness", "cache", "find_and_decide"),
    Piece("gate chain, grouped route", "scheduler", "gate_chain/ungrouped:0", CHAIN),
    Piece("gate chain, error limit", "scheduler", "gate_chain/ungrouped:1", CHAIN),
    Piece("limits read from headers", "scheduler", "limit_headers"),
    Piece("14 headers taken in", "http", "append_headers"),
    Piece("Cache-Control parsed", "http", "parse_directives"),
    Piece("date parsed", "http", "parse_date"),
    Piece("page of 1,000 orders inflated", "http", "decode_orders/6"),
)


def rows(bench: Bench) -> Iterator[Row]:
    if bench.programs is None:
        return
    for piece in PIECES:
        yield row(piece, measure(bench.programs, piece, bench.settings.rounds))


def measure(programs: Path, piece: Piece, repetitions: int) -> dict[str, Any]:
    """What Google Benchmark says of it: the median of so many repetitions."""
    told = subprocess.run(
        [
            programs / f"{piece.layer}_benchmark",
            f"--benchmark_filter=^{piece.name}$",
            "--benchmark_format=json",
            "--benchmark_min_time=0.05",
            f"--benchmark_repetitions={max(2, repetitions)}",
            "--benchmark_report_aggregates_only=true",
        ],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    for measured in json.loads(told.stdout)["benchmarks"]:
        if measured.get("aggregate_name") == "median":
            found: dict[str, Any] = measured
            return found
    raise RuntimeError(f"{piece.layer}_benchmark has no {piece.name}")


def row(piece: Piece, measured: dict[str, Any]) -> Row:
    """What was measured of it, as a line."""
    nanoseconds = float(measured["cpu_time"])
    shown = f"{nanoseconds:,.1f} ns"
    beside = ""
    if "bytes_per_second" in measured:
        beside = f"{measured['bytes_per_second'] / 1e6:,.0f} MB/s"
    if "allocations" in measured:
        beside = f"{measured['allocations']:.1f} allocations"
    return Row(piece.what, shown, beside, shown, nanoseconds, piece.target)
