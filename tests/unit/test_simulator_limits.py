"""The simulator's limiters, as ESI describes them."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi.simulator._limits import (
    Allowance,
    ErrorLimit,
    FloatingWindow,
    RateLimits,
    token_cost,
)


@pytest.mark.parametrize(
    ("status", "cost"),
    [(200, 2), (204, 2), (304, 1), (400, 5), (404, 5), (420, 5), (429, 0), (503, 0)],
)
def test_an_answer_costs_what_its_class_costs(status, cost):
    """
    A success costs 2 tokens, a 304 one, a client's error 5, anything else nothing.
    """
    assert token_cost(status) == cost


@pytest.mark.parametrize(
    ("allowance", "text"),
    [
        (Allowance(12000, 900), "12000/15m"),
        (Allowance(30, 3600), "30/60m"),
        (Allowance(100, 20), "100/20s"),
    ],
)
def test_a_limit_is_written_as_in_the_header(allowance, text):
    """
    Tokens and window are written with a unit, as X-Ratelimit-Limit has them.
    """
    assert str(allowance) == text


def test_spent_tokens_come_back_one_window_later():
    """
    A token spent at t is there again at t plus the window, and not before.
    """
    window = FloatingWindow(Allowance(4, 10))
    window.spend(2, 0.0)
    window.spend(2, 5.0)

    assert window.remaining(9.9) == 0
    assert window.remaining(10.0) == 2
    assert window.remaining(15.0) == 4


def test_an_empty_window_says_when_a_success_can_be_paid_for():
    """
    Retry-After is the time until two tokens are back, in whole seconds.
    """
    window = FloatingWindow(Allowance(4, 10))
    window.spend(1, 0.0)
    window.spend(1, 3.5)
    window.spend(1, 4.0)

    assert window.retry_after(5.0) == 5
    assert window.retry_after(10.0) is None


def test_an_overdrawn_window_has_nothing_left_but_never_less():
    """
    An error may cost more than was left, and what remains is then zero.
    """
    window = FloatingWindow(Allowance(4, 10))
    window.spend(5, 0.0)

    assert window.remaining(1.0) == 0
    assert window.retry_after(1.0) == 9


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.sampled_from([200, 304, 404, 500])), max_size=60
    )
)
def test_the_window_never_forgets_nor_invents_a_token(steps):
    """
    At any time the tokens left are the allowance less what the last window's answers
    cost.
    """
    window = FloatingWindow(Allowance(60, 20))
    spent = deque()
    now = 0.0
    for pause, status in steps:
        now += pause
        window.spend(token_cost(status), now)
        spent.append((now, token_cost(status)))
        used = sum(cost for at, cost in spent if at + 20 > now)
        assert window.remaining(now) == max(60 - used, 0)


def test_windows_of_different_users_do_not_touch():
    """
    Each user of a group has a window of its own, and each group of a user too.
    """
    limits = RateLimits({})
    limits.window("status", "a", Allowance(600, 900)).spend(10, 0.0)

    assert limits.window("status", "a", Allowance(600, 900)).remaining(0.0) == 590
    assert limits.window("status", "b", Allowance(600, 900)).remaining(0.0) == 600
    assert limits.window("fleet", "a", Allowance(600, 900)).remaining(0.0) == 600


def test_an_overridden_group_keeps_the_override():
    """
    A group that the settings name has their allowance, not ESI's.
    """
    limits = RateLimits({"status": Allowance(10, 5)})

    assert limits.window("status", "a", Allowance(600, 900)).remaining(0.0) == 10


def test_the_error_limit_is_a_fixed_minute_of_an_address():
    """
    Errors weigh on their address until the minute ends, and then on nobody.
    """
    limit = ErrorLimit(3)
    for status in (200, 304, 404, 500):
        limit.record("192.0.2.1", status, 90.0)

    assert limit.remaining("192.0.2.1", 119.0) == 1
    assert limit.remaining("192.0.2.2", 119.0) == 3
    assert limit.remaining("192.0.2.1", 120.0) == 3
    assert limit.reset_after(90.0) == 30
