"""From two readings of a client to its figures."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi.metrics._families import FAMILIES
from pyesi.metrics.series import series
from pyesi.top._past import LOOK_BACK, Past
from pyesi.top._reading import reading_of
from pyesi.top._watching import Watching
from unit.statistics_sample import window
from unit.top_pages import ROUTE, page, readings, saved


def seen_of(*pages):
    """What is seen last of one client whose pages were read, each with its moment."""
    past = Past()
    for text, at in pages:
        seen = past.add(readings(text, at))
    (only,) = seen
    return only


def test_the_first_reading_tells_counts_and_no_rates():
    """
    Over how long something was counted no page says.
    """
    seen = seen_of((page(fresh=3, network=1), 5.0))

    assert (seen.ended, seen.hit_rate, seen.error_rate) == (4, 0.75, 0.0)
    assert seen.seconds is None
    assert seen.rate(seen.ended) is None


def test_two_readings_tell_rates():
    """
    What was counted between them is divided by the time between them.
    """
    before = page(fresh=3, network=1, failed=4)
    seen = seen_of((before, 5.0), (page(fresh=9, network=3, failed=6), 7.0))

    assert (seen.ended, seen.seconds, seen.rate(seen.ended)) == (10, 2.0, 5.0)
    assert (seen.hit_rate, seen.error_rate) == (0.6, 0.2)
    assert seen.outcomes == (("fresh", 6), ("network", 2), ("server_error", 2))
    assert not seen.restarted


def test_a_client_that_did_nothing_has_no_shares():
    """
    Of no requests there is no hit rate, no error rate and no percentile.
    """
    seen = seen_of((page(fresh=3), 5.0), (page(fresh=3), 7.0))

    assert (seen.ended, seen.rate(seen.ended)) == (0, 0.0)
    assert (seen.hit_rate, seen.error_rate) == (None, None)
    assert seen.quantiles == (None, None, None)
    assert seen.slowest == []


def test_percentiles_are_those_of_promql():
    """
    They lie on a line between the bounds of a bucket that grew between the readings.
    """
    before = page(network=8, took=[("0.1", 8), ("1.0", 8), ("+Inf", 8)])
    after = page(network=18, took=[("0.1", 8), ("1.0", 18), ("+Inf", 18)])
    seen = seen_of((before, 5.0), (after, 7.0))

    assert seen.quantiles[0] == pytest.approx(0.1 + 0.9 * 0.5)
    assert seen.quantiles[1] == pytest.approx(0.1 + 0.9 * 0.95)
    (route,) = seen.slowest
    assert (route.route, route.waited) == (ROUTE, 10)
    assert route.mean == pytest.approx(0.5)


def test_figures_look_back_for_a_while_only():
    """
    The reading that they are taken from is no older than it need be.
    """
    pages = [(page(fresh=2 * n), float(2 * n)) for n in range(20)]
    seen = seen_of(*pages)

    assert seen.seconds == LOOK_BACK
    assert seen.rate(seen.ended) == 1.0


def test_a_slow_interval_looks_back_to_the_reading_before():
    """
    Where readings are further apart than that, figures are of the last interval.
    """
    seen = seen_of((page(), 0.0), (page(fresh=60), 60.0), (page(fresh=180), 120.0))

    assert (seen.seconds, seen.rate(seen.ended)) == (60.0, 2.0)


def test_a_restart_shows_as_one():
    """
    Counters that fell are those of a new process, which counted from 0.
    """
    before = page(fresh=100, network=50)
    seen = seen_of((before, 0.0), (before, 2.0), (page(fresh=6, network=2), 4.0))

    assert seen.restarted
    assert (seen.ended, seen.rate(seen.ended)) == (8, 4.0)


def test_a_restart_is_forgotten_after_a_while():
    """
    Once the new process has been read for long enough, nothing is said of the old one.
    """
    new = [(page(fresh=n), 2.0 + n) for n in range(1, 20)]
    assert not seen_of((page(fresh=100), 2.0), *new).restarted


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=1, max_size=8))
def test_nothing_is_ever_negative(histories):
    """
    Whatever counters do, no count, share or rate that is shown falls below 0.
    """
    past = Past()
    for moment, (fresh, network, failed) in enumerate(histories):
        text = page(fresh=fresh, network=network, failed=failed)
        (seen,) = past.add(readings(text, float(moment)))
        assert seen.ended >= 0
        assert all(count >= 0 for _, count in seen.outcomes)
        assert (seen.rate(seen.ended) or 0) >= 0
        assert 0 <= (seen.error_rate or 0) <= 1


def test_each_client_has_figures_of_its_own():
    """
    One that was closed is gone, one that is new begins.
    """
    past = Past()
    past.add(readings(page("a", fresh=1) + page("b", fresh=10), 0.0))
    seen = past.add(readings(page("b", fresh=30) + page("c", fresh=7), 2.0))

    assert [(one.client, one.ended, one.seconds) for one in seen] == [
        ("b", 20, 2.0),
        ("c", 7, None),
    ]


def test_a_series_of_the_process_is_no_client():
    """
    The versions that a page names make nobody appear.
    """
    assert readings('pyesi_build_info{version="1"} 1', 0.0) == []


@pytest.mark.parametrize(
    "text", [page(fresh=1) * 2, page(cache_bytes="NaN"), page(cache_bytes="+Inf")]
)
def test_a_page_that_makes_no_sense_is_refused(text):
    """
    A series stands there once, and is a number.
    """
    with pytest.raises(ValueError, match="pyesi_"):
        readings(text, 0.0)


def test_saved_statistics_show_as_their_page_would():
    """
    Of what was saved every part is seen, over the time since its engine began.
    """
    (seen,) = Past().add([reading_of(saved(), "now.json")])

    assert (seen.client, seen.seconds, seen.ended) == ("now.json", 60.0, 6)
    assert dict(seen.outcomes) == {"network": 2, "fresh": 3, "client_error": 1}
    assert (seen.sent, seen.received, seen.entries) == (4, 1000, 7)
    assert (seen.in_flight, seen.max_in_flight) == (2, 20)
    assert dict(seen.waiting)["normal"] == 5
    assert seen.cache == 0.07
    (upstream,) = seen.upstreams
    assert (upstream.phase, upstream.errors_left) == ("open", 98)
    (window,) = seen.windows
    assert (window.group, window.left, window.tokens) == ("char-asset", 30, 1800)
    assert window.closed_for == 2.5
    assert [one.route for one in seen.busiest] == ["GetStatus", "unchecked"]
    assert [one.route for one in seen.slowest] == ["GetStatus"]


def test_a_file_that_is_saved_anew_tells_rates():
    """
    What was counted between two savings is divided by the time between them.
    """
    past = Past()
    for moment, hits in ((160.0, 3), (160.0, 3), (220.0, 63), (220.0, 63)):
        reading = reading_of(saved(taken_at=moment, hits=hits), "now.json")
        (seen,) = past.add([reading])

    assert (seen.seconds, seen.rate(seen.ended)) == (60.0, 1.0)


def test_a_file_that_stays_is_kept_once():
    """
    However often it is read, what is remembered does not grow.
    """
    past = Past()
    for _ in range(50):
        past.add([reading_of(saved(), "now.json")])

    assert len(past._clients["now.json"]._readings) == 2


def test_the_scarcest_window_comes_first():
    """
    One that is shut before all others, then that of which least is left.
    """
    statistics = saved()
    (upstream,) = statistics["limits"]
    upstream["windows"] = [
        window("me", left, closed_for) | {"group": group}
        for group, left, closed_for in [("b", 900, 0), ("c", 1700, 5), ("a", 90, 0)]
    ]
    (seen,) = Past().add([reading_of(statistics, "now.json")])

    assert [one.group for one in seen.windows] == ["c", "a", "b"]


def test_a_file_of_another_engine_is_a_restart():
    """
    When it began tells an engine from another, even where no counter fell.
    """
    past = Past()
    past.add([reading_of(saved(), "now.json")])
    later = saved(started_at=170.0, taken_at=180.0, hits=9)
    (seen,) = past.add([reading_of(later, "now.json")])

    assert seen.restarted
    assert (seen.ended, seen.seconds) == (12, 10.0)


def test_what_an_older_pyesi_did_not_count_is_left_out():
    """
    A moment without some part has the series of the others.
    """
    older = saved()
    del older["queue"], older["tables"]
    names = {one.name for one in series(older)}

    assert "pyesi_waiting_requests" not in names
    assert {"pyesi_requests_total", "pyesi_error_limit_left"} <= names


def test_a_moment_has_every_series():
    """
    No family is left out of one that was saved whole, and each number is one.
    """
    whole = saved()
    whole["queue"]["max_in_flight"] = 30
    found = [*series(json.loads(json.dumps(whole)))]

    assert {family.name for family in FAMILIES} - {one.name for one in found} == set()
    assert all(math.isfinite(one.value) for one in found)


def watching_two():
    watching = Watching("http://x/metrics")
    watching.on_read(readings(page("a") + page("b"), 0.0), 10.0)
    return watching


def test_keys_choose_and_end():
    """
    n goes to the next client and round, q ends, other keys do nothing.
    """
    watching = watching_two()
    assert watching.frame(10.0).seen.client == "a"
    watching.on_keys("xn")
    assert watching.frame(10.0).seen.client == "b"
    watching.on_keys("n")
    assert watching.frame(10.0).seen.client == "a"
    assert not watching.has_ended
    watching.on_keys("q")
    assert watching.has_ended


def test_a_client_that_is_gone_is_not_chosen_any_more():
    """
    Another one is shown in its place.
    """
    watching = watching_two()
    watching.on_keys("n")
    watching.on_read(readings(page("a"), 2.0), 12.0)

    assert watching.frame(12.0).seen.client == "a"


def test_a_target_that_goes_keeps_its_last_frame():
    """
    What was read last stays, with why there is nothing newer and how old it is, until
    the target is back.
    """
    watching = watching_two()
    watching.on_failed("gone")
    frame = watching.frame(15.0)
    assert [one.client for one in frame.clients] == ["a", "b"]
    assert frame.trouble == "this is 5 s old: gone"

    watching.on_read(readings(page("a"), 9.0), 19.0)
    assert watching.frame(19.0).trouble == ""
