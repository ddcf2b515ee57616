"""How requests of a blocking thread wait for their ends."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pyesi.errors import Cancelled, ClientClosed, ESIError, InvalidRequest

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


class BlockingFlow(BaseClient):
    """The waiting part of the client that blocks.

    Thread-safe: each thread waits at a bridge of its own.
    """

    def _disconnect(self) -> None:
        super()._disconnect()
        self._in_flight: dict[int, None] = {}

    def _token(self, source: Auth) -> Bearer:
        if isinstance(source, str):
            return self._bearer(source)
        with self._engine.token_counts.call():
            token = source()
            if inspect.isawaitable(token):
                if inspect.iscoroutine(token):
                    token.close()
                message = "auth= gave a coroutine, which only ESIClient can await."
                raise InvalidRequest(message)
            return self._bearer(token)

    def _send(
        self,
        method: str,
        route: Route,
        parameters: dict[str, Any],
        wishes: Wishes,
        *,
        tried: bool = False,
    ) -> Response:
        """One request, from its options to its checked response.

        `tried`: the cache was asked already, without an identity.
        """
        parameters = merged(wishes.params, parameters)
        self._check_cache_mode(method, route, wishes)
        source = self._auth_for(method, route, wishes)
        bearer = None if source is None else self._token(source)
        if method == "GET" and not (tried and bearer is None):
            hit = self._fresh(route, parameters, wishes, bearer)
            if hit is not None:
                return hit
        options = self._options(method, wishes, bearer)
        profile = self._connected()
        bridge = self._engine.bridges.of_thread()
        tag = profile.submit(bridge, None, method, route, parameters, options)
        response: Response = self._settled(bridge, tag, route)
        return checked(response, wishes.raise_for_status)

    def _settled(
        self,
        bridge: _core.Bridge,
        tag: int,
        route: Route | None,
        listener: Callable[[int, int], None] | None = None,
    ) -> Any:
        """The end of what was submitted. Giving up on it, by Ctrl-C too, cancels it."""
        for event in self._events(bridge, tag, route):
            if event[0] == "done":
                return event[1]
            if event[0] == "progress" and listener is not None:
                listener(event[1], event[2])
        raise AssertionError("a request ends with its last event")  # pragma: no cover

    def _events(
        self, bridge: _core.Bridge, tag: int, route: Route | None
    ) -> Generator[_core.Event, None, None]:
        """What happens to a request, the end being the last of it."""
        native = self._engine.native()
        in_flight = self._in_flight
        in_flight[tag] = None
        try:
            while (event := bridge.wait(tag))[0] != "done":
                yield event
        except Cancelled:  # by `close` of another thread
            closed = ClientClosed("The client was closed")
            tell_route(closed, route)
            raise closed from None
        except ESIError as error:
            tell_route(error, route)
            raise
        except BaseException:  # given up: Ctrl-C, or a stream that was left
            native.cancel(tag)
            bridge.forget(tag)
            raise
        finally:
            in_flight.pop(tag, None)
        yield event

    def _sweep_options(self, route: Route, wishes: Wishes) -> _core.Options | None:
        self._check_cache_mode("GET", route, wishes)
        source = self._auth_for("GET", route, wishes)
        bearer = None if source is None else self._token(source)
        return self._options("GET", wishes, bearer)

    def _pages(
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
            return self._walked(route, wishes, parameters, progress)
        options = self._sweep_options(route, wishes)
        bridge = self._engine.bridges.of_thread()
        with Listener(progress, "page") as listener:
            tag = self._connected().submit_sweep(
                bridge,
                None,
                route,
                parameters,
                options,
                consistent,
                wait_for_refresh,
                listener or None,  # whether there is progress to tell; `wait` tells it
            )
            swept = self._settled(bridge, tag, route, listener)
        return pages_of(swept, wishes.raise_for_status)

    def _walked(
        self,
        route: Route,
        wishes: Wishes,
        parameters: dict[str, Any],
        progress: Progress,
    ) -> Pages:
        walk = walk_of(route, parameters)
        responses: list[Response] = []
        with Listener(progress, "page") as listener:
            for response in self._walk(route, wishes, parameters):
                responses.append(response)
                listener(len(responses), len(responses))
        return walked(responses, None if walk is None else walk.rows)

    def _walk(
        self, route: Route, wishes: Wishes, parameters: dict[str, Any]
    ) -> Generator[Response, None, None]:
        """The pages of a listing that does not count them, one after the other."""
        walk = walk_of(route, parameters)
        asked = parameters if walk is None else walk.next
        once = wishes.without_params()
        while asked is not None:
            response = self._send("GET", route, asked, once)
            ends = walk is None or not response.is_success
            if walk is None or ends or walk.on_page(response.json()):
                yield response
            asked = None if walk is None or ends else walk.next

    def _stream(
        self,
        route: Route,
        wishes: Wishes,
        parameters: dict[str, Any],
        *,
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
    ) -> Generator[Response, None, None]:
        parameters = merged(wishes.params, parameters)
        if not is_swept(route, parameters):
            yield from self._walk(route, wishes, parameters)
            return
        options = self._sweep_options(route, wishes)
        bridge = self._engine.bridges.of_thread()
        profile = self._connected()
        tag = profile.stream_sweep(
            bridge,
            None,
            route,
            parameters,
            options,
            consistent,
            wait_for_refresh,
            byte_window,
            None,
        )
        with closing(self._events(bridge, tag, route)) as events:
            for event in events:
                if event[0] == "page":
                    yield checked(event[2], wishes.raise_for_status)
                    profile.taken(tag, event[-1])
                elif event[0] == "done" and not isinstance(event[1], dict):
                    # A page that said no ended the sweep.
                    yield checked(event[1], wishes.raise_for_status)

    def explain(
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
        bearer = None if source is None else self._token(source)
        told = merged(params, parameters)
        return self._explained(checked, route, told, wishes, bearer)

    def close(self) -> None:
        """End what is under way with `ClientClosed`. Again: no effect.

        An engine of its own is closed with the client; a shared one runs on.
        """
        in_flight = self._in_flight
        if self._has_closed():
            return
        if self._owns_engine:
            self._engine.close()
            return
        for tag in list(in_flight):
            self._engine.native().cancel(tag)
