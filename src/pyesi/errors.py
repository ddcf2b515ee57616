"""Everything that pyesi raises.

ESIError
├── ConfigurationError           a client or engine cannot be made so
├── InvalidRequest               also a ValueError; no socket was touched
├── ClientClosed                 also a RuntimeError
├── StatusError                  an answer came: .response
│   ├── Unauthorized, Forbidden, NotFound
│   ├── RateLimited              429 or 420 that no wait could resolve
│   └── ServerError              5xx
├── InconsistentPages            the pages of one sweep are not one snapshot
└── RequestFailed                no answer came
    ├── TransportFailed
    │   ├── NameNotResolved, ConnectFailed, TlsFailed, ConnectionLost
    │   ├── AttemptTimedOut
    │   │   ├── ConnectTimedOut
    │   │   ├── ReadTimedOut
    │   │   └── WriteTimedOut
    │   ├── HeadersTooLarge, BodyTooLarge
    │   └── ProtocolViolated, RedirectRefused
    ├── DecodeFailed             also a ValueError
    ├── DeadlineExceeded         also a TimeoutError
    ├── Refused                  never left this machine: wait .retry_after
    │   ├── ErrorLimited, WindowClosed
    │   └── QueueFull, PoolTimedOut, UpstreamDown
    ├── CacheMiss                only the cache was to be asked, and it has nothing
    ├── UnexpectedAnswer
    └── Cancelled                inside only: users see asyncio.CancelledError
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ._core import Response

__all__ = [
    "AttemptTimedOut",
    "BodyTooLarge",
    "CacheMiss",
    "Cancelled",
    "ClientClosed",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectTimedOut",
    "ConnectionLost",
    "DeadlineExceeded",
    "DecodeFailed",
    "ESIError",
    "ErrorLimited",
    "Forbidden",
    "HeadersTooLarge",
    "InconsistentPages",
    "InvalidRequest",
    "NameNotResolved",
    "NotFound",
    "PoolTimedOut",
    "ProtocolViolated",
    "QueueFull",
    "RateLimited",
    "ReadTimedOut",
    "RedirectRefused",
    "Refused",
    "RequestFailed",
    "ServerError",
    "StatusError",
    "TlsFailed",
    "TransportFailed",
    "Unauthorized",
    "UnexpectedAnswer",
    "UpstreamDown",
    "WindowClosed",
    "WriteTimedOut",
    "status_error",
]

_TEXT_LIMIT = 200
_BODY_LIMIT = 65_536

# What may be a token: a long run without a blank. ESI's texts hold none, but a body
# is whatever the other side sent, and it may have sent our own header back.
_LONG_RUN = re.compile(r"[A-Za-z0-9._~+=-]{32,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class ESIError(Exception):
    """Base of every error that pyesi raises on purpose.

    Attributes:
        message: What happened, without the advice that `str()` adds.
        route: The path template or operation id, as asked for.
        attempts: How many times the request was sent; 0 if it never was.
        retry_after: Seconds after which a new try may succeed, if known.
        request_id: ESI's own id of the request, for a report to CCP.
    """

    advice: ClassVar[str] = ""
    """What to do next; a sentence."""

    def __init__(
        self,
        message: str,
        *,
        route: str | None = None,
        attempts: int = 0,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.route = route
        self.attempts = attempts
        self.retry_after = retry_after
        self.request_id = request_id

    def __str__(self) -> str:
        """What happened, its facts, and the next step."""
        facts = ", ".join(self._facts())
        told = f"{self.message.rstrip('.')} ({facts})" if facts else self.message
        return f"{told.rstrip('.')}. {self.advice}" if self.advice else told

    def _facts(self) -> list[str]:
        facts: list[str] = []
        if self.route is not None and self.route not in self.message:
            facts.append(f"route {self.route}")
        if self.attempts > 0:
            facts.append(f"{self.attempts} attempt{'s' * (self.attempts != 1)}")
        if self.retry_after is not None:
            facts.append(f"retry after {self.retry_after:g} s")
        if self.request_id is not None:
            facts.append(f"request id {self.request_id}")
        return facts

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep class and facts across processes; a cause does not travel."""
        facts = {k: v for k, v in self.__dict__.items() if not k.startswith("__")}
        return _restore, (type(self), facts)


