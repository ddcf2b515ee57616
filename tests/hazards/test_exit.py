"""How a process ends that still has requests under way."""

import pytest

from hazards.programs import run

WAYS = {
    "falls off its end": """
        asyncio.run(main())
    """,
    "leaves the loop with tasks": """
        loop = asyncio.new_event_loop()
        loop.create_task(main())
        loop.run_until_complete(asyncio.sleep(0.1))
    """,
    "closes the loop with tasks": """
        loop = asyncio.new_event_loop()
        task = loop.create_task(main())
        loop.run_until_complete(asyncio.sleep(0.1))
        task._log_destroy_pending = False
        loop.close()
    """,
    "sys.exit in a coroutine": """
        async def leave():
            task = asyncio.create_task(main())
            await asyncio.sleep(0.05)
            sys.exit(0)
        asyncio.run(leave())
    """,
    "threads that block": """
        def ask(number):
            try:
                sync.get(SYSTEM, **system(number))
            except errors.ESIError:
                pass
        sync = blocking()
        for number in range(20):
            threading.Thread(target=ask, args=(number,), daemon=True).start()
        time.sleep(0.2)
    """,
    "threads that are waited for": """
        def ask(number):
            try:
                sync.get(SYSTEM, timeout=1, **system(number))
            except errors.DeadlineExceeded:
                pass
        sync = blocking()
        for number in range(20):
            threading.Thread(target=ask, args=(number,)).start()
    """,
    "a client that is a global": """
        esi = blocking()
        try:
            esi.get(SYSTEM, timeout=0.2, **system(0))
        except errors.DeadlineExceeded:
            pass
    """,
    "a stream that was left open": """
        esi = blocking()
        stream = esi.stream_pages(ORDERS, consistent=False, **FORGE)
        def ask():
            try:
                next(stream)
            except errors.ClientClosed:
                pass
        threading.Thread(target=ask, daemon=True).start()
        time.sleep(0.2)
    """,
    "an atexit hook that asks": """
        import atexit
        esi = blocking()
        def last():
            try:
                esi.get(SYSTEM, timeout=0.3, **system(1))
            except errors.ESIError as error:
                print(type(error).__name__)
        atexit.register(last)
    """,
    "watched for alerts": """
        esi = blocking()
        for rule in pyesi.alerts.RULES:
            esi.alerts.on(rule, lambda alert: time.sleep(60), for_=0, interval=0.1)
            esi.alerts.on(rule, print, interval=0.1)
        try:
            esi.get(SYSTEM, timeout=0.2, **system(0))
        except errors.DeadlineExceeded:
            pass
    """,
    "cancelled by its own tasks": """
        async def leave():
            tasks = [asyncio.create_task(main()) for _ in range(5)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
        asyncio.run(leave())
    """,
}
MAIN = """
async def main():
    esi = client()
    tasks = [asyncio.create_task(esi.get(SYSTEM, **system(n))) for n in range(200)]
    tasks += [asyncio.create_task(esi.get_pages(ORDERS, **FORGE))]
    for task in tasks:
        task.add_done_callback(lambda t: t.cancelled() or t.exception())
    await asyncio.sleep(0.1)
"""


@pytest.mark.parametrize("silent", [True, False], ids=["silent server", "answers"])
@pytest.mark.parametrize("way", WAYS)
def test_a_process_ends_by_itself(simulator, way, silent):
    """
    However a program is left, it ends at once, without a crash and without a complaint.
    """
    if silent:
        simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    program = MAIN + "\n".join(line[8:] for line in WAYS[way].splitlines())
    ended = run(program, simulator.base_url, seconds=20)

    assert ended.returncode == 0, ended.stderr
    complaints = [
        line
        for line in ended.stderr.splitlines()
        if "Task was destroyed" not in line and not line.startswith("task: ")
    ]
    assert complaints == []


def test_exit_under_load_again_and_again(simulator):
    """
    Interpreters end one after the other with hundreds of requests in flight; none hangs
    or crashes.
    """
    program = """
    import random
    esi = client()
    async def main():
        for n in range(400):
            asyncio.ensure_future(esi.get(SYSTEM, **system(n))).add_done_callback(
                lambda t: t.cancelled() or t.exception()
            )
        await asyncio.sleep(random.random() * 0.05)
        os.write(1, b"left\\n")
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    """
    for _ in range(12):
        ended = run(program, simulator.base_url, seconds=20)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == "left\n"
