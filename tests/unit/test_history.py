"""The past as rows, as words, and by the hour of the day."""

import math
import pickle
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pyesi.errors import ConfigurationError, InvalidRequest
from pyesi.metrics import History, Trend
from pyesi.metrics._history import COLUMNS, history_of
from pyesi.metrics._history_words import percent
from unit.history_sample import NOON, history, past, told


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def begins(known):
    return [row.begin.timestamp() - NOON for row in known]


# What is told of.


@pytest.mark.parametrize(
    ("hours", "period"), [(0.5, 60), (24, 60), (24.5, 600), (168, 600)]
)
def test_up_to_a_day_rows_are_minutes_and_beyond_ten_minutes(hours, period):
    """
    The rows are those that the core keeps for as long.
    """
    kept = past(minutes=[told(NOON, 1)], tens=[told(NOON, 7)])
    known = history_of(kept, hours)

    assert known.period == period
    assert [row.requests for row in known] == [1 if period == 60 else 7]
    assert known[0].seconds == period


@pytest.mark.parametrize("hours", [0, -1, 168.1, math.nan, math.inf, True])
def test_more_than_a_week_and_no_time_at_all_are_refused(hours):
    """
    The message says what may be asked for.
    """
    with pytest.raises(InvalidRequest, match=r"above 0 and at most 168"):
        history_of(past(), hours)


def test_hours_are_counted_back_from_now():
    """
    A row that ended before them is left out, and one that reaches into them is not.
    """
    rows = [told(NOON + 60 * n) for n in range(10)]

    known = history(*rows, hours=0.05, now=NOON + 600)

    assert begins(known) == [420, 480, 540]
    assert known.begin == at(NOON + 420)
    assert known.end == at(NOON + 600)
    assert begins(history(*rows, hours=0.05, now=NOON + 630)) == [420, 480, 540]


def test_without_now_they_are_counted_back_from_the_last_row():
    """
    What a program has left behind is as long as it was when it ended.
    """
    rows = [told(NOON), told(NOON + 3540), told(NOON + 3600)]

    known = history(*rows, hours=1)

    assert begins(known) == [3540, 3600]
    assert known.end == at(NOON + 3660)
    assert known.seconds == 120


def test_a_minute_that_has_not_ended_is_as_long_as_it_has_lasted():
    """
    So its requests a second are not those of a whole one.
    """
    known = history(told(NOON), told(NOON + 60, 30), now=NOON + 75)

    assert [row.seconds for row in known] == [60, 15]
    assert known[-1].requests_per_second == 2
    assert known[-1].end == known.end == at(NOON + 75)


def test_a_clock_that_was_set_back_makes_no_time_negative():
    """
    A row that seems to begin later has lasted for a second.
    """
    known = history(told(NOON), told(NOON + 60), now=NOON - 900)

    assert known[-1].seconds == 1
    assert known.seconds == 61


def test_a_row_has_rates_and_its_lengths():
    """
    Shares are 0 to 1, and a length of 0 is one of no request.
    """
    row = history(told(NOON, 120, errors=3, client_errors=6, avoided=90))[0]

    assert (row.error_rate, row.hit_rate) == (0.025, 0.75)
    assert row.requests_per_second == 2
    assert (row.mean, row.p50, row.p95, row.p99) == (0.2, 0.1, 0.5, 1.0)
    nothing = history(told(NOON, 0, mean=0.0, p50=0.0, p95=0.0, p99=0.0))[0]
    assert (nothing.error_rate, nothing.hit_rate, nothing.p95) == (None, None, None)


def test_a_history_is_a_sequence_that_stays_as_it_is():
    """
    It has a length, places and slices, equals its copy and can be pickled.
    """
    known = history(told(NOON), told(NOON + 60))

    assert len(known) == 2
    assert known[0] in known
    assert known[1:] == (known[-1],)
    assert pickle.loads(pickle.dumps(known)) == known
    assert hash(known) == hash(history(told(NOON), told(NOON + 60)))
    with pytest.raises(AttributeError):
        known.rows = ()


