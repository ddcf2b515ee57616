"""Do alerts in the process say what the rules that are shipped for Prometheus say?"""

import re

import pytest

from pyesi.alerts import RULES
from pyesi.metrics import measures
from unit import shipped_alerts
from unit.watched_series import fired

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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_cases_hold_in_the_process_too(case):
    """
    What fires and what keeps silent is what promtool holds the shipped rules to.
    """
    moments = fired(case, case.interval)
    for until, expected in case.firing:
        (firing,) = [
            told for at, told in moments if until - case.interval < at <= until
        ]

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
