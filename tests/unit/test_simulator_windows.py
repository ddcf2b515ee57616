"""When the simulator regenerates its answers."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pyesi.simulator._window import Windows, static_window

DAY = 86400


@given(st.integers(1, 5000), st.floats(0, 100_000))
def test_an_instant_lies_in_its_window(lifetime, passed):
    """
    A window's Last-Modified is not after the instant, and its expiry is.
    """
    start = 1_795_262_400
    window = Windows(start).current("/a", lifetime, start + passed)

    assert window.last_modified <= start + passed < window.expires
    assert window.expires - window.last_modified == lifetime
    assert window.generation == (window.last_modified - start) // lifetime


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_time_never_brings_an_older_generation(earlier, passed):
    """
    A later instant lies in the same window or in a newer one.
    """
    windows = Windows(0)
    first = windows.current("/a", 60, earlier)
    second = windows.current("/a", 60, earlier + passed)

    assert (second.generation, second.last_modified) >= (
        first.generation,
        first.last_modified,
    )


def test_a_roll_is_newer_even_within_one_second():
    """
    Two rolls in the same second leave two different Last-Modified.
    """
    windows = Windows(100)
    made = [windows.current("/a", 60, 100.2)]
    made += [windows.roll("/a", 60, 100.3), windows.roll("/a", 60, 100.4)]

    assert [window.last_modified for window in made] == [100, 101, 102]
    assert [window.generation for window in made] == [0, 1, 2]


def test_a_roll_touches_no_other_path():
    """
    Only the rolled path begins a new window.
    """
    windows = Windows(100)
    windows.roll("/a", 60, 130)

    assert windows.current("/a", 60, 130).last_modified == 130
    assert windows.current("/b", 60, 130).last_modified == 100


@given(st.integers(0, 4_000_000_000))
def test_static_data_expires_at_five_past_eleven(now):
    """
    Whatever the hour, static data lives until the next 11:05 UTC.
    """
    window = static_window(now)
    expires = datetime.fromtimestamp(window.expires, UTC)

    assert (expires.hour, expires.minute, expires.second) == (11, 5, 0)
    assert 0 < window.expires - now <= DAY
    assert window.last_modified < window.expires - DAY
