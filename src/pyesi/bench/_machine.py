"""Which machine figures are of, and what its process uses."""

from __future__ import annotations

import os
import platform
import re
import resource
import sys
from pathlib import Path
from typing import Any

from pyesi._version import VERSION

_SAME_MACHINE = ("system", "architecture", "processor", "cores", "memory_gib")


def machine_facts() -> dict[str, Any]:
    """What figures depend on beside the code; no name and no address."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": _cores(),
        "memory_gib": _memory(),
        "python": platform.python_version(),
        "pyesi": VERSION,
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What makes figures of the two hard to compare, each as a few words."""
    return [
        f"{name.removesuffix('_gib')} {one.get(name)} there, {other.get(name)} here"
        for name in (*_SAME_MACHINE, "python")
        if one.get(name) != other.get(name)
    ]


def peak_memory() -> int:
    """The most bytes of memory that this process has had."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", _read("/proc/self/status"), re.MULTILINE)
    if found is not None:
        return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _processor() -> str:
    names = r"^(?:model name|Processor)\s*:\s*(.+)$"
    found = re.search(names, _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    # Whole ones: a new kernel keeps some more or less of it for itself.
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
