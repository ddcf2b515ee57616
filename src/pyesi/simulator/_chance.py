"""Chance that is the same each time: every draw follows from its name."""

from __future__ import annotations

import random
from hashlib import blake2b, sha224


def seed_of(*parts: object) -> int:
    """Turn a name into a seed, the same in every process."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def chance(*parts: object) -> random.Random:
    """Make the random numbers that belong to a name."""
    return random.Random(seed_of(*parts))


def share(*parts: object) -> float:
    """Draw the one number from 0 up to 1 that belongs to a name."""
    return seed_of(*parts) / 2**64


def tag_of(*parts: object) -> str:
    """Make 56 hex digits, which is how ESI's entity tags look."""
    return sha224(repr(parts).encode()).hexdigest()
