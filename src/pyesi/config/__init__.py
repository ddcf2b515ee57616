"""Settings: checked once, frozen, and shown without their secrets.

Each setting comes from the first of: its argument, ``PYESI_<NAME>`` of the
environment, its default. The environment is read when a client or an engine is made.
"""

from __future__ import annotations

from ._cache import CacheConfig
from ._client import (
    ESI_URL,
    ClientConfig,
    as_timeout,
    has_timeout,
    refuse_unknown_names,
)
from ._dynamic_ttl import DynamicTTL
from ._engine import ENGINE_NAMES, EngineConfig, trust_store
from ._limits import limits_settings
from ._presets import PRESETS
from ._redis import redis_parts
from ._timeout import Timeout, checked_seconds
from ._upstreams import HealthCheck, Upstream

__all__ = [
    "ENGINE_NAMES",
    "ESI_URL",
    "PRESETS",
    "CacheConfig",
    "ClientConfig",
    "DynamicTTL",
    "EngineConfig",
    "HealthCheck",
    "Timeout",
    "Upstream",
    "as_timeout",
    "checked_seconds",
    "has_timeout",
    "limits_settings",
    "redis_parts",
    "refuse_unknown_names",
    "trust_store",
]
