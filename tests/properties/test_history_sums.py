"""Sums of the past: nothing is lost in them, and nothing is counted twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi.metrics._history_row import summed
from pyesi.report._series import Outcomes, every_hour
from unit.history_sample import history, periods

COUNTS = (
    *("requests", "errors", "client_errors", "avoided"),
    *("attempts", "received", "decoded"),
)
minutes = periods()
ten_minutes = periods(length=600, within=7 * 24 * 3600)
histories = minutes.map(lambda rows: history(*rows)) | ten_minutes.map(
    lambda rows: history(*rows, hours=168)
)


def added(rows, name):
    return sum(getattr(row, name) for row in rows)


@given(histories)
def test_hours_have_all_that_the_rows_have(known):
    """
    Every count of the hours, and of the total, adds up to that of the rows.
    """
    for name in COUNTS:
        assert added(known.hourly(), name) == added(known, name)
        assert added(every_hour(known), name) == added(known, name)
        if known.total is not None:
            assert getattr(known.total, name) == added(known, name)


@given(histories)
def test_hours_of_the_day_have_all_that_the_rows_have(known):
    """
    There are 24 of them, and their requests are those of the rows.
    """
    pattern = known.by_hour()

    assert [one.hour for one in pattern] == [*range(24)]
    assert added(pattern, "requests") == added(known, "requests")


@given(histories)
def test_hours_of_the_day_cover_the_time_that_is_told_of(known):
    """
    Their seconds add up to the history's, and a rate is of those of its hour.
    """
    pattern = known.by_hour()

    assert added(pattern, "seconds") == pytest.approx(known.seconds)
    for one in pattern:
        if one.seconds:
            rate = one.requests_per_second
            assert rate * one.seconds == pytest.approx(one.requests)
        else:
            assert (one.requests, one.requests_per_second) == (0, None)


@given(histories)
def test_no_hour_is_left_out_of_a_plot(known):
    """
    Hours follow one another from the first to the last.
    """
    begins = [hour.begin for hour in every_hour(known)]

    assert all(b - a == timedelta(hours=1) for a, b in pairwise(begins))
    assert {hour.begin for hour in known.hourly()} <= {*begins}


@given(histories)
def test_what_became_of_requests_is_all_of_them(known):
    """
    The four kinds are disjoint: they add up to the requests, and none is negative.
    """
    for row in known:
        kinds = Outcomes.of(row)
        counts = (kinds.from_cache, kinds.answered, kinds.client_errors, kinds.errors)
        assert sum(counts) == row.requests
        assert min(counts) >= 0
        assert kinds.errors == row.errors


@given(histories)
def test_a_length_of_several_rows_lies_between_theirs(known):
    """
    None of the sum is below the least or above the greatest of its rows.
    """
    total = summed([*known], begin=datetime.now(UTC), seconds=1.0)

    for name in ("mean", "p50", "p95", "p99"):
        known_lengths = [value for row in known if (value := getattr(row, name))]
        found = getattr(total, name)
        if known_lengths:
            low, high = min(known_lengths), max(known_lengths)
            assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)
        else:
            assert found is None


@given(histories)
def test_a_share_is_a_share(known):
    """
    Rates of errors and hits lie between 0 and 1, and none is told of no request.
    """
    for row in (*known, *known.hourly()):
        for rate in (row.error_rate, row.hit_rate):
            assert (rate is None) == (row.requests == 0)
            assert rate is None or 0 <= rate <= 1


@given(minutes, st.integers(0, 3600))
def test_time_without_requests_changes_no_count(rows, idle):
    """
    The last row is as it was, however long ago it ended.
    """
    if not rows:
        return
    end = rows[-1]["begin"] + 60
    now, later = history(*rows, now=end), history(*rows, now=end + idle)

    assert later[-1] == now[-1]
    assert later.seconds <= now.seconds + idle


@given(histories)
def test_a_trend_says_what_its_numbers_say(known):
    """
    Rising is more, falling less, and unknown where there is no number.
    """
    for one in known.trend():
        if one.before is None or one.after is None:
            assert one.direction == "unknown"
        else:
            signs = {
                "rising": one.after > one.before,
                "falling": one.after < one.before,
            }
            assert signs.get(one.direction, True)
