"""Tables: what is asked for, what each call brings, and what comes of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from pyesi import _core, catalog
from pyesi.catalog import UncheckedRoute
from pyesi.errors import (
    Cancelled,
    ClientClosed,
    DecodeFailed,
    ESIError,
    status_error,
)

from ._base import Route, checked_route
from ._batch import BatchResult
from ._options import Wishes
from ._progress import Progress
from ._sweep import is_swept, walk_of
from ._table_counts import TableCounts
from ._table_wishes import (
    TableWishes,
    given_of,
    parameter_sets,
    plan_of,
    skips_errors,
)

if TYPE_CHECKING:
    from pyesi._core import Response
    from pyesi.columns import Table

Document: TypeAlias = tuple["Response", int, tuple[Any, ...]]
"""A response, the number of its page, and the values that the caller gives."""

SWEEPS_AT_ONCE = 16
"""Listings of ``over=`` that are read at a time; the core's limits hold for all."""

CALLS_AT_ONCE = 256
"""Calls of ``over=`` that are one answer each: so many are asked for at a time."""

ROWS_AHEAD = 2_097_152
"""Bytes of rows that the core reads ahead of what is taken of a stream, at most."""

# What is read into one batch: many small answers, or few large ones.
_ANSWERS_A_READING = 256
_BYTES_A_READING = 16_777_216


@dataclass(frozen=True, slots=True)
class Call:
    """One listing, or one answer, that a table is made of.

    Attributes:
        parameters: All of them.
        given: Values for the plan's columns that the caller gives.
    """

    parameters: dict[str, Any]
    given: tuple[Any, ...]

    def documents(self, pages: Iterable[Response]) -> list[Document]:
        """Its answers, as they are given to be read."""
        return [(page, number, self.given) for number, page in enumerate(pages, 1)]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the calls of a table are read.

    Attributes:
        wishes: What each request has beside its parameters.
        progress: Who is told.
        consistent: Whether a sweep must be one snapshot.
        wait_for_refresh: Whether it waits for a page that is about to expire.
    """

    wishes: Wishes
    progress: Progress
    consistent: bool
    wait_for_refresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one call brought, in columns.

    Attributes:
        batches: In order; rows that came twice are left out.
        repeats: How many those were.
        pages: How many answers there were.
        last_modified: When ESI made the newest of them.
        consistent: Whether they are one snapshot.
        rounds: How often pages that were too old were fetched again.
    """

    batches: list[_core.Batch]
    repeats: int = 0
    pages: int = 1
    last_modified: datetime | None = None
    consistent: bool = True
    rounds: int = 0


class Recipe:
    """How one table is made: its plan, its calls, and which way they are read.

    Constant after construction.
    """

    def __init__(
        self, route: Route, parameters: dict[str, Any], wishes: TableWishes
    ) -> None:
        """Refuse what cannot become a table, before anything is sent.

        Raises:
            InvalidRequest: The route is unknown, or an option cannot be used.
        """
        self.route = checked_route(route)
        facts = route if isinstance(route, UncheckedRoute) else catalog.find(route)
        self.skips_errors = skips_errors(wishes)
        told = parameter_sets(parameters, wishes.over)
        first = told[0] if told else {**parameters, **dict.fromkeys(wishes.over or ())}
        self.is_over = wishes.over is not None
        self.is_swept = is_swept(route, first)
        walk = None if self.is_swept else walk_of(route, first)
        self.rows = None if walk is None else walk.rows
        plan = plan_of(facts, wishes, self.rows)
        self.plan = plan.make()
        self.calls = [Call(one, given_of(plan, one)) for one in told]
        varied = {name: [one[name] for one in told] for name in wishes.over or ()}
        self.asked = {**parameters, **(wishes.add or {}), **varied}
        assert isinstance(facts, catalog.Route)
        self.path = facts.path
        self.operation_id = facts.operation_id

    def table(
        self,
        listings: Iterable[Listing],
        counts: TableCounts,
        errors: Mapping[int, ESIError] | None = None,
    ) -> Table:
        """All that came as one table, counted."""
        listings = list(listings)
        batches = [batch for one in listings for batch in one.batches]
        joined = _core.Batches(self.plan, batches, sum(one.repeats for one in listings))
        instants = [one.last_modified for one in listings if one.last_modified]
        return self.counted(
            joined,
            counts,
            consistent=all(one.consistent for one in listings),
            last_modified=max(instants, default=None),
            pages=sum(one.pages for one in listings),
            rounds=sum(one.rounds for one in listings),
            errors=errors or {},
        )

    def counted(
        self, batches: _core.Batches, counts: TableCounts, **origin: Any
    ) -> Table:
        """These rows as a table, counted; `origin` as of `Origin`."""
        from pyesi.columns._table import Origin, Table  # only who makes a table pays

        counts.on_table(self.operation_id, len(batches), batches.counts)
        return Table(batches, Origin(route=self.path, parameters=self.asked, **origin))

    def of_sweep(self, swept: dict[str, Any] | Response) -> Listing:
        """What a sweep of the core has read.

        Raises:
            StatusError: A page says no: it ended the sweep.
        """
        if not isinstance(swept, dict):
            raise status_error(swept)
        read: _core.Batches = swept["batches"]
        return Listing(
            batches=read.batches,
            repeats=read.repeats,
            pages=swept["pages"],
            last_modified=_instant(swept["last_modified"]),
            consistent=swept["consistent"],
            rounds=swept["rounds"],
        )

    @property
    def is_paged(self) -> bool:
        """Whether a call may be several requests."""
        return self.is_swept or self.rows is not None

    def requests(self) -> Iterator[tuple[Route, dict[str, Any]]]:
        """The calls, where each is one request."""
        return ((self.route, call.parameters) for call in self.calls)

    def of_answers(
        self, documents: Sequence[Document], batch: _core.Batch, *, overlap: bool
    ) -> Listing:
        """What answers that came one after the other were read into.

        `overlap`: they are pages of a walk, which share rows.
        """
        batches, repeats = [batch], 0
        if overlap:
            read = _core.Batches(self.plan, batches).without_repeats()
            batches, repeats = read.batches, read.repeats
        instants = [page.last_modified for page, _, _ in documents]
        told = [instant for instant in instants if instant is not None]
        return Listing(
            batches=batches,
            repeats=repeats,
            pages=len(documents),
            last_modified=max(told, default=None),
            consistent=not overlap or len(set(instants)) <= 1,
        )


