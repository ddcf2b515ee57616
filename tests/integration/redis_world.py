"""A redis-server of a test's own, and a client of a few lines to look into it."""

import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress

import pytest

from integration.processes import ending_with_us
from integration.worlds import free_port

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


class Redis:
    """A server on a port of loopback; it keeps nothing on the disk."""

    def __init__(self, folder, *settings):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = ending_with_us(
            "redis-server",
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(folder)),
            *settings,
        )
        self._process = None
        self.start()

    def start(self):
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            with suppress(OSError):
                self("PING")
                return
            time.sleep(0.01)
        raise AssertionError("redis-server does not answer")

    def kill(self):
        """As by kill -9."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """It holds still, with its connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        """It goes on."""
        self._process.send_signal(signal.SIGCONT)

    def __call__(self, *words):
        """What it answers to one command: bytes, int, None or a list of these."""
        command = b"*%d\r\n" % len(words)
        for word in words:
            content = word if isinstance(word, bytes) else str(word).encode()
            command += b"$%d\r\n%b\r\n" % (len(content), content)
        address = ("127.0.0.1", self.port)
        with (
            closing(socket.create_connection(address, timeout=30)) as connection,
            connection.makefile("rb") as answers,
        ):
            connection.sendall(command)
            return self._read(answers)

    def _read(self, answers):
        line = answers.readline()
        if not line:
            raise OSError("it has gone")
        kind, rest = line[:1], line[1:-2]
        if kind in {b"*", b"$"} and rest == b"-1":
            return None
        if kind == b"$":
            return answers.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._read(answers) for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def names(self):
        """All names, of whatever program."""
        return self("KEYS", "*")

    def content(self):
        """All names and all that lies under them, as bytes one after the other."""
        return b"\0".join(name + b"\0" + self("GET", name) for name in self.names())

    def entries(self):
        """The names under which an answer or a value lies."""
        return [name for name in self.names() if self("GET", name)[:4] == b"pyE\x01"]
