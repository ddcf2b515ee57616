"""The clients, and the engine that they may share."""

from __future__ import annotations

import logging

from ._async import ESIClient
from ._base import Route
from ._batch import Batch, BatchRequest, BatchResult
from ._cache import ESICache, SyncESICache
from ._engine import Engine
from ._explanation import Explanation
from ._identity import Auth
from ._options import Deadline
from ._pages import Pages
from ._pool import ESIConnectionPool
from ._progress import Progress
from ._sync import SyncESIClient
from ._warming import SyncWarming, Warming, WarmingReport

__all__ = [
    "Auth",
    "Batch",
    "BatchRequest",
    "BatchResult",
    "Deadline",
    "ESICache",
    "ESIClient",
    "ESIConnectionPool",
    "Engine",
    "Explanation",
    "Pages",
    "Progress",
    "Route",
    "SyncESICache",
    "SyncESIClient",
    "SyncWarming",
    "Warming",
    "WarmingReport",
]

# The application says where records go; without a word from it, nowhere.
logging.getLogger("pyesi").addHandler(logging.NullHandler())
