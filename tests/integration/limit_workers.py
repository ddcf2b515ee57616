"""Programs that share limits with each other, each in a process of its own."""

import json
import os
import subprocess
import sys
import textwrap

# Asks for as much as it can get until its time is over, several requests at once:
# of two rate limit groups and of routes that the old error limit guards, of which one
# in four fails.
MIXED = textwrap.dedent(
    """
    import asyncio
    import json
    import sys
    import time
    from collections import Counter

    import pyesi

    BASE_URL, LIMITS, NUMBER, SECONDS, TOKEN = sys.argv[1:]
    ends = Counter()

    async def ask_on(esi, until, kind, path, *, errs=False, **parameters):
        turn = 0
        while time.monotonic() < until:
            turn += 1
            if errs:
                parameters = {"type_id": 34 if turn % 4 else 2_000_000_000}
            try:
                await esi.get(path, priority="normal", **parameters)
                ends[kind] += 1
            except pyesi.StatusError as error:
                ends[f"{kind} {error.response.status}"] += 1
            except pyesi.ESIError as error:
                ends[f"{kind} {type(error).__name__}"] += 1
                await asyncio.sleep(0.05)

    async def main():
        until = time.monotonic() + float(SECONDS)
        async with pyesi.ESIClient(
            user_agent="pyesi-tests/1.0 (tests@example.com)",
            base_url=BASE_URL,
            limits=LIMITS or None,
            cache=None,
            auth=TOKEN,
            timeout=max(float(SECONDS), 5.0),
        ) as esi:
            orders = {"region_id": 10000002, "order_type": "all", "page": 1}
            routes = [
                ("orders", "/markets/{region_id}/orders", orders),
                ("location", "/characters/{character_id}/location",
                 {"character_id": 90000001}),
            ]
            work = [
                ask_on(esi, until, kind, path, **parameters)
                for kind, path, parameters in routes
                for _ in range(4)
            ]
            types = "/universe/types/{type_id}"
            work += [ask_on(esi, until, "types", types, errs=True)]
            tasks = [asyncio.ensure_future(one) for one in work]
            await asyncio.wait(tasks, timeout=float(SECONDS))
            sharing = esi.limits()[0]["sharing"]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        json.dump({"ends": ends, "sharing": sharing}, sys.stdout)

    asyncio.run(main())
    """
)


def start(program, *arguments):
    """A process that runs the program."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


def told(process):
    """What it wrote, once it has ended."""
    out, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    return json.loads(out)


# A parent that forks a child, before or after it has asked for the first time.
FORKING = textwrap.dedent(
    """
    import json
    import os
    import sys

    import pyesi

    BASE_URL, LIMITS, WHEN = sys.argv[1:]
    esi = pyesi.SyncESIClient(
        user_agent="pyesi-tests/1.0 (tests@example.com)",
        base_url=BASE_URL,
        limits=LIMITS,
        cache=None,
    )
    if WHEN == "after":
        esi.get("/status")
    reading, writing = os.pipe()
    child = os.fork()
    esi.get("/status")
    if child == 0:
        os.write(writing, json.dumps(esi.limits()[0]["sharing"]).encode())
        esi.close()
        os._exit(0)
    of_child = json.loads(os.read(reading, 65536))
    assert os.waitpid(child, 0)[1] == 0
    esi.get("/status")
    json.dump({"child": of_child, "parent": esi.limits()[0]["sharing"]}, sys.stdout)
    esi.close()
    """
)
