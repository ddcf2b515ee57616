"""The pytest plugin: `pytest_plugins = ["pyesi.testing.plugin"]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pyesi.simulator import SimulatorProcess

__all__ = ["esi_simulator", "esi_simulator_process", "esi_simulator_settings"]


@pytest.fixture(scope="session")
def esi_simulator_settings() -> dict[str, Any]:
    """Settings of the simulator; override this fixture to change them."""
    return {"pages": 8}


@pytest.fixture(scope="session")
def esi_simulator_process(
    esi_simulator_settings: dict[str, Any],
) -> Iterator[SimulatorProcess]:
    """Run one simulator for the whole session."""
    with SimulatorProcess(**esi_simulator_settings) as simulator:
        yield simulator


@pytest.fixture
def esi_simulator(esi_simulator_process: SimulatorProcess) -> SimulatorProcess:
    """Give a simulated ESI that nobody has used: its state is fresh for each test."""
    esi_simulator_process.reset()
    return esi_simulator_process
