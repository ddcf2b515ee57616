"""The pages of one listing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from pyesi.errors import DecodeFailed
from pyesi.pagination import Rows, merge_rows

if TYPE_CHECKING:
    from pyesi._core import Response

    _Responses: TypeAlias = Sequence[Response]
else:
    _Responses = Sequence


class Pages(_Responses):
    """The pages of one listing, in order; each is a `Response`.

    Constant after construction.
    """

    __slots__ = ("_consistent", "_last_modified", "_responses", "_rounds", "_rows")

    def __init__(
        self,
        responses: Iterable[Response],
        *,
        consistent: bool,
        last_modified: datetime | None,
        rounds: int = 0,
        rows: Rows | None = None,
    ) -> None:
        self._responses = tuple(responses)
        self._consistent = consistent
        self._last_modified = last_modified
        self._rounds = rounds
        self._rows = rows

    @overload
    def __getitem__(self, index: int) -> Response: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Response]: ...
    def __getitem__(self, index: int | slice) -> Response | Sequence[Response]:
        """One page, from 0 on, or several."""
        return self._responses[index]

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._responses)

    def __iter__(self) -> Iterator[Response]:
        """The pages in order."""
        return iter(self._responses)

    @property
    def consistent(self) -> bool:
        """Whether all pages carry one Last-Modified: they are one snapshot."""
        return self._consistent

    @property
    def last_modified(self) -> datetime | None:
        """When ESI made the newest page."""
        return self._last_modified

    @property
    def expires_at(self) -> datetime | None:
        """When the first of the pages stops being fresh; None if none tells."""
        instants = [page.expires_at for page in self._responses]
        return min(
            (instant for instant in instants if instant is not None), default=None
        )

    @property
    def rounds(self) -> int:
        """How often pages that were too old were fetched again."""
        return self._rounds

    def json(self, type: Any = Any) -> Any:
        """The rows of all pages in one list; each page is converted to `type`.

        A listing of one page that is no list is given as it is. Pages of a cursor or
        from-id walk overlap: a row that came twice is there once.

        Raises:
            DecodeFailed: A page is not JSON, or does not fit `type`.
        """
        if self._rows is not None and type is Any:
            return merge_rows(self._rows, (page.json() for page in self._responses))
        values = [page.json(type=type) for page in self._responses]
        if len(values) == 1:
            return values[0]
        if not all(isinstance(value, list) for value in values):
            raise DecodeFailed("A page of the listing is no list of rows")
        return [row for rows in values for row in rows]

    def __repr__(self) -> str:
        """How many pages of which snapshot."""
        kind = "consistent" if self._consistent else "not consistent"
        return f"<pyesi.Pages {len(self)} pages, {kind}, {self._last_modified}>"

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import pages_html

        return pages_html(self)


def walked(responses: Sequence[Response], rows: Rows | None) -> Pages:
    """Pages that were fetched one after the other."""
    instants = [page.last_modified for page in responses]
    told = [instant for instant in instants if instant is not None]
    return Pages(
        responses,
        consistent=len(set(instants)) <= 1,
        last_modified=max(told, default=None),
        rows=rows,
    )
