"""Ceilings of single routes, through a whole client."""

from __future__ import annotations

import pytest

import pyesi
from integration.worlds import make_blocking_client
from properties.answering_server import answering_server
from pyesi import errors

HISTORY = "/markets/{region_id}/history"


@pytest.fixture
def server():
    """A server whose answers are never kept."""
    with answering_server() as running:
        running.answering = lambda _: (200, [("Cache-Control", "no-store")], b"[]")
        yield running


def ask(esi, type_id, **wishes):
    return esi.get(HISTORY, region_id=10000002, type_id=type_id, **wishes)


def test_more_than_the_ceiling_is_not_sent(server):
    """
    Who cannot go before the deadline is refused with the time after which it could.
    """
    with (
        pyesi.Engine() as engine,
        make_blocking_client(
            server.base_url, engine=engine, ceilings={HISTORY: (3, 60)}
        ) as esi,
    ):
        for type_id in range(34, 37):
            ask(esi, type_id)
        with pytest.raises(errors.WindowClosed) as refused:
            ask(esi, 40, timeout=5)
        assert len(server.seen) == 3
        assert 50 < refused.value.retry_after <= 61

        engine.advance_clock(61)
        ask(esi, 40)
        assert len(server.seen) == 4


def test_the_known_ceiling_holds_unless_it_is_taken_away(server):
    """
    Market history has one of 300 a minute by itself, and None takes it away.
    """
    with make_blocking_client(server.base_url) as esi:
        ask(esi, 34)
        (seen,) = esi.statistics()["limits"][0]["ceilings"]
        assert (seen["route"], seen["requests"], seen["window"]) == (HISTORY, 300, 60.0)
        assert seen["left"] == 299

    with make_blocking_client(server.base_url, ceilings={HISTORY: None}) as esi:
        engine_limits = esi.statistics()["limits"]
        ask(esi, 34)
        after = esi.statistics()["limits"][0]["ceilings"]
        before = engine_limits[0]["ceilings"] if engine_limits else after
        assert [one["left"] for one in after] == [one["left"] for one in before]


@pytest.mark.parametrize(
    ("ceilings", "words"),
    [
        ({HISTORY: (0, 60)}, r"must be \(requests, seconds\)"),
        ({HISTORY: (3, 0)}, "must be seconds above 0"),
        ({HISTORY: 300}, r"must be \(requests, seconds\)"),
        ({HISTORY: (3.5, 60)}, r"must be \(requests, seconds\)"),
        ({"/stats": (3, 60)}, "/status"),
        ([HISTORY], "must be a mapping"),
    ],
)
def test_a_ceiling_that_cannot_be_used_is_refused(ceilings, words):
    """
    What is no number of requests and seconds is refused before anything is sent.
    """
    with pytest.raises(errors.ConfigurationError, match=words):
        make_blocking_client("http://127.0.0.1:1", ceilings=ceilings)
