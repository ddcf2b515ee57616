"""What figures depend on beside the code; no name and no address."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def instruction_facts(programs: Path) -> dict[str, Any]:
    """What decides how many instructions a request takes."""
    return {
        **_here(programs),
        "versions": {
            "libcurl": _told("pkg-config", "--modversion", "libcurl"),
            "libc": platform.libc_ver()[1],
            "valgrind": _told("valgrind", "--version").removeprefix("valgrind-"),
        },
    }


def ratio_facts(programs: Path, peers: tuple[str, ...]) -> dict[str, Any]:
    """What decides how much of a peer's time it takes."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        **_here(programs),
        "cores": os.cpu_count(),
        "versions": {
            "python": python,
            "libcurl": _told("pkg-config", "--modversion", "libcurl"),
            **{peer: _installed(peer) for peer in peers},
        },
    }


def _here(programs: Path) -> dict[str, Any]:
    return {
        "architecture": platform.machine(),
        "cpu": _cpu(),
        "compiler": _compiler(programs),
    }


def _cpu() -> str:
    text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def _compiler(programs: Path) -> str:
    """The one that made the programs, such as `GNU 12.2.0`."""
    build = programs.parents[1]
    for file in (build / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake"):
        text = file.read_text("utf-8")
        words = [
            re.search(rf'\(CMAKE_CXX_COMPILER_{name} "(.+?)"\)', text)
            for name in ("ID", "VERSION")
        ]
        return " ".join(word[1] for word in words if word)
    return "unknown"


def _installed(peer: str) -> str:
    try:
        return version(peer)
    except PackageNotFoundError:
        return "none"


def _told(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, check=True, text=True)
    return ended.stdout.strip()
