"""Tokens, and whose they are."""

from __future__ import annotations

import hashlib
import os
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from pyesi import catalog
from pyesi.errors import InvalidRequest

Auth: TypeAlias = str | Callable[[], str] | Callable[[], Awaitable[str]]
"""A token, or what gives one each time that it is needed."""

_CLAIMS = ("azp", "sub", "owner")
_MOST_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token as it is sent, and the identity that keys cache and limits.

    Attributes:
        authorization: The header's value; a secret.
        identity: Application, character and owner, or the token itself, hashed.
    """

    authorization: str = field(repr=False)
    identity: str


class Bearers:
    """Tokens seen lately, so that each is read once.

    The identity of a JWT comes from its claims, so that it outlives the token; they
    are not verified here, since only ESI's answer decides what a token is worth.
    Any other token is hashed with a key that never leaves this process.

    Thread-safe: each step is one operation on a dict.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._known: OrderedDict[str, Bearer] = OrderedDict()

    def __repr__(self) -> str:
        """Without the tokens."""
        return f"Bearers({len(self._known)} known)"

    def bearer(self, token: object) -> Bearer:
        """The token, checked.

        Raises:
            InvalidRequest: It cannot be a token; the message does not show it.
        """
        if isinstance(token, str):
            known = self._known.get(token)
            if known is not None:
                return known
        checked = checked_token(token)
        made = Bearer(f"Bearer {checked}", self._identity(checked))
        self._known[checked] = made
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return made

    def _identity(self, token: str) -> str:
        claims = _claims(token)
        if claims is not None:
            told = "\n".join(f"{len(claim)}:{claim}" for claim in claims)
            return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        keyed = hashlib.blake2b(token.encode(), digest_size=16, key=self._key)
        return f"token-{keyed.hexdigest()}"


def checked_token(token: object) -> str:
    """The token, if it can stand in a header.

    Raises:
        InvalidRequest: It cannot; the message does not show it.
    """
    if not isinstance(token, str) or not token:
        message = f"auth= must give a token as a string, not {type(token).__name__}."
        raise InvalidRequest(message if token != "" else "auth= gave an empty token.")
    if token[:7].lower() == "bearer ":
        message = "auth= takes the token alone, without the word Bearer."
        raise InvalidRequest(message)
    if not token.isascii() or not token.isprintable() or " " in token:
        message = "The token of auth= holds blanks, control or non-ASCII characters."
        raise InvalidRequest(message)
    return token


def _claims(token: str) -> list[str] | None:
    """Application, character and owner of a JWT; None if it tells not all."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    import msgspec

    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        payload = msgspec.json.decode(urlsafe_b64decode(padded), type=dict[str, object])
    except (NotBase64, ValueError, RecursionError):
        return None
    claims = [payload.get(name) for name in _CLAIMS]
    texts = [claim for claim in claims if isinstance(claim, str) and claim]
    return texts if len(texts) == len(_CLAIMS) else None


def token_missing(method: str, route: str) -> InvalidRequest:
    """The error of a request that needs a token and has none."""
    facts = catalog.find(route, method)
    scopes = ", ".join(facts.scopes) or "its scope"
    message = (
        f"{method} {facts.path} needs a token with {scopes}: give auth= to the client "
        "or to the request."
    )
    return InvalidRequest(message, route=facts.path)
