"""A program that does well, as its counters tell it."""

from pyesi.config import EngineConfig
from pyesi.metrics import Statistics

ORDERS = "GetMarketsRegionIdOrders"
PRICES = "GetMarketsPrices"
STATUS = "GetStatus"


def healthy(**changed):
    """An hour in which all went well; parts can be replaced."""
    return Statistics(
        {
            "requests": [
                *(ended(route, "network", 500) for route in (ORDERS, PRICES)),
                *(ended(route, "revalidated", 300) for route in (ORDERS, STATUS)),
                ended(STATUS, "fresh", 4000),
                ended(STATUS, "client_error", 3),
            ],
            "durations": [],
            "retries": [],
            "waits": [],
            "percentiles": [],
            "cpu": 12.5,
            "attempts": [sent(ORDERS, 820), sent(PRICES, 502), sent(STATUS, 306, 4)],
            "cache": cache(),
            "bytes": {"received": 37_000_000, "decoded": 246_000_000},
            "pool": {
                "open": 8,
                "idle": 6,
                "active": 2,
                "waiting": 0,
                "opened": 12,
                "reused": 1600,
            },
            "queue": {
                "waiting": {"normal": 0},
                "max_waiting": 1000,
                "in_flight": 2,
                "max_in_flight": None,
            },
            "limits": [limits()],
            "tables": [],
            "settings": settings(),
            "started_at": 1_000_000.0,
            "taken_at": 1_003_600.0,
            **changed,
        }
    )


def ended(route, outcome, count):
    return {"route": route, "outcome": outcome, "count": count}


def sent(route, attempts, retries=0):
    return {"route": route, "attempts": attempts, "retries": retries}


def settings(**changed):
    return {**EngineConfig().plain(), **changed}


def cache(**changed):
    return {
        "entries": 900,
        "bytes": 40_000_000,
        "max_entries": 100_000,
        "max_bytes": 268_435_456,
        "stored": 1600,
        "replaced": 600,
        "evicted": 0,
        "evicted_expired": 0,
        "evicted_for_entries": 0,
        "evicted_for_bytes": 0,
        "evicted_missed": 0,
        "refused_oversize": 0,
        "refused_large": 0,
        "hits": 4000,
        "misses": 1000,
        "reloads": 4,
        "early_reloads": 1,
        "negative_hits": 0,
        "routes": [
            {"route": STATUS, "reloads": 4, "early_reloads": 1, "negative_hits": 0}
        ],
        "warming": {"revalidated": 90, "changed": 30, "failed": 1, "skipped": 3},
        "file": tier(),
        "redis": {**tier(), "reachable": True, "doubted": 3},
        **changed,
    }


def tier(**changed):
    return {
        "hits": 200,
        "misses": 1000,
        "stored": 1600,
        "dropped": 0,
        "damaged": 0,
        "faults": 1,
        **changed,
    }


def limits(window=None, leases=()):
    return {
        "origin": "https://esi.evetech.net",
        "windows": [window or window_of(9000)],
        "sharing": {"standing": "shared", "leases": list(leases)},
    }


def window_of(left, **changed):
    return {
        "group": "market-order",
        "identity": "ip",
        "tokens": 12_000,
        "left": left,
        "in_flight": 0,
        "window": 900.0,
        "closed_for": 0.0,
        **changed,
    }


def lease(others):
    return {"name": "market-order", "identity": "ip", "others": others}
