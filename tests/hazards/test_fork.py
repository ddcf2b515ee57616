"""A process that forks while its client is at work."""

import os

import pytest

from hazards.programs import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

CHILD = """
def in_child(work):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print("child:", repr(error), flush=True)
        finally:
            os._exit(code)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "hung"
"""


def test_a_child_works_with_the_client_it_inherited(simulator):
    """
    The child gets an engine of its own; the parent's requests and cache are untouched.
    """
    program = (
        CHILD
        + """
esi = blocking()
assert esi.get(SYSTEM, **system(0)).status == 200
def work():
    assert esi.get(SYSTEM, **system(1)).status == 200
    assert len(esi.get_pages(ORDERS, **FORGE)) == 8
    asyncio.run(asynchronous())
    esi.close()
async def asynchronous():
    async with client() as own:
        assert (await own.get(SYSTEM, **system(2))).status == 200
assert in_child(work) == 0
assert esi.get(SYSTEM, **system(0)).source == "fresh"
assert esi.get(SYSTEM, **system(3)).status == 200
esi.close()
print("whole")
"""
    )
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr
    assert simulator.counters()["early"] == 0


# The address sanitizer's own locks are not made for a fork beside other threads.
@pytest.mark.unsanitized
def test_forks_under_load_neither_hang_nor_harm(simulator):
    """
    Forked again and again with requests in flight, parent and children answer all.
    """
    simulator.faults(
        [{"fault": {"kind": "latency", "seconds": 0.02}, "times": None, "chance": 0.3}]
    )
    program = (
        CHILD
        + """
async def main():
    async with client(cache=None) as esi:
        def work():
            async def own():
                answers = await asyncio.gather(
                    *(esi.get(SYSTEM, **system(n)) for n in range(5))
                )
                assert [a.status for a in answers] == [200] * 5
            runner = threading.Thread(target=lambda: asyncio.run(own()))
            asyncio.events._set_running_loop(None)
            asyncio.run(own())
        ends = []
        for round_ in range(12):
            tasks = [
                asyncio.create_task(esi.get(SYSTEM, **system(n))) for n in range(30)
            ]
            await asyncio.sleep(0.004 * (round_ % 4))
            ends.append(in_child(work))
            answers = await asyncio.gather(*tasks)
            assert [a.status for a in answers] == [200] * 30
        print(ends)
asyncio.run(main())
"""
    )
    program = program.replace(
        "            runner = threading.Thread(target=lambda: asyncio.run(own()))\n", ""
    )
    ended = run(program, simulator.base_url, seconds=100)

    assert ended.stdout == f"{[0] * 12}\n", ended.stderr
    assert ended.returncode == 0


def test_a_child_that_only_exits_leaves_the_parent_alone(simulator):
    """
    A child that ends the ordinary way, atexit hooks and all, says nothing on the
    parent's connections.
    """
    program = """
    esi = blocking()
    esi.get(SYSTEM, **system(0))
    opened = esi.statistics()["pool"]["open"]
    pid = os.fork()
    if pid == 0:
        sys.exit(0)
    _, status = os.waitpid(pid, 0)
    assert status == 0
    for n in range(1, 20):
        assert esi.get(SYSTEM, **system(n)).attempts == 1
    assert esi.statistics()["pool"]["open"] == opened
    esi.close()
    print("whole")
    """
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr
    assert simulator.counters()["connections"] == 1


def test_multiprocessing_by_fork_shares_no_engine(simulator):
    """
    A pool of forked workers may use the client that was made before it.
    """
    program = """
    import multiprocessing
    esi = blocking()
    esi.get(SYSTEM, **system(0))
    def ask(number):
        return esi.get(SYSTEM, **system(number)).json()["system_id"]
    with multiprocessing.get_context("fork").Pool(3) as pool:
        found = pool.map(ask, range(30))
    assert found == [30000142 + n for n in range(30)], found
    esi.close()
    print("whole")
    """
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr


def test_a_child_of_a_child_works_too(simulator):
    """
    Forking twice is forking.
    """
    program = (
        CHILD
        + """
esi = blocking()
esi.get(SYSTEM, **system(0))
def grandchild():
    assert esi.get(SYSTEM, **system(2)).status == 200
def child():
    assert esi.get(SYSTEM, **system(1)).status == 200
    assert in_child(grandchild) == 0
    assert esi.get(SYSTEM, **system(3)).status == 200
assert in_child(child) == 0
esi.close()
print("whole")
"""
    )
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr


def test_a_child_looks_after_its_upstreams_itself(simulator, make_simulator):
    """
    Health checks of the parent go on, those of the child are its own, and both end.
    """
    program = (
        CHILD
        + f"OTHER_URL = {make_simulator().base_url!r}\n"
        + """
esi = pyesi.SyncESIClient(
    user_agent=AGENT,
    upstreams=[BASE_URL, OTHER_URL],
    health_check=pyesi.HealthCheck(interval=0.02),
)
def checked():
    return sum(one["health"]["checks"]["well"] for one in esi.limits())
def wait_for_checks():
    before, deadline = checked(), time.monotonic() + 20
    while checked() < before + 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
assert esi.get(SYSTEM, **system(0)).status == 200
wait_for_checks()
def work():
    assert esi.get(SYSTEM, **system(1)).status == 200
    wait_for_checks()
    esi.close()
assert in_child(work) == 0
wait_for_checks()
assert in_child(lambda: None) == 0
wait_for_checks()
esi.close()
print("whole")
"""
    )
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr


def test_alerts_stay_with_the_parent(simulator):
    """
    A child has no thread that looks and no lock that hangs, and may subscribe itself.
    """
    program = (
        CHILD
        + """
import gc, queue
esi = blocking(cache=pyesi.CacheConfig(max_bytes=1_000_000))
told = queue.SimpleQueue()
subscription = esi.alerts.on("cache_nearly_full", told.put, for_=0, interval=0.1)
esi.get(SYSTEM, **system(0))
def fill():
    for number in range(90):
        esi.cache.set(str(number), os.urandom(10_000), 3600)
def threads():
    return [one.name for one in threading.enumerate()]
def quiet():
    assert threads() == ["MainThread"], threads()
    assert esi.alerts.active == () and subscription.cancelled
    subscription.cancel()
    gc.collect()
    esi.close()
def watched():
    own = queue.SimpleQueue()
    esi.alerts.on("cache_nearly_full", own.put, for_=0, interval=0.1)
    fill()
    assert own.get(timeout=15).state == "firing"
    assert "pyesi-alerts" in threads()
    esi.close()
for _ in range(10):
    assert in_child(quiet) == 0
# As if other threads were at it just then.
alerts, watch = esi.alerts, esi.alerts._watch
with alerts._lock, watch._lock, watch._wake._cond:
    del watch
    assert in_child(quiet) == 0
    assert in_child(watched) == 0
fill()
assert told.get(timeout=15).state == "firing"
assert in_child(quiet) == 0
esi.cache.clear()
assert told.get(timeout=15).state == "resolved"
esi.close()
print("whole")
"""
    )
    ended = run(program, simulator.base_url)

    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr
