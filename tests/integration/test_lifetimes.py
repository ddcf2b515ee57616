"""Lifetimes of the user's own, through a whole client."""

from __future__ import annotations

import pytest

import pyesi
from integration.worlds import make_blocking_client
from properties.answering_server import answering_server
from pyesi import errors


@pytest.fixture
def server():
    """A server whose answers are fresh for 30 seconds."""
    with answering_server() as running:
        running.answering = lambda _: (200, [("Cache-Control", "max-age=30")], b"{}")
        yield running


@pytest.mark.parametrize("name", ["/status", "GetStatus"])
def test_a_longer_lifetime_holds_for_its_route_alone(server, name):
    """
    ESI is not asked again before the user's lifetime is over; other routes keep theirs.
    """
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(
            server.base_url, engine=engine, lifetimes={name: 120}
        ) as esi,
    ):
        esi.get("/status")
        esi.get("/incursions")
        engine.advance_clock(100)
        assert esi.get("/status").source == pyesi.Source.FRESH
        assert esi.get("/incursions").source == pyesi.Source.NETWORK
        engine.advance_clock(30)
        assert esi.get("/status").source == pyesi.Source.NETWORK


@pytest.mark.parametrize(
    ("lifetimes", "words"),
    [
        ({"/status": 29}, "must not be below the 30 s that ESI gives it"),
        ({"/universe/types/{type_id}": 3600}, "must not be below the 86400 s"),
        ({"/status": 0}, "must be above 0"),
        ({"/status": "long"}, "must be a number of seconds"),
        ({"/status": True}, "must be a number of seconds"),
        ({"/stats": 60}, "/status"),
        ([("/status", 60)], "must be a mapping"),
    ],
)
def test_a_lifetime_that_cannot_be_used_is_refused(lifetimes, words):
    """
    A lifetime that is shorter than ESI's, or none, is refused before anything is sent.
    """
    with pytest.raises(errors.ConfigurationError, match=words):
        make_blocking_client("http://127.0.0.1:1", lifetimes=lifetimes)