def test_of_nothing_there_is_a_history_too():
    """
    It has no row, and says so in each of its forms.
    """
    known = history(now=NOON)

    assert (len(known), known.begin, known.end, known.seconds) == (0, None, None, 0)
    assert known.total is None
    assert known.hourly() == ()
    assert str(known) == "Nothing was counted."
    assert "Nothing was counted." in known._repr_html_()
    assert {one.direction for one in known.trend()} == {"unknown"}
    assert {one.band for one in known.kpis()} == {"unknown"}
    assert {one.requests_per_second for one in known.by_hour()} == {None}
    assert len(known.to_pandas()) == 0


@pytest.mark.parametrize("hours", [24, 168])
def test_both_clients_and_engines_have_one(both, network, hours):
    """
    `history` is what the core keeps, up to now.
    """
    now = datetime.now(UTC)
    begin = int((now - timedelta(minutes=30)).timestamp())
    network.past = past(minutes=[told(begin, 3)], tens=[told(begin, 4)])
    esi = both.make()
    known = esi.history(hours)

    assert [row.requests for row in known] == [3 if hours == 24 else 4]
    assert known.end >= now
    assert esi.engine.history(hours).rows == known.rows
    both.close(esi)


# Hours and words.


def test_an_hour_is_as_long_as_is_known_of_it():
    """
    The first and the last are parts, and those between are whole.
    """
    rows = [told(NOON + 1800), told(NOON + 5400), told(NOON + 7200)]

    hours = history(*rows).hourly()

    assert [hour.seconds for hour in hours] == [1800, 3600, 60]
    assert begins(hours) == [0, 3600, 7200]


def test_a_length_of_several_rows_is_weighed_by_what_esi_saw():
    """
    A row of many hits counts by the requests that were sent.
    """
    many = told(NOON, 1000, avoided=970, p95=1.0)
    few = told(NOON + 60, 10, avoided=0, p95=2.0)
    none = told(NOON + 120, 500, avoided=500, p95=0.0)

    assert history(many, few, none).total.p95 == pytest.approx((30 + 20) / 40)


def test_a_table_has_a_line_for_each_hour_and_one_for_all():
    """
    Counts are added up, and a share that is small is not none.
    """
    known = history(
        told(NOON, 6000, errors=1), told(NOON + 3600, 1200, errors=60), hours=24
    )

    assert str(known).splitlines() == [
        "hour (UTC)        requests  a second  errors  hit rate  p95     received",
        "2026-11-29 12:00  6,000     1.67      < 0.1%  50.0%     500 ms  6.0 MB",
        "2026-11-29 13:00  1,200     20.00     5.0%    50.0%     500 ms  1.2 MB",
        "all               7,200     1.97      0.8%    50.0%     500 ms  7.2 MB",
    ]


@pytest.mark.parametrize(
    ("part", "word"), [(None, ""), (0, "0.0%"), (0.0004, "< 0.1%"), (1, "100.0%")]
)
def test_a_share_in_words(part, word):
    """
    None is not 0, and not 0 is not 0.0%.
    """
    assert percent(part) == word


def test_usage_is_by_the_hour_of_the_day_over_all_days():
    """
    Each hour has the mean of its days, also of one without a request.
    """
    day = 86400
    rows = [told(NOON, 3600), told(NOON + day, 3600), told(NOON + 2 * day, 0)]
    pattern = history(*rows, hours=168, now=NOON + 2 * day + 600).by_hour()

    noon, one = pattern[12], pattern[13]
    assert noon.requests == 7200
    assert noon.seconds == 2 * 3600 + 600
    assert noon.requests_per_second == pytest.approx(7200 / 7800)
    assert (noon.hit_rate, noon.error_rate, noon.p95) == (0.5, 0.0, 0.5)
    assert (one.requests, one.requests_per_second) == (0, 0)
    assert str(pattern).splitlines()[13].split()[:3] == ["12", "7,200", "0.92"]
    assert "0.92" in pattern._repr_html_()


