"""A server on a thread that answers each request as it is told."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Seen], tuple[int, list[tuple[str, str]], bytes]]


def echo(seen: Seen) -> tuple[int, list[tuple[str, str]], bytes]:
    """An answer that may be kept for a minute."""
    return 200, [("Cache-Control", "max-age=60")], b"{}"


class AnsweringServer:
    """Answers by `answering`, which a test may change at any time.

    Thread-safe: one request is answered at a time.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.answering: Answering = echo
        self.seen: list[Seen] = []
        self._lock = threading.Lock()

    def answer(self, seen: Seen) -> bytes:
        """What is sent."""
        with self._lock:
            self.seen.append(seen)
            status, headers, body = self.answering(seen)
        lines = [f"HTTP/1.1 {status} Told"]
        lines += [f"{name}: {value}" for name, value in headers]
        if status not in {204, 304}:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return head.encode("latin-1") + (body if seen.method != "HEAD" else b"")


@contextmanager
def answering_server():
    """Run one for as long as it is needed."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        host, port = listener.getsockname()
        server = AnsweringServer(f"http://{host}:{port}")
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        yield server


def _accept(listener: socket.socket, server: AnsweringServer) -> None:
    with suppress(OSError):  # closed: that is the end
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=_serve, args=(connection, server), daemon=True
            ).start()


def _serve(connection: socket.socket, server: AnsweringServer) -> None:
    with closing(connection), suppress(OSError), connection.makefile("rb") as stream:
        while (seen := _read(stream)) is not None:
            connection.sendall(server.answer(seen))


def _read(stream) -> Seen | None:
    words = stream.readline().decode("latin-1").split()
    if len(words) != 3:
        return None
    seen = Seen(words[0], words[1])
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        seen.headers[name.lower()] = value.strip()
    stream.read(int(seen.headers.get("content-length", "0")))
    return seen
