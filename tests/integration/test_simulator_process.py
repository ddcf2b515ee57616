"""The simulator in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import pyesi
from pyesi.errors import ConfigurationError
from pyesi.simulator import SimulatorProcess, _process
from pyesi.testing import turn_clock
from unit.simulated_requests import TODAY


def get(base_url, target="/status"):
    url = urlsplit(base_url)
    connection = HTTPConnection(url.hostname, url.port, timeout=10)
    connection.request("GET", target, headers=TODAY)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Where nobody reaps orphans, a dead one stays as a zombie.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_dead(pid):
    for _ in range(200):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def process():
    with SimulatorProcess(pages=3, windows={"status": (100, 20)}) as simulator:
        yield simulator


@pytest.fixture
def simulator(process):
    process.reset()
    return process


def test_it_answers_at_its_address(simulator):
    """
    What the context gives can be asked at once, with the settings it was given.
    """
    response, body = get(simulator.base_url)

    assert response.status == 200
    assert response.headers["X-Ratelimit-Limit"] == "100/20s"
    assert "players" in json.loads(body)


def test_its_clock_is_turned_from_here(simulator):
    """
    Advancing moves the Date of the next answer.
    """
    before = simulator.now()
    simulator.advance(3600)

    assert 3600 <= simulator.now() - before < 3700


def test_all_words_of_control_reach_it(simulator):
    """
    Faults, rolls, downtime and counters work across the process.
    """
    simulator.faults([{"fault": {"kind": "html_504"}}])
    statuses = [get(simulator.base_url)[0].status for _ in range(2)]
    simulator.downtime(60)
    statuses.append(get(simulator.base_url)[0].status)
    simulator.downtime(0)
    simulator.roll(pages=7)
    orders, _ = get(simulator.base_url, "/markets/10000002/orders?order_type=all")
    simulator.roll_after(1)

    assert statuses == [504, 200, 503]
    assert orders.headers["X-Pages"] == "7"
    assert simulator.counters()["requests"] == 4
    assert [seen["target"] for seen in simulator.requests()][:1] == ["/status"]


def test_a_misspelt_control_is_refused_here(simulator):
    """
    The other side's refusal is a ValueError on this side.
    """
    with pytest.raises(ValueError, match="meteor"):
        simulator.faults([{"fault": {"kind": "meteor"}}])


def test_it_ends_with_its_context():
    """
    Behind the context there is no process.
    """
    with SimulatorProcess(pages=1) as simulator:
        pid = simulator.pid
        assert is_alive(pid)

    assert not is_alive(pid)
    assert simulator.pid == 0


def test_it_dies_with_a_parent_that_is_killed():
    """
    A parent that has no time to say goodbye leaves nothing behind.
    """
    program = (
        "import time\n"
        "from pyesi.simulator import SimulatorProcess\n"
        "with SimulatorProcess(pages=1) as simulator:\n"
        "    print(simulator.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert wait_until_dead(child)


def test_it_can_be_ended_by_ctrl_c():
    """
    On a terminal Ctrl-C ends it without a traceback.
    """
    started = subprocess.Popen(
        [sys.executable, "-m", "pyesi.simulator", "--pages", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "http://127.0.0.1:" in started.stdout.readline()
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=10)

    assert started.returncode == 0
    assert said == ""


def test_settings_that_cannot_be_are_told():
    """
    A simulator that cannot start says so instead of hanging.
    """
    with (
        pytest.raises(ConfigurationError, match="did not start"),
        SimulatorProcess(pages=0),
    ):
        pass


def test_a_missing_aiohttp_is_told_with_the_cure(monkeypatch):
    """
    Without aiohttp the error names what to install.
    """
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "pyesi.simulator._server", raising=False)
    monkeypatch.delitem(sys.modules, "pyesi.simulator._delivery", raising=False)

    with pytest.raises(ConfigurationError, match=r"pyesi-eve\[simulator\]"):
        _process.require_server()


def test_turning_the_clock_turns_both(simulator):
    """
    Simulator and engine move by the same seconds, the simulator first.
    """

    class Engine:
        turned = 0.0

        def advance_clock(self, seconds):
            assert simulator.control("clock")["offset"] == 90
            self.turned += seconds

    class Client:
        engine = Engine()

    turn_clock(simulator, Client(), 90)
    assert Client.engine.turned == 90


def test_the_plugin_gives_a_fresh_simulator_to_each_test(tmp_path):
    """
    Two tests of somebody's suite share a process, not what it saw.
    """
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["pyesi.testing.plugin"]\n')
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n"
        "import pytest\n"
        '@pytest.mark.parametrize("turn", [1, 2])\n'
        "def test_counts_from_nothing(esi_simulator, turn):\n"
        '    urllib.request.urlopen(esi_simulator.base_url + "/status").close()\n'
        '    assert esi_simulator.counters()["requests"] == 1\n'
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(pyesi.__path__[0]).resolve().parent)},
        check=False,
    )

    assert "2 passed" in ran.stdout, ran.stdout