# Trends and KPIs.


def named(trends):
    return {one.name: one for one in trends}


def test_a_trend_compares_the_halves():
    """
    The second half is beside the first, each with whole periods.
    """
    first = [told(NOON + 60 * n, 100, errors=0, avoided=90, p95=0.2) for n in range(5)]
    second = [
        told(NOON + 300 + 60 * n, 250, errors=25, avoided=50, p95=0.201)
        for n in range(5)
    ]
    found = named(history(*first, *second).trend())

    assert {name: one.direction for name, one in found.items()} == {
        "requests": "rising",
        "errors": "rising",
        "hit_rate": "falling",
        "p95": "steady",
    }
    assert found["requests"].before == pytest.approx(100 / 60)
    assert found["requests"].change == pytest.approx(1.5)
    assert (found["hit_rate"].before, found["hit_rate"].after) == (90, 20)
    assert found["errors"].change is None


def test_the_period_in_the_middle_is_in_neither_half():
    """
    Of three the first is beside the third.
    """
    rows = [told(NOON, 60), told(NOON + 60, 6000), told(NOON + 120, 60)]
    requests = named(history(*rows).trend())["requests"]

    assert (requests.before, requests.after) == (1, 1)
    assert requests.direction == "steady"


def test_a_single_period_has_no_trend():
    """
    There is nothing to compare it with.
    """
    trends = history(told(NOON)).trend()

    assert {one.direction for one in trends} == {"unknown"}
    assert "unknown" in str(trends)


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (1.0, 1.1, "steady"),
        (1.0, 1.2, "rising"),
        (1.2, 1.0, "falling"),
        (0.01, 0.1, "steady"),
        (0.0, 0.2, "rising"),
        (None, 1.0, "unknown"),
        (1.0, None, "unknown"),
    ],
)
def test_a_change_that_is_small_is_none(before, after, direction):
    """
    A tenth of the larger, or so little that it is none whatever share it is.
    """
    assert Trend("errors", "%", before, after, 0.1).direction == direction


def test_trends_show_themselves():
    """
    A line for each has both numbers, the change and the word.
    """
    trends = history(told(NOON, 600), told(NOON + 60, 90_000)).trend()
    line = "requests 10 /s 1,500 /s +14900% rising"

    assert line in " ".join(str(trends).split())
    assert "rising" in trends._repr_html_()
    assert pickle.loads(pickle.dumps(trends)) == trends


def test_kpis_have_the_bands_of_statistics():
    """
    p95, hit rate and errors of all rows, with the same bounds.
    """
    known = history(told(NOON, 1000, errors=15, avoided=900, p95=2.5)).kpis()

    assert {one.name: (one.value, one.band) for one in known} == {
        "p95": (2.5, "warning"),
        "hit_rate": (90, "good"),
        "errors": (1.5, "warning"),
    }


# pandas.


def test_a_frame_has_a_line_for_each_row():
    """
    Begin is in UTC, rates stand beside the counts, and what there is none of is NaN.
    """
    known = history(told(NOON, 10), told(NOON + 60, 0, p95=0.0))
    frame = known.to_pandas()

    assert [*frame.columns] == [*COLUMNS]
    assert str(frame["begin"].dt.tz) == "UTC"
    assert frame["begin"][0].timestamp() == NOON
    assert [*frame["requests"]] == [10, 0]
    assert frame["hit_rate"][0] == 0.5
    assert math.isnan(frame["hit_rate"][1])
    assert frame["p95"].dtype.kind == "f"
    assert str(history().to_pandas()["begin"].dt.tz) == "UTC"


def test_without_pandas_the_extra_is_named(monkeypatch):
    """
    The message says what to install.
    """
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ConfigurationError, match=r"pyesi-eve\[pandas\]"):
        History((), 60, None).to_pandas()
