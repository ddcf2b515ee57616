"""What the rows are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .nginx import Server
from .pairing import Settings

LOOPS = ("asyncio", "uvloop")


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers, the programs and how thoroughly is measured.

    Attributes:
        server: nginx.
        silent: URL of a server that never answers.
        programs: Where the programs of C++ were built; None: they were not.
        settings: Rounds and counts.
    """

    server: Server
    silent: str
    programs: Path | None
    settings: Settings

    def told(self, *, tls: bool = False, **more: Any) -> dict[str, Any]:
        """What a program is told: the server, and what the row adds."""
        return {
            "base_url": self.server.tls if tls else self.server.plain,
            "ca_file": self.server.ca_file,
            **more,
        }
