"""Values of the application's own in the engine's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyesi.config import checked_seconds
from pyesi.errors import ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from ._engine import Engine

_BYTES, _STR, _JSON = range(3)


class SyncESICache:
    """Values of the application's own, kept beside ESI's answers.

    Bytes and str come back as they went in; any other value is kept as JSON, and so
    comes back as JSON's types. With ``cache=None`` nothing is kept. Thread-safe.
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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

    def statistics(self) -> dict[str, Any]:
        """Entries, bytes, hits and misses, as plain values."""
        return self._engine.native().cache_statistics()


class ESICache:
    """`SyncESICache` as coroutines, which never block: the cache is in memory."""

    __slots__ = ("_plain",)

    def __init__(self, engine: Engine) -> None:
        self._plain = SyncESICache(engine)

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` if there is none or it has expired."""
        return self._plain.get(key, default)

    async def set(self, key: str, value: Any, expire: float = 300) -> None:
        """Keep `value` for `expire` seconds, unless the cache has to make room.

        Raises:
            InvalidRequest: The value is not JSON's, or `expire` no length of time.
        """
        self._plain.set(key, value, expire)

    async def delete(self, key: str) -> bool:
        """Forget `key`; whether it was there."""
        return self._plain.delete(key)

    async def clear(self) -> None:
        """Forget the application's values and ESI's answers."""
        self._plain.clear()

    async def statistics(self) -> dict[str, Any]:
        """Entries, bytes, hits and misses, as plain values."""
        return self._plain.statistics()


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
