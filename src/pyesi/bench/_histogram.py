"""Lengths of time in few numbers, from which any percentile can be told."""

from __future__ import annotations

import math
from collections import Counter

# Each power of two is cut into so many parts: a length is told to 1/512 of itself.
_PART_BITS = 8
_PARTS = 1 << _PART_BITS
_IN_A_SECOND = 1_000_000_000


class Histogram:
    """Counts of lengths of time, log-linear: buckets grow with what they hold.

    A percentile is told within 0.2 % of the length that has that rank; number, mean,
    least and greatest are exact to a nanosecond.
    """

    __slots__ = ("_counts", "_greatest", "_least", "_sum", "count")

    def __init__(self) -> None:
        self.count = 0
        self._counts: Counter[int] = Counter()
        self._sum = 0
        self._least: int | None = None
        self._greatest = 0

    def add(self, seconds: float) -> None:
        """Count one length; what is below 0 counts as 0."""
        length = max(round(seconds * _IN_A_SECOND), 0)
        self._counts[bucket_of(length)] += 1
        self.count += 1
        self._sum += length
        if self._least is None or length < self._least:
            self._least = length
        self._greatest = max(self._greatest, length)

    @property
    def mean(self) -> float:
        """In seconds; 0 of nothing."""
        return self._sum / self.count / _IN_A_SECOND if self.count else 0.0

    @property
    def least(self) -> float:
        """In seconds; 0 of nothing."""
        return (self._least or 0) / _IN_A_SECOND

    @property
    def greatest(self) -> float:
        """In seconds; 0 of nothing."""
        return self._greatest / _IN_A_SECOND

    def percentile(self, share: float) -> float:
        """The length in seconds that this share of all did not exceed; 0 of nothing.

        Args:
            share: From 0 to 1, such as 0.99.
        """
        return self.percentiles([share])[0]

    def percentiles(self, shares: list[float]) -> list[float]:
        """`percentile` of each of the ascending shares, in one pass."""
        if not self.count:
            return [0.0] * len(shares)
        found: list[float] = []
        passed = 0
        for bucket in sorted(self._counts):
            passed += self._counts[bucket]
            while len(found) < len(shares) and passed >= self._rank(shares[len(found)]):
                found.append(self._within(middle_of(bucket)) / _IN_A_SECOND)
        return found

    def _rank(self, share: float) -> int:
        """Which of the sorted lengths it is, from 1: the nearest rank."""
        # Rounded: 0.07 of 100 is the seventh, though in binary it is a little more.
        return min(max(math.ceil(round(share * self.count, 6)), 1), self.count)

    def _within(self, length: float) -> float:
        return min(max(length, self._least or 0), self._greatest)


def bucket_of(length: int) -> int:
    """The number of the bucket that holds it; a longer one is in none before that."""
    shift = length.bit_length() - _PART_BITS - 1
    if shift <= 0:
        return length
    # What is left of the length after the shift lies from _PARTS to twice that.
    return (shift << _PART_BITS) + (length >> shift)


def middle_of(bucket: int) -> float:
    """The length that stands for all of a bucket."""
    if bucket < 2 * _PARTS:
        return float(bucket)
    shift = (bucket >> _PART_BITS) - 1
    lowest = (bucket - (shift << _PART_BITS)) << shift
    return lowest + ((1 << shift) - 1) / 2
