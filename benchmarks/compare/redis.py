"""A redis-server on loopback, for the rows that measure the shared cache."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .nginx import free_port, wait_for


def is_installed() -> bool:
    """Whether there is one to be had."""
    return shutil.which("redis-server") is not None


@contextmanager
def redis_server() -> Iterator[int]:
    """Its port, as long as it runs; it keeps nothing on the disk."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pyesi-bench-redis-") as home:
        command = [
            "redis-server",
            *("--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", home),
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(port)
                yield port
            finally:
                server.kill()
