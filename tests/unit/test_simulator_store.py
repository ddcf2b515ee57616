"""The simulator's store of written bodies."""

import gzip

import pytest

from pyesi.simulator._store import BodyStore, accepts_gzip, coded

SMALL = b'{"players":1}'
BIG = b"[" + b'{"order_id":1},' * 5000 + b"]"


@pytest.mark.parametrize("body", [SMALL, BIG, b"x" * 400])
def test_a_kept_body_comes_back_in_either_coding(body):
    """
    What is kept is given plain to who wants it plain, and coded where it is worth it.
    """
    store = BodyStore()
    store.put("a", body)

    assert store.get("a", packed=False) == (body, False)
    given, is_packed = store.get("a", packed=True)
    assert (gzip.decompress(given) if is_packed else given) == body
    assert is_packed == (len(body) >= 256)


def test_the_store_is_bounded_and_drops_the_least_used():
    """
    Beyond its capacity the body that was not asked for longest is dropped.
    """
    store = BodyStore(capacity=3000)
    for name in "abc":
        store.put(name, bytes(range(256)) * 4)
        store.get("a", packed=False)

    assert "a" in store
    assert "b" not in store


def test_a_body_larger_than_the_store_is_still_given():
    """
    One body alone is kept whatever its size.
    """
    store = BodyStore(capacity=10)
    store.put("a", BIG)

    assert store.get("a", packed=False) == (BIG, False)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br, zstd", False),
        ("gzip;q=0", False),
        ("gzip; q=0", False),
    ],
)
def test_gzip_is_sent_only_to_who_takes_it(accepted, packed):
    """
    Accept-Encoding is read with its qualities.
    """
    assert accepts_gzip(accepted) is packed


def test_a_tiny_body_is_not_worth_coding():
    """
    Below 256 bytes a body is sent as it is.
    """
    assert coded(SMALL, packed=True) == (SMALL, False)
    assert coded(BIG, packed=False) == (BIG, False)
    assert gzip.decompress(coded(BIG, packed=True)[0]) == BIG
