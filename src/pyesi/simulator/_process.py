"""The simulator in a process of its own."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

import pyesi
from pyesi.errors import ConfigurationError
from pyesi.simulator._cli import READY, require_server
from pyesi.simulator._control import Controlled

_SECONDS_TO_END = 5.0
_CONTROL_TIMEOUT = 30.0


class SimulatorProcess(Controlled):
    """A simulated ESI in a process of its own, for as long as it is entered.

    It ends with the context, and also when this process dies.

    Attributes:
        base_url: Where it listens, such as `http://127.0.0.1:40123`.
        pid: Its process id; 0 while it does not run.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        prepare: bool = False,
        **settings: Any,
    ) -> None:
        """Prepare a simulator; it runs once it is entered.

        Args:
            host: The address to listen on.
            port: The port; 0: any that is free.
            certificate: The server's certificate chain, for https.
            key: The certificate's key.
            prepare: Whether all pages of The Forge are written before it listens,
                so that a first sweep is as quick as a second.
            settings: As in `Settings`: seed, pages, lifetime, windows, …
        """
        self.base_url = ""
        self._arguments = ["--host", host, "--port", str(port), "--with-parent"]
        if certificate is not None:
            self._arguments += ["--certificate", os.fspath(certificate)]
        if key is not None:
            self._arguments += ["--key", os.fspath(key)]
        self._arguments += ["--prepare"] if prepare else []
        text = msgspec.json.encode(settings).decode()
        self._arguments += ["--settings", text]
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        require_server()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pyesi.simulator", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": _python_path()},
        )
        assert self._process.stdout is not None, "it was asked for"
        line = self._process.stdout.readline().strip()
        if not line.startswith(READY):
            self._end()
            raise ConfigurationError(f"the simulator did not start: {line}")
        self.base_url = line.removeprefix(READY)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def control(self, word: str, **told: Any) -> dict[str, Any]:
        """Send one word of control.

        Raises:
            ValueError: The word or what it is told makes no sense.
        """
        connection = self._connect()
        try:
            connection.request("POST", f"/_simulator/{word}", msgspec.json.encode(told))
            response = connection.getresponse()
            answer: dict[str, Any] = msgspec.json.decode(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer["error"])
        return answer

    def _connect(self) -> HTTPConnection:
        url = urlsplit(self.base_url)
        host, port = url.hostname or "", url.port
        if url.scheme == "http":
            return HTTPConnection(host, port, timeout=_CONTROL_TIMEOUT)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # our own child: its certificate may be bad
        context.verify_mode = ssl.CERT_NONE  # on purpose, to try the client's checks
        return HTTPSConnection(host, port, timeout=_CONTROL_TIMEOUT, context=context)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _python_path() -> str:
    """Let the child find the package where this process found it."""
    home = str(Path(pyesi.__path__[0]).resolve().parent)
    return os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
