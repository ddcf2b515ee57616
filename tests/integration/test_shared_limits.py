"""Limits that several processes share."""

import signal
import time

import pytest

from integration.limit_workers import FORKING, MIXED, start, told
from integration.redis_world import Redis, needs_redis
from integration.worlds import make_blocking_client
from pyesi.simulator import make_token

CHARACTER = 90000001
RESERVE = 0.1
WINDOWS = {"market-order": 600, "char-location": 200}


def run_together(simulator, limits, *, processes, seconds):
    """What several processes and their simulator saw of a mixed workload."""
    running = workers(simulator, limits, processes=processes, seconds=seconds)
    return [told(process) for process in running]


def refusals_of(counters):
    """How many answers were a 420 or a 429, by status."""
    return {status: counters["by_status"].get(status, 0) for status in ("420", "429")}


@pytest.mark.parametrize(
    ("window", "windows"),
    [
        pytest.param(4, 3, id="short"),
        pytest.param(20, 5, id="long", marks=pytest.mark.long),
    ],
)
@pytest.mark.timeout(200)
def test_four_processes_get_what_the_reserve_leaves_and_no_refusal(
    make_simulator, tmp_path, window, windows
):
    """
    Four processes of one mixed workload get 95 % of what the reserve leaves, no 429 and
    no 420.
    """
    simulator = make_simulator(
        pages=2, windows={group: (n, window) for group, n in WINDOWS.items()}
    )
    ends = run_together(
        simulator, tmp_path / "limits.db", processes=4, seconds=window * windows
    )
    counters = simulator.counters()
    assert refusals_of(counters) == {"420": 0, "429": 0}
    for group, tokens in WINDOWS.items():
        allowed = tokens * (1 - RESERVE) * windows
        assert counters["tokens"][group] >= 0.95 * allowed
    assert all(end["sharing"]["standing"] == "shared" for end in ends)


def workers(simulator, limits, *, processes, seconds):
    """That many processes of the mixed workload, running."""
    token = make_token(CHARACTER, ["esi-location.read_location.v1"])
    return [
        start(MIXED, simulator.base_url, limits, number, seconds, token)
        for number in range(processes)
    ]


def test_a_killed_worker_costs_the_others_nothing_but_its_lease(
    make_simulator, tmp_path
):
    """
    When one of three processes is killed the others are never refused, and soon have
    its part.
    """
    simulator = make_simulator(pages=2, windows={"market-order": (400, 3)})
    running = workers(simulator, tmp_path / "limits.db", processes=3, seconds=9)
    time.sleep(1.5)
    running[0].send_signal(signal.SIGKILL)
    running[0].communicate()
    for process in running[1:]:
        told(process)
    counters = simulator.counters()
    assert refusals_of(counters) == {"420": 0, "429": 0}
    assert counters["tokens"]["market-order"] >= 0.75 * 400 * 0.9 * 3


def test_a_ledger_that_is_spoilt_stops_nobody(make_simulator, tmp_path):
    """
    A file that is overwritten while processes use it is set aside, and they go on.
    """
    simulator = make_simulator(pages=2, windows={"market-order": (400, 3)})
    place = tmp_path / "limits.db"
    running = workers(simulator, place, processes=2, seconds=8)
    time.sleep(1.5)
    for part in tmp_path.glob("limits.db*"):
        part.write_bytes(b"x" * 50_000)
    ends = [told(process) for process in running]
    assert all(end["ends"]["orders"] > 50 for end in ends)
    assert refusals_of(simulator.counters())["429"] <= 2


def test_a_place_that_cannot_be_used_makes_one_alone(simulator, tmp_path):
    """
    Without its ledger a client goes on by half of each window, and says so.
    """
    place = tmp_path / "limits.db"
    with make_blocking_client(simulator.base_url, limits=place) as esi:
        place.mkdir()
        assert esi.get("/status").status == 200
        sharing = esi.limits()[0]["sharing"]
    assert sharing["standing"] == "alone"
    assert sharing["losses"] == 1
    assert sharing["failures"] >= 2


def test_what_a_closed_client_held_is_there_for_the_next(make_simulator, tmp_path):
    """
    A client that is closed gives back what it holds, and tells what it spent.
    """
    simulator = make_simulator(pages=2, windows={"status": (40, 900)})
    place = tmp_path / "limits.db"
    with make_blocking_client(simulator.base_url, limits=place, cache=None) as first:
        for _ in range(5):
            first.get("/status")
    with make_blocking_client(simulator.base_url, limits=place, cache=None) as second:
        second.get("/status")
        (lease,) = (
            one
            for one in second.limits()[0]["sharing"]["leases"]
            if one["name"] == "status"
        )
        held = lease["unused"] + lease["in_flight"]
        assert lease["left"] + held in range(40 - 2 * 6, 40 - 2 * 5 + 1)


def test_a_child_of_a_fork_is_a_process_of_its_own(simulator, tmp_path):
    """
    Parent and child share by the file where neither had opened it before the fork.
    """
    place = tmp_path / "limits.db"
    told_of = told(start(FORKING, simulator.base_url, place, "before"))
    assert told_of["child"]["standing"] == told_of["parent"]["standing"] == "shared"


def test_a_child_that_cannot_open_the_file_goes_on_alone(simulator, tmp_path):
    """
    Where the parent had the file open before the fork, the child asks alone and soon,
    and the parent does not notice.
    """
    place = tmp_path / "limits.db"
    told_of = told(start(FORKING, simulator.base_url, place, "after"))
    assert told_of["child"]["standing"] == "alone"
    assert told_of["parent"]["standing"] == "shared"


@needs_redis
def test_processes_share_by_redis_and_go_on_when_it_is_killed(make_simulator, tmp_path):
    """
    Processes that share by Redis are never refused, also when it is killed meanwhile,
    and then say that they are alone.
    """
    simulator = make_simulator(pages=2, windows={"market-order": (600, 4)})
    server = Redis(tmp_path)
    try:
        running = workers(simulator, server.url, processes=3, seconds=10)
        time.sleep(5)
        server.kill()
        ends = [told(process) for process in running]
    finally:
        server.kill()
    assert refusals_of(simulator.counters()) == {"420": 0, "429": 0}
    for end in ends:
        assert end["sharing"]["standing"] == "alone"
        assert end["sharing"]["losses"] == 1
        assert end["sharing"]["processes"] == 3
