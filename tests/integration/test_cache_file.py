"""A cache in a file: what one process was told, the next one knows."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, suppress

import pytest

import pyesi
from integration.worlds import make_blocking_client, make_client, sources_of_a_crowd
from pyesi.testing import turn_clock

SYSTEM = "/universe/systems/{system_id}"
ORDERS = "/markets/{region_id}/orders"
FORGE = {"region_id": 10000002, "order_type": "all"}

PRELUDE = """
import os, sys, time
import pyesi
from pathlib import Path
BASE_URL, PATH = sys.argv[1:]
SYSTEM = "/universe/systems/{system_id}"
ORDERS = "/markets/{region_id}/orders"
FORGE = dict(region_id=10000002, order_type="all")
def client(**settings):
    return pyesi.SyncESIClient(
        user_agent="pyesi-tests/1.0 (tests@example.com)",
        base_url=BASE_URL,
        cache=PATH,
        **settings,
    )
def written(esi):
    while esi.statistics()["cache"]["file"]["pending"]:
        time.sleep(0.001)
"""


@pytest.fixture
def path(tmp_path):
    """Where the cache is to be."""
    return tmp_path / "answers.sqlite3"


@pytest.fixture
def still(make_simulator):
    """A simulated ESI whose data does not change: 400 pages of orders."""
    return make_simulator(pages=400, change_share=0)


def start(program, simulator, path):
    """Another process."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            PRELUDE + textwrap.dedent(program),
            simulator.base_url,
            path,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, *, code=0):
    """What it printed; it ended with that code."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return out


def killed(program, simulator, path):
    """Run a program until it has said something, and kill it."""
    with start(program, simulator, path) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        assert line, process.stderr.read()
    return line


SWEEP = """
esi = client()
assert len(esi.get_pages(ORDERS, **FORGE)) == 400
written(esi)
print("written", flush=True)
time.sleep(60)
"""


def sweep(esi):
    """All pages of The Forge."""
    return esi.get_pages(ORDERS, **FORGE)


def statuses_since(simulator, before):
    """How often which status was answered since then."""
    now = simulator.counters()["by_status"]
    return {
        status: count - before.get(status, 0)
        for status, count in now.items()
        if count != before.get(status, 0)
    }


def test_a_sweep_after_a_kill_asks_for_nothing_that_is_fresh(still, path):
    """
    After `kill -9` and before the expiry, a sweep of 400 pages sends no request.
    """
    killed(SWEEP, still, path)
    assert still.counters()["requests"] == 400

    with make_blocking_client(still.base_url, cache=path) as esi:
        pages = sweep(esi)
        assert len(pages) == 400
        assert {page.source for page in pages} == {pyesi.Source.FRESH}
        assert esi.statistics()["cache"]["file"]["hits"] == 400

    assert still.counters()["requests"] == 400


def test_a_sweep_after_a_kill_and_the_expiry_is_all_304(still, path):
    """
    After `kill -9` and the expiry, with the data unchanged, 400 pages are 400 answers
    of 304 and none of 200.
    """
    killed(SWEEP, still, path)
    before = still.counters()["by_status"]

    with make_blocking_client(still.base_url, cache=path) as esi:
        turn_clock(still, esi, 301)
        pages = sweep(esi)
        assert {page.source for page in pages} == {pyesi.Source.REVALIDATED}

    assert statuses_since(still, before) == {"304": 400}
    assert still.counters()["early"] == 0


def test_a_process_may_be_killed_at_any_moment(make_simulator, tmp_path):
    """
    Whenever a process is killed, the next one serves whole answers, never early, and
    finds the file in order.
    """
    simulator = make_simulator(pages=40, change_share=0)
    path = tmp_path / "answers.sqlite3"
    program = """
    esi = client()
    esi.get(SYSTEM, system_id=30000142)
    print("on its way", flush=True)
    for number in range(10_000):
        esi.get_pages(ORDERS, **FORGE)
        esi.get(SYSTEM, system_id=30000143 + number)
    """
    for round_ in range(8):
        with start(program, simulator, path) as process:
            assert process.stdout.readline(), process.stderr.read()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.005 * round_**2)
            process.send_signal(signal.SIGKILL)

    with make_blocking_client(simulator.base_url, cache=path) as esi:
        assert len(sweep(esi).json()) == len(esi.get_pages(ORDERS, **FORGE).json())
        file = esi.statistics()["cache"]["file"]
    assert (file["damaged"], file["faults"]) == (0, 0)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_close_writes_what_is_left(simulator, path):
    """
    What was answered before `close` is in the file after it.
    """
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        for number in range(50):
            esi.get(SYSTEM, system_id=30000142 + number)

    with make_blocking_client(simulator.base_url, cache=str(path)) as esi:
        for number in range(50):
            answer = esi.get(SYSTEM, system_id=30000142 + number)
            assert answer.source == pyesi.Source.FRESH
            assert answer.json()["system_id"] == 30000142 + number
    assert simulator.counters()["requests"] == 50


def test_values_of_the_application_outlive_the_process(simulator, path, loop):
    """
    `esi.cache` finds, deletes and lets expire what an earlier process has set.
    """
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        esi.cache.set("watched", [34, 35], expire=3600)
        esi.cache.set("brief", "x", expire=10)
        esi.cache.set("gone", b"y", expire=3600)

    async def story():
        async with make_client(simulator.base_url, cache=path) as esi:
            assert await esi.cache.get("watched") == [34, 35]
            assert await esi.cache.delete("gone")
            assert not await esi.cache.delete("gone")

    loop(story())

    with make_blocking_client(simulator.base_url, cache=path) as esi:
        assert esi.cache.get("gone") is None
        assert esi.cache.get("brief") == "x"
        esi.engine.advance_clock(11)
        assert esi.cache.get("brief") is None
        esi.cache.clear()
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        assert esi.cache.get("watched", "nothing") == "nothing"


def test_a_cold_crowd_is_served_from_the_file(simulator, path, either_loop):
    """
    A thousand callers at once find in the file what was kept, and send nothing.
    """
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        for number in range(20):
            esi.get(SYSTEM, system_id=30000142 + number)

    crowd = sources_of_a_crowd(simulator.base_url, cache=path)

    assert either_loop(crowd) == {pyesi.Source.FRESH}
    assert simulator.counters()["requests"] == 20


def test_one_identity_never_meets_anothers_answer_in_the_file(simulator, path):
    """
    Two characters' answers lie in one file and stay their own.
    """
    route = "/characters/{character_id}/wallet"
    tokens = {
        number: pyesi.testing.make_token(
            number, scopes=["esi-wallet.read_character_wallet.v1"]
        )
        for number in (90000001, 90000002)
    }
    told = {}
    for _ in range(2):
        for number, token in tokens.items():
            with make_blocking_client(
                simulator.base_url, cache=path, auth=token
            ) as esi:
                answer = esi.get(route, character_id=number)
                assert told.setdefault(number, answer.json()) == answer.json()
    assert simulator.counters()["requests"] == 2

    # With the other's token nothing of it is found: ESI is asked, and says no.
    with (
        make_blocking_client(
            simulator.base_url, cache=path, auth=tokens[90000001]
        ) as esi,
        pytest.raises(pyesi.errors.StatusError),
    ):
        esi.get(route, character_id=90000002)


def test_the_file_is_its_owners_alone(simulator, path):
    """
    Nobody else may read what ESI told a character.
    """
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        esi.get("/status")
        modes = {
            file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()
        }
    assert path.name in modes
    assert set(modes.values()) == {0o600}


# ------------------------------------------------------------------------- faults


@pytest.mark.parametrize("part", ["head", "middle", "cut", "all"])
def test_a_damaged_file_is_no_error(simulator, path, part):
    """
    Whatever was done to the file, every answer is right, and the next process keeps
    again.
    """
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        for number in range(200):
            esi.get(SYSTEM, system_id=30000142 + number)
    whole = path.read_bytes()
    spoiled = {
        "head": b"x" * 100 + whole[100:],
        "middle": whole[:20_000] + os.urandom(30_000) + whole[50_000:],
        "cut": whole[: len(whole) // 2],
        "all": os.urandom(len(whole)),
    }
    path.write_bytes(spoiled[part])

    for _ in range(3):
        with make_blocking_client(simulator.base_url, cache=path) as esi:
            for number in range(200):
                answer = esi.get(SYSTEM, system_id=30000142 + number)
                assert answer.json()["system_id"] == 30000142 + number

    before = simulator.counters()["requests"]
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        for number in range(200):
            esi.get(SYSTEM, system_id=30000142 + number)
    assert simulator.counters()["requests"] == before


def test_a_full_disk_is_no_error(simulator, path):
    """
    Where nothing can be written, requests are answered and faults counted.
    """
    program = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    with client() as esi:
        for number in range(300):
            answer = esi.get(SYSTEM, system_id=30000142 + number)
            assert answer.json()["system_id"] == 30000142 + number
        esi.get_pages(ORDERS, **FORGE)
        time.sleep(0.1)
        print(esi.statistics()["cache"]["file"]["faults"] > 0)
    """
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    assert finish(start(program, simulator, path)) == "True\n"

    with make_blocking_client(simulator.base_url, cache=path) as esi:
        assert esi.get(SYSTEM, system_id=30000142).status == 200
        assert esi.statistics()["cache"]["file"]["faults"] == 0


