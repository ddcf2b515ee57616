"""`pyesi bench`, with figures that nobody measured."""

import errno
import json
import os
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pyesi import bench
from pyesi.cli import _bench, main
from unit.test_bench_report import figures


@dataclass
class FakeSimulator:
    base_url: str = "http://127.0.0.1:40123"


@dataclass
class Measured:
    figures: Any = field(default_factory=figures)
    plans: list = field(default_factory=list)


@pytest.fixture
def measured(monkeypatch):
    """What is asked is kept, and answered by what the test puts there."""

    kept = Measured()

    async def measure_alone(plan, _begin):
        kept.plans.append(plan)
        return kept.figures

    monkeypatch.setattr(bench, "measure_alone", measure_alone, raising=False)
    monkeypatch.setattr(
        _bench,
        "_server",
        lambda url: nullcontext(FakeSimulator() if url is None else None),
    )
    return kept


@pytest.fixture
def nothing_starts(monkeypatch, tmp_path):
    """Neither a simulator nor a measurement can begin; the folder is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_bench, "_server", None)
    monkeypatch.setattr(bench, "run_timely", None, raising=False)


def test_options_become_the_plan(measured):
    """
    What stands on the command line is what is asked.
    """
    words = ["-c", "7", "--rate", "500/s", "-d", "2m", "--warm-up", "0", "--seed", "3"]
    words += ["-p", "page=1..4", "--measure", "network", "--mine", "https://me.example"]

    assert main(["bench", "/markets/10000002/orders?order_type=all", *words]) == 0

    (plan,) = measured.plans
    assert plan.load == bench.Load(concurrency=7, rate=500.0, seconds=120.0, warm_up=0)
    assert (plan.seed, plan.mine, plan.keeps_answers) == (
        3,
        "https://me.example",
        False,
    )
    assert (plan.base_url, plan.simulated) == (FakeSimulator.base_url, True)
    assert plan.wanted[0].choices == {"page": range(1, 5)}


def test_a_url_is_asked_and_no_simulator(measured):
    """
    It is a server that the user runs, with all of ESI's limits kept.
    """
    assert main(["bench", "http://127.0.0.1:8080/latest/status"]) == 0

    (plan,) = measured.plans
    assert (plan.base_url, plan.simulated) == ("http://127.0.0.1:8080/latest", False)


def test_a_mix_is_asked_of_a_simulator_or_a_url(measured, tmp_path):
    """
    Its file says what, and a URL without a route, if there is one, whom.
    """
    path = tmp_path / "mix.toml"
    path.write_text(
        '[[request]]\nroute = "/status"\n[[request]]\nroute = "/incursions"'
    )

    assert main(["bench", "--mix", str(path)]) == 0
    assert main(["bench", "http://127.0.0.1:8080", "--mix", str(path)]) == 0

    assert [len(plan.wanted) for plan in measured.plans] == [2, 2]
    assert [plan.simulated for plan in measured.plans] == [True, False]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["/status", "--rate", "10s"], "a rate is requests a second, such as 500/s"),
        (["/status", "-d", "0"], "above 0"),
        (["/status", "-n", "5", "-d", "5"], "not allowed with"),
        (["/status", "-c", "0"], "whole number above 0"),
        (["/status", "--tolerance", "10"], "a share such as 10%"),
        (["/status", "-p", "page"], "NAME=VALUE"),
        (["/status", "--measure", "reload"], "invalid choice"),
    ],
)
def test_a_wrong_option_ends_with_code_2(nothing_starts, capsys, words, told):
    """
    The line says what it must be.
    """
    with pytest.raises(SystemExit) as ended:
        main(["bench", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "needs a URL or a route"),
        (["nosuchroute"], "ESI has no route"),
        (["https://esi.evetech.net/status"], "never asks esi.evetech.net"),
        (["http://10.0.0.1/status"], "say so: --mine http://10.0.0.1:80"),
        (["/status", "--mix", "mix.toml"], "give it no route"),
        (["--mix", "mix.toml", "-p", "x=1"], "leave --param out"),
        (["--mix", "nosuch.toml"], "'nosuch.toml' cannot be read: No such file"),
        (["/status", "--save", "/nosuch/b.json"], "There is no folder '/nosuch'"),
        (["/status", "--png", "/nosuch/b.png"], "There is no folder '/nosuch'"),
        (["/status", "--compare", "nosuch.json"], "'nosuch.json' cannot be read"),
        (["--targets", "/status"], "give it alone"),
        (["--targets", "--save", "b.json"], "give it alone"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_starts(
    nothing_starts, capsys, words, told
):
    """
    One clear line and code 1, without a simulator and without a socket.
    """
    assert main(["bench", *words]) == 1

    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_a_baseline_is_saved_and_compared(measured, capsys, tmp_path):
    """
    Equal figures end with 0, and what has become worse than is tolerated with 1.
    """
    path = str(tmp_path / "baseline.json")
    assert main(["bench", "/status", "--save", path]) == 0
    compare = ["bench", "/status", "--compare", path]
    assert main([*compare, "--tolerance", "10%"]) == 0
    assert "throughput  500.0 → 500.0 a second" in capsys.readouterr().out

    measured.figures = replace(measured.figures, throughput=400.0)
    assert main([*compare, "--tolerance", "25%"]) == 0
    capsys.readouterr()
    assert main([*compare, "--tolerance", "10%"]) == 1

    printed = capsys.readouterr()
    assert "400.0 a second (-20%)" in printed.out
    assert printed.out.count("WORSE") == 1
    assert printed.err == "pyesi: worse by more than 10%: throughput.\n"


def test_a_baseline_of_another_machine_is_compared_with_a_warning(
    measured, capsys, tmp_path
):
    """
    The figures may say little, but they are told.
    """
    path = tmp_path / "baseline.json"
    main(["bench", "/status", "--save", str(path)])
    told = json.loads(path.read_text())
    told["machine"]["cores"] = 96
    path.write_text(json.dumps(told))

    assert main(["bench", "/status", "--compare", str(path)]) == 0

    assert "another machine or Python: cores 96 there" in capsys.readouterr().err


def test_a_baseline_of_something_else_is_not_compared(measured, capsys, tmp_path):
    """
    It is said before the measurement.
    """
    path = str(tmp_path / "baseline.json")
    main(["bench", "/status", "--save", path])
    measured.plans.clear()

    assert main(["bench", "/incursions", "--compare", path]) == 1

    assert measured.plans == []
    assert "measured something else: requests of" in capsys.readouterr().err


def test_a_full_disk_costs_the_file_and_not_the_figures(
    measured, capsys, tmp_path, monkeypatch
):
    """
    The report has been printed by then, and the line says what is full.
    """

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    assert main(["bench", "/status", "--save", str(tmp_path / "b.json")]) == 1

    printed = capsys.readouterr()
    assert "500.0 a second" in printed.out
    assert "could not be written: No space left on device" in printed.err
    assert list(tmp_path.iterdir()) == []


def test_what_was_interrupted_is_printed_and_neither_saved_nor_compared(
    measured, capsys, tmp_path
):
    """
    Half a measurement is no baseline; the code is that of Ctrl-C.
    """
    path = tmp_path / "b.json"
    measured.figures = replace(measured.figures, interrupted=True)

    assert main(["bench", "/status", "--save", str(path)]) == 130

    printed = capsys.readouterr()
    assert "what follows was measured so far" in printed.out
    assert "neither saved nor compared" in printed.err
    assert not path.exists()


def test_a_server_that_answers_nothing_is_an_error(measured, capsys, tmp_path):
    """
    Its figures are printed, and are no baseline.
    """
    path = tmp_path / "b.json"
    measured.figures = figures(10, failed=10)

    assert main(["bench", "/status", "--save", str(path)]) == 1

    printed = capsys.readouterr()
    assert "100.00%: 10 ConnectFailed" in printed.out
    assert "no request had a good answer" in printed.err
    assert not path.exists()


def test_json_is_all_that_is_printed(measured, capsys, tmp_path):
    """
    It has a schema, the machine, what was asked, the figures and what was compared.
    """
    path = str(tmp_path / "b.json")
    assert main(["bench", "/status", "--json", "--save", path]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["schema"]) == ("pyesi bench", 1)
    assert told["figures"]["latency"]["p99.9"] > 0
    assert told["asked"]["requests_of"][0]["route"] == "GetStatus"

    assert main(["bench", "/status", "--json", "--compare", path]) == 0
    compared = json.loads(capsys.readouterr().out)["compared"]
    assert compared[0]["name"] == "throughput"
    assert compared[0]["regressed"] is False


def test_a_picture_is_drawn_where_it_is_wanted(measured, tmp_path):
    """
    Beside the report.
    """
    path = tmp_path / "latencies.png"

    assert main(["bench", "/status", "--png", str(path)]) == 0

    assert path.read_bytes().startswith(b"\x89PNG")
