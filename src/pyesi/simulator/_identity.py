"""Tokens: who asks, and what they may see."""

from __future__ import annotations

import base64
import time
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Identity:
    """What a token says of its bearer; its signature is not looked at.

    Attributes:
        application: The client id.
        character_id: Whose token it is.
        scopes: What it allows.
        expires: When it ends, in seconds since the epoch.
    """

    application: str
    character_id: int
    scopes: frozenset[str]
    expires: float


def read_token(token: str) -> Identity | None:
    """Read a bearer token; None if it is no JWT of EVE's SSO."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
        scopes = claims.get("scp", [])
        return Identity(
            application=str(claims.get("azp", "")),
            character_id=int(claims["sub"].rpartition(":")[2]),
            scopes=frozenset([scopes] if isinstance(scopes, str) else scopes),
            expires=float(claims.get("exp", 0)),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, NotBase64):
        return None


def make_token(
    character_id: int,
    scopes: Iterable[str] = (),
    *,
    application: str = "pyesi-tests",
    expires: float | None = None,
    owner: str | None = None,
) -> str:
    """Make a token that the simulator believes: a JWT with a worthless signature.

    Args:
        character_id: Whose it is.
        scopes: What it allows.
        application: The client id.
        expires: When it ends, in seconds since the epoch; 20 minutes from now by
            default.
        owner: The owner hash; one that follows from the character by default.
    """
    header = {"alg": "RS256", "kid": "JWT-Signature-Key", "typ": "JWT"}
    claims = {
        "aud": [application, "EVE Online"],
        "azp": application,
        "exp": int(time.time() + 1200 if expires is None else expires),
        "iss": "https://login.eveonline.com",
        "name": f"Character {character_id}",
        "owner": owner or f"owner-of-{character_id}",
        "scp": sorted(scopes),
        "sub": f"CHARACTER:EVE:{character_id}",
        "tenant": "tranquility",
    }
    parts = (msgspec.json.encode(header), msgspec.json.encode(claims), b"unsigned")
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts
    )
