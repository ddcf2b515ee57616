"""What a client asks as spans of OpenTelemetry, by the SDK's own exporter."""

import asyncio
import sys

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    make_blocking_client,
    make_client,
)
from properties.answering_server import answering_server
from pyesi import errors, tracing
from pyesi.testing import make_token

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

JITA = {"system_id": 30000142}


class Telemetry:
    """A provider, and the spans that came out of it as they ended."""

    def __init__(self):
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def spans(self):
        return self.exporter.get_finished_spans()


@pytest.fixture
def telemetry():
    return Telemetry()


def traced(simulator, telemetry, **settings):
    client = make_client(simulator.base_url, **settings)
    return tracing.instrument(client, tracer_provider=telemetry.provider)


def names(events):
    return [event.name for event in events]


def test_a_request_is_a_span_of_the_conventions(simulator, telemetry, either_loop):
    """
    Method, template, server and status stand under the names that OpenTelemetry gives
    them, and the phases of the answer are its events, in its time.
    """

    async def story():
        async with traced(simulator, telemetry) as esi:
            return await esi.get(SYSTEM, **JITA)

    response = either_loop(story())

    (span,) = telemetry.spans()
    assert span.name == f"GET {SYSTEM}"
    assert span.kind is SpanKind.CLIENT
    assert span.status.status_code is StatusCode.UNSET
    told = dict(span.attributes)
    assert told["http.request.method"] == "GET"
    assert told["url.template"] == SYSTEM
    assert told["url.full"] == response.url
    assert response.url.startswith(f"http://{told['server.address']}:")
    assert told["server.port"] == int(simulator.base_url.rpartition(":")[2])
    assert told["http.response.status_code"] == 200
    assert told["pyesi.source"] == "network"
    assert "http.request.resend_count" not in told
    phases = [event for event in span.events if event.name != "attempt"]
    assert [(event.name, event.attributes["pyesi.seconds"]) for event in phases] == [
        (phase.name, phase.seconds) for phase in response.timeline
    ]
    times = [event.timestamp for event in span.events]
    assert times == sorted(times)
    slack = 20_000_000  # two clocks
    assert span.start_time - slack <= times[0] <= times[-1] <= span.end_time + slack


def test_a_hit_is_told_apart(simulator, telemetry, loop):
    """
    An answer of the cache is a span, too; its source says so, and nothing was sent.
    """

    async def story():
        async with traced(simulator, telemetry) as esi:
            for _ in range(2):
                await esi.get(SYSTEM, **JITA)

    loop(story())

    first, second = telemetry.spans()
    assert [one.attributes["pyesi.source"] for one in (first, second)] == [
        "network",
        "fresh",
    ]
    assert names(first.events).count("attempt") == 1
    assert names(second.events) == ["look_up"]


