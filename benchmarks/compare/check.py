"""Measures anew and holds it to `benchmarks/baseline/`: `benchmarks/check` calls it.

Ends with 1 where a figure has become worse or was not measured, and with 2 where the
baseline is of other libraries or another compiler, so that it says nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import instructions, machine
from .baseline import (
    Baseline,
    Figure,
    NotComparableError,
    compared,
    doubts,
    refuse_unlike,
    renewed,
)
from .bench import Bench
from .nginx import nginx, silent_server
from .pairing import Settings
from .table import print_row

FOLDER = Path(__file__).parents[1] / "baseline"

# A count repeats to a permille or two. A ratio on a shared machine swings by a fifth.
OF_A_COUNT = 0.03
OF_A_RATIO = 0.3

RATIO_PEERS = ("aiohttp", "wreq", "aiohttp-client-cache", "uvloop", "prometheus_client")

Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Kind:
    """One file of the baseline.

    Attributes:
        name: The file's, without its ending.
        facts: What the figures depend on.
        measured: Takes them.
    """

    name: str
    facts: Callable[[Path], dict[str, Any]]
    measured: Callable[[Path], Figures]

    @property
    def file(self) -> Path:
        """Where it lies."""
        return FOLDER / f"{self.name}.json"


def _instructions(programs: Path) -> Figures:
    counts = {
        name: instructions.of_piece(programs, name) for name in instructions.PIECES
    }
    counts["small_get"] = min(instructions.of_small_gets(programs))
    return {name: Figure(round(one, 1), OF_A_COUNT) for name, one in counts.items()}


def _ratios(programs: Path) -> Figures:
    # Here, since they need pyesi, and counts are taken without it.
    from .rows import hits, metrics, small_gets

    groups = (small_gets, hits, metrics)
    with (
        tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home,
        nginx(Path(home)) as server,
        silent_server() as silent,
    ):
        bench = Bench(server, silent, programs, Settings())
        found: Figures = {}
        for row in (row for group in groups for row in group.rows(bench)):
            print_row(row)
            if row.target is not None and row.target.is_of_a_ratio:
                value = round(row.figure, 4)
                found[row.what] = Figure(value, OF_A_RATIO, row.target.at_least)
        return found


KINDS = {
    "instructions": Kind("instructions", machine.instruction_facts, _instructions),
    "ratios": Kind(
        "ratios",
        lambda programs: machine.ratio_facts(programs, RATIO_PEERS),
        _ratios,
    ),
}


def main() -> None:
    given = _arguments()
    kinds = [KINDS[name] for name in given.kinds or KINDS]
    if given.renew:
        for kind in kinds:
            _renew(kind, given.programs)
        return
    try:
        # All of them, before anything takes minutes.
        baselines = [_comparable(kind, given.programs) for kind in kinds]
    except NotComparableError as error:
        print(f"Not compared: {error}. `make bench-baseline` makes another.")
        raise SystemExit(2) from None
    failed = [
        name
        for kind, baseline in zip(kinds, baselines, strict=True)
        for name in _failures(kind, baseline, given.programs)
    ]
    if failed:
        raise SystemExit(f"{len(failed)} of the figures fail: {', '.join(failed)}.")
    print("No figure has become worse than is tolerated.")


def _comparable(kind: Kind, programs: Path) -> Baseline:
    try:
        baseline = Baseline.of(json.loads(kind.file.read_text("utf-8")))
        here = kind.facts(programs)
        refuse_unlike(baseline.machine, here)
    except FileNotFoundError:
        raise NotComparableError(f"there is no {kind.file.name}") from None
    except json.JSONDecodeError as error:
        raise NotComparableError(f"{kind.file.name} is no JSON: {error}") from None
    except NotComparableError as error:
        raise NotComparableError(f"{kind.file.name}: {error}") from None
    for doubt in doubts(baseline.machine, here):
        print(f"Take care, {kind.file.name} is of another machine: {doubt}.")
    return baseline


def _failures(kind: Kind, baseline: Baseline, programs: Path) -> list[str]:
    print(f"\n{kind.name}")
    verdicts = list(compared(baseline.figures, kind.measured(programs)))
    for verdict in verdicts:
        print(f"  {verdict}")
    return [verdict.name for verdict in verdicts if verdict.standing.fails]


def _renew(kind: Kind, programs: Path) -> None:
    try:
        kept = Baseline.of(json.loads(kind.file.read_text("utf-8"))).figures
    except (FileNotFoundError, json.JSONDecodeError, NotComparableError):
        kept = {}
    figures = kind.measured(programs)
    for verdict in compared(kept, figures):
        print(f"  {verdict}")
    baseline = Baseline(kind.facts(programs), renewed(kept, figures))
    kind.file.write_text(json.dumps(baseline.told(), indent=2) + "\n", "utf-8")
    print(f"{kind.file} is of here and now.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/check", description=__doc__)
    parser.add_argument(
        "--renew", action="store_true", help="keep what is measured now as the baseline"
    )
    parser.add_argument("--programs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument(
        "kinds", nargs="*", metavar="kind", help=f"one of {', '.join(KINDS)}; else both"
    )
    given = parser.parse_args()
    for name in given.kinds:
        if name not in KINDS:
            parser.error(f"there is no baseline of {name}")
    return given


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
