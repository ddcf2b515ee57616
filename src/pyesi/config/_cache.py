"""The cache's settings in one value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyesi._types import UNSET
from pyesi.errors import ConfigurationError

from ._checks import masked
from ._dynamic_ttl import DynamicTTL


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """Where answers are kept, and how many: for ``cache=`` of a client or an engine.

    What is None is not set here: it comes from ``PYESI_<NAME>`` of the environment,
    then from its default.

    Attributes:
        path: The file in which answers outlive the process.
        redis: The URL of the Redis server that shares them with other processes and
            machines; shown without its password.
        redis_timeout: Seconds that one answer of it is waited for; 0.05.
        max_entries: Answers and values in memory at most; 100,000.
        max_bytes: Bytes of them at most, keys and headers included; 256 MiB.
        file_bytes: Bytes that the file uses at most; 1 GiB.
        compression_threshold: Bodies above so many bytes are kept as they came,
            compressed, if that is smaller; 8 kiB.
        negative_ttl: Seconds that a 403 or 404 is kept; 60.
        dynamic_ttl: Lifetimes of what nobody else dates; otherwise it has none.
    """

    path: str | os.PathLike[str] | None = None
    redis: str | None = None
    redis_timeout: float | None = None
    max_entries: int | None = None
    max_bytes: int | None = None
    file_bytes: int | None = None
    compression_threshold: int | None = None
    negative_ttl: float | None = None
    dynamic_ttl: DynamicTTL | None = None

    def __repr__(self) -> str:
        """All of them; the URL without its password."""
        shown = {
            **{name: getattr(self, name) for name in self.__slots__},
            "redis": None if self.redis is None else masked(self.redis),
        }
        return f"CacheConfig({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


# The engine's settings that the fields are, beside where answers are kept.
_SETTINGS = {
    "max_entries": "cache_entries",
    "max_bytes": "cache_bytes",
    "file_bytes": "cache_file_bytes",
    "redis_timeout": "redis_timeout",
    "compression_threshold": "compression_threshold",
    "negative_ttl": "negative_ttl",
    "dynamic_ttl": "dynamic_ttl",
}


def spread(given: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's arguments with those of a `CacheConfig` in ``cache`` beside them.

    Raises:
        ConfigurationError: One is given both ways.
    """
    spread = dict(given)
    config = spread.get("cache", UNSET)
    if not isinstance(config, CacheConfig):
        return spread
    spread["cache"] = UNSET if config.path is None else config.path
    spread["cache_redis"] = config.redis
    for field, setting in _SETTINGS.items():
        value = getattr(config, field)
        if value is None:
            continue
        if spread.get(setting) is not None:
            message = f"{setting} is given twice: beside cache= and in CacheConfig."
            raise ConfigurationError(message)
        spread[setting] = value
    return spread