def test_each_attempt_is_an_event(simulator, telemetry, loop):
    """
    What was sent again has an event for each attempt, a pause between them, and the
    number of times it was sent again.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 503}, "times": 2}])

    async def story():
        async with traced(simulator, telemetry) as esi:
            return await esi.get(SYSTEM, **JITA)

    response = loop(story())

    assert response.attempts == 3
    (span,) = telemetry.spans()
    attempts = [one for one in span.events if one.name == "attempt"]
    assert [one.attributes["pyesi.attempt"] for one in attempts] == [1, 2, 3]
    assert names(span.events).count("pause") == 2
    assert span.attributes["http.request.resend_count"] == 2


def test_an_error_is_an_error_in_the_span(simulator, telemetry, loop):
    """
    An answer of 404 has its status as its error's type, and one that never came has
    the error's name.
    """

    async def story():
        async with traced(simulator, telemetry) as esi:
            with pytest.raises(errors.NotFound):
                await esi.get(SYSTEM, system_id=1)
            with pytest.raises(errors.InvalidRequest):
                await esi.get(SYSTEM, system_id="Jita")
            kept = await esi.get(SYSTEM, system_id=1, raise_for_status=False)
            assert kept.status == 404

    loop(story())

    missing, invalid, given_back = telemetry.spans()
    for span in (missing, given_back):
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes["error.type"] == "404"
        assert span.attributes["http.response.status_code"] == 404
    assert invalid.attributes["error.type"] == "InvalidRequest"
    assert invalid.status.status_code is StatusCode.ERROR
    assert "http.response.status_code" not in invalid.attributes


def test_the_context_reaches_the_server_and_baggage_does_not(telemetry, loop):
    """
    A request carries the trace it belongs to, unless the caller set another, but not
    what the application tells its own services.
    """
    from opentelemetry import baggage, context

    own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def story(server):
        async with traced(server, telemetry) as esi:
            secret = context.attach(baggage.set_baggage("customer", "secret"))
            try:
                await esi.get(SYSTEM, **JITA)
                await esi.get(TYPE, type_id=TYPES[0], headers={"traceparent": own})
            finally:
                context.detach(secret)

    with answering_server() as server:
        server.answering = lambda _: (200, [("Cache-Control", "no-store")], b"{}")
        loop(story(server))
        first, second = (one.headers for one in server.seen)

    span = telemetry.spans()[0].context
    version, trace, parent, _ = first["traceparent"].split("-")
    assert (version, trace) == ("00", f"{span.trace_id:032x}")
    assert parent == f"{span.span_id:016x}"
    assert second["traceparent"] == own
    assert "baggage" not in first
    assert "secret" not in str(first)


def test_a_sweep_is_a_span_over_those_of_its_pages(make_simulator, telemetry, loop):
    """
    A sweep and a batch have a span each, and one below it for each answer, at the time
    at which that was asked for.
    """
    simulator = make_simulator(pages=5)

    async def story():
        async with traced(simulator, telemetry) as esi:
            await esi.get_pages(ORDERS, **FORGE)
            wanted = [(TYPE, {"type_id": number}) for number in TYPES[:3]]
            await esi.batch_request([*wanted, (SYSTEM, {"system_id": 1})])

    loop(story())

    spans = telemetry.spans()
    batch, sweep = spans[-1], next(one for one in spans if "get_pages" in one.name)
    assert sweep.name == f"get_pages {ORDERS}"
    assert sweep.kind is SpanKind.INTERNAL
    pages = [one for one in spans if one.parent == sweep.context]
    assert len(pages) == sweep.attributes["pyesi.responses"] == 5
    assert {one.name for one in pages} == {f"GET {ORDERS}"}
    for page in pages:
        assert page.start_time <= page.end_time
        assert "attempt" in names(page.events)
    assert batch.name == "batch_request"
    below = [one for one in spans if one.parent == batch.context]
    statuses = sorted(one.attributes["http.response.status_code"] for one in below)
    assert statuses == [200, 200, 200, 404]
    assert batch.attributes["pyesi.failed"] == 1


def test_a_table_is_a_span(make_simulator, telemetry):
    """
    A table, whose answers are not kept, tells rows and how many answers they came in.
    """
    simulator = make_simulator(pages=3)

    with make_blocking_client(simulator.base_url) as esi:
        tracing.instrument(esi, tracer_provider=telemetry.provider)
        table = esi.get_table(ORDERS, **FORGE)
        esi.get(SYSTEM, **JITA)

    whole, single = telemetry.spans()
    assert whole.attributes["pyesi.rows"] == len(table) > 0
    assert whole.attributes["pyesi.responses"] == 3
    assert single.kind is SpanKind.CLIENT


def test_a_cancelled_request_ends_its_span(simulator, telemetry, loop):
    """
    A span is not left open by who gives up.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 5}, "times": None}])

    async def story():
        async with traced(simulator, telemetry) as esi:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(esi.get(SYSTEM, **JITA), 0.05)

    loop(story())

    (span,) = telemetry.spans()
    assert span.end_time is not None


def test_no_secret_is_in_a_span(simulator, telemetry, loop):
    """
    A token and a caller's headers are nowhere in what is exported.
    """
    token = make_token(90000001, ["esi-wallet.read_character_wallet.v1"])

    async def story():
        async with traced(simulator, telemetry, auth=token) as esi:
            await esi.get(
                "/characters/{character_id}/wallet",
                character_id=90000001,
                headers={"X-Mine": "canary-7"},
                raise_for_status=False,
            )

    loop(story())

    (span,) = telemetry.spans()
    exported = span.to_json()
    assert token not in exported
    assert "canary-7" not in exported


def test_who_is_not_instrumented_pays_nothing(simulator, telemetry, loop):
    """
    Without `instrument`, and after `uninstrument`, a client's methods are its class's.
    """

    async def story():
        async with traced(simulator, telemetry) as esi:
            assert vars(esi)["get"] is not None
            tracing.uninstrument(esi)
            assert "get" not in vars(esi)
            assert esi.get.__func__ is pyesi.ESIClient.get
            await esi.get(SYSTEM, **JITA)

    loop(story())

    assert telemetry.spans() == ()


def test_twice_is_once(simulator, telemetry, loop):
    """
    Who instruments a client again has one span for a request.
    """

    async def story():
        async with traced(simulator, telemetry) as esi:
            tracing.instrument(esi, tracer_provider=telemetry.provider)
            await esi.get(SYSTEM, **JITA)

    loop(story())

    assert len(telemetry.spans()) == 1


def test_without_opentelemetry_the_error_says_what_to_install(simulator, monkeypatch):
    """
    The extra is optional: without it, and for what is no client, the error says so.
    """
    with make_blocking_client(simulator.base_url) as esi:
        with pytest.raises(errors.ConfigurationError, match="not str"):
            tracing.instrument("esi")
        monkeypatch.setitem(sys.modules, "opentelemetry", None)
        with pytest.raises(errors.ConfigurationError, match="pip install"):
            tracing.instrument(esi)
        assert "get" not in vars(esi)