def _restore(cls: type[ESIError], facts: dict[str, Any]) -> ESIError:
    error = cls.__new__(cls, facts["message"])
    error.args = (facts["message"],)
    error.__dict__.update(facts)
    return error


class ConfigurationError(ESIError):
    """A client, engine or collector cannot be made from what was given."""


class InvalidRequest(ESIError, ValueError):
    """The request cannot be sent as it is; no socket was touched."""


class ClientClosed(ESIError, RuntimeError):
    """The client or its engine was closed before the request had ended."""

    advice = "Make a new client, or keep this one open until its requests have ended."


class StatusError(ESIError):
    """ESI answered with a status of 400 or above.

    Attributes:
        response: The whole answer.
        status: Its status.
    """

    def __init__(self, response: Response) -> None:
        headers = response.headers
        super().__init__(
            _message_of(response),
            route=response.route,
            attempts=response.attempts,
            retry_after=_seconds(_come_back(response)),
            request_id=_plain(headers.get("x-esi-request-id")),
        )
        self.response = response
        self.status = response.status


class Unauthorized(StatusError):
    """401: the token is missing, expired or not one of ESI's."""

    advice = "Give a fresh token with auth=."


class Forbidden(StatusError):
    """403: the token does not allow it, or the character lacks a role."""

    advice = "Look at the route's scopes and roles: pyesi routes tells them."


class NotFound(StatusError):
    """404: there is no such thing, or no such route at this compatibility date."""

    advice = "Check the ids; asking again costs error limit and changes nothing."


class RateLimited(StatusError):
    """429 or 420: the limit is spent, and no wait within the deadline resolves it."""

    advice = "Wait for retry_after seconds, or give a later deadline."


class ServerError(StatusError):
    """5xx: ESI or the game server failed."""

    advice = "Try again later; around 11:00 UTC the servers are down every day."


