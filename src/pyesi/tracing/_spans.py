"""What a span tells of a request, by OpenTelemetry's conventions for HTTP clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from pyesi.errors import ESIError, StatusError

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from pyesi._core import Response
    from pyesi._timeline import Timeline

# What an attempt goes through on the wire. One begins where none of these came before.
_ON_THE_WIRE = frozenset({"pool", "connect", "tls", "wait", "receive"})
_SECOND = 1_000_000_000


class Event(NamedTuple):
    """Something that happened within a span.

    Attributes:
        name: ``attempt``, or a phase's name.
        at: When it began, in nanoseconds since 1970.
        attributes: More of it.
    """

    name: str
    at: int
    attributes: dict[str, str | int | float]


def name_of(method: str, route: str) -> str:
    """A span's name. `route` has placeholders, so there are few of them."""
    return f"{method} {route}"


def asked_attributes(method: str, route: str) -> dict[str, str | int]:
    """What is known before an answer."""
    return {"http.request.method": method, "url.template": route}


def answered_attributes(response: Response) -> dict[str, str | int]:
    """What an answer tells, whether it came from ESI or from the cache."""
    url = urlsplit(response.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    told: dict[str, str | int] = {
        **asked_attributes(response.method, response.route),
        "url.full": response.url,
        "server.address": url.hostname or "",
        "server.port": port,
        "http.response.status_code": response.status,
        "pyesi.operation_id": response.operation_id,
        "pyesi.source": str(response.source),
    }
    request_id = response.headers.get("x-esi-request-id")
    if request_id:
        told["pyesi.request_id"] = request_id
    if response.attempts > 1:
        told["http.request.resend_count"] = response.attempts - 1
    if response.status >= 400:
        told["error.type"] = str(response.status)
    return told


def failed_attributes(error: ESIError) -> dict[str, str | int]:
    """What an error tells to which there is no answer."""
    told: dict[str, str | int] = {"error.type": type(error).__name__}
    if error.attempts > 1:
        told["http.request.resend_count"] = error.attempts - 1
    return told


def events_of(timeline: Timeline) -> Iterator[Event]:
    """A request's phases, and each attempt where it began."""
    at = nanoseconds(timeline.started_at)
    attempts = 0
    was_on_the_wire = False
    for name, seconds, detail in timeline:
        is_on_the_wire = name in _ON_THE_WIRE
        if is_on_the_wire and not was_on_the_wire:
            attempts += 1
            yield Event("attempt", at, {"pyesi.attempt": attempts})
        was_on_the_wire = is_on_the_wire
        attributes: dict[str, str | int | float] = {"pyesi.seconds": seconds}
        if detail:
            attributes["pyesi.detail"] = detail
        yield Event(name, at, attributes)
        at += round(seconds * _SECOND)


def nanoseconds(instant: datetime) -> int:
    """Since 1970, as OpenTelemetry counts."""
    return round(instant.timestamp() * _SECOND)


def ended_at(timeline: Timeline) -> int:
    """When the answer was there, in nanoseconds since 1970."""
    return nanoseconds(timeline.started_at) + round(timeline.elapsed * _SECOND)


def tell_response(span: Span, response: Response) -> None:
    """Write into a span what an answer tells."""
    if not span.is_recording():
        return
    span.update_name(name_of(response.method, response.route))
    span.set_attributes(answered_attributes(response))
    for name, at, attributes in events_of(response.timeline):
        span.add_event(name, attributes, at)
    if response.status >= 400:
        _tell_error(span, f"ESI answered with {response.status}")


def tell_failure(span: Span, error: ESIError) -> None:
    """Write into a span what an error tells."""
    if not span.is_recording():
        return
    if isinstance(error, StatusError):
        tell_response(span, error.response)
    else:
        span.set_attributes(failed_attributes(error))
    _tell_error(span, str(error))


def _tell_error(span: Span, text: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR, text))
