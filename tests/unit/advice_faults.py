"""What a program can do wrong, as its counters tell it."""

from unit.advice_sample import (
    ORDERS,
    STATUS,
    cache,
    ended,
    healthy,
    lease,
    limits,
    sent,
    settings,
    tier,
    window_of,
)


def pool(**changed):
    return {**healthy()["pool"], **changed}


def waits(gate, count, seconds):
    return [{"gate": gate, "count": count, "seconds": seconds}]


def warming(**changed):
    return {"revalidated": 0, "changed": 0, "failed": 0, "skipped": 0, **changed}


def retries(reason, count, well):
    return [{"reason": reason, "count": count, "well": well}]


FAILING = [ended(ORDERS, "server_error", 40), ended(ORDERS, "network", 20)]
LATE = [ended(ORDERS, "network", 90), ended(ORDERS, "deadline_exceeded", 10)]
LARGE = settings(compression_threshold=1_000_000)
RELOADED = cache(
    reloads=20,
    early_reloads=12,
    routes=[
        {"route": STATUS, "reloads": 3, "early_reloads": 2},
        {"route": ORDERS, "reloads": 17, "early_reloads": 10},
    ],
)

# By rule and by what is wrong: what the counters are then, and what is to be changed.
FAULTS = {
    "pool_waits, at this moment": ({"pool": pool(waiting=5)}, "pool_size"),
    "pool_waits, by what was waited": (
        {"waits": waits("pool", 300, 40.0)},
        "pool_size",
    ),
    "pool_waits, for two lanes of HTTP/2": (
        {"pool": pool(waiting=5, open=2)},
        "http2_connections",
    ),
    "pool_waits, of fewer connections than requests": (
        {"pool": pool(waiting=5), "settings": settings(pool_size=4)},
        "pool_size",
    ),
    "cache_too_small, in bytes": (
        {"cache": cache(evicted_for_bytes=400)},
        "cache_bytes",
    ),
    "cache_too_small, in answers": (
        {"cache": cache(evicted_for_entries=400)},
        "cache_entries",
    ),
    "answers_too_large, while room is scarce": (
        {"cache": cache(refused_large=90)},
        "cache_bytes",
    ),
    "answers_too_large": (
        {"cache": cache(refused_oversize=30, max_bytes=1_000_000)},
        "cache_bytes",
    ),
    "bodies_uncompressed": ({"settings": LARGE}, "compression_threshold"),
    "cache_off": ({"settings": settings(cache=False)}, "cache"),
    "early_reloads": ({"cache": RELOADED}, "cache_mode"),
    "unread_warming, that grew idle": (
        {"cache": cache(warming=warming(changed=12, skipped=12))},
        "warm",
    ),
    "unread_warming, round after round": (
        {"cache": cache(warming=warming(revalidated=200), hits=3)},
        "warm",
    ),
    "repeated_refusals": (
        {"requests": [ended(ORDERS, "network", 60), ended(ORDERS, "client_error", 40)]},
        "negative_ttl",
    ),
    "window_emptied, by a route": (
        {"limits": [limits(window_of(600))]},
        "ceilings",
    ),
    "window_emptied, and shut": (
        {"limits": [limits(window_of(9000, closed_for=3.5))]},
        "ceilings",
    ),
    "window_emptied, by another program": (
        {"limits": [limits(window_of(600), [lease(9000)])]},
        "limits",
    ),
    "vain_retries, of a route": (
        {"attempts": [sent(ORDERS, 60, 40)], "requests": FAILING[:1]},
        "retry_attempts",
    ),
    "vain_retries, for a reason": (
        {"retries": retries("502", 50, 1)},
        "retry_attempts",
    ),
    "unfit_preset, without a circuit breaker": (
        {
            "requests": FAILING,
            "settings": settings(preset="development", circuit_breaker=False),
        },
        "preset",
    ),
    "unfit_preset, that gives too little time": (
        {"requests": LATE, "settings": settings(preset="aggressive")},
        "preset",
    ),
    "unfit_preset, for all the time that it gives": (
        {"requests": LATE, "settings": settings(preset="production")},
        "timeout",
    ),
    "unfit_preset, of a developer": (
        {"settings": settings(preset="development")},
        "preset",
    ),
    "file_faults": ({"cache": cache(file=tier(faults=60))}, "cache"),
    "file_faults, that keep all from being written": (
        {"cache": cache(file=tier(faults=1, pending=900))},
        "cache",
    ),
    "redis_faults, for being slow": (
        {"cache": cache(redis={**tier(faults=60), "reachable": True})},
        "redis_timeout",
    ),
    "redis_faults, for being away": (
        {"cache": cache(redis={**tier(dropped=60), "reachable": False})},
        "cache",
    ),
}

# What looks like a fault and is none, or cannot be told.
HARMLESS = {
    "one request waits for a connection": {"pool": pool(waiting=1)},
    "the waits for connections are short": {"waits": waits("pool", 1600, 0.5)},
    "another gate held requests back": {"waits": waits("concurrency", 900, 900.0)},
    "what went had expired": {"cache": cache(evicted=800, evicted_expired=800)},
    "a few answers went": {"cache": cache(evicted_for_bytes=100)},
    "what is too large is so in any cache": {"cache": cache(refused_oversize=30)},
    "large bodies did not come compressed": {
        "settings": LARGE,
        "bytes": {"received": 246_000_000, "decoded": 246_000_000},
    },
    "small bodies are kept as they are": {
        "settings": LARGE,
        "bytes": {"received": 500_000, "decoded": 2_000_000},
    },
    "nothing is kept at all, so nothing inflated": {
        "settings": settings(cache=False, compression_threshold=10**6),
        "attempts": [sent("PostUniverseNames", 900)],
    },
    "a reload or two": {"cache": cache(reloads=9, early_reloads=2)},
    "a warming whose answers are read": {
        "cache": cache(warming=warming(revalidated=600, skipped=20))
    },
    "few requests are refused": {
        "requests": [ended(ORDERS, "network", 900), ended(ORDERS, "client_error", 40)]
    },
    "a window is in use": {"limits": [limits(window_of(1300))]},
    "no route has most of an empty window": {
        "limits": [limits(window_of(600, group="status"))],
        "attempts": [sent(STATUS, 12)],
    },
    "another program spends a little": {"limits": [limits(leases=[lease(3000)])]},
    "retries that help now and then": {
        "attempts": [sent(ORDERS, 60, 40)],
        "requests": FAILING,
    },
    "retries of a reason that help": {"retries": retries("502", 50, 20)},
    "failures that the circuit breaker knows of": {"requests": FAILING},
    "few are late": {
        "requests": [
            ended(ORDERS, "network", 99),
            ended(ORDERS, "deadline_exceeded", 1),
        ]
    },
    "half an hour of a developer": {
        "settings": settings(preset="development"),
        "taken_at": 1_001_800.0,
    },
    "the file is about to be written": {
        "cache": cache(file=tier(faults=0, pending=900))
    },
    "Redis was restarted": {
        "cache": cache(redis={**tier(faults=4), "reachable": False})
    },
}
