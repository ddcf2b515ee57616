"""The value that tells what a request's time went to."""

import pickle
from datetime import UTC, datetime

import pytest

import pyesi

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
TIMELINE = pyesi.Timeline(
    [
        ("look_up", 0.000012, ""),
        ("gate", 2.3, "rate_limit_window"),
        pyesi.Phase("wait", 0.0842),
        ("pause", 0.5, "503"),
        ("wait", 0.1, ""),
    ],
    started_at=NOON,
    elapsed=2.984212,
)


def test_it_is_a_sequence_of_phases():
    """
    Plain tuples become phases, which are found by place.
    """
    assert len(TIMELINE) == 5
    assert TIMELINE[1] == pyesi.Phase("gate", 2.3, "rate_limit_window")
    assert TIMELINE[-1].name == "wait"
    assert TIMELINE[:2] == TIMELINE.phases[:2]
    assert all(isinstance(phase, pyesi.Phase) for phase in TIMELINE)


def test_it_tells_itself_in_a_line():
    """
    Lengths have three digits and a unit; a detail stands in brackets.
    """
    assert str(TIMELINE) == (
        "look_up 0.012 ms, gate 2.3 s (rate_limit_window), wait 84.2 ms, "
        "pause 500 ms (503), wait 100 ms"
    )


def test_phases_of_one_name_are_added():
    """
    Their seconds are summed; a name that there is not is an error.
    """
    assert TIMELINE.seconds("wait") == pytest.approx(0.1842)
    assert TIMELINE.seconds("tls") == 0
    with pytest.raises(ValueError, match="'waiting' is no phase: look_up"):
        TIMELINE.seconds("waiting")


def test_it_is_a_value():
    """
    It compares and hashes by what it tells, pickles, and cannot be changed.
    """
    again = pickle.loads(pickle.dumps(TIMELINE))

    assert again == TIMELINE
    assert hash(again) == hash(TIMELINE)
    assert again != pyesi.Timeline(TIMELINE, started_at=NOON, elapsed=3.0)
    with pytest.raises(AttributeError):
        TIMELINE.elapsed = 1.0
