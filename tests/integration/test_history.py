"""The past of real clients: what they tell, what they leave behind, a page of it."""

import subprocess
import sys
from pathlib import Path

import pytest

import pyesi
from integration.processes import until
from integration.worlds import SYSTEM, make_blocking_client
from pyesi.metrics import load_history


@pytest.fixture
def cache(tmp_path):
    return str(tmp_path / "answers.sqlite3")


def ask(esi):
    """Six requests: of an answer that is kept then, and of one that is not there."""
    for _ in range(3):
        esi.get(SYSTEM, system_id=30000142)
        with pytest.raises(pyesi.NotFound):
            esi.get(SYSTEM, system_id=1)


def counts(rows):
    return {
        name: sum(getattr(row, name) for row in rows)
        for name in ("requests", "errors", "client_errors", "avoided", "attempts")
    }


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_the_past_is_what_the_statistics_counted(simulator, hours):
    """
    Requests, hits and attempts of a history are those of the engine.
    """
    with make_blocking_client(simulator.base_url) as esi:
        ask(esi)
        known, seen = esi.history(hours), esi.statistics()

    assert counts(known) == {
        "requests": 6,
        "errors": 0,
        "client_errors": 1,  # the others were hits
        "avoided": seen["cache"]["avoided"],
        "attempts": sum(row["attempts"] for row in seen["attempts"]),
    }
    assert known.total.received == seen["bytes"]["received"]
    assert 0 < known.total.p50 <= known.total.p95 <= known.total.p99
    assert known.begin < known.end


def test_what_a_client_leaves_behind_is_what_it_told(simulator, cache):
    """
    The file that the core writes at the end has the counts of the history before.
    """
    with make_blocking_client(simulator.base_url, cache=cache) as esi:
        ask(esi)
        told = {hours: esi.history(hours) for hours in (24, 168)}

    for hours, known in told.items():
        left = load_history(cache, hours)
        assert [row.begin for row in left] == [row.begin for row in known]
        assert counts(left) == counts(known)
        for ours, theirs in zip(left, known, strict=True):
            assert ours.p95 == pytest.approx(theirs.p95)


def test_the_next_client_tells_of_the_one_before(simulator, cache):
    """
    A history goes back beyond the process, if the cache is in a file.
    """
    with make_blocking_client(simulator.base_url, cache=cache) as esi:
        ask(esi)
        esi.engine.advance_clock(3600)
        esi.get("/status")
    with make_blocking_client(simulator.base_url, cache=cache) as esi:
        esi.get("/markets/prices")
        until(lambda: len(esi.history(24).hourly()) >= 2)  # the file is read meanwhile
        known = esi.history(24)

    assert known.total.requests >= 7


def test_a_client_that_begins_anew_at_once_loses_nothing(simulator, cache):
    """
    A minute that two clients share has the requests of both, also in the file.
    """
    for _ in range(2):
        with make_blocking_client(simulator.base_url, cache=cache) as esi:
            until(lambda: not Path(f"{cache}.history").exists() or len(esi.history()))
            ask(esi)

    for hours in (24, 168):
        assert load_history(cache, hours).total.requests == 12


def test_a_report_of_a_file_is_written_by_another_process(simulator, cache, tmp_path):
    """
    `pyesi report` needs the file only.
    """
    with make_blocking_client(simulator.base_url, cache=cache) as esi:
        ask(esi)
        esi.write_report(tmp_path / "own.html")

    ended = subprocess.run(
        [sys.executable, "-m", "pyesi", "report", cache, "--out", "other.html"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("6 requests from ")
    for name in ("own.html", "other.html"):
        assert (tmp_path / name).read_text().count("</svg>") == 5
