"""What each rule says of made-up moments, and how that becomes alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi import errors
from pyesi.alerts import RULES, Alert, History, Reading
from pyesi.alerts._history import KEPT, RECENT, SLACK, STEP
from pyesi.alerts._standing import Standing
from unit.watched_samples import (
    HEALTH,
    ORIGIN,
    SHARING,
    breaker,
    ended,
    errors_left,
    history,
    reloaded,
    statistics,
    took,
    upstream,
    window,
)

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
AT = (("upstream", ORIGIN),)
MIRROR = "https://mirror.example.com"


def moments(**parts):
    """Nothing, and a minute later that."""
    return history(statistics(0), statistics(60, **parts))


def answers(failed, fine, avoided=0):
    return moments(
        requests=ended(server_error=failed, network=fine), cache={"avoided": avoided}
    )


def slow(within_two, over_two):
    count = within_two + over_two
    return moments(
        durations=took((1.0, 0), (2.0, within_two), (3.0, count), count=count)
    )


def full(used, bound=1000):
    return moments(cache={"bytes": used, "max_bytes": bound})


def queued(waiting, bound=1000):
    return moments(limits=[upstream(waiting=waiting)], queue={"max_waiting": bound})


def errors_were(*left):
    """So many were left at moments a second apart."""
    return history(
        *(
            statistics(at, limits=[upstream(error_limit=errors_left(n))])
            for at, n in enumerate(left)
        )
    )


def tokens(*windows):
    return moments(limits=[upstream(windows=[*windows])])


def one_of_several(**health):
    return moments(limits=[upstream(health={**HEALTH, **health})])


def sharing(standing):
    return moments(limits=[upstream(sharing={**SHARING, "standing": standing})])


def phase(word):
    return moments(limits=[upstream(circuit_breaker=breaker(word))])


# By rule: what is known, and what it says of that. The first of two is at the bound.
SAID = [
    ("error_rate", answers(1, 99), {}),
    ("error_rate", answers(2, 98), {(): 0.02}),
    ("error_rate", answers(99, 0), {}),
    ("error_rate", moments(requests=ended(client_error=50, cancelled=50)), {}),
    ("hit_rate", answers(0, 300, avoided=210), {}),
    ("hit_rate", answers(0, 300, avoided=150), {(): 0.5}),
    ("hit_rate", answers(0, 299), {}),
    ("slow_answers", slow(19, 1), {}),
    ("slow_answers", slow(10, 10), {(): 2.9}),
    ("slow_answers", slow(0, 19), {}),
    ("cache_nearly_full", full(800), {}),
    ("cache_nearly_full", full(900), {(): 0.9}),
    ("cache_nearly_full", full(900, bound=0), {}),
    ("queue_nearly_full", queued(800), {}),
    ("queue_nearly_full", queued(900), {AT: 0.9}),
    ("queue_nearly_full", queued(900, bound=0), {}),
    ("error_limit_low", errors_were(100, 20, 100), {}),
    ("error_limit_low", errors_were(100, 19, 100), {AT: 19}),
    ("token_window_empty", tokens(window(65)), {}),
    ("token_window_empty", tokens(window(64)), {(*AT, ("group", "status")): 64}),
    (
        "token_window_empty",
        tokens(window(600), window(7, identity="alice"), window(500, group="other")),
        {(*AT, ("group", "status")): 7},
    ),
    ("early_refetch", moments(cache={"routes": reloaded(GetStatus=0)}), {}),
    (
        "early_refetch",
        moments(cache={"routes": reloaded(GetStatus=2, GetWars=0)}),
        {(("route", "GetStatus"),): 2},
    ),
    ("limits_alone", sharing("shared"), {}),
    ("limits_alone", sharing("alone"), {AT: 1}),
    ("limits_alone", moments(), {}),
    ("circuit_breaker_open", phase("recovering"), {}),
    ("circuit_breaker_open", phase("open"), {AT: 1}),
    ("upstream_left_out", one_of_several(share=0.1), {}),
    ("upstream_left_out", one_of_several(share=0.0), {AT: 1}),
    ("upstream_left_out", one_of_several(ejected=True), {AT: 1}),
    ("upstream_left_out", moments(), {}),
]


@pytest.mark.parametrize(("rule", "known", "said"), SAID)
def test_a_rule_fires_past_its_threshold_and_not_at_it(rule, known, said):
    """
    What is at the bound, or of too little to speak of, is well.
    """
    assert RULES[rule].active(known, NOON) == pytest.approx(said)


def test_of_a_fresh_history_only_what_holds_now_is_told():
    """
    One reading has no growth, however much was counted before it.
    """
    known = history(
        statistics(
            requests=ended(server_error=10**6),
            durations=took((1.0, 0), (30.0, 10**6), count=10**6),
            limits=[upstream(error_limit=errors_left(3))],
        )
    )
    said = {name: rule.active(known, NOON) for name, rule in RULES.items()}

    assert {name for name, found in said.items() if found} == {"error_limit_low"}


@pytest.mark.parametrize(
    ("at", "silent"),
    [
        ("10:59:59", False),
        ("11:00:00", True),
        ("11:24:59", True),
        ("11:25:00", False),
        ("12:00:00", False),
        ("23:10:00", False),
    ],
)
def test_what_the_daily_downtime_brings_is_no_news(at, silent):
    """
    From 11:00 to 11:25 UTC the rules that would tell of it are silent, and no others.
    """
    moment = datetime.fromisoformat(f"2026-11-29T{at}+00:00")

    assert (RULES["error_rate"].active(answers(50, 50), moment) == {}) is silent
    assert (RULES["circuit_breaker_open"].active(phase("open"), moment) == {}) is silent
    assert RULES["cache_nearly_full"].active(full(900), moment) != {}


def test_what_is_counted_before_the_window_does_not_count():
    """
    Errors of six minutes ago are no part of the last five.
    """
    known = history(
        statistics(0),
        statistics(60, requests=ended(server_error=500, network=500)),
        statistics(360, requests=ended(server_error=500, network=1000)),
    )
    assert RULES["error_rate"].active(known, NOON) == {}

    known.add(
        Reading.of(statistics(361, requests=ended(server_error=520, network=1000)))
    )
    assert RULES["error_rate"].active(known, NOON) == {(): 20 / 520}


@pytest.mark.parametrize(("after", "fires"), [(60, True), (61, False)])
def test_an_open_breaker_is_told_of_for_as_long_as_its_window(after, fires):
    """
    It closes to try again, which does not mean that all is well.
    """
    known = history(
        statistics(0, limits=[upstream(circuit_breaker=breaker("open"))]),
        *(statistics(at) for at in range(1, after + 1)),
    )
    found = RULES["circuit_breaker_open"].active(known, NOON)

    assert found == ({AT: 1} if fires else {})


@pytest.mark.parametrize(("after", "fires"), [(899, True), (900, False)])
def test_an_early_refetch_is_told_of_for_a_quarter_of_an_hour(after, fires):
    """
    One is enough, also the first of all, and it is no news for ever.
    """
    at = range(0, after + 1, 10)
    routes = {"routes": reloaded(GetStatus=1)}
    known = history(*(statistics(one, cache=routes) for one in (*at, after)))
    found = RULES["early_refetch"].active(known, NOON)

    assert found == ({(("route", "GetStatus"),): 1} if fires else {})


def test_each_upstream_is_told_apart():
    """
    Of two upstreams only that one is named which is not well.
    """
    mirror = upstream(
        MIRROR,
        waiting=950,
        windows=[window(0)],
        error_limit=errors_left(1),
        circuit_breaker=breaker("open"),
        health={**HEALTH, "ejected": True},
        sharing={**SHARING, "standing": "alone"},
    )
    known = moments(limits=[upstream(), mirror], queue={"max_waiting": 1000})
    for name in (
        *("queue_nearly_full", "error_limit_low", "token_window_empty"),
        *("limits_alone", "circuit_breaker_open", "upstream_left_out"),
    ):
        (labels,) = RULES[name].active(known, NOON)
        assert dict(labels)["upstream"] == MIRROR


@pytest.mark.parametrize("name", RULES)
def test_the_words_of_an_alert_are_filled_in(name):
    """
    Client, labels and value stand in the summary, and no brace is left.
    """
    labels = {"upstream": ORIGIN, "group": "status", "route": "GetStatus"}
    told = RULES[name].told("market", tuple(labels.items()), 0.125)

    assert told.startswith("market: ")
    assert "{" not in told
    if RULES[name].unit == "share":
        assert "12.5%" in told


def test_a_threshold_and_a_patience_may_be_others():
    """
    What is changed is changed in a rule of its own.
    """
    mild = RULES["error_rate"].changed(0.5, 0)

    assert (mild.threshold, mild.for_) == (0.5, 0)
    assert mild.active(answers(40, 60), NOON) == {}
    assert mild.active(answers(60, 40), NOON) == {(): 0.6}
    assert RULES["error_rate"].threshold == 0.01
    assert RULES["error_rate"].changed(None, None) is RULES["error_rate"]


@pytest.mark.parametrize(
    ("rule", "threshold", "for_", "word"),
    [
        ("limits_alone", 1, None, "no threshold"),
        ("error_rate", -1, None, "threshold="),
        ("error_rate", True, None, "threshold="),
        ("error_rate", float("nan"), None, "threshold="),
        ("error_rate", None, "5m", "for_="),
        ("error_rate", None, float("inf"), "for_="),
    ],
)
def test_what_cannot_be_a_threshold_is_refused(rule, threshold, for_, word):
    """
    The error, also a ValueError, says which keyword it is about.
    """
    with pytest.raises(errors.InvalidRequest, match=word) as refused:
        RULES[rule].changed(threshold, for_)
    assert isinstance(refused.value, ValueError)


# The history.

STEPS = st.lists(
    st.one_of(st.floats(0.05, 30), st.floats(30, 400), st.just(STEP)), max_size=120
)


def read(at, started_at=0.0):
    return Reading.of(statistics(at, started_at=started_at))


@given(STEPS, st.sampled_from([60.0, 120.0]))
def test_a_history_has_every_reading_of_late(steps, seconds):
    """
    What a rule asks of the last two minutes has no gap, and begins with the window.
    """
    known, at, all_of_them = History(), 0.0, []
    for step in steps:
        at += step
        known.add(read(at))
        all_of_them.append(at)
        assert [one.at for one in known.over(seconds)] == [
            one for one in all_of_them if one >= at - seconds
        ]


@given(STEPS, st.sampled_from([300.0, 900.0]))
def test_a_window_begins_about_when_it_should(steps, seconds):
    """
    Its first reading is less than a step from the one that a whole history would have.
    """
    known, at, all_of_them = History(), 0.0, []
    for step in steps:
        at += step
        known.add(read(at))
        all_of_them.append(at)
        begin = at - seconds
        exact = [one for one in all_of_them if begin - SLACK < one <= begin]
        found = known.begin_of(seconds)
        if exact and exact[0] <= exact[-1] - 2 * STEP:
            assert found is not None
        if found is not None:
            assert exact[-1] - STEP < found.at <= exact[-1]
            assert known.oldest_of(seconds) is found
        else:
            younger = [one for one in all_of_them if one > begin]
            assert younger[0] <= known.oldest_of(seconds).at < younger[0] + STEP


def test_a_history_is_bounded():
    """
    A day of ten looks a second leaves what two minutes and a quarter of an hour have.
    """
    known, reading = History(), read(0)
    for tenth in range(20_000):
        known.add(replace(reading, at=tenth / 10))
    assert len(known) <= RECENT * 10 + (KEPT + SLACK) / STEP + 3


def test_another_engine_begins_another_history():
    """
    Counters that began anew are not compared with those before.
    """
    known = history(
        statistics(0, requests=ended(network=10_000)),
        statistics(10, requests=ended(network=20_000)),
    )
    known.add(read(11, started_at=10.5))

    assert len(known) == 1
    assert RULES["hit_rate"].active(known, NOON) == {}


# From what is found to alerts.


def told(changes):
    return [(one.state, dict(one.labels).get("upstream"), one.value) for one in changes]


def test_what_lasts_fires_once_and_is_resolved_once():
    """
    Pending is told to nobody, firing when it has lasted, resolved when it ends.
    """
    standing = Standing(RULES["queue_nearly_full"], "app")
    found = {AT: 0.9}

    assert standing.advance(found, 100.0, NOON) == []
    assert standing.advance(found, 159.9, NOON + timedelta(seconds=59.9)) == []
    assert standing.firing == ()
    (alert,) = standing.advance(found, 160.0, NOON + timedelta(seconds=60))
    assert alert == Alert(
        rule="queue_nearly_full",
        labels={"client": "app", "upstream": ORIGIN},
        value=0.9,
        state="firing",
        since=NOON,
        summary=f"app: the queue for {ORIGIN} is 90% full",
        severity="critical",
    )
    assert standing.firing == (alert,)
    assert standing.advance({AT: 0.95}, 170.0, NOON) == []
    assert [one.value for one in standing.firing] == [0.95]
    (ending,) = standing.advance({}, 180.0, NOON)
    assert (ending.state, ending.value, ending.since) == ("resolved", 0.95, NOON)
    assert standing.firing == ()
    assert standing.advance({}, 190.0, NOON) == []


def test_what_does_not_last_is_not_told():
    """
    One look at which all is well begins the wait anew.
    """
    standing = Standing(RULES["queue_nearly_full"], "app")
    for at, found in [(0, {AT: 1.0}), (59, {}), (60, {AT: 1.0}), (119, {AT: 1.0})]:
        assert standing.advance(found, at, NOON) == []
    assert told(standing.advance({AT: 1.0}, 120, NOON)) == [("firing", ORIGIN, 1.0)]


def test_each_thing_waits_and_ends_by_itself():
    """
    Two upstreams fire and are resolved at times of their own.
    """
    standing = Standing(RULES["queue_nearly_full"], "app")
    other = (("upstream", MIRROR),)

    assert standing.advance({AT: 0.9}, 0, NOON) == []
    assert told(standing.advance({AT: 0.9, other: 0.8}, 60, NOON)) == [
        ("firing", ORIGIN, 0.9)
    ]
    assert told(standing.advance({other: 0.8}, 120, NOON)) == [
        ("resolved", ORIGIN, 0.9),
        ("firing", MIRROR, 0.8),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60),
    st.integers(0, 100),
)
def test_changes_are_those_of_a_reference(looks, patience):
    """
    Whatever comes when, an alert fires when it held at every look for its patience.
    """
    standing = Standing(RULES["queue_nearly_full"].changed(None, patience), "app")
    at, began, is_firing = 0, None, False
    for step, holds in looks:
        at += step
        expected = []
        if holds:
            began = at if began is None else began
            if not is_firing and at - began >= patience:
                is_firing = True
                expected = ["firing"]
        else:
            expected = ["resolved"] if is_firing else []
            began, is_firing = None, False
        changes = standing.advance({AT: 1.0} if holds else {}, at, NOON)
        assert [one.state for one in changes] == expected
        assert len(standing.firing) == is_firing
