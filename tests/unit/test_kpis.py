"""A few numbers and their bands, as the shipped rules define them."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi.metrics import Kpi, Kpis
from pyesi.metrics.measures import FAILED, Histogram, ended_and_failed
from unit.shipped_alerts import rules
from unit.statistics_sample import percentiles
from unit.watched_samples import ended, statistics, took

BOUNDS = {
    "p95": (2, 1, 3),
    "hit_rate": (70, 85, 50),
    "memory": (70, 50, 85),
    "cpu": (80, 60, 90),
    "errors": (1, 0.1, 2),
}


def named(seen):
    return {one.name: one for one in seen.kpis()}


def test_each_has_its_bounds():
    """
    Target, good and bad of each are those of the table of targets.
    """
    told = {one.name: (one.target, one.good, one.bad) for one in statistics().kpis()}

    assert told == BOUNDS


def banded(name, value):
    target, good, bad = BOUNDS[name]
    return Kpi(name, value, "%", target=target, good=good, bad=bad).band


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("p95", {0.5: "good", 1: "good", 1.01: "target", 2: "target"}),
        ("p95", {2.01: "warning", 3: "warning", 3.01: "bad"}),
        ("hit_rate", {100: "good", 85: "good", 84.9: "target", 70: "target"}),
        ("hit_rate", {69.9: "warning", 50: "warning", 49.9: "bad", 0: "bad"}),
        ("memory", {50: "good", 70: "target", 85: "warning", 85.1: "bad"}),
        ("cpu", {60: "good", 80: "target", 90: "warning", 90.1: "bad"}),
        ("errors", {0: "good", 0.1: "good", 1: "target", 2: "warning", 2.1: "bad"}),
    ],
)
def test_a_value_lies_in_one_band(name, values):
    """
    A bound belongs to the better band, as a rule's threshold is no alert.
    """
    assert {value: banded(name, value) for value in values} == values


@pytest.mark.parametrize("name", ["p95", "hit_rate", "errors"])
def test_a_target_is_where_the_shipped_rule_begins(name):
    """
    What misses the target is what the rule for it tells of.
    """
    rule = {"p95": "slow_answers", "errors": "error_rate"}.get(name, name)
    threshold = BOUNDS[name][0] / (1 if name == "p95" else 100)

    assert re.search(f"[<>] {threshold:g} and ", rules()[rule].expr)


def test_of_nothing_nothing_is_known():
    """
    Without requests, and without a bound, there is no value and no band.
    """
    told = named(statistics(cache={"max_bytes": 0}))

    assert {one.value for one in told.values()} == {None}
    assert {one.band for one in told.values()} == {"unknown"}


def test_they_are_told_from_the_counters():
    """
    Each is the share or the length that its name says.
    """
    told = named(
        statistics(
            at=50.0,
            requests=ended(network=95, server_error=3, client_error=2),
            durations=took((1.0, 90), (2.0, 100), count=100),
            cache={"avoided": 60, "bytes": 250, "max_bytes": 1000},
            cpu=20.0,
        )
    )

    assert told["p95"].value == pytest.approx(1.5)
    assert told["hit_rate"].value == pytest.approx(60)
    assert told["memory"].value == pytest.approx(25)
    assert told["cpu"].value == pytest.approx(40)
    assert told["errors"].value == pytest.approx(3)
    assert [one.unit for one in told.values()] == ["s", "%", "%", "%", "%"]


def test_of_all_time_the_percentile_is_the_cores_own():
    """
    What the buckets tell of it, coarse as they are, is for differences alone.
    """
    durations = took((1.0, 90), (2.0, 100), count=100)
    exact = [percentiles(None, "minute", 9.0), percentiles(None, "all", 0.4)]
    of_route = percentiles("GetStatus", "all", 0.5)
    later = statistics(20.0, durations=durations, percentiles=[*exact, of_route])

    assert named(later)["p95"].value == pytest.approx(1.2)
    assert named(later.since(statistics(10.0)))["p95"].value == pytest.approx(1.5)


def test_what_was_counted_lately_has_its_own():
    """
    Those of a difference are of what came since, CPU included.
    """
    earlier = statistics(10.0, requests=ended(server_error=100), cpu=1.0)
    later = statistics(20.0, requests=ended(server_error=100, network=100), cpu=6.0)
    told = named(later.since(earlier))

    assert told["errors"].value == 0
    assert told["cpu"].value == pytest.approx(50)


def test_which_outcomes_are_failures():
    """
    Answers that say no, callers who gave up, and what could not be sent are none.
    """
    fine = ("network", "fresh", "client_error", "cancelled", "cache_miss", "invalid")

    assert ended_and_failed(ended(**dict.fromkeys(fine, 3))) == (18, 0)
    assert ended_and_failed(ended(**dict.fromkeys(FAILED, 2))) == (14, 14)


def test_their_table_has_a_line_for_each():
    """
    Printed, each has its value, its band and its bounds, in columns.
    """
    told = str(statistics(requests=ended(network=9, fresh=1)).kpis())

    lines = [line.split() for line in told.splitlines()]
    assert lines[0] == ["KPI", "value", "band", "target", "good", "bad"]
    assert " ".join(lines[1]) == "p95 unknown unknown ≤ 2 s ≤ 1 s > 3 s"
    assert " ".join(lines[2]) == "hit_rate 0 % bad ≥ 70 % ≥ 85 % < 50 %"
    assert len(lines) == 6
    assert not any(line.endswith(" ") for line in told.splitlines())


def test_they_are_a_sequence():
    """
    They have a length, an order and slices, and can be pickled.
    """
    told = statistics().kpis()

    assert [one.name for one in told] == [*BOUNDS]
    assert told[0] is told[:2][0]
    assert len(told) == 5
    assert pickle.loads(pickle.dumps(told)) == told
    assert type(pickle.loads(pickle.dumps(told))) is Kpis


# Quantiles.

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=8)


def of_promql(part, buckets):
    """`bucketQuantile` of Prometheus, its last bucket that of infinity."""
    observations = buckets[-1][1]
    if observations == 0:
        return None
    rank = part * observations
    place = next(
        (i for i, (_, count) in enumerate(buckets[:-1]) if count >= rank),
        len(buckets) - 1,
    )
    if place == len(buckets) - 1:
        return buckets[-2][0]
    start, (end, count) = 0.0, buckets[place]
    if place > 0:
        start = buckets[place - 1][0]
        count -= buckets[place - 1][1]
        rank -= buckets[place - 1][1]
    return start + (end - start) * (rank / count)


@given(COUNTS, st.floats(0.01, 1))
def test_a_quantile_is_that_of_promql(counts, part):
    """
    For all buckets and parts it is what `histogram_quantile` says.
    """
    sums = [sum(counts[: place + 1]) for place in range(len(counts))]
    bounds = [0.1 * 2**place for place in range(len(counts) - 1)] or [1.0]
    within = sums[:-1] if len(counts) > 1 else [0]
    histogram = Histogram(sums[-1], tuple(zip(bounds, within, strict=True)))
    buckets = [*histogram.within, (float("inf"), sums[-1])]

    assert histogram.quantile(part) == pytest.approx(of_promql(part, buckets))


def test_a_histogram_is_of_all_routes_together():
    """
    Buckets with one bound are added, and those of two moments subtracted.
    """
    rows = [*took((1.0, 3), (2.0, 5), count=6), *took((1.0, 1), (2.0, 1), count=2)]
    whole = Histogram.of(rows)

    assert whole == Histogram(8, ((1.0, 4), (2.0, 6)))
    assert whole.since(Histogram.of(rows[:1])) == Histogram(2, ((1.0, 1), (2.0, 1)))
    assert whole.since(Histogram.of([])) == whole
