"""`pyesi bench`, from its first line to its exit code."""

import json
import signal
import subprocess
import sys
import time

import pytest

from integration.worlds import free_port
from pyesi import catalog
from pyesi.cli import _bench, main


def measured(capfd, *words):
    """The figures of a bench that ends well."""
    assert main(["bench", "--json", *words]) == 0
    return json.loads(capfd.readouterr().out)["figures"]


def test_a_route_is_enough(capfd):
    """
    Without a URL a simulated ESI is started, asked, and the figures are told.
    """
    assert main(["bench", "get_markets_prices", "-n", "50", "--warm-up", "0"]) == 0

    told = capfd.readouterr().out
    assert told.startswith("GetMarketsPrices of simulated ESI: cache as usual, 10 at ")
    assert "requests      50 in " in told
    assert "errors        none" in told
    assert "p99.9" in told


def test_hits_are_told_apart_from_what_was_sent(simulator, capfd):
    """
    One answer is sent for and answers all that ask after it.
    """
    url = f"{simulator.base_url}/status"

    seen = measured(capfd, url, "-n", "100", "--warm-up", "0", "-c", "1")

    assert seen["sources"] == {"network": 1, "fresh": 99}
    assert (seen["sent"], seen["joined"], seen["hit_share"]) == (1, 0, 0.99)
    assert simulator.counters()["requests"] == 1


def test_the_network_is_measured_by_what_is_sent(simulator, capfd):
    """
    Nothing is kept; what shared the flight of an equal request is counted as such.
    """
    url = f"{simulator.base_url}/status"
    words = ("-n", "200", "--warm-up", "0", "--measure", "network")

    seen = measured(capfd, url, *words)

    assert seen["sources"] == {"network": 200}
    assert seen["sent"] + seen["joined"] == 200
    assert seen["sent"] == simulator.counters()["requests"]


def test_the_query_of_a_url_counts(simulator, capfd):
    """
    It is asked for with it, at a rate as by workers.
    """
    target = "/markets/10000002/orders?order_type=sell&page=2"
    words = ("-n", "20", "--warm-up", "0", "--rate", "400/s")

    seen = measured(capfd, f"{simulator.base_url}{target}", *words)

    assert seen["requests"] == 20
    assert seen["errors"] == {}
    assert seen["late"]["max"] >= 0
    assert list(simulator.targets()) == [f"GET {target}"]


def test_a_mix_asks_all_its_routes_and_counts_errors(simulator, capfd, tmp_path):
    """
    A 404 is one of its answers, and is told by its status.
    """
    path = tmp_path / "mix.toml"
    path.write_text(
        '[[request]]\nroute = "/universe/types/{type_id}"\nweight = 2\n'
        "parameters = { type_id = [34, 35, 36] }\n"
        '[[request]]\nroute = "/universe/systems/1"\n'
    )

    words = ("--mix", str(path), "-n", "60", "--warm-up", "0", "-c", "2")
    seen = measured(capfd, simulator.base_url, *words)

    assert simulator.targets().keys() == {
        *(f"GET /universe/types/{number}" for number in (34, 35, 36)),
        "GET /universe/systems/1",
    }
    assert list(seen["errors"]) == ["404 NotFound"]
    assert sum(seen["sources"].values()) + seen["errors"]["404 NotFound"] == 60


def test_limits_of_esi_do_not_hold_up_the_simulator_that_bench_starts(capfd):
    """
    More is sent in a moment than ESI's window of a quarter of an hour would allow.
    """
    words = ("-n", "350", "--warm-up", "0", "-c", "1", "--measure", "network")
    window = catalog.find("/sovereignty/campaigns").rate_limit_tokens

    seen = measured(capfd, "/sovereignty/campaigns", *words)

    assert seen["errors"] == {}
    assert seen["sent"] == 350 > window / 2


def test_a_server_that_is_not_there_is_told(capfd):
    """
    Its errors are figures too, and the code is 1.
    """
    url = f"http://127.0.0.1:{free_port()}/status"

    assert main(["bench", url, "-n", "20", "--warm-up", "0"]) == 1

    printed = capfd.readouterr()
    assert "ConnectFailed" in printed.out
    assert "no request had a good answer" in printed.err


def test_what_cannot_be_sent_is_said_before_anything_is(simulator, capfd):
    """
    A parameter that is missing is found without a request.
    """
    url = f"{simulator.base_url}/markets/{{region_id}}/orders"

    assert main(["bench", url]) == 1

    assert 'needs the parameter "region_id"' in capfd.readouterr().err
    assert simulator.counters()["requests"] == 0


def test_all_targets_are_told_with_their_figures(monkeypatch, capfd):
    """
    Six lines, each with what was seen and whether that is enough; not whether it is,
    which is this machine's affair.
    """
    monkeypatch.setattr(_bench, "SECONDS_OF_TARGETS", 0.4)

    assert main(["bench", "--targets"]) == 0

    head, *lines = capfd.readouterr().out.splitlines()
    assert head.split() == [
        "what",
        "target",
        "seen",
        "met",
        "how",
        "it",
        "was",
        "measured",
    ]
    assert len(lines) == 6
    assert all("  yes  " in line or "  no  " in line for line in lines)


@pytest.mark.parametrize("pace", [("-c", "3"), ("--rate", "200")])
def test_ctrl_c_prints_what_was_measured_so_far(simulator, tmp_path, pace):
    """
    The figures come at once, the code is 130, and nothing is saved.
    """
    words = [f"{simulator.base_url}/status", "-d", "10m", "--warm-up", "0"]
    words += [*pace, "--measure", "network", "--save", "b.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pyesi", "bench", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    try:
        for _ in range(1_000):
            if simulator.counters()["requests"] > 20:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        told, complaints = process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == 130
    assert "what follows was measured so far" in told
    assert "p99.9" in told
    assert "neither saved nor compared" in complaints
    assert "Traceback" not in complaints
    assert list(tmp_path.iterdir()) == []
