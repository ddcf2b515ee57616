"""Percentiles of a histogram against those of sorted lengths."""

import math

from hypothesis import given
from hypothesis import strategies as st

from pyesi.bench._histogram import Histogram, bucket_of, middle_of

nanoseconds = st.integers(min_value=0, max_value=10**14)
lengths = st.lists(nanoseconds, min_size=1, max_size=300)
shares = st.floats(min_value=0, max_value=1)


def histogram_of(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value / 1e9)
    return histogram


def nearest_rank(values, share):
    """The definition, written to be read rather than to be fast."""
    rank = max(math.ceil(round(share * len(values), 6)), 1)
    return sorted(values)[rank - 1]


@given(values=lengths, share=shares)
def test_a_percentile_is_within_one_percent_of_the_sorted_one(values, share):
    """
    Whatever was counted, the length told is within 1 % of the one that has that rank.
    """
    told = histogram_of(values).percentile(share) * 1e9
    exact = nearest_rank(values, share)

    assert abs(told - exact) <= 0.01 * exact + 1


@given(values=lengths)
def test_least_greatest_and_mean_are_exact(values):
    """
    They are to the nanosecond, which the conversion from seconds may lose.
    """
    histogram = histogram_of(values)

    assert histogram.count == len(values)
    assert abs(histogram.least * 1e9 - min(values)) <= 1.1
    assert abs(histogram.greatest * 1e9 - max(values)) <= 1.1
    mean = sum(values) / len(values)
    assert abs(histogram.mean * 1e9 - mean) <= 1.1 + mean * 1e-12


@given(values=lengths, asked=st.lists(shares, min_size=1, max_size=9))
def test_percentiles_ascend_and_lie_within_what_was_counted(values, asked):
    """
    A greater share never has a lesser length, and none is beyond the ends.
    """
    histogram = histogram_of(values)
    told = histogram.percentiles(sorted(asked))

    assert told == sorted(told)
    assert histogram.least <= told[0]
    assert told[-1] <= histogram.greatest


@given(one=nanoseconds, other=nanoseconds)
def test_buckets_are_in_the_order_of_what_they_hold(one, other):
    """
    A longer length is in the same bucket or a later one, and its bucket stands for it.
    """
    less, more = sorted((one, other))

    assert bucket_of(less) <= bucket_of(more)
    assert bucket_of(int(middle_of(bucket_of(one)))) == bucket_of(one)
    assert abs(middle_of(bucket_of(one)) - one) <= one / 500


def test_nothing_counted_is_no_length():
    """
    Every figure of an empty histogram is 0.
    """
    empty = Histogram()

    assert empty.percentiles([0.5, 0.99]) == [0.0, 0.0]
    assert (empty.count, empty.mean, empty.least, empty.greatest) == (0, 0, 0, 0)
