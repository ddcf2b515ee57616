"""Run the comparisons and print them as one table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from .bench import Bench
from .nginx import nginx, silent_server
from .pairing import Settings
from .rows import GROUPS
from .table import print_heading, print_headings, print_row

PEERS = (
    "aiohttp",
    "wreq",
    "pyreqwest",
    "httpx",
    "aiohttp-client-cache",
    "uvloop",
    "polars",
    "pyarrow",
    "orjson",
    "pandas",
    "prometheus_client",
)


def main() -> None:
    given = _arguments()
    settings = Settings(rounds=1, share=0.02) if given.quick else Settings()
    names = _names()
    chosen = [names[name] for name in given.only or names]
    print(_machine(settings))
    with (
        tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home,
        nginx(Path(home)) as server,
        silent_server() as silent,
    ):
        bench = Bench(server, silent, given.programs, settings)
        print_headings()
        missed = 0
        for group in chosen:
            print_heading(group.TITLE, group.NOTE)
            for row in group.rows(bench):
                print_row(row)
                missed += row.verdict == "NOT MET"
    print(f"\n{missed} of the targets are not met." if missed else "\nAll targets met.")
    if given.quick:
        print("A quick run shows that everything works; its figures say nothing.")


def _names() -> dict[str, ModuleType]:
    return {group.__name__.rpartition(".")[2]: group for group in GROUPS}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round of tiny counts, as a test"
    )
    parser.add_argument("--programs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument(
        "only",
        nargs="*",
        metavar="group",
        help=f"groups to run: {', '.join(_names())}",
    )
    given = parser.parse_args()
    for name in given.only:
        if name not in _names():
            parser.error(f"there is no group {name}")
    return given


def _machine(settings: Settings) -> str:
    peers = ", ".join(f"{name} {_version(name)}" for name in PEERS)
    load = os.getloadavg()[0]
    return (
        f"pyesi {_version('pyesi-eve')} beside {peers}\n"
        f"Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores, load {load:.1f}; median of {settings.rounds} paired "
        "rounds (least-most)\n"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
