"""Do alerts in the process say what the rules that are shipped for Prometheus say?"""

import re
from datetime import UTC, datetime

import pytest

from pyesi.alerts import RULES, History, Reading
from pyesi.alerts._standing import Standing
from pyesi.metrics import measures
from unit import shipped_alerts
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

SHIPPED = shipped_alerts.rules()
DOWNTIME = "unless on () (hour() == 11 and minute() < 25)"
every_rule = pytest.mark.parametrize("name", SHIPPED)

# One process does not see what another counts.
CASES = [
    case
    for case in shipped_alerts.cases()
    if all(labels["instance"].startswith("a") for _, labels, _ in case.series)
]


def test_the_rules_are_those_that_are_shipped():
    """
    There is one of each, by the same name, in the same order.
    """
    assert len(SHIPPED) == 11
    assert [*RULES] == [*SHIPPED]


@every_rule
def test_a_rule_has_the_shipped_numbers(name):
    """
    Threshold, window, patience, least traffic and the hour of downtime are the file's.
    """
    rule, shipped = RULES[name], SHIPPED[name]
    expr = shipped.expr.replace(DOWNTIME, "")
    bare = re.sub(r"\(\w+ > 0\)", "", expr)  # a bound that there is
    windows = set(re.findall(r"\[(\w+)\]|offset (\w+)", expr))
    thresholds = {float(n) for n in re.findall(r"[<>] ([\d.]+)", bare)}
    least = [int(n) for n in re.findall(r">= (\d+)", bare)]

    assert {shipped_alerts.seconds(a or b) for a, b in windows} == (
        {rule.window} if rule.window else set()
    )
    assert thresholds == (set() if rule.threshold is None else {rule.threshold})
    assert least == ([rule.least] if rule.least else [])
    assert rule.for_ == shipped.for_
    assert rule.severity == shipped.severity
    assert rule.spares_downtime == (expr != shipped.expr)


@every_rule
def test_a_rule_says_the_shipped_words(name):
    """
    The summary is the file's, and tells its value in the same unit.
    """
    told = re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"{\1}", SHIPPED[name].summary)
    told = told.replace("{instance}", "this process")
    unit = re.search(r"\{\{ \$value(?: \| humanize(\w+))? \}\}", told)
    units = {"Percentage": "share", "Duration": "seconds", None: "count"}

    assert RULES[name].summary == re.sub(r"\{\{ \$value.*?\}\}", "{value}", told)
    assert RULES[name].unit == (units[unit.group(1)] if unit else "count")


def test_what_counts_as_a_failure_is_shipped():
    """
    The outcomes of the error rate are the file's, and so are quantile and reserve.
    """
    (outcomes,) = re.findall(r'outcome=~"(.*?)"', SHIPPED["error_rate"].expr)

    assert set(outcomes.split("|")) == measures.FAILED
    assert "histogram_quantile(0.95, " in SHIPPED["slow_answers"].expr
    assert "< 0.1 * pyesi_rate_limit_tokens + 5" in SHIPPED["token_window_empty"].expr


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_cases_hold_in_the_process_too(case):
    """
    What fires and what keeps silent is what promtool holds the shipped rules to.
    """
    known = History()
    standings = {name: Standing(rule, "app") for name, rule in RULES.items()}
    place = 0
    for until, expected in case.firing:
        while place * case.interval <= until:
            at = place * case.interval
            known.add(Reading.of(counted(Series(case, place), at)))
            moment = datetime.fromtimestamp(at, UTC)
            for name, standing in standings.items():
                standing.advance(RULES[name].active(known, moment), at, moment)
            place += 1
        firing = [one for standing in standings.values() for one in standing.firing]

        assert [about(one) for one in firing] == [
            about_shipped(labels) for labels in expected
        ], until


def about(alert):
    return alert.rule, alert.severity, dict(alert.labels)


def about_shipped(labels):
    of_scrape = {"alertname", "alertstate", "severity", "job", "instance"}
    kept = {
        name: value
        for name, value in labels.items()
        if name not in of_scrape | {"phase", "early"}
    }
    return shipped_alerts.snake(labels["alertname"]), labels["severity"], kept


def test_every_rule_has_a_shipped_case_of_each_answer():
    """
    Among the cases that are run here each rule fires in one and is silent in another.
    """
    fires = {
        shipped_alerts.snake(labels["alertname"])
        for case in CASES
        for _, expected in case.firing
        for labels in expected
    }

    assert len(CASES) > 40
    assert fires == RULES.keys()
