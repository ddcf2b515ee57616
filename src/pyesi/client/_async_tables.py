"""Tables of asyncio: ESI's rows in columns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pyesi.errors import DecodeFailed, ESIError

from ._async_batches import AsyncBatches
from ._async_flow import telling
from ._base import Route
from ._batch import BYTE_WINDOW, checked_window
from ._identity import Auth
from ._options import Deadline, Wishes, merged
from ._progress import Listener, Progress
from ._table_wishes import CallErrors, Constant, Over, TableWishes
from ._tables import (
    CALLS_AT_ONCE,
    ROWS_AHEAD,
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
    from pyesi._core import Response
    from pyesi._types import CacheMode, Priority
    from pyesi.columns import Table
    from pyesi.columns._plan import Misfits
    from pyesi.config import Timeout


class AsyncTables(AsyncBatches):
    """The part of the client for asyncio that gives tables.

    Thread-safe; each call belongs to the event loop that runs it.
    """

    async def get_table(
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
            return await self._table_over(recipe, reading)
        return await self._table_of_one(recipe, reading)

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
    ) -> AsyncGenerator[Table, None]:
        """The rows of a listing, a table for each page: `async for table in …`.

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

    async def _table_of_one(self, recipe: Recipe, reading: Reading) -> Table:
        with Listener(reading.progress, "page") as listener:
            listing = await self._listing(recipe, recipe.calls[0], reading, listener)
        return recipe.table([listing], self._engine.table_counts)

    async def _table_over(self, recipe: Recipe, reading: Reading) -> Table:
        ends = Ends(recipe)
        with Listener(reading.progress, "call") as listener:
            if recipe.is_paged:
                await self._listings(recipe, reading, ends, listener)
            else:
                await self._answers(recipe, reading, ends, listener)
        return recipe.table(ends.listings, self._engine.table_counts, ends.errors)

    async def _listing(
        self, recipe: Recipe, call: Call, reading: Reading, listener: Listener
    ) -> Listing:
        """What one call brings: a sweep, a walk, or one answer."""
        if recipe.is_swept:
            return await self._swept(recipe, call, reading, listener)
        responses: list[Response] = []
        walk = self._walk(recipe.route, reading.wishes, call.parameters)
        async with aclosing(walk) as pages:
            async for page in pages:
                responses.append(page)
                listener(len(responses), len(responses))
        documents = call.documents(responses)
        return recipe.of_answers(
            documents,
            await self._read(recipe, documents),
            overlap=recipe.rows is not None,
        )

    async def _swept(
        self, recipe: Recipe, call: Call, reading: Reading, listener: Listener
    ) -> Listing:
        options = await self._sweep_options(recipe.route, reading.wishes)
        profile = self._connected()

        def submit(bridge: _core.Bridge, future: asyncio.Future[Any]) -> int:
            return profile.submit_table_sweep(
                bridge,
                future,
                recipe.route,
                call.parameters,
                options,
                recipe.plan,
                call.given,
                reading.consistent,
                reading.wait_for_refresh,
                telling(future, listener) if listener else None,
            )

        return recipe.of_sweep(await self._settled(recipe.route, *self._begin(submit)))

    async def _read(self, recipe: Recipe, documents: list[Document]) -> _core.Batch:
        """Answers in columns, read on the core's threads."""
        profile = self._connected()

        def submit(bridge: _core.Bridge, future: asyncio.Future[Any]) -> int:
            return profile.submit_reading(bridge, future, recipe.plan, documents)

        batch: _core.Batch
        batch = await self._settled(recipe.route, *self._begin(submit))
        return batch

    async def _listings(
        self, recipe: Recipe, reading: Reading, ends: Ends, listener: Listener
    ) -> None:
        """Calls that have pages, a few of them at once."""

        async def one(place: int) -> None:
            try:
                call = recipe.calls[place]
                nobody = Listener(False, "page")
                listing = await self._listing(recipe, call, reading, nobody)
                ends.on_listing(place, listing)
            except ESIError as error:
                ends.on_error(place, error)
            listener(ends.done, len(recipe.calls))

        await _in_parallel(one, len(recipe.calls), SWEEPS_AT_ONCE)

    async def _answers(
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
        async with aclosing(stream) as results:
            async for result in results:
                ends.on_result(result, gathering)
                if gathering.is_full:
                    await self._read_gathered(recipe, gathering, ends)
                listener(ends.done, len(recipe.calls))
        if not gathering.is_empty:
            await self._read_gathered(recipe, gathering, ends)

    async def _read_gathered(
        self, recipe: Recipe, gathering: Gathering, ends: Ends
    ) -> None:
        """Read all at once; one by one where that fails and failures are left out."""
        documents = gathering.take()
        try:
            batch = await self._read(recipe, [*documents.values()])
        except DecodeFailed:
            if not recipe.skips_errors:
                raise
        else:
            ends.on_reading(documents, batch)
            return
        for place, document in documents.items():
            try:
                batch = await self._read(recipe, [document])
            except DecodeFailed as error:
                ends.on_unreadable(place, error)
            else:
                ends.on_reading({place: document}, batch)

    async def _stream_table(
        self,
        recipe: Recipe,
        wishes: Wishes,
        *,
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
    ) -> AsyncGenerator[Table, None]:
        tables = PageTables(recipe, self._engine.table_counts)
        if not recipe.is_swept:
            walk = self._walk(recipe.route, wishes, tables.call.parameters)
            async with aclosing(walk) as pages:
                async for page in pages:
                    batch = await self._read(recipe, [tables.document(page)])
                    yield tables.on_page(page, batch)
            return
        options = await self._sweep_options(recipe.route, wishes)
        profile = self._connected()

        def submit(
            bridge: _core.Bridge,
            future: asyncio.Future[Any],
            on_event: Callable[..., None],
        ) -> int:
            return profile.stream_table_sweep(
                bridge,
                future,
                recipe.route,
                tables.call.parameters,
                options,
                (recipe.plan, tables.call.given),
                consistent,
                wait_for_refresh,
                byte_window,
                on_event,
            )

        window = min(byte_window, ROWS_AHEAD)
        handed_over = self._events(profile, recipe.route, submit, window)
        async with aclosing(handed_over) as events:
            async for event in events:
                if event[0] == "rows":
                    yield tables.on_rows(event[2], event[3])
                else:
                    tables.on_end(event[1])


async def _in_parallel(
    job: Callable[[int], Awaitable[None]], jobs: int, at_once: int
) -> None:
    """Run `job` with each number. What one raises ends all others."""
    numbers = iter(range(jobs))

    async def work() -> None:
        for number in numbers:
            await job(number)

    workers = [asyncio.ensure_future(work()) for _ in range(min(jobs, at_once))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
