"""What is compared: each module has a TITLE, a NOTE, and `rows`, one after another."""

from . import (
    crossing,
    hits,
    idle,
    metrics,
    one_at_a_time,
    pieces,
    redis_hits,
    shared_limits,
    small_gets,
    start,
    tables,
    throughput,
    tiers,
    waiting,
)

GROUPS = (
    small_gets,
    one_at_a_time,
    throughput,
    crossing,
    waiting,
    idle,
    hits,
    tiers,
    redis_hits,
    shared_limits,
    start,
    tables,
    metrics,
    pieces,
)