def test_a_folder_that_vanishes_is_no_error(simulator, tmp_path):
    """
    The file and its folder may go while they are used.
    """
    folder = tmp_path / "soon gone"
    folder.mkdir()
    with make_blocking_client(simulator.base_url, cache=folder / "answers") as esi:
        assert esi.get(SYSTEM, system_id=30000142).status == 200
        shutil.rmtree(folder)
        for number in range(20):
            assert esi.get(SYSTEM, system_id=30000143 + number).status == 200


def test_two_processes_share_a_file(simulator, path):
    """
    Two processes that ask and write at once get right answers without a fault, and a
    third finds what both have left.
    """
    program = """
    first = int(sys.stdin.readline())
    with client() as esi:
        for number in range(200):
            answer = esi.get(SYSTEM, system_id=30000142 + first + number)
            assert answer.json()["system_id"] == 30000142 + first + number
    """
    processes = []
    for first in (0, 100):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                PRELUDE + textwrap.dedent(program),
                simulator.base_url,
                path,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(f"{first}\n")
        process.stdin.flush()
        processes.append(process)
    for process in processes:
        finish(process)

    before = simulator.counters()["requests"]
    with make_blocking_client(simulator.base_url, cache=path) as esi:
        for number in range(300):
            esi.get(SYSTEM, system_id=30000142 + number)
    assert simulator.counters()["requests"] == before
    assert simulator.counters()["early"] <= 100  # what both asked for at once


