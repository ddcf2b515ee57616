"""Ctrl-C in whatever blocks."""

import signal
import time

import pytest

from hazards.programs import running

BLOCKING_CALLS = {
    "get": "esi.get(SYSTEM, **system(0))",
    "post": 'esi.post("/universe/names", json=[34])',
    "get_pages": "esi.get_pages(ORDERS, **FORGE)",
    "stream_pages": "list(esi.stream_pages(ORDERS, **FORGE))",
    "batch_request": "esi.batch_request([(SYSTEM, system(n)) for n in range(50)])",
}


@pytest.mark.parametrize("call", BLOCKING_CALLS)
def test_ctrl_c_ends_a_blocking_call_at_once_and_frees_its_slot(simulator, call):
    """
    KeyboardInterrupt comes out of the call within a moment; the one slot that there is
    serves the next call.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    program = f"""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    esi = blocking(max_in_flight=1, cache=None)
    print("ready", flush=True)
    try:
        {BLOCKING_CALLS[call]}
    except KeyboardInterrupt:
        print("interrupted", time.time(), flush=True)
    signal.pause()
    """
    after = """
    deadline = time.monotonic() + 10
    while esi.statistics()["queue"]["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.01)
    print(esi.get(SYSTEM, timeout=10, **system(1)).status, flush=True)
    esi.close()
    """
    with running(program + after, simulator.base_url) as process:
        time.sleep(0.4)
        began = time.time()
        process.send_signal(signal.SIGINT)
        word, instant = process.stdout.readline().split()
        simulator.faults([], clear=True)
        time.sleep(0.05)  # the program is about to wait for this signal
        process.send_signal(signal.SIGUSR1)
        status = process.stdout.readline().strip()
        process.wait(10)

    assert word == "interrupted"
    # 100 ms are promised; a crowded machine may take a little longer to run us at all.
    assert float(instant) - began < 0.5
    assert status == "200"
    assert process.returncode == 0


def test_ctrl_c_in_asyncio_run_ends_the_program(simulator):
    """
    asyncio.run ends as ever, with the client closed on the way out.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    program = """
    async def main():
        async with client() as esi:
            print("ready", flush=True)
            await asyncio.gather(*(esi.get(SYSTEM, **system(n)) for n in range(50)))
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    """
    with running(program, simulator.base_url) as process:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        word = process.stdout.readline().strip()
        process.wait(10)

    assert word == "interrupted"
    assert process.returncode == 0


def test_a_signal_handler_runs_while_a_call_blocks(simulator):
    """
    Handlers of other signals run, and the call goes on to its answer.
    """
    late = {"kind": "latency", "seconds": 1.0}
    simulator.faults([{"fault": late, "times": None}])
    program = """
    seen = []
    signal.signal(signal.SIGUSR1, lambda *_: seen.append(time.time()))
    with blocking() as esi:
        print("ready", flush=True)
        answer = esi.get(SYSTEM, **system(0))
        print(answer.status, seen[0], flush=True)
    """
    with running(program, simulator.base_url) as process:
        time.sleep(0.3)
        sent = time.time()
        process.send_signal(signal.SIGUSR1)
        status, seen = process.stdout.readline().split()

    assert status == "200"
    assert float(seen) - sent < 0.5
