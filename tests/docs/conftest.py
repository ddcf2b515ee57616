"""A simulated ESI for the examples, at the place where they look for it."""

import os

import pytest

from pyesi.simulator import SimulatorProcess


@pytest.fixture(scope="session")
def running_simulator():
    with SimulatorProcess(pages=12, prepare=True) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator):
    running_simulator.reset()
    return running_simulator


@pytest.fixture
def example_environment(simulator):
    """What a reader has set who follows the pages: ESI's place, and a port."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("PYESI_")
    }
    return {**kept, "PYESI_BASE_URL": simulator.base_url, "METRICS_PORT": "0"}
