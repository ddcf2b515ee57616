"""User instructions of one request, core and libcurl, counted by callgrind.

A count swings far less than time does with what the machine does beside, so this is
the gate against regressions. What is done once, from the start of the process to its
last connection, is the same in a short and in a long run: the difference is the
requests'. What still swings is how often the engine is woken: once for each answer
where the server runs beside it, once for many where it does not. So both share one
processor, whatever the machine does beside; and the least of several counts is taken.

Counted are the engine's threads; the first one is the program's, which asks and looks
at what has come.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .nginx import nginx
from .pairing import HERE, environment

BOUND = 75_000

# Small GETs by await in a second, as the paired runs had them: a count has no seconds,
# and what another rate makes of it can be told from both figures.
PER_SECOND = 23_400
FEW, MANY = 1_000, 9_000
ROUNDS = 3

# Of `counted_pieces`, each with how often it is done; there all threads count.
PIECES = {
    "count_fresh_hit": 100_000,
    "count_request": 100_000,
    "note_times": 100_000,
    "take_snapshot": 50,
    "write_route_series": 50,
}


def main() -> None:
    counts = of_small_gets(Path(sys.argv[1]))
    shown = ", ".join(f"{count:,.0f}" for count in counts)
    print(f"{min(counts):,.0f} user instructions a request, the least of {shown}")
    print(f"The bound is {BOUND:,}.")
    if min(counts) > BOUND:
        raise SystemExit("A request needs more instructions than it may.")


def of_small_gets(programs: Path) -> list[float]:
    """Of one request, as often as it was counted."""
    with (
        _one_processor(),
        tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home,
        nginx(Path(home)) as server,
    ):
        return [_of_a_request(programs, server.plain) for _ in range(ROUNDS)]


@contextmanager
def _one_processor() -> Iterator[None]:
    """What is started within runs on the same one."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _of_a_request(programs: Path, base_url: str) -> float:
    def total(count: int) -> int:
        command = (programs / "small_gets", base_url, "cold", str(count))
        return sum(_counted(command, ("--separate-threads=yes",), _is_of_the_engine))

    return (total(MANY) - total(FEW)) / (MANY - FEW)


def of_piece(programs: Path, name: str) -> float:
    """Of one piece of the core; the same each time."""

    def total(count: int) -> int:
        return sum(_counted((programs / "counted_pieces", name, str(count))))

    many = PIECES[name]
    few = many // 10
    return (total(many) - total(few)) / (many - few)


@dataclass(frozen=True, slots=True)
class Watching:
    """Instructions of a small GET in Python, and of what looks at them each second.

    Attributes:
        get: Of a GET, all threads together.
        look: Of all that watches, for one second.
    """

    get: float
    look: float

    def ratio(self, per_second: float = PER_SECOND) -> float:
        """Everything on against everything off, at so many GETs a second."""
        return 1 + self.look / (per_second * self.get)


def of_watching(base_url: str, gets: int = 2_000, looks: int = 10) -> Watching:
    """What `programs.watched_counts` does, taken apart by how often it does it.

    `gets` and `looks` are those that one run has more than another.
    """
    few_gets, few_looks = 500, 5

    def total(gets: int, looks: int) -> int:
        told = {"base_url": base_url, "loop": "asyncio", "gets": gets, "rounds": looks}
        name = "compare.programs.watched_counts"
        command = (sys.executable, "-m", name, json.dumps(told))
        return sum(_counted(command))

    with _one_processor():
        base = total(few_gets, few_looks)
        more_gets = total(few_gets + gets, few_looks)
        more_looks = total(few_gets, few_looks + looks)
    return Watching((more_gets - base) / gets, (more_looks - base) / looks)


def _counted(
    command: Sequence[str | Path],
    more: Sequence[str] = (),
    is_wanted: Callable[[Path], bool] = Path.is_file,
) -> list[int]:
    """What callgrind says of a program, thread by thread if it is told so."""
    with tempfile.TemporaryDirectory(prefix="pyesi-bench-") as home:
        subprocess.run(
            [
                *("valgrind", "--tool=callgrind", *more),
                f"--callgrind-out-file={home}/counts",
                *command,
            ],
            check=True,
            capture_output=True,
            cwd=HERE.parent,
            env=environment(),
            timeout=600,
        )
        return [_total(file) for file in Path(home).iterdir() if is_wanted(file)]


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
