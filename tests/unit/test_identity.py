"""Tokens: whose they are, and that nobody sees them."""

from base64 import urlsafe_b64encode

import msgspec
import pytest

from pyesi.client._identity import Bearers
from pyesi.errors import InvalidRequest


def jwt(signature="c2ln", **claims):
    """A token with these claims; nobody checks its signature here."""
    whose = {"azp": "app", "sub": "CHARACTER:EVE:1", "owner": "hash", **claims}
    payload = urlsafe_b64encode(msgspec.json.encode(whose)).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.{signature}"


def identity(token, bearers=None):
    return (bearers or Bearers()).bearer(token).identity


def test_a_renewed_token_is_the_same_identity():
    """
    Application, character and owner make it; expiry and signature do not.
    """
    assert identity(jwt(exp=1)) == identity(jwt(exp=2, signature="b3RoZXI"))


@pytest.mark.parametrize("claim", ["azp", "sub", "owner"])
def test_each_claim_makes_another_identity(claim):
    """
    Another application, character or owner shares nothing.
    """
    assert identity(jwt()) != identity(jwt(**{claim: "other"}))


def test_claims_do_not_run_into_one_another():
    """
    Moving text from one claim to the next makes another identity.
    """
    assert identity(jwt(azp="a\n1:b", sub="c")) != identity(jwt(azp="a", sub="b\n1:c"))


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b",
        "a.!!!.c",
        "a.e30.c",
        jwt(owner=""),
        jwt(owner=5),
        jwt(azp=None),
        "a." + urlsafe_b64encode(b"[1]").decode() + ".c",
    ],
)
def test_any_other_token_is_its_own_identity(token):
    """
    Without the three claims the token itself, hashed with a key, is who it is.
    """
    bearers = Bearers()

    assert identity(token, bearers) == identity(token, bearers)
    assert identity(token, bearers) != identity(token + "x", bearers)
    assert identity(token) != identity(token), "the key never leaves its process"
    assert token not in identity(token)


@pytest.mark.parametrize(
    "wrong", ["", "a\r\nX: y", "a b", "tök", "a\x00", None, 5, b"x", "Bearer abc"]
)
def test_what_cannot_be_a_token_is_refused_without_showing_it(wrong):
    """
    The words of the refusal never hold what was given.
    """
    with pytest.raises(InvalidRequest) as caught:
        Bearers().bearer(wrong)
    assert not isinstance(wrong, str) or not wrong or wrong not in str(caught.value)


def test_no_repr_shows_a_token():
    """
    Neither the bearer nor the book of them tells the secret.
    """
    bearers = Bearers()
    token = jwt()

    assert token not in repr(bearers.bearer(token))
    assert token not in repr(bearers)
    assert bearers.bearer(token).authorization == f"Bearer {token}"


def test_the_book_forgets():
    """
    A process that sees tokens for years keeps only the latest.
    """
    bearers = Bearers()
    for number in range(5000):
        bearers.bearer(f"token{number}")
    assert "4096 known" in repr(bearers)
