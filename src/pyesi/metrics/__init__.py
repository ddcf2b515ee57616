"""What an engine has counted, as plain values and for Prometheus.

`Statistics` is what `esi.statistics()` gives. Nothing is counted here, so what
Prometheus shows and what `statistics()` says cannot disagree.
"""

from __future__ import annotations

from ._history import History
from ._history_file import load_history
from ._history_row import HistoryRow
from ._hours import HourOfDay, Hours
from ._kpis import Kpi, Kpis
from ._prometheus import PrometheusCollector
from ._saved import load_statistics
from ._server import MetricsServer, serve_metrics
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
    GroupWaits,
    HasStatistics,
    HealthSeen,
    LeaseSeen,
    LimitsSeen,
    Percentiles,
    PoolCounted,
    QueueCounted,
    RedisCounted,
    RequestsEnded,
    Retries,
    RouteCacheUses,
    SettingsSeen,
    SharingSeen,
    TablesCounted,
    TokenCalls,
    Waits,
    WarmingCounted,
    WindowSeen,
)
from ._trends import Trend, Trends

__all__ = [
    "Attempts",
    "BytesCounted",
    "CacheCounted",
    "CacheUses",
    "ChecksCounted",
    "Durations",
    "ErrorLimitSeen",
    "FileCounted",
    "GroupWaits",
    "HasStatistics",
    "HealthSeen",
    "History",
    "HistoryRow",
    "HourOfDay",
    "Hours",
    "Kpi",
    "Kpis",
    "LeaseSeen",
    "LimitsSeen",
    "MetricsServer",
    "Percentiles",
    "PoolCounted",
    "PrometheusCollector",
    "QueueCounted",
    "RedisCounted",
    "RequestsEnded",
    "Retries",
    "RouteCacheUses",
    "SettingsSeen",
    "SharingSeen",
    "Statistics",
    "TablesCounted",
    "TokenCalls",
    "Trend",
    "Trends",
    "Waits",
    "WarmingCounted",
    "WindowSeen",
    "load_history",
    "load_statistics",
    "serve_metrics",
]