# --------------------------------------------------------------------------- fork


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_the_parents_file_alone(simulator, path):
    """
    The child works without the file, and the parent's is whole after it.
    """
    program = """
    import faulthandler
    faulthandler.dump_traceback_later(40, exit=True)
    esi = client()
    esi.get(SYSTEM, system_id=30000142)
    for round_ in range(10):
        for number in range(20):
            esi.get(SYSTEM, system_id=30000200 + round_ * 20 + number)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                assert esi.get(SYSTEM, system_id=30000142).status == 200
                assert esi.get(SYSTEM, system_id=30000900 + round_).status == 200
                assert esi.statistics()["cache"]["file"]["stored"] >= 2
                assert esi.statistics()["cache"]["file"]["entries"] == 0
                esi.close()
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(pid, 0)[1] == 0
    assert esi.get(SYSTEM, system_id=30000142).source == "fresh"
    esi.close()
    print("whole")
    """
    assert finish(start(program, simulator, path)) == "whole\n"

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (201,)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_was_forked_before_any_request_has_the_file(simulator, path):
    """
    A client that had not begun when its process forked keeps answers in both.
    """
    program = """
    esi = client()
    pid = os.fork()
    if pid == 0:
        esi.get(SYSTEM, system_id=30000142)
        esi.close()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert esi.get(SYSTEM, system_id=30000142).source == "fresh"
    esi.close()
    print("whole")
    """
    assert finish(start(program, simulator, path)) == "whole\n"
