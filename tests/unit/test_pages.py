"""The pages of a listing as one sequence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from pyesi.client import Pages
from pyesi.errors import DecodeFailed
from unit.fake_core import FakeResponse

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def pages(*values, **about):
    responses = [FakeResponse(value=value) for value in values]
    return Pages(responses, **{"consistent": True, "last_modified": NOON, **about})


def test_is_a_sequence_of_responses():
    """
    Length, indexing, slices and iteration are those of a tuple.
    """
    three = pages([1], [2], [3])

    assert isinstance(three, Sequence)
    assert len(three) == 3
    assert three[0].json() == [1]
    assert [page.json() for page in three[1:]] == [[2], [3]]
    assert [page.json() for page in reversed(three)] == [[3], [2], [1]]


def test_json_is_all_rows_in_order():
    """
    The lists of all pages are one list.
    """
    assert pages([1, 2], [], [3]).json() == [1, 2, 3]
    assert pages().json() == []


def test_rows_are_converted_to_a_type():
    """
    type= is each page's, as in Response.json.
    """

    class Row(msgspec.Struct):
        id: int

    assert pages([{"id": 1}], [{"id": 2}]).json(type=list[Row]) == [Row(1), Row(2)]


def test_one_page_that_is_no_list_is_itself():
    """
    A route without pages gives its object.
    """
    assert pages({"players": 3}).json() == {"players": 3}
    with pytest.raises(DecodeFailed):
        pages([1], {"players": 3}).json()


def test_expires_with_its_first_page():
    """
    The earliest expiry is the listing's; without any there is none.
    """
    listing = Pages(
        [FakeResponse(expires_at=NOON + timedelta(seconds=n)) for n in (5, 3, 9)]
        + [FakeResponse()],
        consistent=True,
        last_modified=None,
    )
    assert listing.expires_at == NOON + timedelta(seconds=3)
    assert pages([1]).expires_at is None


def test_shows_itself_briefly():
    """
    repr tells the count, not the rows.
    """
    assert repr(pages([1], [2])) == (
        "<pyesi.Pages 2 pages, consistent, 2026-11-21 12:00:00+00:00>"
    )
    assert "not consistent" in repr(pages([1], consistent=False))
