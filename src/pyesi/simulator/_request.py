"""What a client asked and what it is answered, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from pyesi.simulator._faults import Fault
from pyesi.simulator._ledger import Resource


class Connection(NamedTuple):
    """Where a request came in.

    Attributes:
        ip: The client's address.
        number: Which connection it is, counted from 1.
        reused: Whether it carried a request before.
    """

    ip: str
    number: int
    reused: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was read from the wire.

    Attributes:
        method: In capitals.
        path: Decoded, without the query.
        query: Decoded pairs in the order given.
        headers: Case-insensitive.
        body: Whole.
        connection: Where it came in.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    connection: Connection

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    @property
    def target(self) -> str:
        """The path and the query, sorted: equal for equal resources."""
        if not self.query:
            return self.path
        return f"{self.path}?{urlencode(sorted(self.query))}"


@dataclass(slots=True)
class Reply:
    """One answer, ready for the wire.

    Attributes:
        status: HTTP's.
        headers: As they are sent, but for Content-Length.
        body: As it is sent, content coding included; also for HEAD, whose body is
            left out when it is sent.
        resource: What was answered, as the ledger names it.
        told_expiry: The instant before which the client must not ask again.
        fault: What to do to it on its way.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    resource: Resource | None = None
    told_expiry: float | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One thing that is wrong with a request."""

    location: str
    message: str
    value: object = None


class Refusal(Exception):
    """An error answer; raised where a request goes wrong, caught in one place."""

    def __init__(
        self,
        status: int,
        error: str,
        details: tuple[ErrorDetail, ...] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.details = details
        self.extra = dict(extra or {})

    def reply(self) -> Reply:
        """Write it in the shape of ESI's errors."""
        body: dict[str, object] = {"error": self.error, **self.extra}
        if self.details:
            body["details"] = list(self.details)
        return Reply(
            self.status,
            {"Content-Type": "application/json"},
            msgspec.json.encode(body),
        )
