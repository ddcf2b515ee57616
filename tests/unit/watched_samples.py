"""Clients that are well, or are not, as their statistics tell it."""

import copy

from pyesi.alerts import History, Reading
from pyesi.metrics import Statistics
from unit.statistics_sample import seen

ORIGIN = "https://esi.evetech.net"
HEALTH = {
    "share": 1.0,
    "ejected": False,
    "ejected_for": 0.0,
    "times_ejected": 0,
    "response_time": None,
    "failures": 0.0,
    "up": None,
    "checks": {"well": 0, "failed": 0, "skipped": 0},
    "failovers": 0,
}
SHARING = {
    "standing": "shared",
    "processes": 2,
    "exchanges": 0,
    "failures": 0,
    "losses": 0,
    "recoveries": 0,
    "leases": [],
}


def upstream(origin=ORIGIN, **changes):
    """One that is well."""
    return {
        "origin": origin,
        "waiting": 0,
        "in_flight": 0,
        "max_in_flight": 20,
        "circuit_breaker": {"phase": "closed", "opens_for": 0.0, "times_opened": 0},
        "health": None,
        "error_limit": {
            "left": 100,
            "in_flight": 0,
            "resets_in": 0.0,
            "closed_for": 0.0,
        },
        "windows": [],
        "group_waits": [],
        "ceilings": [],
        "sharing": None,
        **changes,
    }


def breaker(phase):
    return {"phase": phase, "opens_for": 0.0, "times_opened": 0}


def errors_left(left):
    return {"left": left, "in_flight": 0, "resets_in": 0.0, "closed_for": 0.0}


def window(left, tokens=600, group="status", identity="ip"):
    """A bucket of a rate limit group."""
    return {
        "group": group,
        "identity": identity,
        "tokens": tokens,
        "left": left,
        "in_flight": 0,
        "window": 900.0,
        "closed_for": 0.0,
    }


def ended(**outcomes):
    """So many requests by outcome."""
    return [
        {"route": "GetStatus", "outcome": outcome, "count": count}
        for outcome, count in outcomes.items()
    ]


def took(*buckets, count):
    """How long requests of one route took."""
    return [
        {"route": "GetStatus", "count": count, "sum": 1.0, "buckets": [*buckets]},
    ]


def statistics(at=0.0, *, cache=None, queue=None, started_at=0.0, **parts):
    """Nothing was counted and all is well, but for what is said."""
    whole = copy.deepcopy(seen())
    whole["cache"].update({"avoided": 0, "bytes": 0, "max_bytes": 1000, "routes": []})
    whole["cache"].update(cache or {})
    whole["queue"].update(queue or {})
    nothing = {"requests": [], "durations": [], "attempts": [], "percentiles": []}
    return Statistics(
        {
            **whole,
            **nothing,
            "limits": [upstream()],
            **parts,
            "started_at": started_at,
            "taken_at": at,
        }
    )


def reloaded(**routes):
    """The cache's rows of routes that were asked for too early so often."""
    template = seen()["cache"]["routes"][0]
    return [
        {**template, "route": route, "reloads": count, "early_reloads": count}
        for route, count in routes.items()
    ]


def history(*moments):
    """What is known after these moments."""
    known = History()
    for moment in moments:
        known.add(Reading.of(moment))
    return known
