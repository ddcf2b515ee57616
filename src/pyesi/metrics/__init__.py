"""What an engine has counted, as plain values and for Prometheus.

`Statistics` is what `esi.statistics()` gives. Nothing is counted here, so what
Prometheus shows and what `statistics()` says cannot disagree.
"""

from __future__ import annotations

from ._prometheus import PrometheusCollector
from ._saved import load_statistics
from ._snapshot import Statistics
from ._statistics import (
    Attempts,
    BytesCounted,
    CacheCounted,
    CacheUses,
    ChecksCounted,
    Durations,
    ErrorLimitSeen,
    FileCounted,
    HasStatistics,
    HealthSeen,
    LeaseSeen,
    LimitsSeen,
    PoolCounted,
    QueueCounted,
    RedisCounted,
    RequestsEnded,
    RouteCacheUses,
    SharingSeen,
    TablesCounted,
    WarmingCounted,
    WindowSeen,
)

__all__ = [
    "Attempts",
    "BytesCounted",
    "CacheCounted",
    "CacheUses",
    "ChecksCounted",
    "Durations",
    "ErrorLimitSeen",
    "FileCounted",
    "HasStatistics",
    "HealthSeen",
    "LeaseSeen",
    "LimitsSeen",
    "PoolCounted",
    "PrometheusCollector",
    "QueueCounted",
    "RedisCounted",
    "RequestsEnded",
    "RouteCacheUses",
    "SharingSeen",
    "Statistics",
    "TablesCounted",
    "WarmingCounted",
    "WindowSeen",
    "load_statistics",
]
