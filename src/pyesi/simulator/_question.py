"""One request, once the simulator knows what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyesi.catalog import Route
from pyesi.simulator._clock import http_date
from pyesi.simulator._identity import Identity
from pyesi.simulator._request import Request
from pyesi.simulator._window import Window

LANGUAGES = ("en", "de", "fr", "ja", "ru", "zh", "ko", "es")


@dataclass(frozen=True, slots=True)
class Question:
    """A request with its route, its bearer and the window it falls into.

    Attributes:
        request: As it was read.
        route: The operation that it names.
        values: The parameters in its path.
        identity: Whose token it carries.
        language: In which language names are wanted.
        now: When it came.
        window: The generation of the answer; None if the answer is not cached.
        body: Its decoded JSON body.
    """

    request: Request
    route: Route
    values: Mapping[str, str]
    identity: Identity | None
    language: str
    now: float
    window: Window | None
    body: object = None

    @property
    def generation(self) -> int:
        """Which generation of answers is asked for."""
        return self.window.generation if self.window else 0

    def number(self, name: str, default: int) -> int:
        """Read a query parameter that was found to be an integer."""
        text = self.request.first(name)
        return default if text is None else int(text)

    @property
    def made_on(self) -> str:
        """Last-Modified, as it is written."""
        return http_date(self.window.last_modified) if self.window else ""


@dataclass(frozen=True, slots=True)
class Content:
    """An answer's body before it is written.

    Attributes:
        tag: Equal while the body is equal.
        write: Makes the JSON.
        pages: X-Pages.
        status: 200, 201 or 204.
    """

    tag: str
    write: Callable[[], bytes]
    pages: int | None = None
    status: int = 200


def language_of(accepted: str | None) -> str:
    """Choose the language: the first that ESI knows, else English."""
    for part in (accepted or "").split(","):
        language = part.partition(";")[0].strip().lower()
        if language in LANGUAGES:
            return language
    return "en"
