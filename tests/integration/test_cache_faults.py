"""What servers say wrongly, and where a cache cannot be: no error, nothing early."""

import time
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

import pyesi
from integration.worlds import SYSTEM, make_blocking_client
from properties.answering_server import answering_server

THING = pyesi.UncheckedRoute("/thing")
TAG = ("ETag", '"one"')


class Story:
    """A server that always says the same, and a client that asks as time goes by."""

    def __init__(self, esi, server, headers):
        self._esi = esi
        self._server = server
        self._headers = headers
        self._turned = 0
        server.answering = self._answer

    def source_after(self, seconds):
        """Where the answer comes from, so many seconds after the last question."""
        self._esi.engine.advance_clock(seconds)
        self._turned += seconds
        answer = self._esi.get(THING)
        assert answer.json() == "kept"
        return answer.source

    def _answer(self, seen):
        now = time.time() + self._turned
        headers = [
            (name, value(now) if callable(value) else value)
            for name, value in self._headers
        ]
        if seen.headers.get("if-none-match") == TAG[1]:
            return 304, headers, b""
        return 200, headers, b'"kept"'


def date(offset=0):
    """That many seconds from the client's now, as a field has it."""
    return lambda now: formatdate(now + offset, usegmt=True)


@contextmanager
def story_of(headers, cache):
    with (
        answering_server() as server,
        make_blocking_client(server.base_url, cache=cache) as esi,
    ):
        yield Story(esi, server, headers), esi.statistics


@pytest.fixture(params=["memory", "file"])
def cache(request, tmp_path):
    """The kinds of cache that one process can have by itself."""
    return "memory" if request.param == "memory" else tmp_path / "answers.sqlite3"


HOUR = 3600
FRESH = {
    "a date and an Expires": [("Date", date()), ("Expires", date(60))],
    "no Date": [("Expires", date(60))],
    "no Date but a max-age": [("Cache-Control", "max-age=60")],
    "a Date that is none": [("Date", "yesterday"), ("Cache-Control", "max-age=60")],
    "a server an hour behind": [("Date", date(-HOUR)), ("Expires", date(60 - HOUR))],
    "a server an hour ahead": [("Date", date(HOUR)), ("Expires", date(60 + HOUR))],
    "a max-age that is none": [
        ("Cache-Control", "max-age=abc"),
        ("Date", date()),
        ("Expires", date(60)),
    ],
    "max-age twice": [
        ("Cache-Control", "max-age=60"),
        ("Cache-Control", "max-age=600"),
    ],
    "Expires twice": [
        ("Date", date()),
        ("Expires", date(60)),
        ("Expires", date(600)),
    ],
    "a max-age beside an Expires long past": [
        ("Cache-Control", "max-age=60"),
        ("Date", date()),
        ("Expires", date(-HOUR)),
    ],
    "an Age that is none": [("Cache-Control", "max-age=60"), ("Age", "old")],
}


@pytest.mark.parametrize("said", list(FRESH))
def test_what_is_said_badly_is_fresh_for_as_long_as_it_can_be_understood(said, cache):
    """
    Nobody asks within the minute that the server gave, by whatever clock it went, and
    everybody asks after it.
    """
    with story_of([TAG, *FRESH[said]], cache) as (story, statistics):
        sources = [story.source_after(seconds) for seconds in (0, 57, 5, 57)]
        counts = statistics()["cache"]

    kept = pyesi.Source.FRESH
    assert sources == [pyesi.Source.NETWORK, kept, pyesi.Source.REVALIDATED, kept]
    assert (counts["hits"], counts["revalidated"]) == (2, 1)


STALE = {
    "an Expires of 0": [("Date", date()), ("Expires", "0")],
    "an Expires of -1": [("Date", date()), ("Expires", "-1")],
    "an Expires in the past": [("Date", date()), ("Expires", date(-60))],
    "an Expires in the past and no Date": [("Expires", date(-60))],
    "an Expires that is no date": [("Date", date()), ("Expires", "tomorrow")],
    "a max-age that is none": [("Cache-Control", "max-age=abc")],
    "a negative max-age": [("Cache-Control", "max-age=-60")],
    "an Age beyond the max-age": [("Cache-Control", "max-age=60"), ("Age", "61")],
    "nothing": [],
}


@pytest.mark.parametrize("said", list(STALE))
def test_what_was_never_fresh_is_validated_each_time(said, cache):
    """
    It is kept all the same, so that each question costs a 304 and no body.
    """
    with story_of([TAG, *STALE[said]], cache) as (story, statistics):
        sources = [story.source_after(seconds) for seconds in (0, 0, 10)]
        counts = statistics()["cache"]

    again = pyesi.Source.REVALIDATED
    assert sources == [pyesi.Source.NETWORK, again, again]
    assert (counts["hits"], counts["revalidated"]) == (0, 2)


def test_two_tags_are_no_reason_to_fail(cache):
    """
    Of a tag that comes twice the first is sent back.
    """
    headers = [TAG, ("ETag", '"two"'), ("Cache-Control", "max-age=60")]
    with story_of(headers, cache) as (story, _):
        sources = [story.source_after(seconds) for seconds in (0, 61)]

    assert sources == [pyesi.Source.NETWORK, pyesi.Source.REVALIDATED]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder of the kernel's own")
def test_a_place_where_no_file_can_be_is_a_miss_and_a_count(simulator):
    """
    Every answer is right, memory keeps it, and the file's faults are counted.
    """
    with make_blocking_client(simulator.base_url, cache=Path("/proc/answers")) as esi:
        for number in [*range(20), *range(20)]:
            answer = esi.get(SYSTEM, system_id=30000142 + number)
            assert answer.json()["system_id"] == 30000142 + number
        counts = esi.statistics()["cache"]

    assert counts["file"]["faults"] > 0
    assert counts["hits"] == 20
    assert simulator.counters()["requests"] == 20
