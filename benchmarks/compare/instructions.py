"""User instructions of one request, counted by callgrind.

A count does not swing with the machine's load as time does, so this is the gate
against regressions. What is done once, from the start of the process to its last
connection, is the same in a short and in a long run: the difference is the requests'.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from .nginx import nginx
from .pairing import environment

BOUND = 75_000
FEW, MANY = 2_000, 4_000
ROUNDS = 3


def main() -> None:
    program = Path(sys.argv[1])
    with (
        tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home,
        nginx(Path(home)) as server,
    ):
        counts = [_of_a_request(program, server.plain) for _ in range(ROUNDS)]
    median = statistics.median(counts)
    shown = ", ".join(f"{count:,.0f}" for count in counts)
    print(f"{median:,.0f} user instructions a request ({shown}); bound {BOUND:,}")
    if median > BOUND:
        raise SystemExit("A request needs more instructions than it may.")


def _of_a_request(program: Path, base_url: str) -> float:
    few = _instructions(program, base_url, FEW)
    many = _instructions(program, base_url, MANY)
    return (many - few) / (MANY - FEW)


def _instructions(program: Path, base_url: str, count: int) -> int:
    told = subprocess.run(
        [
            *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
            *(program, base_url, "cold", str(count)),
        ],
        check=True,
        text=True,
        capture_output=True,
        env=environment(),
        timeout=300,
    )
    collected = re.search(r"Collected\s*:\s*(\d+)", told.stderr)
    if collected is None:
        raise RuntimeError(told.stderr)
    return int(collected[1])


if __name__ == "__main__":
    main()
