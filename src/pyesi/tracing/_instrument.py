"""Puts spans around the calls of one client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from pyesi._version import VERSION
from pyesi.client import Batch, ESIClient, Pages, SyncESIClient
from pyesi.columns import Table
from pyesi.errors import ConfigurationError, ESIError, StatusError

from . import _spans

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from pyesi._core import Response

Client = TypeVar("Client", ESIClient, SyncESIClient)
_Call = Callable[..., Any]

_SINGLE = ("get", "head", "post", "put", "delete", "request")
_MANY = ("get_pages", "batch_request", "get_table")


def instrument(
    client: Client, *, tracer_provider: TracerProvider | None = None
) -> Client:
    """Have a client's requests told as spans, from now on.

    A request is a span of kind CLIENT, with its phases and attempts as events, and
    carries the trace's context to the server. `get_pages`, `batch_request` and
    `get_table` are spans with one below them for each answer that they give back.
    Streams have none. Other clients are not concerned, nor cost anything.

    Args:
        client: An `ESIClient` or `SyncESIClient`. Once is enough: another time
            replaces what was before.
        tracer_provider: Where spans go; OpenTelemetry's global one by default.

    Returns:
        The same client.

    Raises:
        ConfigurationError: opentelemetry-api is not installed, or it is no client.
    """
    if not isinstance(client, ESIClient | SyncESIClient):
        message = f"instrument needs a client, not {type(client).__name__}."
        raise ConfigurationError(message)
    tracing = _Tracing(_tracer_of(tracer_provider))
    uninstrument(client)
    for name in _SINGLE:
        setattr(client, name, tracing.around_one(name, getattr(client, name)))
    for name in _MANY:
        setattr(client, name, tracing.around_many(name, getattr(client, name)))
    return client


def uninstrument(client: ESIClient | SyncESIClient) -> None:
    """Have it as it was before `instrument`."""
    for name in (*_SINGLE, *_MANY):
        vars(client).pop(name, None)


def _tracer_of(provider: TracerProvider | None) -> Tracer:
    try:
        from opentelemetry import trace
    except ImportError:
        message = "Tracing needs opentelemetry: pip install 'pyesi-eve[opentelemetry]'."
        raise ConfigurationError(message) from None
    return trace.get_tracer("pyesi", VERSION, provider)


class _Tracing:
    """Makes calls that are spans. Thread-safe."""

    def __init__(self, tracer: Tracer) -> None:
        from opentelemetry.trace.propagation.tracecontext import (
            TraceContextTextMapPropagator,
        )

        self._tracer = tracer
        # Not baggage: what an application tells its own services is none of ESI's
        # business.
        self._context = TraceContextTextMapPropagator()

    def around_one(self, name: str, call: _Call) -> _Call:
        """A call that ends with a `Response`."""
        of_any = name == "request"
        begin = self._request if of_any else partial(self._asking, name.upper())
        return _around(call, begin, _spans.tell_response)

    def around_many(self, name: str, call: _Call) -> _Call:
        """A call that ends with several, or with what was read from them."""
        takes_headers = "headers" in inspect.signature(call).parameters

        @contextmanager
        def begin(arguments: tuple[Any, ...], named: dict[str, Any]) -> Iterator[Span]:
            # The requests of a batch are no name for it.
            routed = bool(arguments) and name != "batch_request"
            route = str(arguments[0]) if routed else None
            attributes = {} if route is None else {"url.template": route}
            title = name if route is None else f"{name} {route}"
            with self._span(title, attributes, is_request=False) as span:
                if takes_headers:
                    self._tell_context(named)
                yield span

        return _around(call, begin, self._tell_many)

    def _request(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        method = str(arguments[0]).upper() if arguments else "GET"
        return self._asking(method, arguments[1:], named)

    @contextmanager
    def _asking(
        self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Iterator[Span]:
        route = str(arguments[0]) if arguments else ""
        attributes = _spans.asked_attributes(method, route)
        title = _spans.name_of(method, route)
        with self._span(title, attributes, is_request=True) as span:
            self._tell_context(named)
            yield span

    @contextmanager
    def _span(
        self, title: str, attributes: dict[str, Any], *, is_request: bool
    ) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind

        with self._tracer.start_as_current_span(
            title,
            kind=SpanKind.CLIENT if is_request else SpanKind.INTERNAL,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except ESIError as error:
                _spans.tell_failure(span, error)
                raise

    def _tell_context(self, named: dict[str, Any]) -> None:
        carried: dict[str, str] = {}
        self._context.inject(carried)
        if carried:
            named["headers"] = {**carried, **(named.get("headers") or {})}

    def _tell_many(self, span: Span, result: object) -> None:
        if not span.is_recording():
            return
        if isinstance(result, Table):
            span.set_attributes(
                {"pyesi.responses": result.pages, "pyesi.rows": len(result)}
            )
            return
        responses = list(_responses_in(result))
        span.set_attribute("pyesi.responses", len(responses))
        if isinstance(result, Batch) and result.failed:
            span.set_attribute("pyesi.failed", result.failed)
        for response in responses:
            self._tell_one_of_many(response)

    def _tell_one_of_many(self, response: Response) -> None:
        from opentelemetry.trace import SpanKind

        timeline = response.timeline
        below = self._tracer.start_span(
            _spans.name_of(response.method, response.route),
            kind=SpanKind.CLIENT,
            start_time=_spans.nanoseconds(timeline.started_at),
        )
        _spans.tell_response(below, response)
        below.end(_spans.ended_at(timeline))


def _responses_in(result: object) -> Iterable[Response]:
    if isinstance(result, Pages):
        return result
    if isinstance(result, Batch):
        refused = (
            error.response
            for error in result.errors.values()
            if isinstance(error, StatusError)
        )
        came = (one for one in result.results if one is not None)
        return [*came, *refused]
    return []


def _around(call: _Call, begin: _Call, tell: Callable[[Span, Any], None]) -> _Call:
    """The call as a span, whether it is a coroutine function or not."""
    if inspect.iscoroutinefunction(call):

        @wraps(call)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            with begin(arguments, named) as span:
                result = await call(*arguments, **named)
                tell(span, result)
                return result

        return awaited

    @wraps(call)
    def called(*arguments: Any, **named: Any) -> Any:
        with begin(arguments, named) as span:
            result = call(*arguments, **named)
            tell(span, result)
            return result

    return called
