"""A name server that does not answer.

The resolver is the C library's: in the program's process a shared object that is loaded
before it lets `getaddrinfo` hang for one name.
"""

import os
import shutil
import subprocess
import sys
from ast import literal_eval

import pytest

from hazards.programs import run

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or not sys.platform.startswith("linux"),
    reason="needs a C compiler, and the dynamic linker of Linux",
)

HANGING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>
typedef int (*resolve_t)(const char *, const char *, const struct addrinfo *,
                         struct addrinfo **);
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    if (node != NULL && strstr(node, "hangs") != NULL) sleep(30);
    return ((resolve_t)dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints, found);
}
"""


@pytest.fixture(scope="module")
def hanging_resolver(tmp_path_factory):
    """The shared object."""
    home = tmp_path_factory.mktemp("resolver")
    source = home / "hanging.c"
    source.write_text(HANGING)
    made = home / "hanging.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", made, source, "-ldl"],
        check=True,
        capture_output=True,
    )
    return made


def test_a_resolver_that_hangs_holds_up_nobody(
    simulator, hanging_resolver, monkeypatch
):
    """
    Requests for its name end in time, by time-out, deadline and cancelling; others are
    answered meanwhile; and closing and leaving wait for nothing.
    """
    before = os.environ.get("LD_PRELOAD")
    preload = f"{before} {hanging_resolver}" if before else str(hanging_resolver)
    monkeypatch.setenv("LD_PRELOAD", preload)
    program = """
    async def main():
        engine = pyesi.Engine()
        lost = pyesi.ESIClient(
            user_agent=AGENT, base_url="https://hangs.example.com", engine=engine
        )
        other = pyesi.ESIClient(
            user_agent=AGENT, base_url="https://hangs.example.org", engine=engine
        )
        near = client(engine=engine)
        began = time.monotonic()
        def quick(**how):
            return asyncio.create_task(lost.get("/status", **how))
        waiting = [
            quick(timeout=pyesi.Timeout(connect=0.3, total=3)),
            asyncio.create_task(lost.get("/alliances", timeout=0.3)),
            asyncio.create_task(lost.get("/incursions")),
            asyncio.create_task(other.get("/insurance/prices")),
        ]
        await asyncio.sleep(0.1)
        waiting[2].cancel()
        answers = await asyncio.gather(
            *(near.get(SYSTEM, **system(n)) for n in range(30))
        )
        assert [a.status for a in answers] == [200] * 30
        assert time.monotonic() - began < 3, "others were held up"
        ends = await asyncio.gather(*waiting[:3], return_exceptions=True)
        print([type(end).__name__ for end in ends])
        await engine.aclose()
        end, = await asyncio.gather(waiting[3], return_exceptions=True)
        print(type(end).__name__, time.monotonic() - began < 8)
    asyncio.run(main())
    """
    ended = run(program, simulator.base_url, seconds=20)

    assert ended.returncode == 0, ended.stderr
    first, second = ended.stdout.splitlines()
    # Over TLS the first may wait for the connection that another one is making: then
    # its whole time ends it.
    *timed_out, cancelled = literal_eval(first)
    assert set(timed_out) <= {"ConnectTimedOut", "DeadlineExceeded"}
    assert cancelled == "CancelledError"
    assert second == "ClientClosed True"
