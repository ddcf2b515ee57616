"""The statistics of a process that shows given series, and what fires in it."""

from datetime import UTC, datetime

from pyesi.alerts import RULES, History, Reading
from pyesi.alerts._standing import Standing
from unit.watched_samples import (
    HEALTH,
    SHARING,
    breaker,
    ended,
    errors_left,
    reloaded,
    statistics,
    took,
    upstream,
    window,
)


def fired(case, interval):
    """The moments of a case, each with the alerts that fire then."""
    known, moments = History(), []
    standings = {name: Standing(rule, "app") for name, rule in RULES.items()}
    for place in range(min(len(values) for _, _, values in case.series)):
        at = place * interval
        known.add(Reading.of(counted(Series(case, place), at)))
        moment = datetime.fromtimestamp(at, UTC)
        for name, standing in standings.items():
            standing.advance(RULES[name].active(known, moment), at, moment)
        firing = [one for standing in standings.values() for one in standing.firing]
        moments.append((at, firing))
    return moments


class Series:
    """The values of a case at one place of its series, by what they are labelled."""

    def __init__(self, case, place):
        self.found = {}
        for name, labels, values in case.series:
            value = values[place] if place < len(values) else None
            if value is not None:
                self.found.setdefault(name, []).append((labels, value))

    def one(self, name, otherwise=0):
        rows = self.found.get(name, [])
        return rows[0][1] if rows else otherwise

    def by(self, label, name, **wanted):
        return {
            labels[label]: value
            for labels, value in self.found.get(name, [])
            if wanted.items() <= labels.items()
        }


def counted(series, at):
    """The statistics of a process that shows these series.

    Without a word of those that were avoided, all were: no rule tells of that.
    """
    outcomes = series.by("outcome", "pyesi_requests_total")
    reloads = series.by("route", "pyesi_cache_reloads_total", early="true")
    return statistics(
        at,
        requests=ended(**outcomes),
        durations=durations(series),
        cache={
            "avoided": series.one(
                "pyesi_avoided_requests_total", sum(outcomes.values())
            ),
            "bytes": series.one("pyesi_cache_bytes"),
            "max_bytes": series.one("pyesi_cache_max_bytes"),
            "routes": reloaded(**reloads),
        },
        queue={"max_waiting": series.one("pyesi_max_waiting_requests")},
        limits=[limits(series, origin) for origin in origins(series)],
    )


def durations(series):
    name = "pyesi_request_duration_seconds"
    buckets = series.by("le", f"{name}_bucket")
    bounds = [(float(le), n) for le, n in buckets.items() if le != "+Inf"]
    return took(*bounds, count=series.one(f"{name}_count")) if bounds else []


def origins(series):
    rows = [row for name in series.found.values() for row in name]
    return sorted({labels["upstream"] for labels, _ in rows if "upstream" in labels})


def limits(series, origin):
    of_it = {"upstream": origin}
    phases = series.by("phase", "pyesi_circuit_breaker_phase", **of_it)
    ejected = series.by("upstream", "pyesi_upstream_ejected", **of_it)
    part = series.by("upstream", "pyesi_upstream_share", **of_it)
    alone = series.by("upstream", "pyesi_limits_alone", **of_it)
    left = series.by("upstream", "pyesi_error_limit_left", **of_it)
    waiting = series.by("upstream", "pyesi_upstream_waiting_requests", **of_it)
    tokens = series.by("group", "pyesi_rate_limit_tokens", **of_it)
    tokens_left = series.by("group", "pyesi_rate_limit_left_tokens", **of_it)
    health = {
        **HEALTH,
        "ejected": bool(ejected.get(origin)),
        "share": part.get(origin, 1.0),
    }
    standing = "alone" if alone.get(origin) else "shared"
    return upstream(
        origin,
        waiting=waiting.get(origin, 0),
        circuit_breaker=breaker("open" if phases.get("open") else "half_open"),
        error_limit=errors_left(left.get(origin, 100)),
        windows=[
            window(tokens_left[group], tokens=tokens[group], group=group)
            for group in tokens
        ],
        health=health if ejected or part else None,
        sharing={**SHARING, "standing": standing} if alone else None,
    )
