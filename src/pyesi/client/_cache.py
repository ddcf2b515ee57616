"""Values of the application's own in the engine's cache."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast, overload

from pyesi.config import checked_seconds
from pyesi.errors import ConfigurationError, InvalidRequest

from ._cache_events import Rule
from ._options import merged
from ._warming import (
    SyncWarming,
    Warming,
    WarmingReport,
    checked_settings,
    warm,
    warm_blocking,
)

if TYPE_CHECKING:
    from ._async_flow import AsyncFlow
    from ._base import BaseClient, Route
    from ._batch import BatchRequest
    from ._blocking_flow import BlockingFlow

_BYTES, _STR, _JSON = range(3)


class SyncESICache:
    """Values of the application's own, kept beside ESI's answers.

    Bytes and str come back as they went in; any other value is kept as JSON, and so
    comes back as JSON's types. With ``cache=None`` nothing is kept. Thread-safe.
    """

    __slots__ = ("_client", "_engine")

    def __init__(self, client: BaseClient) -> None:
        self._client = client
        self._engine = client.engine

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` if there is none or it has expired."""
        found = self._engine.native().cache_get(_checked_key(key))
        return default if found is None else _decoded(*found)

    def set(self, key: str, value: Any, expire: float | None = None) -> None:
        """Keep `value` for `expire` seconds, unless the cache has to make room.

        Without `expire` it is kept for 300 seconds, or as the engine's `DynamicTTL`
        says.

        Raises:
            InvalidRequest: The value is not JSON's, or `expire` no length of time.
        """
        kind, content = _encoded(value)
        seconds = None if expire is None else _checked_expire(expire)
        self._engine.native().cache_set(_checked_key(key), content, kind, seconds)

    def delete(self, key: str) -> bool:
        """Forget `key`; whether it was there."""
        return self._engine.native().cache_delete(_checked_key(key))

    def clear(self) -> None:
        """Forget the application's values and ESI's answers."""
        self._engine.native().cache_clear()

    def invalidate(
        self,
        route: Route | None = None,
        *,
        pattern: str | None = None,
        identity: str | None = None,
        params: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> int:
        """Forget those of ESI's kept answers that all of this is true of.

        They are the engine's, of all its clients. What is asked for next goes to ESI,
        also before its time: this is for what you know to have changed.

        Args:
            route: Of this route: a path template, an operation id, or an
                `UncheckedRoute`.
            pattern: Whose path and query are this, where a star stands for anything.
            identity: Of the character and application of this token.
            params: Parameters beside the keywords.
            parameters: Of the route, with these values; those not given may be any.

        Returns:
            How many went; what lies in a file alone goes too, uncounted.

        Raises:
            InvalidRequest: Nothing is given, or what is given cannot be.
        """
        values = merged(params, parameters)
        _check_selection(route, pattern, identity, values)
        whose = None if identity is None else self._client._bearer(identity).identity  # noqa: SLF001  (its part)
        profile = self._client._connected()  # noqa: SLF001  (its part)
        return profile.invalidate(route, values, pattern, whose)

    def on_event(
        self,
        name: str,
        route: Route | None = None,
        *,
        pattern: str | None = None,
        identity: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Say which of ESI's kept answers an event of your application outdates.

            esi.cache.on_event(
                "fleet_moved", "/fleets/{fleet_id}", params={"fleet_id": "fleet"}
            )
            esi.cache.tell("fleet_moved", fleet=1044)

        Several rules of one name add up. They are this client's.

        Args:
            name: Of the event.
            route: Of this route.
            pattern: Whose path and query are this, where a star stands for anything
                and ``{field}`` for what the event says.
            identity: The event's field that holds a character's token.
            params: The event's field for each of the route's parameters; those not
                named may be any.

        Raises:
            InvalidRequest: Nothing is given, or what is given cannot be.
        """
        _check_selection(route, pattern, identity, params)
        rule = Rule(route, pattern, identity, merged(params, {}))
        self._client._cache_events.add(name, rule)  # noqa: SLF001  (its part)

    def off_event(self, name: str) -> bool:
        """Forget the rules of an event; whether there were any."""
        return self._client._cache_events.remove(name)  # noqa: SLF001  (its part)

    def tell(self, name: str, /, **fields: Any) -> int:
        """An event has happened: forget the answers that it makes outdated.

        From any thread: a webhook's, or that of a message queue. An event that no rule
        is about changes nothing and is counted, since such queues carry others too.

        Returns:
            How many went, as `invalidate` counts.

        Raises:
            InvalidRequest: It lacks a field that a rule needs, or the field cannot be.
        """
        events = self._client._cache_events  # noqa: SLF001  (its part)
        rules = events.rules_of(name, fields)
        selections = [(rule.route, rule.selection(fields)) for rule in rules]
        went = sum(self.invalidate(route, **wanted) for route, wanted in selections)
        if rules:
            events.count(name, went)
        return went

    def event_statistics(self) -> dict[str, Any]:
        """How often each event was told and what went by it, as plain values."""
        return self._client._cache_events.statistics()  # noqa: SLF001  (its part)

    @overload
    def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: None = None,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> WarmingReport: ...

    @overload
    def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: float,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> SyncWarming: ...

    def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: float | None = None,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> SyncWarming | WarmingReport:
        """Have answers in the cache before anybody asks for them.

        What the cache does not have, or has no longer fresh, is asked for once: by GET,
        after all that others wait for, and under the same limits. Nothing is asked for
        before it has expired.

        With `every` it goes on in the background: each request is asked for again just
        after its answer has expired, if the application has used it since it was warmed
        last. What nobody uses, what failed, and what comes without a lifetime is looked
        at again after `every` seconds. What ESI answers with an error of its own (a
        403, a 404, a token that has expired) is given up.

        Args:
            requests: In the forms that `batch` takes; of a listing's pages each is a
                request, and one without a page means the first. Tokens are asked for
                once, at the beginning.
            every: Seconds; at least 1. None: one round, and done.
            max_operations: How many are under way at once.
            warming_threshold: How often the application must have used a request for
                it to be asked for again.

        Returns:
            What was done; with `every` the warming that goes on, until its `stop`, the
            end of its `with` or the client's close.

        Raises:
            InvalidRequest: One cannot be sent as it is; nothing was sent.
            ConfigurationError: The cache keeps nothing.
            ClientClosed: The client was closed.
        """
        settings = checked_settings(every, max_operations, warming_threshold)
        return warm_blocking(cast("BlockingFlow", self._client), requests, settings)

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write what memory keeps into a file, in place of what that held.

        Refusals and what is kept for `no_store` stay out. Until it is whole the old
        file stays as it was.

        Returns:
            How many entries there are in it.

        Raises:
            ConfigurationError: The file cannot be written.
        """
        saved = self._engine.native().cache_save(os.fspath(path))
        if saved is None:
            raise ConfigurationError(f"The cache cannot be saved to {str(path)!r}.")
        return saved

    def load(self, path: str | os.PathLike[str]) -> int:
        """Take in what a saved file holds and the cache does not.

        Times go on while it lies there: what has expired meanwhile is revalidated.

        Returns:
            How many entries came.

        Raises:
            ConfigurationError: There is no such file, or nothing of pyesi's in it.
        """
        loaded = self._engine.native().cache_load(os.fspath(path))
        if loaded is None:
            raise ConfigurationError(f"No saved cache can be read from {str(path)!r}.")
        return loaded

    def statistics(self) -> dict[str, Any]:
        """Entries, bytes, hits and misses, as plain values."""
        return self._engine.native().cache_statistics()

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import cache_html

        return cache_html(self._engine)


class ESICache:
    """`SyncESICache` as coroutines, which never block the event loop."""

    __slots__ = ("_client", "_engine", "_plain")

    def __init__(self, client: BaseClient) -> None:
        self._client = client
        self._plain = SyncESICache(client)
        self._engine = client.engine

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` if there is none or it has expired."""
        found = self._engine.native().cache_get(_checked_key(key), wait=False)
        if found is None and self._engine.config.has_slow_tier:
            return await asyncio.to_thread(self._plain.get, key, default)
        return default if found is None else _decoded(*found)

    async def set(self, key: str, value: Any, expire: float | None = None) -> None:
        """Keep `value` for `expire` seconds: see `SyncESICache.set`.

        Raises:
            InvalidRequest: The value is not JSON's, or `expire` no length of time.
        """
        self._plain.set(key, value, expire)

    async def delete(self, key: str) -> bool:
        """Forget `key`; whether it was there."""
        if self._engine.config.has_slow_tier:
            return await asyncio.to_thread(self._plain.delete, key)
        return self._plain.delete(key)

    async def clear(self) -> None:
        """Forget the application's values and ESI's answers."""
        self._plain.clear()

    async def invalidate(
        self,
        route: Route | None = None,
        *,
        pattern: str | None = None,
        identity: str | None = None,
        params: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> int:
        """Forget some of ESI's kept answers: see `SyncESICache.invalidate`."""
        return self._plain.invalidate(
            route, pattern=pattern, identity=identity, params=params, **parameters
        )

    def on_event(
        self,
        name: str,
        route: Route | None = None,
        *,
        pattern: str | None = None,
        identity: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Say what an event makes outdated: see `SyncESICache.on_event`. No await."""
        self._plain.on_event(
            name, route, pattern=pattern, identity=identity, params=params
        )

    def off_event(self, name: str) -> bool:
        """Forget the rules of an event; whether there were any. No await."""
        return self._plain.off_event(name)

    async def tell(self, name: str, /, **fields: Any) -> int:
        """An event has happened: see `SyncESICache.tell`."""
        return self._plain.tell(name, **fields)

    async def event_statistics(self) -> dict[str, Any]:
        """How often each event was told and what went by it, as plain values."""
        return self._plain.event_statistics()

    @overload
    async def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: None = None,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> WarmingReport: ...

    @overload
    async def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: float,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> Warming: ...

    async def warm(
        self,
        requests: Iterable[BatchRequest],
        *,
        every: float | None = None,
        max_operations: int = 5,
        warming_threshold: int = 1,
    ) -> Warming | WarmingReport:
        """Have answers in the cache before anybody asks: see `SyncESICache.warm`.

        With `every` it returns at once, and ends with its event loop at the latest.
        """
        settings = checked_settings(every, max_operations, warming_threshold)
        return await warm(cast("AsyncFlow", self._client), requests, settings)

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Write what memory keeps into a file: see `SyncESICache.save`."""
        return await asyncio.to_thread(self._plain.save, path)

    async def load(self, path: str | os.PathLike[str]) -> int:
        """Take in what a saved file holds: see `SyncESICache.load`."""
        return await asyncio.to_thread(self._plain.load, path)

    async def statistics(self) -> dict[str, Any]:
        """Entries, bytes, hits and misses, as plain values."""
        return self._plain.statistics()

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import cache_html

        return cache_html(self._engine)


def _check_selection(
    route: Route | None, pattern: str | None, identity: str | None, values: Any
) -> None:
    if route is None and pattern is None and identity is None:
        message = "invalidate needs route, pattern= or identity=; clear forgets all."
        raise InvalidRequest(message)
    if route is None and values:
        raise InvalidRequest("invalidate has parameters without a route.")
    if pattern is not None and not str(pattern).startswith(("/", "*")):
        message = f"pattern= must begin with a slash or a star, not {pattern!r}."
        raise InvalidRequest(message)


def _checked_key(key: object) -> str:
    if not isinstance(key, str) or not key:
        message = f"A cache key must be a string of some length, not {key!r}."
        raise InvalidRequest(message)
    return key


def _checked_expire(expire: object) -> float:
    try:
        return checked_seconds("expire", expire)
    except ConfigurationError as error:
        raise InvalidRequest(str(error)) from None


def _encoded(value: Any) -> tuple[int, bytes]:
    if isinstance(value, bytes | bytearray | memoryview):
        return _BYTES, bytes(value)
    if isinstance(value, str):
        return _STR, value.encode("utf-8", "surrogatepass")
    import msgspec

    try:
        return _JSON, msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        message = f"A cached value must be bytes, str or JSON: {error}"
        raise InvalidRequest(message) from error


def _decoded(kind: int, content: bytes) -> Any:
    if kind == _BYTES:
        return content
    if kind == _STR:
        return content.decode("utf-8", "surrogatepass")
    import msgspec

    return msgspec.json.decode(content)
