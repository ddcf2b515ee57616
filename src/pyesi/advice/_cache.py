"""Does the cache keep what comes, and in as little room as it can?"""

from __future__ import annotations

from functools import cache

from ._figures import (
    ANSWERED,
    Seen,
    count,
    counted,
    number,
    outcomes,
    rows,
    setting,
    share,
    size,
    sum_of,
    total,
)
from ._finding import Finding

_LEAST_MISSED = 20
_LEAST_REFUSED = 3
_SHARE_REFUSED = 0.01
_LEAST_ANSWERS = 20
_LEAST_UNKEPT = 50

# Fewer make no difference to how often ESI is asked.
_SHARE_MISSED = 0.1

# An answer takes at most an eighth of the room, and never more than 16 MiB: from this
# size on more room changes nothing for what is too large at all.
_ROOM_FOR_ALL = 128 << 20

# From there on a body is large, and compressed it is well below half.
_LARGE_BODY = 16 << 10
_WORTH_COMPRESSING = 1.5
_USUAL_THRESHOLD = 8192


def cache_too_small(seen: Seen) -> Finding | None:
    """Answers were evicted, and then asked for while they would have been of use."""
    missed = count(seen, "cache", "evicted_missed")
    stored = count(seen, "cache", "stored")
    if missed < _LEAST_MISSED or missed < stored * _SHARE_MISSED:
        return None
    is_bytes = _is_of_bytes(seen)
    name = "cache_bytes" if is_bytes else "cache_entries"
    most = count(seen, "cache", "max_bytes" if is_bytes else "max_entries")
    bound = size(most) if is_bytes else counted(most, "answer")
    return Finding(
        rule="cache_too_small",
        severity="warning",
        says=(
            f"{counted(missed, 'answer')} of {stored:,.0f} had been in memory before "
            f"and had gone to make room, since it may hold {bound}: with more room "
            "they would have been there when they were asked for."
        ),
        numbers={
            "evicted_missed": missed,
            "evicted": count(seen, "cache", "evicted"),
            "stored": stored,
            "hits": count(seen, "cache", "hits"),
            "bound": most,
        },
        setting=name,
        change=f"Set {name}={2 * most:.0f}, twice as much.",
        page="reference/cache.md",
    )


def _is_of_bytes(seen: Seen) -> bool:
    """Whether it is the bound on bytes that answers went for, not that on their number.

    What had expired goes before a bound is met: then it is the one that is nearer.
    """
    for_bytes = count(seen, "cache", "evicted_for_bytes")
    for_entries = count(seen, "cache", "evicted_for_entries")
    if for_bytes or for_entries:
        return for_bytes >= for_entries
    bytes_, entries = (
        count(seen, "cache", name) / max(count(seen, "cache", f"max_{name}"), 1)
        for name in ("bytes", "entries")
    )
    return bytes_ >= entries


def answers_too_large(seen: Seen) -> Finding | None:
    """Answers were not kept at all, since each would take too much of the room."""
    most = number(seen, "cache", "max_bytes")
    if most is None:
        return None
    oversize = count(seen, "cache", "refused_oversize") if most < _ROOM_FOR_ALL else 0
    large = count(seen, "cache", "refused_large")
    refused = oversize + large
    came = refused + count(seen, "cache", "stored")
    if refused < _LEAST_REFUSED or refused < came * _SHARE_REFUSED:
        return None
    wanted = _ROOM_FOR_ALL if oversize else 2 * most
    return Finding(
        rule="answers_too_large",
        severity="critical",
        says=(
            f"{refused:,.0f} of {counted(came, 'answer')} were too large to be kept in "
            f"a cache of {size(most)}: each request for one asks ESI, however fresh it "
            "is."
        ),
        numbers={
            "refused_oversize": oversize,
            "refused_large": large,
            "came": came,
            "max_bytes": most,
        },
        setting="cache_bytes",
        change=f"Set cache_bytes={wanted:.0f}.",
        page="reference/cache.md",
    )


def bodies_uncompressed(seen: Seen) -> Finding | None:
    """Large bodies come compressed and are kept inflated."""
    threshold = number(seen, "settings", "compression_threshold")
    received = count(seen, "bytes", "received")
    decoded = count(seen, "bytes", "decoded")
    answers = sum_of(outcomes(seen), ANSWERED[:1])
    if threshold is None or not setting(seen, "cache") or answers < _LEAST_ANSWERS:
        return None
    mean = decoded / answers
    if not _LARGE_BODY <= mean <= threshold or decoded < received * _WORTH_COMPRESSING:
        return None
    return Finding(
        rule="bodies_uncompressed",
        severity="note",
        says=(
            f"{counted(answers, 'answer')} of {size(mean)} each came as "
            f"{size(received)} and are kept as {size(decoded)}, since "
            f"compression_threshold is {threshold:,}."
        ),
        numbers={
            "answers": answers,
            "received": received,
            "decoded": decoded,
            "compression_threshold": threshold,
        },
        setting="compression_threshold",
        change=f"Set compression_threshold={_USUAL_THRESHOLD}, as it is by default.",
        page="reference/client.md",
    )


def cache_off(seen: Seen) -> Finding | None:
    """Nothing is kept, and what ESI lets be kept is asked for."""
    if setting(seen, "cache") is not False:
        return None
    lifetimes = _lifetimes()
    asked = [row for row in rows(seen, "attempts") if row.get("route") in lifetimes]
    sent = total(asked, "attempts")
    if sent < _LEAST_UNKEPT:
        return None
    every = total(rows(seen, "attempts"), "attempts")
    return Finding(
        rule="cache_off",
        severity="critical",
        says=(
            f"{counted(sent, 'request')}, {share(sent, every)} of all that were sent, "
            "were for what ESI lets be kept, and no answer is: what is asked for again "
            "is asked for too early."
        ),
        numbers={"kept_by_esi": sent, "attempts": every},
        setting="cache",
        change='Set cache="memory", or the path of a file.',
        page="explanation/never-early.md",
    )


@cache
def _lifetimes() -> frozenset[str]:
    """The routes whose answers have a lifetime, by operation id."""
    from pyesi import catalog

    return frozenset(
        route.operation_id
        for route in catalog.routes()
        if route.method == "GET" and (route.cache_seconds or route.expires_daily)
    )
