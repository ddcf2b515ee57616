"""When a client asks again, held against the reference of freshness."""

from __future__ import annotations

import itertools
import time
from email.utils import formatdate

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import pyesi
from integration.worlds import make_blocking_client
from properties import reference_freshness as reference
from properties.answering_server import answering_server
from pyesi import errors

THOROUGHLY = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
USUALLY_STALE = 3600  # seconds for which a stale answer stands in for an error
ROUTES = (pyesi.UncheckedRoute(f"/thing/{number}") for number in itertools.count())

lengths = st.sampled_from([0, 1, 5, 30, 60, 300, 3600, 86_400])
directives = st.one_of(
    st.sampled_from(
        [
            "public",
            "private",
            "no-cache",
            "no-store",
            "must-revalidate",
            "proxy-revalidate",
            "immutable",
            "max-age",
            "max-age=later",
            'max-age="60"',
            "max-age=-5",
        ]
    ),
    st.builds("max-age={}".format, lengths),
    st.builds("s-maxage={}".format, lengths),
    st.builds("stale-if-error={}".format, lengths),
    st.builds("stale-while-revalidate={}".format, lengths),
)


class Time:
    """The engine's time, which the examples turn on and on."""

    turned = 0

    @classmethod
    def now(cls):
        return int(time.time()) + cls.turned

    @classmethod
    def turn(cls, client, seconds):
        cls.turned += seconds
        client.engine.advance_clock(seconds)


@st.composite
def answers(draw):
    """Headers of an answer, their dates as distances from now."""
    headers = []
    if draw(st.booleans()):
        headers.append(("Cache-Control", ", ".join(draw(st.lists(directives)))))
    date = draw(st.sampled_from([0, 0, -40, -3700, 5000]))
    if draw(st.booleans()):
        headers.append(("Date", date))
    if draw(st.booleans()):
        expires = date + draw(st.sampled_from([-100, 0, 30, 60, 300, 86_400]))
        headers.append(("Expires", draw(st.sampled_from([expires] * 4 + ["0", ""]))))
    if draw(st.booleans()):
        headers.append(("Age", str(draw(st.sampled_from([0, 10, 59, 4000])))))
    if draw(st.booleans()):
        headers.append(("ETag", '"one"'))
    if draw(st.booleans()):
        headers.append(("Last-Modified", -100_000))
    if draw(st.integers(0, 9)) == 0:
        headers.append(("Vary", "*"))
    return headers


@pytest.fixture(scope="module")
def server():
    """A server that answers as each example wants."""
    with answering_server() as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    """A client that tries each request once."""
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(server.base_url, engine=engine) as esi,
    ):
        yield esi


def dated(headers):
    """The headers with dates for distances."""
    return [
        (name, value if isinstance(value, str) else at(value))
        for name, value in headers
    ]


def at(distance):
    return formatdate(Time.now() + distance, usegmt=True)


def facts():
    return reference.Facts(received_wall=Time.now())


def is_at_an_edge(headers, resident):
    """Whether a second more or less, which the test itself takes, would matter."""
    past = reference.staleness(headers, facts(), resident)
    told = reference.directives(headers)
    windows = [
        reference.length_of(told.get(f"stale-{case}")) or 0
        for case in ("if-error", "while-revalidate")
    ]
    edges = (0, USUALLY_STALE, *windows)
    return any(abs(past - edge) <= 3 for edge in edges)


def expected_source(reuse, fails, stands_in):
    """Where the second answer comes from; None where there is none."""
    if reuse == "serve":
        return pyesi.Source.FRESH
    if reuse == "serve_then_revalidate" or (fails and stands_in):
        return pyesi.Source.STALE
    return None if fails else pyesi.Source.NETWORK


def wait_for_request(server):
    """Until the server has seen one; it need not come while somebody waits for it."""
    end = time.monotonic() + 10
    while not server.seen and time.monotonic() < end:
        time.sleep(0.002)


@THOROUGHLY
@given(headers=answers(), resident=lengths, fails=st.booleans())
def test_a_client_asks_again_when_the_reference_says_so(
    server, client, headers, resident, fails
):
    """
    A kept answer is served while it is fresh, asked for again with its validators from
    then on, at once or behind, and stands in for a failure as long as it may.
    """
    headers = dated(headers)
    assume(not is_at_an_edge(headers, resident))
    route = next(ROUTES)
    kept = reference.is_storable(headers, facts(), has_identity=False)
    fresh = reference.decide_reuse(headers, facts(), reference.Asked(), resident)
    stands_in = kept and reference.may_serve_stale_on_error(
        headers, facts(), USUALLY_STALE, resident
    )

    server.answering = lambda _: (200, headers, b'"first"')
    assert client.get(route).json() == "first"
    Time.turn(client, resident)
    server.seen.clear()
    server.answering = lambda _: (503 if fails else 200, [], b'"second"')
    try:
        second = client.get(route)
        source = second.source
    except errors.ServerError:
        source = None

    expected = expected_source(kept and fresh, fails, stands_in)
    event(f"{expected}")
    assert source == expected
    if expected == pyesi.Source.FRESH:
        assert server.seen == []
        return
    wait_for_request(server)
    (asked,) = server.seen
    assert ("if-none-match" in asked.headers) == (kept and ("ETag", '"one"') in headers)


@THOROUGHLY
@given(headers=answers(), renewed=answers(), resident=lengths)
def test_a_304_lends_the_kept_answer_a_new_life(
    server, client, headers, renewed, resident
):
    """
    After a 304 the kept body is served, fresh for as long as the merged headers say.
    """
    headers = [*(pair for pair in headers if pair[0] not in {"ETag", "Vary"})]
    headers = dated([*headers, ("ETag", '"one"')])
    renewed = [*(pair for pair in renewed if pair[0] not in {"ETag", "Vary"})]
    assume(reference.is_storable(headers, facts(), has_identity=False))
    assume(not is_at_an_edge(headers, resident))
    fresh = reference.decide_reuse(headers, facts(), reference.Asked(), resident)
    assume(fresh == "revalidate")

    route = next(ROUTES)
    server.answering = lambda _: (200, headers, b'"first"')
    client.get(route)
    Time.turn(client, resident)
    lent = dated([*renewed, ("ETag", '"one"')])
    server.answering = lambda _: (304, lent, b"")
    revalidated = client.get(route)

    assert revalidated.source == pyesi.Source.REVALIDATED
    assert revalidated.json() == "first"
    assert revalidated.status == 200
