"""Batches of asyncio: many requests at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pyesi.errors import ESIError

from ._async_flow import AsyncFlow, telling
from ._batch import (
    BYTE_WINDOW,
    Batch,
    BatchPlan,
    BatchRequest,
    BatchResult,
    checked_size,
    checked_window,
)
from ._identity import Auth, Bearer
from ._options import Deadline, Wishes
from ._progress import Listener, Progress

if TYPE_CHECKING:
    from pyesi import _core
    from pyesi._core import Response
    from pyesi._types import CacheMode, Priority
    from pyesi.config import Timeout


class AsyncBatches(AsyncFlow):
    """The part of the client for asyncio that asks for many things at once.

    Thread-safe; each call belongs to the event loop that runs it.
    """

    async def batch_request(
        self,
        requests: Iterable[BatchRequest],
        batch_size: int = 20,
        *,
        progress: Progress = False,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
    ) -> Batch:
        """Send many requests; one that fails does not disturb the others.

        Args:
            requests: Routes, (route, parameters), (method, route, parameters), or
                mappings with `route` and perhaps `method`, `params`, `json`, `headers`,
                `auth`, `timeout`, `deadline`, `priority`, `cache_mode`.
            batch_size: How many run at once. No barrier: each end starts one.
            progress: True for a bar, or what is called with (ended, all).
            auth: A token, or what gives one, for all; sent in any case.
            timeout: Seconds for each from its admission, or a `Timeout`.
            deadline: When all must have ended.
            priority: Which of the waiting requests goes first.
            cache_mode: How the cache is used: see `pyesi.CacheMode`.
            raise_for_status: False leaves 4xx and 5xx among the results.

        Returns:
            Results in the order asked for, and the errors by place.

        Raises:
            InvalidRequest: An option of the batch cannot be used; never for an item.
            ClientClosed: The client was closed before it began.
        """
        wishes = Wishes(
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return await self._batch(
            requests,
            wishes,
            batch_size=checked_size(batch_size),
            progress=progress,
        )

    def stream_batch(
        self,
        requests: Iterable[BatchRequest],
        batch_size: int = 20,
        *,
        in_order: bool = False,
        byte_window: int = BYTE_WINDOW,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
    ) -> AsyncGenerator[BatchResult, None]:
        """What becomes of many requests, one by one: `async for result in …`.

        Each comes as soon as it has ended; with ``in_order=True`` as soon as those
        before it have come. No more is asked for while `byte_window` bytes have come
        and were not taken: who takes slowly does not fill the memory. To leave early,
        close the generator: what is under way is cancelled. Other arguments and errors
        are those of `batch_request`.

        Yields:
            Its place, and its response or its error.
        """
        wishes = Wishes(
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._stream_batch(
            requests,
            wishes,
            batch_size=checked_size(batch_size),
            in_order=in_order,
            byte_window=checked_window(byte_window),
        )

    async def _batch(
        self,
        requests: Iterable[Any],
        wishes: Wishes,
        *,
        batch_size: int,
        progress: Progress,
    ) -> Batch:
        started = time.perf_counter()
        plan = BatchPlan(self, requests, wishes)
        items = plan.items(await self._bearers_of(plan))
        results, errors = await self._run(items, wishes, batch_size, progress)
        return plan.batch(results, errors, time.perf_counter() - started)

    async def _bearers_of(self, plan: BatchPlan) -> dict[int, Bearer]:
        """The token of each source that the items need, by the source's id."""
        bearers: dict[int, Bearer] = {}
        for source in plan.sources:
            try:
                bearers[id(source)] = await self._token(source)
            except ESIError as error:
                plan.on_token_failure(source, error)
        return bearers

    async def _stream_batch(
        self,
        requests: Iterable[Any],
        wishes: Wishes,
        *,
        batch_size: int,
        in_order: bool,
        byte_window: int,
    ) -> AsyncGenerator[BatchResult, None]:
        plan = BatchPlan(self, requests, wishes)
        items = plan.items(await self._bearers_of(plan))
        order = plan.order(in_order=in_order)
        for result in order.at_first():
            yield result
        if not items:
            return
        options = self._options("GET", wishes, None)
        profile = self._connected()

        def submit(
            bridge: _core.Bridge,
            future: asyncio.Future[Any],
            on_event: Callable[..., None],
        ) -> int:
            return profile.stream_batch(
                bridge,
                future,
                items,
                options,
                batch_size,
                in_order,
                byte_window,
                on_event,
            )

        handed_over = self._events(profile, None, submit, byte_window)
        async with aclosing(handed_over) as events:
            async for event in events:
                if event[0] == "item":
                    for result in order.on_item(event[1], event[2], event[3]):
                        yield result

    async def _run(
        self,
        items: list[_core.BatchItem],
        wishes: Wishes,
        batch_size: int,
        progress: Progress,
    ) -> tuple[list[Response | None], dict[int, Exception]]:
        if not items:
            return [], {}
        options = self._options("GET", wishes, None)
        profile = self._connected()
        with Listener(progress, "request") as listener:

            def submit(bridge: _core.Bridge, future: asyncio.Future[Any]) -> int:
                told = telling(future, listener) if listener else None
                return profile.submit_batch(
                    bridge, future, items, options, batch_size, told
                )

            end: tuple[list[Response | None], dict[int, Exception]]
            end = await self._settled(None, *self._begin(submit))
        return end
