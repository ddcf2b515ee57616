"""Is ESI asked for what nobody needs, or before its time?"""

from __future__ import annotations

from collections.abc import Iterator

from ._figures import (
    ANSWERED,
    FAILED,
    Seen,
    count,
    counted,
    number,
    outcomes_by_route,
    rows,
    share,
    sum_of,
    total,
)
from ._finding import Finding

# One or two may follow a change that somebody knew of.
_LEAST_EARLY = 3

_LEAST_IDLE = 8
_LEAST_WARMED = 50
_SHARE_IDLE = 1 / 3
_SHARE_READ = 0.1

_LEAST_REFUSALS = 20
_SHARE_OF_REFUSALS = 0.2
_LONGER = 3600


def early_reloads(seen: Seen) -> Finding | None:
    """A route was asked for with ``reload`` while a fresh answer was kept."""
    early = count(seen, "cache", "early_reloads")
    if early < _LEAST_EARLY:
        return None
    routes = rows(seen, "cache", "routes")
    worst = max(routes, key=lambda row: count(row, "early_reloads"), default={})
    name, most = str(worst.get("route", "unchecked")), count(worst, "early_reloads")
    reloads = count(seen, "cache", "reloads")
    return Finding(
        rule="early_reloads",
        severity="critical",
        says=(
            f"{early:,.0f} of {counted(reloads, 'reload')} asked ESI although a fresh "
            f"answer was kept, {most:,.0f} of them {name}: CCP bans applications that "
            "ask too early."
        ),
        numbers={
            "early_reloads": early,
            "reloads": reloads,
            "route": name,
            "early_reloads_of_route": most,
        },
        setting="cache_mode",
        change=f"Leave out cache_mode='reload' for {name}.",
        page="how-to/choose-a-cache-mode.md",
    )


def unread_warming(seen: Seen) -> Finding | None:
    """Answers were kept warm, and nobody read them."""
    warming = "cache", "warming"
    idle = count(seen, *warming, "skipped")
    warmed = sum(
        count(seen, *warming, name) for name in ("revalidated", "changed", "failed")
    )
    hits = count(seen, "cache", "hits")
    grew_idle = idle >= _LEAST_IDLE and idle >= warmed * _SHARE_IDLE
    is_unread = warmed >= _LEAST_WARMED and hits < warmed * _SHARE_READ
    if not (grew_idle or is_unread):
        return None
    told = (
        f"{counted(idle, 'answer')} had expired and nobody had used them"
        if grew_idle
        else f"{counted(hits, 'request')} found a fresh answer"
    )
    return Finding(
        rule="unread_warming",
        severity="warning",
        says=(
            f"Warming asked ESI {counted(warmed, 'time')}, and {told}: it spends "
            "tokens on what nobody reads."
        ),
        numbers={"warmed": warmed, "skipped": idle, "hits": hits},
        setting="warm",
        change="Leave out of cache.warm() what your program does not ask for.",
        page="how-to/warm-the-cache.md",
    )


def repeated_refusals(seen: Seen) -> Finding | None:
    """ESI says no to much of what a route is asked for."""
    refused = dict(_refused_by_route(seen))
    if not refused:
        return None
    name = max(sorted(refused), key=lambda route: refused[route])
    refusals, sent = refused[name]
    again = total(
        (row for row in rows(seen, "cache", "routes") if row.get("route") == name),
        "negative_hits",
    )
    return Finding(
        rule="repeated_refusals",
        severity="critical",
        says=(
            f"ESI answered {refusals:,} of {counted(sent, 'request')} for {name} "
            f"({share(refusals, sent)}) by 4xx, which spends its error limit; "
            f"{again:,.0f} more were answered so from memory."
        ),
        numbers={
            "route": name,
            "client_errors": refusals,
            "requests": sent,
            "negative_hits": again,
        },
        setting="negative_ttl",
        change=_no_more(seen, name),
        page="how-to/handle-errors.md",
    )


def _refused_by_route(seen: Seen) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where much was refused: how much, of how much that ESI saw."""
    for route, ended in outcomes_by_route(seen).items():
        refusals = ended["client_error"]
        sent = sum_of(ended, (*ANSWERED, *FAILED, "client_error", "limited"))
        if refusals >= max(_LEAST_REFUSALS, sent * _SHARE_OF_REFUSALS):
            yield route, (refusals, sent)


def _no_more(seen: Seen, name: str) -> str:
    kept = number(seen, "settings", "negative_ttl")
    stop = f"Ask {name} no more for ids that it does not know"
    if kept is not None and kept >= _LONGER:
        return f"{stop}."
    return f"{stop}, and set negative_ttl={_LONGER} to keep the answer for an hour."