class InconsistentPages(ESIError):
    """The pages of one sweep never had one Last-Modified.

    Attributes:
        pages: The newest pages that came, in order; empty where they were streamed.
        rounds: How often pages that were too old were fetched again.
    """

    advice = "Sweep again, or take the merged pages with consistent=False."

    def __init__(
        self,
        message: str,
        *,
        pages: Sequence[Response] = (),
        rounds: int = 0,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.pages = pages
        self.rounds = rounds


class RequestFailed(ESIError):
    """The request ended without a response."""


class TransportFailed(RequestFailed):
    """The way to the server broke. Elsewhere or later it may hold."""

    advice = "Try again later, or check network, proxy and base_url."


class NameNotResolved(TransportFailed):
    """The host has no address, or the resolver did not answer."""

    advice = "Check base_url and the name server."


class ConnectFailed(TransportFailed):
    """Nobody accepts connections there."""


class TlsFailed(TransportFailed):
    """The server's certificate or the handshake was not accepted."""

    advice = "Check base_url, the clock, and the trust store: ca_file, SSL_CERT_FILE."


class ConnectionLost(TransportFailed):
    """The connection ended before the answer did."""

    advice = "Try again later; a request other than GET may have taken effect."


class AttemptTimedOut(TransportFailed):
    """One step of one attempt took longer than its time-out."""

    advice = "Try again later, or give a longer timeout=."


class ConnectTimedOut(AttemptTimedOut):
    """No connection stood within `Timeout.connect`."""


class ReadTimedOut(AttemptTimedOut):
    """No byte came for `Timeout.read`."""


class WriteTimedOut(AttemptTimedOut):
    """No byte could be sent for `Timeout.write`."""


class HeadersTooLarge(TransportFailed):
    """The answer's headers pass the limit."""

    advice = "The server or something before it misbehaves: check base_url and proxy."


class BodyTooLarge(TransportFailed):
    """The answer's body passes the limit, as sent or once inflated."""

    advice = "Ask for less, or raise the engine's max_body_bytes."


class ProtocolViolated(TransportFailed):
    """What came is not HTTP as it must be."""

    advice = "The server or something before it misbehaves: check base_url and proxy."


class RedirectRefused(TransportFailed):
    """The server points elsewhere. pyesi does not follow: a token might go along."""

    advice = "Check base_url."


class DecodeFailed(RequestFailed, ValueError):
    """The body is not what its headers or the caller say: not JSON, broken gzip."""

    advice = "Response.content holds the bytes as they are, where a response came."


class DeadlineExceeded(RequestFailed, TimeoutError):
    """The request's whole time was over."""

    advice = "Give more time with timeout= or deadline=."


class Refused(RequestFailed):
    """pyesi held the request back; ESI never saw it."""

    advice = "Wait for retry_after seconds, or give a later deadline."


class ErrorLimited(Refused):
    """ESI's error limit is spent until its window ends."""


class WindowClosed(Refused):
    """The rate limit group's floating window has no tokens left."""


class QueueFull(Refused):
    """Too many requests wait already."""

    advice = "Send fewer at once, or raise the engine's max_waiting."


class UpstreamDown(Refused):
    """ESI has answered nobody lately, and is left alone for a while."""

    advice = "Wait for retry_after seconds; around 11:00 UTC the servers go down daily."


class PoolTimedOut(Refused):
    """No connection came free within `Timeout.pool`."""

    advice = "Send fewer at once, or raise pool_size or Timeout.pool."


class CacheMiss(RequestFailed):
    """Only the cache was to be asked, and it has nothing that can be used."""

    advice = (
        "Ask once without only_if_cached, or take an old answer with "
        "cache_mode='force_stale'."
    )


class UnexpectedAnswer(RequestFailed):
    """An answer came that has no meaning here, such as a 304 that nobody asked for."""

    advice = "Try again later; if it stays, report it with the request id."


class Cancelled(RequestFailed):
    """The caller gave up. Inside only: a coroutine raises asyncio.CancelledError."""


_BY_STATUS: dict[int, type[StatusError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    420: RateLimited,
    429: RateLimited,
}


def status_error(response: Response) -> StatusError:
    """The error that says what the response's status means."""
    ordinary = ServerError if response.status >= 500 else StatusError
    return _BY_STATUS.get(response.status, ordinary)(response)


def _message_of(response: Response) -> str:
    told = f"{response.method} {response.route} was answered {response.status}"
    text = _error_text(response.content)
    return f"{told}: {text}" if text else told


def _error_text(body: memoryview) -> str | None:
    """ESI's own words, if the body is its error object; a body may be HTML."""
    if len(body) > _BODY_LIMIT:
        return None
    import msgspec

    try:
        answer = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    text = answer.get("error") if isinstance(answer, dict) else None
    return _plain(text) if isinstance(text, str) else None


def _plain(text: str | None) -> str | None:
    """One short line without anything that may be a token or a terminal's command."""
    if text is None:
        return None
    line = _CONTROL.sub(" ", text).strip()
    if not _is_uuid(line):
        line = _LONG_RUN.sub("***", line)
    return line if len(line) <= _TEXT_LIMIT else line[: _TEXT_LIMIT - 1] + "…"


def _is_uuid(text: str) -> bool:
    return (
        re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)
        is not None
    )


def _come_back(response: Response) -> str | None:
    """When to come back: a 420 says it by the end of its window alone."""
    told: str | None = response.headers.get("retry-after")
    if told is None and response.status in {420, 429}:
        told = response.headers.get("x-esi-error-limit-reset")
    return told


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds; its form as a date is the core's to understand."""
    return float(value) if value is not None and value.isdecimal() else None
