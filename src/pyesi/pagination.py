"""How a listing is walked that does not count its pages.

A walk is told of each page and says what to ask for next. It sends nothing: both
clients, and the tests, are its hands. Routes with X-Pages are swept by the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import DecodeFailed, InvalidRequest

if TYPE_CHECKING:
    from .catalog import Route

__all__ = ["CursorWalk", "IdWalk", "Rows", "Walk", "begin_walk", "merge_rows"]

Parameters: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a page's rows are, and which are the same row seen twice.

    Attributes:
        field: The field of the page that holds them; None if the page is the list.
        key: The field of a row that names it; None if the row itself does.
        newest_wins: Whether of two with one key the later replaces the earlier.
    """

    field: str | None
    key: str | None
    newest_wins: bool = False

    def of(self, page: Any) -> list[Any]:
        """The rows of a page's JSON.

        Raises:
            DecodeFailed: There is no list where it must be.
        """
        rows = page if self.field is None else _of_object(page, self.field)
        if not isinstance(rows, list):
            where = "the page" if self.field is None else self.field
            message = f"A page of the listing has no list of rows: {where} is none"
            raise DecodeFailed(message)
        return rows

    def key_of(self, row: Any) -> Any:
        """What names the row; None if it tells nothing."""
        if self.key is None:
            return row
        return row.get(self.key) if isinstance(row, dict) else None


def _of_object(page: Any, field: str) -> Any:
    return page.get(field, []) if isinstance(page, dict) else None


def merge_rows(rows_of: Rows, pages: Iterable[Any]) -> list[Any]:
    """The rows of all pages in order, each of them once.

    Pages of a walk overlap: a page by id begins with the row that was asked from,
    and a listing that changes moves rows across cursors.
    """
    merged: dict[Any, Any] = {}
    for number, row in enumerate(row for page in pages for row in rows_of.of(page)):
        key = rows_of.key_of(row)
        # A row without a name is its own.
        name = ("unnamed", number) if key is None else ("named", key)
        if rows_of.newest_wins or name not in merged:
            merged[name] = row
    return list(merged.values())


class CursorWalk:
    """From the newest rows back to the oldest, or forward from a given `after`.

    Ends at a page without rows, a page without a cursor, or one that repeats.

    Thread: any one at a time.
    """

    def __init__(self, route: Route, given: Parameters) -> None:
        if "before" in given and "after" in given:
            message = f"{route.path} takes before= or after=, not both."
            raise InvalidRequest(message, route=route.path)
        self._token_name = "after" if "after" in given else "before"
        self.rows = Rows(route.rows, "id", newest_wins=self._token_name == "after")
        self.next: Parameters | None = _with_limit(route, given)
        self._tokens = {given.get(self._token_name)}
        self._keys: set[Any] = set()
        self._is_first = True

    def on_page(self, page: Any) -> bool:
        """Learn from a page's JSON what to ask next. True if the page is to be kept."""
        rows = self.rows.of(page)
        is_new = self._is_first or _has_new(self.rows, rows, self._keys)
        self._keys.update(map(_hashable, map(self.rows.key_of, rows)))
        self._is_first = False
        token = _token(page, self._token_name)
        goes_on = bool(rows) and is_new and token not in self._tokens
        self.next = self._turned(token) if goes_on and token is not None else None
        return is_new

    def _turned(self, token: str) -> Parameters:
        self._tokens.add(token)
        return {**(self.next or {}), self._token_name: token}


class IdWalk:
    """Back from the newest rows, each page from the least id of the one before.

    Ends at a page that brings no new row: empty, repeated, or with nothing but the
    row that was asked from.

    Thread: any one at a time.
    """

    def __init__(self, route: Route, given: Parameters) -> None:
        if route.page_parameter is None:
            message = f"{route.path} has no parameter that turns pages."
            raise InvalidRequest(message, route=route.path)
        self._parameter = route.page_parameter
        self.rows = Rows(None, route.page_field)
        self.next: Parameters | None = dict(given)
        self._keys: set[Any] = set()
        self._is_first = True

    def on_page(self, page: Any) -> bool:
        """Learn from a page's JSON what to ask next. True if the page is to be kept."""
        rows = self.rows.of(page)
        is_new = _has_new(self.rows, rows, self._keys)
        ids = [key for key in map(self.rows.key_of, rows) if isinstance(key, int)]
        self._keys.update(ids)
        keep = self._is_first or is_new
        self._is_first = False
        self.next = self._turned(min(ids)) if is_new and ids else None
        return keep

    def _turned(self, least: int) -> Parameters | None:
        asked = self.next or {}
        if asked.get(self._parameter) == least:
            return None
        return {**asked, self._parameter: least}


Walk: TypeAlias = CursorWalk | IdWalk

_WALKS: dict[str, Callable[[Route, Parameters], Walk]] = {
    "cursor": CursorWalk,
    "from-id": IdWalk,
}


def begin_walk(route: Route, given: Mapping[str, Any]) -> Walk:
    """The walk for a route whose pagination is a cursor or from-id.

    Raises:
        InvalidRequest: The parameters contradict one another.
    """
    return _WALKS[route.pagination or ""](route, dict(given))


def _with_limit(route: Route, given: Parameters) -> Parameters:
    """The most rows a page can have, unless told: each page costs the same tokens."""
    limit = route.parameter("limit")
    if limit is None or limit.maximum is None or "limit" in given:
        return given
    return {**given, "limit": int(limit.maximum)}


def _has_new(rows_of: Rows, rows: list[Any], seen: set[Any]) -> bool:
    return any(_hashable(rows_of.key_of(row)) not in seen for row in rows)


def _hashable(key: Any) -> Any:
    return key if isinstance(key, int | str) else repr(key)


def _token(page: Any, name: str) -> str | None:
    cursor = page.get("cursor") if isinstance(page, dict) else None
    token = cursor.get(name) if isinstance(cursor, dict) else None
    return token if isinstance(token, str) and token else None
