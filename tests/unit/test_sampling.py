"""Of what repeats itself, what is written to the log."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from pyesi.client._sampling import MOST, PERIOD, Sampling
from pyesi.client._state_log import StateLog

ORIGIN = "https://esi.evetech.net"
STEPS = st.lists(st.tuples(st.floats(0, PERIOD), st.sampled_from("ab")), max_size=120)


@given(STEPS)
def test_no_period_has_more_records_than_it_may(steps):
    """
    Of one kind at most so many are written in any period, and none is lost uncounted.
    """
    sampling, now, written, left_out, told = Sampling(), 0.0, [], [], []
    for pause, kind in steps:
        now += pause
        judged = sampling.judge(kind, now)
        (written if judged.write else left_out).append((now, kind))
        told.append((kind, judged.left_out))

    for begin, kind in written:
        within = [at for at, k in written if k == kind and begin <= at < begin + PERIOD]
        assert len(within) <= 2 * MOST - 1  # a period begins with the first after one
    for kind in "ab":
        counted = sum(number for k, number in told if k == kind)
        assert counted <= sum(1 for _, k in left_out if k == kind)
    assert len(written) + len(left_out) == len(steps)


def test_what_is_rare_is_always_written():
    """
    Records that come no faster than they may are all written, and none is the last.
    """
    sampling = Sampling()
    for number in range(100):
        judged = sampling.judge("a", number * PERIOD / (MOST - 1))
        assert judged.write
        assert not judged.is_last
        assert judged.left_out == 0


def test_the_first_after_a_period_says_how_many_were_left_out():
    """
    So a reader knows what the log does not show.
    """
    sampling = Sampling()
    judged = [sampling.judge("a", number) for number in range(MOST + 5)]

    assert [one.write for one in judged] == [True] * MOST + [False] * 5
    assert [one.is_last for one in judged].index(True) == MOST - 1
    assert sampling.judge("a", PERIOD).left_out == 5
    assert sampling.judge("a", PERIOD + 1).left_out == 0


def test_an_upstream_that_flaps_does_not_fill_the_log(caplog):
    """
    Ten changes are written, the tenth says so, and the next period begins with a count.
    """
    caplog.set_level(logging.INFO, logger="pyesi")
    now = [0.0]
    log = StateLog(now=lambda: now[0])
    for number in range(40):
        now[0] += 1.0
        log.change("upstream_back" if number % 2 else "upstream_down", ORIGIN, 0)
    log.change("error_limited", ORIGIN, 30.0)  # another kind is told
    now[0] += PERIOD
    log.change("upstream_down", ORIGIN, 0)

    records = caplog.records
    assert len(records) == MOST + 2
    assert "more of them are counted, and not told" in records[MOST - 1].getMessage()
    assert "for 30 s" in records[MOST].getMessage()
    assert "30 changes were not told" in records[-1].getMessage()
    assert records[-1].pyesi_left_out == 30
