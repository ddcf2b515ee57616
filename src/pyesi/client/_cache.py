"""Values of the application's own in the engine's cache."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyesi.config import checked_seconds
from pyesi.errors import ConfigurationError, InvalidRequest

from ._options import merged

if TYPE_CHECKING:
    from ._base import BaseClient, Route

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

    def set(self, key: str, value: Any, expire: float = 300) -> None:
        """Keep `value` for `expire` seconds, unless the cache has to make room.

        Raises:
            InvalidRequest: The value is not JSON's, or `expire` no length of time.
        """
        kind, content = _encoded(value)
        seconds = _checked_expire(expire)
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


class ESICache:
    """`SyncESICache` as coroutines, which never block the event loop."""

    __slots__ = ("_engine", "_plain")

    def __init__(self, client: BaseClient) -> None:
        self._plain = SyncESICache(client)
        self._engine = client.engine

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` if there is none or it has expired."""
        found = self._engine.native().cache_get(_checked_key(key), wait=False)
        if found is None and self._engine.config.cache_path:
            return await asyncio.to_thread(self._plain.get, key, default)
        return default if found is None else _decoded(*found)

    async def set(self, key: str, value: Any, expire: float = 300) -> None:
        """Keep `value` for `expire` seconds, unless the cache has to make room.

        Raises:
            InvalidRequest: The value is not JSON's, or `expire` no length of time.
        """
        self._plain.set(key, value, expire)

    async def delete(self, key: str) -> bool:
        """Forget `key`; whether it was there."""
        if self._engine.config.cache_path:
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

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Write what memory keeps into a file: see `SyncESICache.save`."""
        return await asyncio.to_thread(self._plain.save, path)

    async def load(self, path: str | os.PathLike[str]) -> int:
        """Take in what a saved file holds: see `SyncESICache.load`."""
        return await asyncio.to_thread(self._plain.load, path)

    async def statistics(self) -> dict[str, Any]:
        """Entries, bytes, hits and misses, as plain values."""
        return self._plain.statistics()


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
