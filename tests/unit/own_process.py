"""What only a process of its own can show, such as what an import brings along."""

import os
import subprocess
import sys
from pathlib import Path

_TESTS = str(Path(__file__).parents[1])


def ended(program):
    """A Python program that has ended; it may import what tests may."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([_TESTS, *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
