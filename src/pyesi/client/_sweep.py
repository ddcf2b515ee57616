"""Listings: which way each is read, and what a sweep of the core gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyesi import catalog
from pyesi.catalog import UncheckedRoute
from pyesi.errors import InvalidRequest
from pyesi.pagination import Walk, begin_walk

from ._base import Route, checked, checked_route
from ._pages import Pages

if TYPE_CHECKING:
    from pyesi._core import Response


def is_swept(route: Route, parameters: dict[str, Any]) -> bool:
    """Whether the core turns the pages, by X-Pages.

    A route that the catalog does not know is read so: without X-Pages it is one page.

    Raises:
        InvalidRequest: There is no such route, or `page` is given.
    """
    checked_route(route)
    swept = isinstance(route, UncheckedRoute) or _facts(route).pagination == "x-pages"
    if swept and "page" in parameters:
        message = (
            "get_pages and stream_pages turn the pages: leave page= out, or use get."
        )
        raise InvalidRequest(message, route=str(route))
    return swept


def walk_of(route: Route, parameters: dict[str, Any]) -> Walk | None:
    """How Python turns the pages; None where the route is one page."""
    if isinstance(route, UncheckedRoute):
        return None
    facts = _facts(route)
    if facts.pagination not in {"cursor", "from-id"}:
        return None
    return begin_walk(facts, parameters)


def _facts(route: str) -> catalog.Route:
    return catalog.find(route)


def pages_of(swept: dict[str, Any] | Response, raise_for_status: bool | None) -> Pages:
    """The pages that a sweep of the core gave; the one that said no ended it.

    Raises:
        StatusError: One of them says no.
    """
    if not isinstance(swept, dict):
        refused = checked(swept, raise_for_status)
        return Pages([refused], consistent=False, last_modified=refused.last_modified)
    responses: list[Response] = swept["pages"]
    for response in responses:
        checked(response, raise_for_status)
    seconds: float | None = swept["last_modified"]
    instant = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return Pages(
        responses,
        consistent=swept["consistent"],
        last_modified=instant,
        rounds=swept["rounds"],
    )
