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

# Three of a group that has many.
GROUP = (
    "GetCharactersCharacterIdCalendar",
    "GetCharactersCharacterIdContacts",
    "GetCharactersCharacterIdMail",
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
    "pool_waits, at this moment": ({"pool": pool(waiting=5)}, "http2_connections"),
    "pool_waits, by what was waited": (
        {"waits": waits("pool", 300, 40.0)},
        "http2_connections",
    ),
    "pool_waits, of fewer connections than requests": (
        {"pool": pool(waiting=5), "settings": settings(pool_size=4)},
        "pool_size",
    ),
    "cache_too_small, in bytes": (
        {"cache": cache(evicted_for_bytes=400, evicted_missed=300)},
        "cache_bytes",
    ),
    "cache_too_small, in answers": (
        {"cache": cache(evicted_for_entries=400, evicted_missed=300)},
        "cache_entries",
    ),
    "cache_too_small, of which the expired go first": (
        {"cache": cache(evicted_expired=400, evicted_missed=300, entries=90_000)},
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
    "window_emptied, by nobody known": (
        {"limits": [limits(window_of(9000, closed_for=3.5))]},
        "limits",
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
        {"retries": retries("502", 50, 1), "attempts": [sent(ORDERS, 900, 50)]},
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
    "there is a connection for each that may be in flight": {
        "pool": pool(waiting=5),
        "settings": settings(http2=False),
    },
    "one request waits for a connection": {"pool": pool(waiting=1)},
    "the waits for connections are short": {"waits": waits("pool", 1600, 0.5)},
    "another gate held requests back": {"waits": waits("concurrency", 900, 900.0)},
    "what went had expired": {"cache": cache(evicted=800, evicted_expired=800)},
    "nobody asked again for what went": {"cache": cache(evicted_for_bytes=800)},
    "a few answers were asked for again": {"cache": cache(evicted_missed=100)},
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


def answered(count, received=1_000_000, decoded=1_900_000, threshold=1_000_000):
    """So many answers, and what came and is kept of them."""
    return {
        "requests": [ended(ORDERS, "network", count)],
        "attempts": [],
        "bytes": {"received": received, "decoded": decoded},
        "settings": settings(compression_threshold=threshold),
    }


def failing(count, well=0):
    """So many failures of a program that has no circuit breaker."""
    return {
        "requests": [
            ended(ORDERS, "server_error", count),
            ended(ORDERS, "network", well),
        ],
        "settings": settings(circuit_breaker=False),
    }


def late(count, well=0):
    """So many requests that took too long."""
    return {
        "requests": [
            ended(ORDERS, "deadline_exceeded", count),
            ended(ORDERS, "network", well),
        ]
    }


def drained(*counts):
    """An empty window, and how often each of three routes of its group was sent."""
    window = window_of(0, group="char-social")
    return {"limits": [limits(window)], "attempts": list(map(sent, GROUP, counts))}


def unused(tier_, faults):
    """A tier of the cache that did nothing but fail."""
    return {"cache": cache(**{tier_: tier(faults=faults, hits=0, misses=0, stored=0)})}


def cached(**changed):
    return {"cache": cache(**changed)}


def refused(count, well=0):
    return {
        "requests": [
            ended(ORDERS, "client_error", count),
            ended(ORDERS, "network", well),
        ]
    }


def developed(requests=9000, seconds=9000):
    return {
        "requests": [ended(ORDERS, "network", requests)],
        "settings": settings(preset="development"),
        "taken_at": 1_000_000.0 + seconds,
    }


# By what is counted: the counters for a number of it, the first number that is too
# little, and the next one, which is enough.
EDGES = {
    "early reloads": (lambda n: cached(early_reloads=n), 2, 3),
    "attempts without a cache": (
        lambda n: {"settings": settings(cache=False), "attempts": [sent(ORDERS, n)]},
        49,
        50,
    ),
    "large answers": (lambda n: cached(refused_large=n, stored=10), 2, 3),
    "large answers of all": (lambda n: cached(refused_large=n, stored=990), 9, 10),
    "room for large answers, in bytes": (
        lambda n: cached(refused_oversize=30, max_bytes=n),
        128 << 20,
        (128 << 20) - 1,
    ),
    "tokens left": (lambda n: {"limits": [limits(window_of(n))]}, 1201, 1200),
    "attempts of a group": (lambda n: drained(n, 0), 19, 20),
    "attempts of a route of its group": (lambda n: drained(n, 50, 50), 99, 100),
    "tokens that others spent": (
        lambda n: {"limits": [limits(window_of(0), [lease(n)])], "attempts": []},
        5999,
        6000,
    ),
    "refusals": (refused, 19, 20),
    "refusals of all answers": (lambda n: refused(n, 400), 99, 100),
    "attempts beside those that wait": (
        lambda n: {"pool": pool(waiting=5), "attempts": [sent(ORDERS, n)]},
        19,
        20,
    ),
    "waiting for a connection": (lambda n: {"pool": pool(waiting=n)}, 1, 2),
    "seconds of waiting for one": (
        lambda n: {"waits": waits("pool", 9, n), "attempts": [sent(ORDERS, 1000)]},
        9.99,
        10.0,
    ),
    "evicted and missed": (lambda n: cached(evicted_missed=n, stored=50), 19, 20),
    "evicted and missed of all": (lambda n: cached(evicted_missed=n), 159, 160),
    "retries of a route": (
        lambda n: {"attempts": [sent(ORDERS, 60, n)], "requests": FAILING[:1]},
        9,
        10,
    ),
    "requests of a route that is retried": (
        lambda n: {
            "attempts": [sent(ORDERS, 60, 10)],
            "requests": [ended(ORDERS, "server_error", n)],
        },
        2,
        3,
    ),
    "retries for a reason": (lambda n: {"retries": retries("502", n, 0)}, 9, 10),
    "requests that retries saved": (
        lambda n: {"retries": retries("502", 100, n)},
        5,
        4,
    ),
    "failures": (failing, 49, 50),
    "failures of all": (lambda n: failing(n, 50), 49, 50),
    "late": (late, 49, 50),
    "late of all": (lambda n: late(n, 950), 49, 50),
    "requests of a developer": (developed, 4999, 5000),
    "seconds of a developer": (lambda n: developed(seconds=n), 3599, 3600),
    "idle": (lambda n: cached(warming=warming(changed=n, skipped=n)), 7, 8),
    "idle of what was warmed": (
        lambda n: cached(warming=warming(changed=90, skipped=n)),
        29,
        30,
    ),
    "warmed": (lambda n: cached(warming=warming(revalidated=n), hits=0), 49, 50),
    "read of what was warmed": (
        lambda n: cached(warming=warming(revalidated=200), hits=n),
        20,
        19,
    ),
    "failures of the file": (lambda n: unused("file", n), 4, 5),
    "failures of the file by use": (lambda n: cached(file=tier(faults=n)), 27, 28),
    "failures of Redis": (lambda n: unused("redis", n), 4, 5),
    "failures of Redis by use": (lambda n: cached(redis=tier(faults=n)), 27, 28),
    "answers": (answered, 19, 20),
    "their size": (lambda n: answered(100, 9, n * 100), 16_383, 16_384),
    "what came of them": (
        lambda n: answered(20, received=n, decoded=2_000_000),
        1_333_334,
        1_333_333,
    ),
    "the threshold": (
        lambda n: answered(20, 9, 2_000_000, threshold=n),
        99_999,
        100_000,
    ),
}
