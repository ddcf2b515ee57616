"""What Prometheus sees of calls for tokens."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics


def _calls(seen: Statistics) -> Iterator[Sample]:
    for one in seen["token_calls"]:
        yield (one["outcome"],), one["count"]


def _seconds(seen: Statistics) -> Iterator[Sample]:
    for one in seen["token_calls"]:
        yield (one["outcome"],), one["seconds"]


TOKEN_FAMILIES = (
    Family(
        "counter",
        "pyesi_token_calls_total",
        "Calls of what auth= was given, by how they ended.",
        ("outcome",),
        _calls,
    ),
    Family(
        "counter",
        "pyesi_token_call_seconds_total",
        "How long they took.",
        ("outcome",),
        _seconds,
    ),
)
