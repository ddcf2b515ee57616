"""A simulated ESI: all of its operations, limits and faults, without the network.

It needs aiohttp: `pip install 'pyesi-eve[simulator]'`.

    with SimulatorProcess(pages=20, lifetime=30) as simulator:
        client = SyncESIClient(user_agent=..., base_url=simulator.base_url)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyesi.simulator._cli import main
from pyesi.simulator._identity import make_token
from pyesi.simulator._process import SimulatorProcess
from pyesi.simulator._settings import Settings

if TYPE_CHECKING:
    from pyesi.simulator._server import Simulator

__all__ = ["Settings", "Simulator", "SimulatorProcess", "main", "make_token"]


def __getattr__(name: str) -> object:
    """Import the server, and with it aiohttp, once it is asked for."""
    if name == "Simulator":
        from pyesi.simulator._cli import require_server

        return require_server()
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
