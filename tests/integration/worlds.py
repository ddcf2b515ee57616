"""What the tests of the whole are set up with: servers, clients, certificates, counts.

Limits are process-wide and kept by origin. So each test sees the one simulator under a
loopback address of its own, and no test spends what another one needs.
"""

import asyncio
import gc
import itertools
import os
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pyesi
from pyesi.simulator._control import Controlled
from pyesi.simulator._universe import types
from pyesi.testing import turn_clock

USER_AGENT = "pyesi-tests/1.0 (tests@example.com)"
ORDERS = "/markets/{region_id}/orders"
FORGE = {"region_id": 10000002, "order_type": "all"}
SYSTEM = "/universe/systems/{system_id}"
TYPE = "/universe/types/{type_id}"
NAMES = "/universe/names"
TYPES = types()

_ADDRESSES = itertools.count(2)


class SeenFrom(Controlled):
    """A running simulator, at an address that nobody has used before."""

    def __init__(self, process):
        number = next(_ADDRESSES)
        host = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._process = process
        self.base_url = f"http://{host}:{urlsplit(process.base_url).port}"

    def control(self, word, **told):
        return self._process.control(word, **told)

    def targets(self):
        return self.counters()["by_target"]


def make_client(base_url, **settings):
    settings.setdefault("user_agent", USER_AGENT)
    return pyesi.ESIClient(base_url=base_url, **settings)


def make_blocking_client(base_url, **settings):
    settings.setdefault("user_agent", USER_AGENT)
    return pyesi.SyncESIClient(base_url=base_url, **settings)


async def sources_of_a_crowd(base_url, **settings):
    """Where a thousand answers come from, asked for at once, of twenty systems."""
    async with make_client(base_url, **settings) as esi:
        answers = await asyncio.gather(
            *(esi.get(SYSTEM, system_id=30000142 + n % 20) for n in range(1000))
        )
    return {answer.source for answer in answers}


def open_descriptors():
    """What is open but for what comes and goes with the counting itself."""
    here = Path("/proc/self/fd")
    found = set()
    for number in os.listdir(here):  # noqa: PTH208 (a name, not a path to follow)
        try:
            found.add((number, str((here / number).readlink())))
        except FileNotFoundError:
            continue
    return found


@contextmanager
def no_descriptor_left():
    """What is opened inside is closed at its end, or very soon after it."""
    gc.collect()
    before = {number for number, _ in open_descriptors()}
    yield
    for _ in range(20):
        gc.collect()
        left = {(n, what) for n, what in open_descriptors() if n not in before}
        if not left:
            return
        time.sleep(0.05)
    raise AssertionError(f"left open: {sorted(left)}")


def resident_bytes():
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def free_port():
    """A port where nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def full_listener():
    """A server that accepts nobody: its backlog is full, so a SYN gets no answer."""
    with closing(socket.socket()) as listener, ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def scripted_server(answer):
    """A server on a thread: `answer(connection, number)` is called for each one."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        stopped = threading.Event()
        listener.settimeout(0.1)

        def serve():
            for number in itertools.count():
                while not stopped.is_set():
                    try:
                        connection, _ = listener.accept()
                        break
                    except TimeoutError:
                        continue
                else:
                    return
                connection.settimeout(5)
                with closing(connection):
                    answer(connection, number)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopped.set()
            thread.join(10)


def read_head(connection):
    """One request's head, and what came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    return data


class Authority:
    """A certificate authority of our own, by the openssl program.

    Attributes:
        file: Its certificate, as ca_file= takes it.
    """

    def __init__(self, home):
        self._home = home
        self.file = home / "authority.pem"
        self._key = home / "authority.key"
        _openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", "/CN=Authority of the tests"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            *("-out", self.file, "-keyout", self._key),
        )

    def issue(self, name, names, *, days=30):
        """A certificate for these names and its key; negative days: expired."""
        certificate = self._home / f"{name}.pem"
        key = self._home / f"{name}.key"
        request = self._home / f"{name}.csr"
        extensions = self._home / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        _openssl(
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", key, "-out", request),
        )
        _openssl(
            *("x509", "-req", "-in", request, "-days", days, "-out", certificate),
            *("-CA", self.file, "-CAkey", self._key, "-CAcreateserial"),
            *("-extfile", extensions),
        )
        return certificate, key


def self_signed(home, names):
    """A certificate that nobody vouches for."""
    made = home / "self-signed.pem", home / "self-signed.key"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
        *("-subj", "/CN=localhost", "-addext", f"subjectAltName={names}"),
        *("-out", made[0], "-keyout", made[1]),
    )
    return made


def _openssl(*words):
    subprocess.run(
        ["openssl", *map(str, words)], check=True, capture_output=True, timeout=60
    )


async def ends_of(coroutines):
    """How each ended: its result, or its exception without the frames that hold on."""
    ends = await asyncio.gather(*coroutines, return_exceptions=True)
    return [without_frames(end) for end in ends]


def without_frames(end):
    if isinstance(end, BaseException):
        end.__traceback__ = end.__context__ = None
    return end


def told(failure):
    """The error that `pytest.raises` caught, without the frames that hold an engine."""
    return without_frames(failure.value)


def in_flight(esi):
    return esi.statistics()["queue"]["in_flight"]


async def until(condition, *, seconds=10.0):
    """Wait, in real time, for what other threads bring about."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to pass")


async def turned(coroutine, simulator, esi, *, step=30.0, on_pause=None):
    """The coroutine's result, with time turned on whenever it waits for time to pass.

    Time stands while anything is in flight, so that no deadline passes in the meantime.
    """
    task = asyncio.ensure_future(coroutine)
    seen = -1
    async with asyncio.timeout(60):
        while not task.done():
            await asyncio.sleep(0.03)
            requests = simulator.counters()["requests"]
            if task.done() or in_flight(esi) or requests != seen:
                seen = requests
                continue
            if on_pause is not None:
                on_pause()
            turn_clock(simulator, esi, step)
            seen = -1
    return await task
