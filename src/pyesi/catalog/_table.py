"""The operations table, and how a route is found in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import msgspec

from . import COMPATIBILITY_DATE
from ._facts import Route


@dataclass(frozen=True, slots=True)
class _Table:
    compatibility_date: str
    operations: tuple[Route, ...]


def table_text() -> bytes:
    """The operations table as JSON, as the core reads it."""
    path = Path(__file__).with_name(f"esi-{COMPATIBILITY_DATE}.json")
    return path.read_bytes()


@cache
def _table() -> _Table:
    return msgspec.json.decode(table_text(), type=_Table)


@cache
def _by_name() -> dict[str, dict[str, Route]]:
    """Template or operation id → method → route."""
    names: dict[str, dict[str, Route]] = {}
    for route in routes():
        names.setdefault(route.path, {})[route.method] = route
        names.setdefault(route.operation_id, {})[route.method] = route
    return names


def operation_ids() -> frozenset[str]:
    """The ids of all operations."""
    return frozenset(route.operation_id for route in routes())


def routes() -> tuple[Route, ...]:
    """All routes of the catalog, by path, then GET, POST, PUT, DELETE."""
    return _table().operations


def find(name: str, method: str = "GET") -> Route:
    """The route of that template or operation id.

    HEAD finds the route of GET.

    Args:
        name: ``/markets/{region_id}/orders`` or ``GetMarketsRegionIdOrders``.
        method: As on the wire, in any case.

    Raises:
        InvalidRequest: There is none; the message names the nearest ones.
    """
    wanted = method.upper()
    methods = _by_name().get(name, {})
    route = methods.get("GET" if wanted == "HEAD" else wanted)
    if route is None:
        raise _not_found(name, wanted)
    return route


def nearest(word: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """The candidates that look most like `word`, best first; perhaps none."""
    by_lower = {c.lower(): c for c in candidates}
    close = get_close_matches(word.lower(), by_lower, n=count, cutoff=0.6)
    return [by_lower[c] for c in close]


def search(word: str = "") -> list[Route]:
    """The routes that have `word` in path, operation id, scope or group.

    Args:
        word: In any case. Several words must all be found. Empty: every route.
    """
    words = word.lower().split()
    return [route for route in routes() if _holds(route, words)]


def _holds(route: Route, words: list[str]) -> bool:
    told = (route.path, route.operation_id, route.rate_limit_group or "", *route.scopes)
    text = " ".join(told).lower()
    return all(word in text for word in words)


def _not_found(name: str, method: str) -> Exception:
    from pyesi.errors import InvalidRequest

    return InvalidRequest(_why_not_found(name, method), route=name)


def _why_not_found(name: str, method: str) -> str:
    others = sorted(_by_name().get(name, {}))
    if others:
        return f"{name} is not for {method}: use {' or '.join(others)}."
    template = _template_of(name)
    if template is not None:
        return f'"{name}" is not a template: give {template} and its values apart.'
    is_path = name.startswith("/")
    candidates = (r.path if is_path else r.operation_id for r in routes())
    close = nearest(_plain(name), candidates, count=2)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return (
        f'ESI has no route "{name}" at {COMPATIBILITY_DATE}.{hint} '
        "pyesi.UncheckedRoute sends a route that the catalog does not know."
    )


def _plain(name: str) -> str:
    """The name without what older ESI put around it: /latest/…/ or /v4/…/."""
    return re.sub(r"^/(latest|legacy|dev|v\d+)(?=/)", "", name).rstrip("/")


def _template_of(path: str) -> str | None:
    """The template that a path with its values filled in belongs to."""
    if "{" in path:
        return None
    given = _plain(path).split("/")
    templates = (r.path for r in routes() if "{" in r.path)
    return next((t for t in templates if _fits(given, t.split("/"))), None)


def _fits(given: list[str], template: list[str]) -> bool:
    return len(given) == len(template) and all(
        g == t or (t.startswith("{") and g != "")
        for g, t in zip(given, template, strict=True)
    )
