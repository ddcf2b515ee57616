"""Options of a request: what they become, and what is refused."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from pyesi._types import CacheMode, Priority
from pyesi.client._options import (
    NO_WISHES,
    Wishes,
    checked_cache_mode,
    checked_headers,
    encoded,
    make_options,
    merged,
    priority_number,
    seconds_until,
)
from pyesi.config import Timeout
from pyesi.errors import DeadlineExceeded, InvalidRequest


def test_parameters_come_from_both_places():
    """
    params= and keywords are one set of parameters.
    """
    assert merged({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    assert merged(None, {"b": 2}) == {"b": 2}


def test_a_parameter_in_both_places_is_refused():
    """
    A name that is given twice is an error that names it.
    """
    with pytest.raises(InvalidRequest, match="type_id is given twice"):
        merged({"type_id": 1}, {"type_id": 1})
    with pytest.raises(InvalidRequest, match="mapping"):
        merged([("a", 1)], {})


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "authorization",
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "TE",
        "If-None-Match",
        "If-Modified-Since",
        "Accept-Encoding",
        "User-Agent",
        "X-Compatibility-Date",
        "Accept-Language",
        "X-Tenant",
        "Proxy-Authorization",
    ],
)
def test_headers_that_are_not_a_callers_are_refused(name):
    """
    The refusal names the header and says what to do instead, without its value.
    """
    with pytest.raises(InvalidRequest, match=name) as caught:
        checked_headers({name: "secret-value"})
    assert "secret-value" not in str(caught.value)
    assert str(caught.value).count(".") >= 2, "the hint is a sentence of its own"


def test_authorization_is_told_where_it_belongs():
    """
    The hint for Authorization is auth=.
    """
    with pytest.raises(InvalidRequest, match="auth="):
        checked_headers({"Authorization": "Bearer x"})


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\x00"},
        {"X-A": "ä"},
        {"X-A": 5},
        {"X A": "a"},
        {"X-A:": "a"},
        {"": "a"},
        {"X-\n": "a"},
        {5: "a"},
        [("X-A", "a")],
    ],
)
def test_a_header_cannot_end_its_line(headers):
    """
    Control characters and what is no header at all are refused.
    """
    with pytest.raises(InvalidRequest):
        checked_headers(headers)


def test_other_headers_go_along():
    """
    A header of the caller's own is passed on.
    """
    assert checked_headers({"X-Trace": " 1 "}) == [("X-Trace", "1")]
    assert checked_headers({}) is None


def test_a_body_is_written_as_json():
    """
    json= becomes the bytes of the body.
    """
    assert encoded([1, 2], "POST") == b"[1,2]"
    assert encoded(None, "POST") is None


@pytest.mark.parametrize(
    ("value", "method"), [({"a": 1}, "GET"), ([1], "HEAD"), (object(), "POST")]
)
def test_a_body_that_cannot_be_sent_is_refused(value, method):
    """
    GET and HEAD have no body, and not every object is JSON.
    """
    with pytest.raises(InvalidRequest, match="json="):
        encoded(value, method)


def test_a_deadline_is_an_instant_of_either_clock():
    """
    An aware datetime and a monotonic instant give the seconds that are left.
    """
    in_a_minute = datetime.now(UTC) + timedelta(minutes=1)

    assert 59 < seconds_until(in_a_minute) <= 60
    assert 59 < seconds_until(time.monotonic() + 60) <= 60


@pytest.mark.parametrize(
    ("deadline", "error", "words"),
    [
        (datetime(2999, 1, 1), InvalidRequest, "time zone"),
        ("soon", InvalidRequest, "deadline="),
        (True, InvalidRequest, "deadline="),
        (datetime(2020, 1, 1, tzinfo=UTC), DeadlineExceeded, "passed"),
        (float("nan"), DeadlineExceeded, "passed"),
        (float("-inf"), DeadlineExceeded, "passed"),
    ],
)
def test_a_deadline_that_is_none_is_refused(deadline, error, words):
    """
    A naive datetime is no instant, and what has passed fails before it is sent.
    """
    with pytest.raises(error, match=words):
        seconds_until(deadline)


def test_priorities_are_words_in_order():
    """
    Each priority has its number, as enum or as word; none means normal.
    """
    assert [priority_number(p) for p in Priority] == [0, 1, 2, 3]
    assert priority_number("interactive") == 0
    assert priority_number(None) == 1
    with pytest.raises(
        InvalidRequest, match="interactive, normal, background, warming"
    ):
        priority_number("urgent")


def test_the_usual_options_are_the_cores_own():
    """
    A request without a wish makes no object.
    """
    assert make_options(NO_WISHES, Timeout(), None) is None


@pytest.mark.usefixtures("network")
def test_wishes_become_the_cores_options():
    """
    Each wish arrives in the core's words.
    """
    wishes = Wishes(timeout=5, priority="background", headers={"X-A": "b"}, json=[1])
    given = make_options(wishes, Timeout(connect=1), None, method="POST").given

    assert given["total_timeout"] == 5
    assert given["connect_timeout"] == 1
    assert given["priority"] == 2
    assert given["headers"] == [("X-A", "b")]
    assert given["body"] == b"[1]"
    assert given["deadline"] is given["authorization"] is given["identity"] is None


@pytest.mark.parametrize("timeout", [0, -1, "5", float("nan"), True])
def test_a_timeout_that_is_none_is_refused(timeout):
    """
    A wrong time-out of one request is that request's error.
    """
    with pytest.raises(InvalidRequest, match="timeout="):
        make_options(Wishes(timeout=timeout), Timeout(), None)


def test_a_cache_mode_is_a_word_for_what_is_kept():
    """
    Without one it is the default; names and members are the same.
    """
    assert checked_cache_mode(None, "POST") is CacheMode.DEFAULT
    assert checked_cache_mode("default", "DELETE") is CacheMode.DEFAULT
    for mode in CacheMode:
        assert checked_cache_mode(str(mode), "GET") is mode
        assert checked_cache_mode(mode, "HEAD") is mode


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("mode", [m for m in CacheMode if m is not CacheMode.DEFAULT])
def test_a_write_has_no_cache_mode(method, mode):
    """
    Nothing of a write is kept; the message names the method.
    """
    with pytest.raises(InvalidRequest, match=method):
        checked_cache_mode(mode, method)


@pytest.mark.parametrize("mode", ["", "RELOAD", "no-store", 1, True, ["reload"]])
def test_a_cache_mode_that_is_none_is_refused(mode):
    """
    A word that is no mode is an error that names those that are.
    """
    with pytest.raises(InvalidRequest, match="only_if_cached"):
        checked_cache_mode(mode, "GET")
