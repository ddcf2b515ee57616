"""A client for EVE Online's ESI whose work is done by a core of C++.

    async with pyesi.ESIClient(user_agent="my-app/1.0 (me@example.com)") as esi:
        system = await esi.get("/universe/systems/{system_id}", system_id=30000142)
        print(system.json()["name"], system.source, system.expires_at)

Names are imported when they are first used, so that `import pyesi` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import VERSION
from .errors import (
    AttemptTimedOut,
    BodyTooLarge,
    CacheMiss,
    ClientClosed,
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    DeadlineExceeded,
    DecodeFailed,
    ErrorLimited,
    ESIError,
    Forbidden,
    HeadersTooLarge,
    InconsistentPages,
    InvalidRequest,
    NameNotResolved,
    NotFound,
    PoolTimedOut,
    ProtocolViolated,
    QueueFull,
    RateLimited,
    ReadTimedOut,
    RedirectRefused,
    Refused,
    RequestFailed,
    ServerError,
    StatusError,
    TlsFailed,
    TransportFailed,
    Unauthorized,
    UnexpectedAnswer,
    UpstreamDown,
    WindowClosed,
    WriteTimedOut,
)

if TYPE_CHECKING:
    from . import advice, catalog, columns, errors, metrics
    from ._core import Response
    from ._timeline import Phase, Timeline
    from ._types import CacheMode, Priority, Source
    from .catalog import UncheckedRoute
    from .client import (
        Batch,
        BatchResult,
        Engine,
        ESICache,
        ESIClient,
        ESIConnectionPool,
        Explanation,
        Pages,
        SyncESICache,
        SyncESIClient,
        SyncWarming,
        Warming,
        WarmingReport,
    )
    from .columns import Table, TableStore
    from .config import CacheConfig, DynamicTTL, HealthCheck, Timeout, Upstream

__all__ = [
    "AttemptTimedOut",
    "Batch",
    "BatchResult",
    "BodyTooLarge",
    "CacheConfig",
    "CacheMiss",
    "CacheMode",
    "ClientClosed",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectTimedOut",
    "ConnectionLost",
    "DeadlineExceeded",
    "DecodeFailed",
    "DynamicTTL",
    "ESICache",
    "ESIClient",
    "ESIConnectionPool",
    "ESIError",
    "Engine",
    "ErrorLimited",
    "Explanation",
    "Forbidden",
    "HeadersTooLarge",
    "HealthCheck",
    "InconsistentPages",
    "InvalidRequest",
    "NameNotResolved",
    "NotFound",
    "Pages",
    "Phase",
    "PoolTimedOut",
    "Priority",
    "ProtocolViolated",
    "QueueFull",
    "RateLimited",
    "ReadTimedOut",
    "RedirectRefused",
    "Refused",
    "RequestFailed",
    "Response",
    "ServerError",
    "Source",
    "StatusError",
    "SyncESICache",
    "SyncESIClient",
    "SyncWarming",
    "Table",
    "TableStore",
    "Timeline",
    "Timeout",
    "TlsFailed",
    "TransportFailed",
    "Unauthorized",
    "UncheckedRoute",
    "UnexpectedAnswer",
    "Upstream",
    "UpstreamDown",
    "Warming",
    "WarmingReport",
    "WindowClosed",
    "WriteTimedOut",
    "__version__",
    "advice",
    "catalog",
    "columns",
    "errors",
    "metrics",
]

__version__ = VERSION

# Where each name lives that is imported when it is first used.
_HOMES = {
    "Batch": "client",
    "BatchResult": "client",
    "CacheConfig": "config",
    "CacheMode": "_types",
    "DynamicTTL": "config",
    "ESICache": "client",
    "ESIClient": "client",
    "ESIConnectionPool": "client",
    "Engine": "client",
    "Explanation": "client",
    "HealthCheck": "config",
    "Pages": "client",
    "Phase": "_timeline",
    "Priority": "_types",
    "Response": "_core",
    "Source": "_types",
    "SyncESICache": "client",
    "SyncESIClient": "client",
    "SyncWarming": "client",
    "Table": "columns",
    "TableStore": "columns",
    "Warming": "client",
    "WarmingReport": "client",
    "Timeline": "_timeline",
    "Timeout": "config",
    "UncheckedRoute": "catalog",
    "Upstream": "config",
}
_MODULES = {
    "advice",
    "alerts",
    "catalog",
    "columns",
    "errors",
    "metrics",
    "notebook",
    "simulator",
    "testing",
    "tracing",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, once."""
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """All public names, also those not imported yet."""
    return sorted(__all__)