class Gathering:
    """Answers of many calls on their way into few batches.

    Thread: any one at a time.
    """

    def __init__(self) -> None:
        self._documents: dict[int, Document] = {}
        self._bytes = 0

    def add(self, place: int, response: Response, call: Call) -> None:
        """Take the answer of the call at that place in."""
        self._documents[place] = (response, 1, call.given)
        # As sent: to ask for the body itself would inflate it on this thread.
        length = response.headers.get("content-length", "")
        self._bytes += int(length) if length.isdecimal() else 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be read."""
        return not self._documents

    @property
    def is_full(self) -> bool:
        """Whether it is time to read what has come."""
        return (
            len(self._documents) >= _ANSWERS_A_READING
            or self._bytes >= _BYTES_A_READING
        )

    def take(self) -> dict[int, Document]:
        """What is to be read now, by the calls' places; nothing of it is kept."""
        documents, self._documents, self._bytes = self._documents, {}, 0
        return documents


class Ends:
    """What became of the calls of one table so far.

    Thread: any one at a time.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._listings: dict[int, Listing] = {}
        self.errors: dict[int, ESIError] = {}
        self.done = 0

    @property
    def listings(self) -> list[Listing]:
        """All that was read, in the order of the calls."""
        return [self._listings[place] for place in sorted(self._listings)]

    def on_listing(self, place: int, listing: Listing) -> None:
        """The call at that place has ended well."""
        self._listings[place] = listing
        self.done += 1

    def on_result(self, result: BatchResult, gathering: Gathering) -> None:
        """A call of one answer has ended; an answer is yet to be read."""
        if result.error is not None:
            self.on_error(result.index, result.error)
            return
        self.done += 1
        call = self._recipe.calls[result.index]
        gathering.add(result.index, result.result(), call)

    def on_reading(self, documents: Mapping[int, Document], batch: _core.Batch) -> None:
        """These answers were read into one batch."""
        told = [*documents.values()]
        listing = self._recipe.of_answers(told, batch, overlap=False)
        self._listings[min(documents)] = listing

    def on_unreadable(self, place: int, error: DecodeFailed) -> None:
        """The answer at that place had come, and cannot be read."""
        self.done -= 1
        self.on_error(place, error)

    def on_error(self, place: int, error: ESIError) -> None:
        """The call at that place has failed.

        Raises:
            ESIError: It, unless such calls are left out.
        """
        if isinstance(error, Cancelled):  # an item of a batch: by `close`
            raise ClientClosed("The client was closed") from None
        if not self._recipe.skips_errors or isinstance(error, ClientClosed):
            raise error
        self.errors[place] = error
        self.done += 1


@dataclass(slots=True)
class PageTables:
    """A table for each page of a stream.

    Pages that lie side by side may share rows: a row that the page before had is left
    out, unless it comes again because it changed. Of pages that are swept the core sees
    to that.

    Thread: any one at a time.
    """

    recipe: Recipe
    counts: TableCounts
    number: int = field(default=0, init=False)
    _before: _core.Batch | None = field(default=None, init=False)
    _instants: set[datetime | None] = field(default_factory=set, init=False)

    @property
    def call(self) -> Call:
        """What the stream asks for."""
        return self.recipe.calls[0]

    def document(self, page: Response) -> Document:
        """The next page, as it is given to be read."""
        self.number += 1
        return page, self.number, self.call.given

    def on_rows(self, rows: _core.Batches, seconds: float | None) -> Table:
        """The table of a page that the core has read."""
        instant = _instant(seconds)
        self._instants.add(instant)
        return self.recipe.counted(
            rows,
            self.counts,
            consistent=len(self._instants) <= 1,
            last_modified=instant,
        )

    def on_end(self, end: dict[str, Any] | Response) -> None:
        """The stream has ended.

        Raises:
            StatusError: A page says no: it ended the stream.
        """
        if not isinstance(end, dict):
            raise status_error(end)

    def on_page(self, page: Response, batch: _core.Batch) -> Table:
        """The table of a page that was read."""
        self._instants.add(page.last_modified)
        rows = self.recipe.rows
        listing = Listing(
            batches=[batch],
            last_modified=page.last_modified,
            consistent=len(self._instants) <= 1,
        )
        if self._before is not None and not (rows and rows.newest_wins):
            pair = [self._before, batch]
            read = _core.Batches(self.recipe.plan, pair).without_repeats()
            listing = replace(listing, batches=read.batches[1:], repeats=read.repeats)
        self._before = batch
        return self.recipe.table([listing], self.counts)


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
