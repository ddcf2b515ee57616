"""How requests of asyncio wait for their ends."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pyesi.errors import Cancelled, ClientClosed, ESIError

from ._base import (
    BaseClient,
    Route,
    checked,
    checked_method,
    checked_route,
    tell_route,
)
from ._explanation import Explanation
from ._identity import Auth, Bearer
from ._options import Wishes, merged
from ._pages import Pages, walked
from ._progress import Listener, Progress
from ._sweep import is_swept, pages_of, walk_of

if TYPE_CHECKING:
    from pyesi import _core
    from pyesi._core import Response
    from pyesi._types import CacheMode

End = TypeVar("End")
Submit = Callable[["_core.Bridge", "asyncio.Future[Any]"], int]


class AsyncFlow(BaseClient):
    """The waiting part of the client for asyncio.

    Thread-safe; each call belongs to the event loop that runs it.
    """

    def _disconnect(self) -> None:
        super()._disconnect()
        self._in_flight: dict[int, asyncio.Future[Any]] = {}

    async def _token(self, source: Auth) -> Bearer:
        if isinstance(source, str):
            return self._bearer(source)
        with self._engine.token_counts.call():
            token = source()
            if inspect.isawaitable(token):
                token = await token
            return self._bearer(token)

    async def _send(
        self,
        method: str,
        route: Route,
        parameters: dict[str, Any],
        wishes: Wishes,
        *,
        tried: bool = False,
    ) -> Response:
        """One request, from its options to its checked response.

        `tried`: the cache was asked already, without an identity. To ask it again
        would skip the yield that the core demands of a long run of hits.
        """
        parameters = merged(wishes.params, parameters)
        self._check_cache_mode(method, route, wishes)
        source = self._auth_for(method, route, wishes)
        bearer = None if source is None else await self._token(source)
        if method == "GET" and not (tried and bearer is None):
            hit = self._fresh(route, parameters, wishes, bearer)
            if hit is not None:
                return hit
        options = self._options(method, wishes, bearer)
        asked = self._ask(method, route, parameters, options)
        response = await self._settled(route, *asked)
        return checked(response, wishes.raise_for_status)

    def _ask_plainly(
        self, route: Route, parameters: dict[str, Any]
    ) -> tuple[int, asyncio.Future[Response]] | None:
        """Begin a GET that asks for nothing special; None where it needs a token.

        Most requests are such: what `_send` would look at is known to be absent.
        """
        if self._needs_token("GET", route):
            return None
        return self._ask("GET", route, parameters, self._usual_options)

    def _ask(
        self,
        method: str,
        route: Route,
        parameters: dict[str, Any],
        options: _core.Options | None,
    ) -> tuple[int, asyncio.Future[Response]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Response] = loop.create_future()
        bridge = self._engine.bridges.of_loop(loop)
        return (
            self._submit(bridge, future, method, route, parameters, options),
            future,
        )

    async def _settled(
        self, route: Route | None, tag: int, future: asyncio.Future[End]
    ) -> End:
        """The end of what was submitted. Giving up on it cancels it."""
        native = self._engine.native()
        in_flight = self._in_flight
        in_flight[tag] = future
        try:
            return await future
        except Cancelled:  # by `aclose`: a task that gave up sees CancelledError
            closed = ClientClosed("The client was closed")
            tell_route(closed, route)
            raise closed from None
        except BaseException as error:
            # Has no effect where the request itself ended so.
            native.cancel(tag)
            tell_route(error, route)
            raise
        finally:
            in_flight.pop(tag, None)

    def _begin(self, submit: Submit) -> tuple[int, asyncio.Future[Any]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        return submit(self._engine.bridges.of_loop(loop), future), future

    async def _pages(
        self,
        route: Route,
        wishes: Wishes,
        parameters: dict[str, Any],
        *,
        progress: Progress,
        consistent: bool,
        wait_for_refresh: bool,
    ) -> Pages:
        parameters = merged(wishes.params, parameters)
        if not is_swept(route, parameters):
            return await self._walked(route, wishes, parameters, progress)
        sweep = await self._sweep_options(route, wishes)
        profile = self._connected()
        with Listener(progress, "page") as listener:

            def submit(bridge: _core.Bridge, future: asyncio.Future[Any]) -> int:
                told = telling(future, listener) if listener else None
                return profile.submit_sweep(
                    bridge,
                    future,
                    route,
                    parameters,
                    sweep,
                    consistent,
                    wait_for_refresh,
                    told,
                )

            swept = await self._settled(route, *self._begin(submit))
        return pages_of(swept, wishes.raise_for_status)

    async def _sweep_options(
        self, route: Route, wishes: Wishes
    ) -> _core.Options | None:
        self._check_cache_mode("GET", route, wishes)
        source = self._auth_for("GET", route, wishes)
        bearer = None if source is None else await self._token(source)
        return self._options("GET", wishes, bearer)

    async def _walked(
        self,
        route: Route,
        wishes: Wishes,
        parameters: dict[str, Any],
        progress: Progress,
    ) -> Pages:
        walk = walk_of(route, parameters)
        responses: list[Response] = []
        with Listener(progress, "page") as listener:
            async for response in self._walk(route, wishes, parameters):
                responses.append(response)
                listener(len(responses), len(responses))
        return walked(responses, None if walk is None else walk.rows)

    async def _walk(
        self, route: Route, wishes: Wishes, parameters: dict[str, Any]
    ) -> AsyncGenerator[Response, None]:
        """The pages of a listing that does not count them, one after the other."""
        walk = walk_of(route, parameters)
        asked = parameters if walk is None else walk.next
        once = wishes.without_params()
        while asked is not None:
            response = await self._send("GET", route, asked, once)
            ends = walk is None or not response.is_success
            if walk is None or ends or walk.on_page(response.json()):
                yield response
            asked = None if walk is None or ends else walk.next

    async def _stream(
        self,
        route: Route,
        wishes: Wishes,
        parameters: dict[str, Any],
        *,
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
    ) -> AsyncGenerator[Response, None]:
        parameters = merged(wishes.params, parameters)
        if not is_swept(route, parameters):
            async with aclosing(self._walk(route, wishes, parameters)) as walk:
                async for page in walk:
                    yield page
            return
        options = await self._sweep_options(route, wishes)
        profile = self._connected()
        end: Any = None

        def submit(
            bridge: _core.Bridge,
            future: asyncio.Future[Any],
            on_event: Callable[..., None],
        ) -> int:
            return profile.stream_sweep(
                bridge,
                future,
                route,
                parameters,
                options,
                consistent,
                wait_for_refresh,
                byte_window,
                on_event,
            )

        handed_over = self._events(profile, route, submit, byte_window)
        async with aclosing(handed_over) as events:
            async for event in events:
                if event[0] == "page":
                    yield checked(event[2], wishes.raise_for_status)
                else:
                    end = event[1]
        if not isinstance(end, dict):  # a page that said no ended the sweep
            yield checked(end, wishes.raise_for_status)

    async def _events(
        self,
        profile: _core.Profile,
        route: Route | None,
        submit: Callable[[_core.Bridge, asyncio.Future[Any], Callable[..., None]], int],
        byte_window: int,
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        """What a stream hands over, and its end; each is taken when the next is wanted.

        That is told when nothing else is at hand, or when it is a quarter of the
        window: each time the core is told wakes its thread. Leaving early cancels it.
        """
        queue: asyncio.Queue[tuple[Any, ...] | None] = asyncio.Queue()
        tag, future = self._begin(
            lambda bridge, future: submit(
                bridge, future, lambda *event: queue.put_nowait(event)
            )
        )
        settled = asyncio.ensure_future(self._settled(route, tag, future))
        settled.add_done_callback(lambda _: queue.put_nowait(None))
        taken = 0
        try:
            while (event := await queue.get()) is not None:
                yield event
                taken += event[-1]
                if queue.empty() or 4 * taken >= byte_window:
                    profile.taken(tag, taken)
                    taken = 0
            yield "done", await settled
        finally:
            settled.cancel()
            with suppress(asyncio.CancelledError, ESIError):
                await settled

    async def explain(
        self,
        route: Route,
        /,
        *,
        method: str = "GET",
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        cache_mode: CacheMode | str | None = None,
        **parameters: Any,
    ) -> Explanation:
        """What would become of a request now, and why; nothing is sent.

        Args:
            route: A path template, an operation id, or an `UncheckedRoute`.
            method: GET, HEAD, POST, PUT or DELETE.
            params: Parameters beside the keywords.
            headers: Further headers.
            auth: A token, or what gives one.
            cache_mode: How the cache would be used.
            parameters: The route's own, in path or query.

        Raises:
            InvalidRequest: It could not be sent as it is.
        """
        checked = checked_method(method)
        wishes = Wishes(headers=headers, auth=auth, cache_mode=cache_mode)
        source = self._auth_for(checked, checked_route(route), wishes)
        bearer = None if source is None else await self._token(source)
        told = merged(params, parameters)
        return self._explained(checked, route, told, wishes, bearer)

    async def aclose(self) -> None:
        """End what is under way with `ClientClosed`. Again: no effect.

        An engine of its own is closed with the client; a shared one runs on.
        """
        in_flight = self._in_flight
        if self._has_closed():
            return
        if self._owns_engine:
            await self._engine.aclose()
            return
        for tag, future in list(in_flight.items()):
            # Whoever waits is told first, and cancels it then: see `_settled`.
            if not _settle_closed(future):
                self._engine.native().cancel(tag)


def telling(
    future: asyncio.Future[Any], listener: Callable[[int, int], None]
) -> Callable[..., None]:
    """What the core calls with an event. What the listener raises ends the request."""

    def on_event(*event: Any) -> None:
        if future.done() or event[0] != "progress":
            return
        try:
            listener(event[1], event[2])
        except Exception as error:
            future.set_exception(error)

    return on_event


def _settle_closed(future: asyncio.Future[Any]) -> bool:
    """End the future, on its own loop's thread. False if that loop is closed."""

    def settle() -> None:
        if not future.done():
            future.set_exception(ClientClosed("The client was closed"))

    try:
        future.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # nobody waits there
        return False
    return True
