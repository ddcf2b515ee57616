"""The errors: their tree, what they carry, and what they never show."""

import copy
import inspect
import pickle

import pytest

from pyesi import errors
from pyesi.errors import ESIError, StatusError, status_error
from unit.fake_core import FakeResponse

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, ESIError)
]
PLAIN = [found for found in CLASSES if not issubclass(found, StatusError)]
every_class = pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
FACTS = {
    "route": "/wars",
    "attempts": 2,
    "retry_after": 1.5,
    "request_id": "5d0b16f6-4d10-4bd4-9cf7-2d23e0a7f6ae",
}
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDSEFSQUNURVIifQ.c2lnbmF0dXJl"


@every_class
def test_carries_its_facts(kind):
    """
    Every error takes and keeps route, attempts, retry_after and request id.
    """
    error = kind("The server is away", **FACTS)
    assert {name: getattr(error, name) for name in FACTS} == FACTS


@every_class
@pytest.mark.parametrize("again", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_survives_a_pickle(kind, again):
    """
    An error that went through a pickle is of the same class and says the same.
    """
    error = kind("The server is away", **FACTS)
    back = again(error)

    assert type(back) is kind
    assert str(back) == str(error)
    assert back.__dict__ == error.__dict__
    assert back.args == error.args


def test_a_status_error_survives_a_pickle():
    """
    Its response goes along.
    """
    error = status_error(FakeResponse(404, {"error": "Type not found!"}))
    back = pickle.loads(pickle.dumps(error))

    assert type(back) is errors.NotFound
    assert (back.status, back.response) == (404, error.response)
    assert str(back) == str(error)


@every_class
def test_says_what_happened_and_what_to_do(kind):
    """
    The words begin with what happened, and a failed request names a next step.
    """
    error = kind("The server is away", **FACTS)

    assert str(error).startswith("The server is away (route /wars, 2 attempts, ")
    assert str(error).endswith(kind.advice)
    assert kind.advice or not issubclass(kind, errors.TransportFailed)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidRequest, ValueError),
        (errors.DecodeFailed, ValueError),
        (errors.DeadlineExceeded, TimeoutError),
        (errors.ClientClosed, RuntimeError),
    ],
)
def test_is_also_what_python_calls_it(kind, builtin):
    """
    Code that knows nothing of pyesi may catch it by Python's own class.
    """
    with pytest.raises(builtin):
        raise kind("so it is")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, StatusError),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (420, errors.RateLimited),
        (422, StatusError),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (504, errors.ServerError),
        (520, errors.ServerError),
    ],
)
def test_a_status_has_its_class(status, kind):
    """
    The class of a status error follows from the status alone.
    """
    error = status_error(FakeResponse(status, {"error": "no"}))

    assert type(error) is kind
    assert error.status == error.response.status == status


def test_a_status_error_tells_esis_words_and_request_id():
    """
    Method, template, status, ESI's own text and its request id stand in the words.
    """
    request_id = FACTS["request_id"]
    response = FakeResponse(
        429,
        {"error": "Slow down"},
        "/wars",
        headers={"retry-after": "17", "x-esi-request-id": request_id},
    )
    error = status_error(response)

    assert str(error).startswith("GET /wars was answered 429: Slow down (")
    assert request_id in str(error)
    assert (error.retry_after, error.request_id) == (17.0, request_id)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>504</html>",
        b'["error"]',
        b'{"error": 5}',
        b'{"error": "cut',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"error": "' + b"x" * 70_000 + b'"}',
    ],
    ids=["empty", "html", "list", "number", "cut", "bytes", "deep", "long"],
)
def test_any_body_makes_a_status_error(body):
    """
    A body that is not ESI's error object is left out, whatever it is.
    """
    assert status_error(FakeResponse(502, body)).message.endswith("answered 502")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (420, {"x-esi-error-limit-reset": "50"}, 50.0),
        (429, {"retry-after": "7", "x-esi-error-limit-reset": "50"}, 7.0),
        (404, {"x-esi-error-limit-reset": "50"}, None),
        (420, {}, None),
    ],
)
def test_a_limit_says_when_to_come_back(status, headers, seconds):
    """
    A 420 without Retry-After tells it by the end of its window; a 404 tells nothing.
    """
    assert status_error(FakeResponse(status, headers=headers)).retry_after == seconds


def test_a_server_cannot_write_to_the_terminal():
    """
    Control characters and length of ESI's text are bounded.
    """
    error = status_error(FakeResponse(400, {"error": "\x1b[2J\r\n" + "no " * 500}))

    assert error.message.isprintable()
    assert len(error.message) < 300


def test_a_token_that_the_server_repeats_is_masked():
    """
    What looks like a token is not shown, also when the body holds it.
    """
    error = status_error(FakeResponse(403, {"error": f"bad token {TOKEN}"}))

    assert TOKEN not in str(error)
    assert TOKEN not in repr(error)
    assert "***" in str(error)
