"""Where figures are read: a metrics page, or a file of saved statistics."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from pyesi.metrics import load_statistics

from ._reading import Reading, reading_of, readings_of
from ._text import samples_of
from ._words import printable

PATIENCE = 5.0
"""Seconds for an answer, all of it."""

_MOST = 64 << 20  # a page of all routes has about one megabyte
_CHUNK = 1 << 16
_ACCEPT = "text/plain; version=0.0.4"
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d+(/\S*)?")


class Unreadable(Exception):
    """A target tells nothing; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What `pyesi top` looks at.

    Attributes:
        shown: What it is called.
        read: Each client that is shown there at this moment; raises `Unreadable`.
    """

    shown: str
    read: Callable[[], list[Reading]]


def target_of(word: str, patience: float = PATIENCE) -> Target:
    """A URL of http or https, or else a file.

    Raises:
        Unreadable: It is a URL of something else.
    """
    if "://" not in word:
        return Target(word, lambda: _read_file(word))
    url = _page(word)
    return Target(url, lambda: _read_page(url, patience))


def _page(word: str) -> str:
    try:
        parts = urlsplit(word)
        port = parts.port
    except ValueError as error:
        raise Unreadable(f"{word} is no URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise Unreadable(f"{word} is no URL of http or https, and no file")
    if parts.username is not None or parts.password is not None:
        # Not shown: it is a secret.
        raise Unreadable("a URL with a user's name or password cannot be read")
    path = parts.path if parts.path.strip("/") else "/metrics"
    return SplitResult(parts.scheme, parts.netloc, path, parts.query, "").geturl()


def _read_file(word: str) -> list[Reading]:
    path = Path(word)
    try:
        return [reading_of(load_statistics(path), path.name)]
    except OSError as error:
        hint = f": is it http://{word}?" if _HOST_AND_PORT.fullmatch(word) else ""
        message = f"{word} cannot be read: {error.strerror or error}{hint}"
        raise Unreadable(message) from None
    except (KeyError, TypeError, AttributeError):
        raise Unreadable(f"{word} is damaged: save the statistics anew") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _read_page(url: str, patience: float) -> list[Reading]:
    try:
        text = _body(url, patience).decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{url} is no metrics page: it is no text") from None
    except HTTPError as error:
        with error:
            raise Unreadable(_refusal(url, error)) from None
    except TimeoutError:
        raise Unreadable(f"{url} gave no answer in {patience:g} s") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unreadable(f"{url} cannot be read: {_reason(error)}") from None
    try:
        samples = [*samples_of(text)]
        readings = readings_of(samples, time.monotonic())
    except ValueError as error:
        raise Unreadable(f"{url} is no metrics page: {error}") from None
    if not samples:
        raise Unreadable(f"{url} {_foreign(text)}")
    if not readings:
        raise Unreadable(f"{url} shows no client: all of them are closed")
    return readings


def _body(url: str, patience: float) -> bytes:
    """All of it, within the time; raises `TimeoutError` else."""
    end = time.monotonic() + patience
    request = Request(url, headers={"Accept": _ACCEPT})
    read = bytearray()
    try:
        with _opener(url).open(request, timeout=patience) as answer:
            while chunk := answer.read1(_CHUNK):
                read += chunk
                if time.monotonic() > end:
                    raise TimeoutError
                if len(read) > _MOST:
                    raise ValueError(f"it is longer than {_MOST >> 20} MB")
            if answer.length:
                raise ValueError("it broke off in the middle")
    except OSError as error:
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise TimeoutError from None
        raise
    return bytes(read)


def _opener(url: str) -> OpenerDirector:
    """Without redirects, and on this machine without a proxy."""
    is_ours = _is_loopback(urlsplit(url).hostname or "")
    return build_opener(_NoRedirects, ProxyHandler({} if is_ours else None))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _NoRedirects(HTTPRedirectHandler):
    """A redirect, to a page to log in say, is an answer like any other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""
        return


def _refusal(url: str, error: HTTPError) -> str:
    place = error.headers.get("Location") if 300 <= error.code < 400 else None
    where = f", to {_line(place)}" if place else ""
    return f"{url} answered {error.code} {_line(error.reason)}".rstrip() + where


def _foreign(text: str) -> str:
    """What a text without a series of pyesi is."""
    first = text.strip().partition("\n")[0]
    if not first:
        return "is empty"
    if first.startswith("# ") or re.match(r"[a-z_:]+[{ ]", first):
        return "shows no metrics of pyesi"
    return f"is no metrics page: it begins {_line(first)!r}"


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)
    return _line(getattr(inner, "strerror", None) or inner) or type(error).__name__


def _line(told: object) -> str:
    """The beginning, as one line."""
    return printable(" ".join(str(told).split())[:60])
