"""What the tests of the whole share."""

import asyncio

import pytest
import uvloop

from integration.worlds import Authority, SeenFrom, make_blocking_client, make_client
from pyesi.simulator import SimulatorProcess


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    """No setting comes from the environment of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def simulator_process():
    """One simulator for the whole session, reachable at every loopback address."""
    with SimulatorProcess(host="0.0.0.0", pages=8) as process:
        yield process


@pytest.fixture
def simulator(simulator_process):
    """A simulated ESI that nobody has used, at an address of the test's own."""
    simulator_process.reset()
    return SeenFrom(simulator_process)


@pytest.fixture
def make_simulator():
    """Make a simulator with settings of its own; it ends with the test."""
    running = []

    def make(**settings):
        process = SimulatorProcess(**settings)
        process.__enter__()
        running.append(process)
        return process

    yield make
    for process in running:
        process.__exit__(None, None, None)


@pytest.fixture
def blocking(simulator):
    """A blocking client of the simulator."""
    with make_blocking_client(simulator.base_url) as client:
        yield client


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority that no trust store knows."""
    return Authority(tmp_path_factory.mktemp("authority"))


# The first loop of a process opens libuv's signal pipe, which stays: not ours to count.
uvloop.new_event_loop().close()
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=list(LOOPS))
def either_loop(request):
    """Runs a coroutine on asyncio's own loop, and in a second test on uvloop's."""
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        yield runner.run


@pytest.fixture
def loop():
    """Runs coroutines, one after the other, on one loop of asyncio's own."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def client_of():
    """Makes clients for asyncio."""
    return make_client
