"""What the core counts, made up."""


def seen(hits=3):
    """A snapshot with something in each part."""
    return {
        "requests": [
            {"route": "GetStatus", "outcome": "network", "count": 2},
            {"route": "GetStatus", "outcome": "fresh", "count": hits},
            {"route": "unchecked", "outcome": "client_error", "count": 1},
        ],
        "durations": [
            {
                "route": "GetStatus",
                "count": 5,
                "sum": 1.5,
                "buckets": [(0.1, 1), (1.0, 4)],
            }
        ],
        "attempts": [{"route": "GetStatus", "attempts": 4, "retries": 2}],
        "retries": [
            {"route": "GetStatus", "reason": "server_error", "count": 1, "well": 0},
            {"route": "GetStatus", "reason": "timed_out", "count": 1, "well": 1},
        ],
        "percentiles": [
            percentiles(None, "minute", 0.3),
            percentiles(None, "all", 0.25),
            percentiles("GetStatus", "all", 0.26),
        ],
        "waits": [
            {"gate": "concurrency", "count": 71, "seconds": 7.2},
            {"gate": "pool", "count": 73, "seconds": 0.5},
        ],
        "cpu": 1.25,
        "cache": {
            "entries": 7,
            "bytes": 700,
            "max_entries": 100,
            "max_bytes": 10_000,
            "stored": 9,
            "replaced": 1,
            "erased": 0,
            "evicted": 4,
            "evicted_expired": 1,
            "evicted_for_entries": 1,
            "evicted_for_bytes": 2,
            "evicted_missed": 81,
            "expired_values": 0,
            "refused_oversize": 0,
            "refused_large": 5,
            **uses(hits),
            "routes": [{"route": "GetStatus", **uses(hits)}],
            "warming": {"revalidated": 21, "changed": 22, "failed": 23, "skipped": 24},
            "file": {
                "entries": 11,
                "bytes": 4096,
                "max_bytes": 1_000_000,
                "hits": 6,
                "misses": 8,
                "stored": 9,
                "pending": 0,
                "evicted": 12,
                "dropped": 13,
                "damaged": 14,
                "faults": 15,
            },
            "redis": {
                "reachable": True,
                "hits": 31,
                "misses": 32,
                "stored": 33,
                "dropped": 34,
                "damaged": 35,
                "faults": 36,
                "doubted": 37,
            },
        },
        "bytes": {"received": 1000, "decoded": 5000, "decode_seconds": 0.75},
        "pool": {
            "open": 3,
            "idle": 1,
            "active": 2,
            "waiting": 4,
            "opened": 8,
            "reused": 9,
        },
        "queue": {
            "waiting": {"interactive": 0, "normal": 5, "background": 0, "warming": 0},
            "max_waiting": 1000,
            "in_flight": 2,
            "max_in_flight": None,
        },
        "limits": [
            {
                "origin": "https://esi.evetech.net",
                "waiting": 5,
                "in_flight": 2,
                "max_in_flight": 20,
                "circuit_breaker": {
                    "phase": "open",
                    "opens_for": 4.5,
                    "times_opened": 3,
                },
                "health": {
                    "share": 0.5,
                    "ejected": False,
                    "ejected_for": 0.0,
                    "times_ejected": 2,
                    "response_time": 0.125,
                    "failures": 0.25,
                    "up": True,
                    "checks": {"well": 41, "failed": 42, "skipped": 43},
                    "failovers": 44,
                },
                "error_limit": {
                    "left": 98,
                    "in_flight": 0,
                    "resets_in": 12.0,
                    "closed_for": 0.0,
                },
                "windows": [window("alice", 40, closed_for=2.5), window("bob", 30)],
                "group_waits": [{"group": "char-asset", "count": 75, "seconds": 30.5}],
                "ceilings": [],
                "sharing": {
                    "standing": "alone",
                    "processes": 4,
                    "exchanges": 51,
                    "failures": 52,
                    "losses": 53,
                    "recoveries": 54,
                    "leases": [],
                },
            }
        ],
        "tables": [
            {
                "route": "GetStatus",
                "tables": 61,
                "rows": 62,
                "bytes": 63,
                "misfits": 64,
                "unknown_fields": 65,
                "unknown_values": 66,
            }
        ],
        "token_calls": [
            {"outcome": "given", "count": 67, "seconds": 6.7},
            {"outcome": "failed", "count": 68, "seconds": 6.8},
            {"outcome": "cancelled", "count": 0, "seconds": 0.0},
        ],
    }


def percentiles(route, window, middle):
    """How long requests took, around a length."""
    return {
        "route": route,
        "window": window,
        "seconds": 60.0,
        "count": 5,
        "mean": middle,
        "p50": middle,
        "p90": 2 * middle,
        "p95": 3 * middle,
        "p99": 4 * middle,
        "p99_9": 5 * middle,
    }


def uses(hits):
    """What a cache was good for."""
    return {
        "hits": hits,
        "misses": 2,
        "revalidated": 1,
        "stale": 1,
        "coalesced": 4,
        "avoided": 7,
        "negative_hits": 1,
        "reloads": 5,
        "early_reloads": 2,
    }


def window(identity, left, closed_for=0.0):
    """A bucket of one identity."""
    return {
        "group": "char-asset",
        "identity": identity,
        "tokens": 1800,
        "left": left,
        "in_flight": 0,
        "window": 900.0,
        "closed_for": closed_for,
    }
