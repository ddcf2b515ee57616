"""What the programs share: their settings, their event loop, and their meters."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any


def settings() -> dict[str, Any]:
    """What the program was told to do."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    return told


def tell(figures: dict[str, float]) -> None:
    """Hand the figures to whoever started the program."""
    print(json.dumps(figures), flush=True)


def run(main: Coroutine[Any, Any, dict[str, float]], loop: str) -> None:
    """Run to its end on the event loop of that name, and tell what came out."""
    if loop == "uvloop":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            tell(runner.run(main))
    else:
        tell(asyncio.run(main))


class Meter:
    """CPU (user and system, of all threads) and time from its making on."""

    def __init__(self) -> None:
        self._cpu = _cpu_seconds()
        self._began = time.perf_counter()

    def read(self, count: int) -> dict[str, float]:
        """Microseconds for each of `count`, and how many came in a second."""
        wall = time.perf_counter() - self._began
        cpu = _cpu_seconds() - self._cpu
        return {
            "cpu_us": cpu / count * 1e6,
            "wall_us": wall / count * 1e6,
            "per_second": count / wall,
        }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes() -> int:
    """The memory of this process that is in RAM."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class MemoryPeak:
    """The most memory in RAM that is had from its making on, over what was had then."""

    def __init__(self) -> None:
        # Makes the peak so far what is had now: proc(5).
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = resident_bytes()

    def read(self) -> int:
        """In bytes."""
        status = Path("/proc/self/status").read_text(encoding="ascii")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024 - self._before


def sleeps() -> int:
    """How often a thread of this process went to sleep, and so was woken."""
    return sum(
        int(line.split()[1])
        for status in Path("/proc/self/task").glob("*/status")
        for line in status.read_text(encoding="ascii").splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )
