"""JSON of a body, and the words for where an answer came from."""

from types import MappingProxyType

import msgspec
import pytest

from pyesi import Priority, Source
from pyesi._types import decode_json
from pyesi.errors import DecodeFailed


class Row(msgspec.Struct):
    """A row with one field."""

    id: int


class Answer(bytes):
    """A buffer that knows where it came from, as a response does."""

    route = "/status"
    attempts = 2
    headers = MappingProxyType({"x-esi-request-id": "abc"})


def test_decodes_to_python_or_to_a_type():
    """
    Without a type the plain values come, with one msgspec converts.
    """
    assert decode_json(b'{"id": 1}') == {"id": 1}
    assert decode_json(memoryview(b'[{"id": 1}]'), list[Row]) == [Row(1)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<html>", "HTML"),
        (b"{", "not the JSON asked for"),
        (b'"\xff"', "not the JSON asked for"),
        (b"[" * 100_000, "not the JSON asked for"),
    ],
)
def test_what_is_no_json_is_told_so(body, words):
    """
    Each kind of other body is DecodeFailed with what it looks like.
    """
    with pytest.raises(DecodeFailed, match=words):
        decode_json(body)


def test_what_does_not_fit_the_type_is_told_where():
    """
    The words name the field.
    """
    with pytest.raises(DecodeFailed, match=r"\$\[0\]\.id"):
        decode_json(b'[{"id": "x"}]', list[Row])


def test_the_error_carries_the_responses_facts():
    """
    Route, attempts and request id are those of the answer.
    """
    with pytest.raises(DecodeFailed) as caught:
        decode_json(Answer(b"{"))
    error = caught.value
    assert (error.route, error.attempts, error.request_id) == ("/status", 2, "abc")


def test_words_are_strings():
    """
    Sources and priorities compare as their words.
    """
    assert [*Source] == ["network", "fresh", "revalidated", "stale"]
    assert [*Priority] == ["interactive", "normal", "background", "warming"]
