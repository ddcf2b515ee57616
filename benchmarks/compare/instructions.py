"""User instructions of one request, core and libcurl, counted by callgrind.

A count swings far less than time does with what the machine does beside, so this is
the gate against regressions. What is done once, from the start of the process to its
last connection, is the same in a short and in a long run: the difference is the
requests'. What still swings is how often the engine is woken, which a late server can
only make more: the least of several counts is the nearest to a request's own.

Counted are the engine's threads; the first one is the program's, which asks and looks
at what has come.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .nginx import nginx
from .pairing import environment

BOUND = 75_000
FEW, MANY = 1_000, 9_000
ROUNDS = 3


def main() -> None:
    program = Path(sys.argv[1])
    with (
        tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home,
        nginx(Path(home)) as server,
    ):
        counts = [_of_a_request(program, server.plain) for _ in range(ROUNDS)]
    shown = ", ".join(f"{count:,.0f}" for count in counts)
    print(f"{min(counts):,.0f} user instructions a request, the least of {shown}")
    print(f"The bound is {BOUND:,}.")
    if min(counts) > BOUND:
        raise SystemExit("A request needs more instructions than it may.")


def _of_a_request(program: Path, base_url: str) -> float:
    few = _instructions(program, base_url, FEW)
    many = _instructions(program, base_url, MANY)
    return (many - few) / (MANY - FEW)


def _instructions(program: Path, base_url: str, count: int) -> int:
    with tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home:
        subprocess.run(
            [
                *("valgrind", "--tool=callgrind", "--separate-threads=yes"),
                f"--callgrind-out-file={home}/counts",
                *(program, base_url, "cold", str(count)),
            ],
            check=True,
            capture_output=True,
            env=environment(),
            timeout=300,
        )
        threads = [file for file in Path(home).iterdir() if _is_of_the_engine(file)]
        return sum(_total(file) for file in threads)


def _is_of_the_engine(file: Path) -> bool:
    number = file.name.rpartition("-")[2]
    return number.isdecimal() and int(number) > 1


def _total(file: Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", file.read_text("utf-8"), re.M)
    if found is None:
        raise RuntimeError(f"callgrind wrote no total into {file}")
    return int(found[1])


if __name__ == "__main__":
    main()
