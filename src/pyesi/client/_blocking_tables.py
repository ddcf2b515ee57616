"""Tables of a blocking thread: ESI's rows in columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pyesi.errors import DecodeFailed, ESIError

from ._base import Route
from ._batch import BYTE_WINDOW, checked_window
from ._blocking_batches import BlockingBatches
from ._identity import Auth
from ._options import Deadline, Wishes, merged
from ._progress import Listener, Progress
from ._table_wishes import CallErrors, Constant, Over, TableWishes
from ._tables import (
    CALLS_AT_ONCE,
    SWEEPS_AT_ONCE,
    Call,
    Document,
    Ends,
    Gathering,
    Listing,
    PageTables,
    Reading,
    Recipe,
)

if TYPE_CHECKING:
    from pyesi import _core
    from pyesi._types import CacheMode, Priority
    from pyesi.columns import Table
    from pyesi.columns._plan import Misfits
    from pyesi.config import Timeout


class BlockingTables(BlockingBatches):
    """The part of the blocking client that gives tables.

    Thread-safe: each thread waits at a bridge of its own.
    """

    def get_table(
        self,
        route: Route,
        /,
        *,
        columns: Iterable[str] | None = None,
        add: Mapping[str, Constant] | None = None,
        over: Over | None = None,
        provenance: bool = False,
        misfits: Misfits = "error",
        errors: CallErrors = "raise",
        progress: Progress = False,
        consistent: bool = True,
        wait_for_refresh: bool = True,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        **parameters: Any,
    ) -> Table:
        """The rows of a listing, or of many of them, as one table.

        Pages are read into columns as they come, without a Python object for a value.
        What has pages is read as `get_pages` would; any other route is one answer.

        Args:
            route: A path template or an operation id of the catalog.
            columns: The fields that are wanted: no others are decoded.
            add: Further columns of one value each.
            over: Parameters that vary and their values: a call for each, all in one
                table, with a column for each name. Of several names the first values
                make the first call, and so on.
            provenance: Whether to add the columns `page` and `last_modified`.
            misfits: ``"null"`` makes of a value that does not fit its column a null,
                which is counted; else it is an error.
            errors: ``"skip"`` leaves out calls of `over` that fail, and tells of them
                in `Table.errors`; else the first ends all.
            progress: True for a bar, or what is called with (pages, pages in all); with
                `over` it is calls.
            consistent: False accepts pages of several snapshots after three rounds.
            wait_for_refresh: Whether a sweep that would begin within 5 s of the first
                page's expiry waits for the next snapshot.
            params: Parameters beside the keywords.
            headers: Further headers.
            auth: A token, or what gives one; sent in any case.
            timeout: Seconds for each page from its admission, or a `Timeout`.
            deadline: When all must have come.
            priority: Which of the waiting requests goes first.
            cache_mode: How the cache is used: see `pyesi.CacheMode`.
            parameters: The route's own, without `page`.

        Raises:
            InconsistentPages: The pages of a sweep never had one Last-Modified.
            DecodeFailed: An answer is not JSON, or not as the catalog describes it.
            StatusError: An answer is 4xx or 5xx.
            InvalidRequest, RequestFailed, ClientClosed: As `request`.
        """
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
        )
        asked = TableWishes(
            columns=columns,
            add=add,
            over=over,
            provenance=provenance,
            misfits=misfits,
            errors=errors,
        )
        recipe = Recipe(route, merged(params, parameters), asked)
        reading = Reading(
            wishes.without_params(), progress, consistent, wait_for_refresh
        )
        if recipe.is_over:
            return self._table_over(recipe, reading)
        return self._table_of_one(recipe, reading)

    def stream_table(
        self,
        route: Route,
        /,
        *,
        columns: Iterable[str] | None = None,
        add: Mapping[str, Constant] | None = None,
        provenance: bool = False,
        misfits: Misfits = "error",
        consistent: bool = True,
        wait_for_refresh: bool = True,
        byte_window: int = BYTE_WINDOW,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        **parameters: Any,
    ) -> Generator[Table, None, None]:
        """The rows of a listing, a table for each page: `for table in …`.

        As `stream_pages` gives the pages: of one snapshot, or with ``consistent=False``
        as soon as they come in order; `Table.consistent` then says whether all so far
        carry one Last-Modified. Options and errors are those of `get_table`.
        """
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
        )
        asked = TableWishes(
            columns=columns, add=add, provenance=provenance, misfits=misfits
        )
        recipe = Recipe(route, merged(params, parameters), asked)
        return self._stream_table(
            recipe,
            wishes.without_params(),
            consistent=consistent,
            wait_for_refresh=wait_for_refresh,
            byte_window=checked_window(byte_window),
        )

    def _table_of_one(self, recipe: Recipe, reading: Reading) -> Table:
        call = recipe.calls[0]
        with Listener(reading.progress, "page") as listener:
            if recipe.is_swept:
                tag = self._begin_sweep(recipe, call, reading, listener)
                listing = self._swept(recipe, tag, listener)
            else:
                listing = self._walked_listing(recipe, call, reading, listener)
        return recipe.table([listing], self._engine.table_counts)

    def _table_over(self, recipe: Recipe, reading: Reading) -> Table:
        ends = Ends(recipe)
        with Listener(reading.progress, "call") as listener:
            if recipe.is_swept:
                self._sweeps(recipe, reading, ends, listener)
            elif recipe.is_paged:
                self._walks(recipe, reading, ends, listener)
            else:
                self._answers(recipe, reading, ends, listener)
        return recipe.table(ends.listings, self._engine.table_counts, ends.errors)

    def _begin_sweep(
        self, recipe: Recipe, call: Call, reading: Reading, listener: Listener
    ) -> int:
        options = self._sweep_options(recipe.route, reading.wishes)
        return self._connected().submit_table_sweep(
            self._engine.bridges.of_thread(),
            None,
            recipe.route,
            call.parameters,
            options,
            recipe.plan,
            call.given,
            reading.consistent,
            reading.wait_for_refresh,
            listener or None,
        )

    def _swept(self, recipe: Recipe, tag: int, listener: Listener) -> Listing:
        bridge = self._engine.bridges.of_thread()
        return recipe.of_sweep(self._settled(bridge, tag, recipe.route, listener))

    def _walked_listing(
        self, recipe: Recipe, call: Call, reading: Reading, listener: Listener
    ) -> Listing:
        responses = []
        for page in self._walk(recipe.route, reading.wishes, call.parameters):
            responses.append(page)
            listener(len(responses), len(responses))
        documents = call.documents(responses)
        return recipe.of_answers(
            documents,
            self._read(recipe, documents),
            overlap=recipe.rows is not None,
        )

    def _read(self, recipe: Recipe, documents: list[Document]) -> _core.Batch:
        """Answers in columns, read on the core's threads."""
        bridge = self._engine.bridges.of_thread()
        profile = self._connected()
        tag = profile.submit_reading(bridge, None, recipe.plan, documents)
        batch: _core.Batch = self._settled(bridge, tag, recipe.route)
        return batch

    def _sweeps(
        self, recipe: Recipe, reading: Reading, ends: Ends, listener: Listener
    ) -> None:
        """Sweeps, a few of them at once; the oldest is waited for."""
        nobody = Listener(False, "page")
        waiting = deque(enumerate(recipe.calls))
        begun: deque[tuple[int, int]] = deque()
        try:
            while waiting or begun:
                try:
                    if waiting and len(begun) < SWEEPS_AT_ONCE:
                        place, call = waiting.popleft()
                        tag = self._begin_sweep(recipe, call, reading, nobody)
                        begun.append((place, tag))
                        continue
                    place, tag = begun[0]
                    ends.on_listing(place, self._swept(recipe, tag, nobody))
                    begun.popleft()
                except ESIError as error:
                    ends.on_error(place, error)
                    begun = deque(one for one in begun if one[0] != place)
                listener(ends.done, len(recipe.calls))
        finally:
            self._give_up(tag for _, tag in begun)

    def _give_up(self, begun: Iterable[int]) -> None:
        """Cancel what nobody waits for any more."""
        bridge = self._engine.bridges.of_thread()
        for tag in begun:
            if not self._engine.closed:
                self._engine.native().cancel(tag)
            bridge.forget(tag)

    def _walks(
        self, recipe: Recipe, reading: Reading, ends: Ends, listener: Listener
    ) -> None:
        """Walks, one after the other."""
        nobody = Listener(False, "page")
        for place, call in enumerate(recipe.calls):
            try:
                listing = self._walked_listing(recipe, call, reading, nobody)
                ends.on_listing(place, listing)
            except ESIError as error:
                ends.on_error(place, error)
            listener(ends.done, len(recipe.calls))

    def _answers(
        self, recipe: Recipe, reading: Reading, ends: Ends, listener: Listener
    ) -> None:
        """Calls of one answer each; many answers are read into one batch."""
        gathering = Gathering()
        stream = self._stream_batch(
            recipe.requests(),
            reading.wishes,
            batch_size=CALLS_AT_ONCE,
            in_order=True,
            byte_window=BYTE_WINDOW,
        )
        with closing(stream) as results:
            for result in results:
                ends.on_result(result, gathering)
                if gathering.is_full:
                    self._read_gathered(recipe, gathering, ends)
                listener(ends.done, len(recipe.calls))
        if not gathering.is_empty:
            self._read_gathered(recipe, gathering, ends)

    def _read_gathered(self, recipe: Recipe, gathering: Gathering, ends: Ends) -> None:
        """Read all at once; one by one where that fails and failures are left out."""
        documents = gathering.take()
        try:
            batch = self._read(recipe, [*documents.values()])
        except DecodeFailed:
            if not recipe.skips_errors:
                raise
        else:
            ends.on_reading(documents, batch)
            return
        for place, document in documents.items():
            try:
                batch = self._read(recipe, [document])
            except DecodeFailed as error:
                ends.on_unreadable(place, error)
            else:
                ends.on_reading({place: document}, batch)

    def _stream_table(
        self,
        recipe: Recipe,
        wishes: Wishes,
        *,
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
    ) -> Generator[Table, None, None]:
        tables = PageTables(recipe, self._engine.table_counts)
        if not recipe.is_swept:
            walk = self._walk(recipe.route, wishes, tables.call.parameters)
            with closing(walk) as pages:
                for page in pages:
                    batch = self._read(recipe, [tables.document(page)])
                    yield tables.on_page(page, batch)
            return
        options = self._sweep_options(recipe.route, wishes)
        bridge = self._engine.bridges.of_thread()
        profile = self._connected()
        tag = profile.stream_table_sweep(
            bridge,
            None,
            recipe.route,
            tables.call.parameters,
            options,
            (recipe.plan, tables.call.given),
            consistent,
            wait_for_refresh,
            byte_window,
            None,
        )
        with closing(self._events(bridge, tag, recipe.route)) as events:
            for event in events:
                if event[0] == "rows":
                    yield tables.on_rows(event[2], event[3])
                    profile.taken(tag, event[-1])
                elif event[0] == "done":
                    tables.on_end(event[1])
