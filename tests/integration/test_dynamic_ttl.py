"""Lifetimes that grow with use, for what nobody else dates."""

from contextlib import closing

import pytest

import pyesi
from integration.worlds import make_blocking_client, read_head, scripted_server
from pyesi import errors

UNDATED = "/meta/status"


@pytest.fixture
def dating():
    """A client whose engine dates what nobody dates: a minute, and a tenth each use."""
    with (
        pyesi.Engine(dynamic_ttl=pyesi.DynamicTTL()) as engine,
        make_blocking_client("http://127.0.0.1:9", engine=engine) as client,
    ):
        yield client


def kept_for(esi, key, seconds):
    """Whether the value is there just before so many seconds, and gone just after."""
    esi.engine.advance_clock(seconds - 2)
    before = esi.cache.get(key)
    esi.engine.advance_clock(4)
    return before is not None and esi.cache.get(key) is None


def test_a_value_without_expire_is_kept_for_five_minutes():
    """
    Without dynamic lifetimes a value that nobody dates is kept for 300 seconds.
    """
    with make_blocking_client("http://127.0.0.1:9") as esi:
        esi.cache.set("key", 1)
        assert kept_for(esi, "key", 300)


def test_a_value_that_nobody_uses_has_the_base_lifetime(dating):
    """
    With dynamic lifetimes an unused value is kept for base_ttl.
    """
    dating.cache.set("key", 1)
    assert kept_for(dating, "key", 60)


def test_a_value_that_is_used_lives_longer_when_it_is_set_again(dating):
    """
    Ten uses at a factor of a tenth double the lifetime.
    """
    dating.cache.set("key", 1)
    for _ in range(10):
        dating.cache.get("key")
    dating.cache.set("key", 1)
    assert kept_for(dating, "key", 120)


def test_no_use_lengthens_beyond_the_maximum():
    """
    However often a value is used, it is kept for max_ttl at the most.
    """
    short = pyesi.CacheConfig(dynamic_ttl=pyesi.DynamicTTL(base_ttl=60, max_ttl=90))
    with make_blocking_client("http://127.0.0.1:9", cache=short) as esi:
        for _ in range(1000):
            esi.cache.get("key")
        esi.cache.set("key", 1)
        assert kept_for(esi, "key", 90)


def test_what_expire_says_is_what_holds(dating):
    """
    A value that is set with `expire` is kept for just so long, whatever its use.
    """
    for _ in range(100):
        dating.cache.get("key")
    dating.cache.set("key", 1, expire=20)
    assert kept_for(dating, "key", 20)


def answering(*fields):
    """A server's answer to whatever comes, with these header lines."""
    head = "\r\n".join(
        ["HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", *fields]
    )

    def answer(connection, _number):
        read_head(connection)
        connection.sendall(f"{head}\r\n\r\n{{}}".encode())

    return answer


def test_an_answer_that_nobody_dates_is_fresh_for_a_while():
    """
    Where ESI and the catalog say nothing, use gives an answer its lifetime.
    """
    engine = pyesi.Engine(dynamic_ttl=pyesi.DynamicTTL())
    with (
        scripted_server(answering('ETag: "1"')) as url,
        closing(engine),
        make_blocking_client(url, engine=engine) as esi,
    ):
        assert esi.get(UNDATED).source == pyesi.Source.NETWORK
        assert esi.get(UNDATED).source == pyesi.Source.FRESH
        engine.advance_clock(67)
        assert esi.get(UNDATED).source == pyesi.Source.NETWORK


@pytest.mark.parametrize(
    "word", ["Cache-Control: max-age=5", "Cache-Control: no-cache", "Expires: 0"]
)
def test_esi_s_word_goes_before_use(word):
    """
    An answer that ESI dates, or forbids to reuse, has no dynamic lifetime.
    """
    engine = pyesi.Engine(dynamic_ttl=pyesi.DynamicTTL())
    with (
        scripted_server(answering('ETag: "1"', word)) as url,
        closing(engine),
        make_blocking_client(url, engine=engine) as esi,
    ):
        esi.get(UNDATED)
        engine.advance_clock(6)
        assert esi.get(UNDATED).source == pyesi.Source.NETWORK


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"base_ttl": 0}, "base_ttl"),
        ({"base_ttl": float("nan")}, "base_ttl"),
        ({"base_ttl": 60, "max_ttl": 30}, "max_ttl"),
        ({"popularity_factor": -1}, "popularity_factor"),
        ({"popularity_factor": float("inf")}, "popularity_factor"),
        ({"decay": 0}, "decay"),
        ({"decay": "long"}, "decay must be a number"),
        ({"decay": True}, "decay must be a number"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(given, why):
    """
    A value out of its range is a ConfigurationError that names it.
    """
    with pytest.raises(errors.ConfigurationError, match=why):
        pyesi.DynamicTTL(**given)


def test_it_is_given_as_itself():
    """
    A dynamic_ttl of another kind is a ConfigurationError.
    """
    with pytest.raises(errors.ConfigurationError, match=r"pyesi\.DynamicTTL, not int"):
        pyesi.Engine(dynamic_ttl=60)
