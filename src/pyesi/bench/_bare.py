"""A GET with nothing around it: what a client is compared with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from pyesi.errors import ConnectionLost


@dataclass(frozen=True, slots=True)
class BareAnswer:
    """What came back: only the body is kept."""

    content: bytes
    source: str = "network"


class BareConnection:
    """One connection with a server on this machine, kept alive; one GET at a time.

    It speaks as much of HTTP as a simulator needs: bodies whose length is told.
    """

    def __init__(self, base_url: str, user_agent: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._headers = (
            f"Host: {parts.netloc}\r\nUser-Agent: {user_agent}\r\n"
            "Accept: application/json\r\nAccept-Encoding: gzip\r\n\r\n"
        )

    async def __aenter__(self) -> Self:
        """Connect."""
        opened = await asyncio.open_connection(self._host, self._port)
        self._reader, self._writer = opened
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self._writer.close()

    async def get(self, path: str) -> BareAnswer:
        """Ask, and wait for the whole answer.

        Raises:
            ConnectionLost: It was no answer that can be understood.
        """
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._headers}".encode("ascii"))
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            body = await self._reader.readexactly(_length_in(head))
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise ConnectionLost("The connection ended before the answer") from error
        return BareAnswer(body)


def _length_in(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("no length")
