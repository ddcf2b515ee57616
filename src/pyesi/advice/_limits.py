"""Who empties the windows of ESI's rate limit groups?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ._figures import Seen, count, rows, share, waited_at
from ._finding import Finding

# By default the rest is for interactive requests: all others wait from there on.
_NEARLY_EMPTY = 0.1

_LEAST_ATTEMPTS = 20
_MOST_OF_IT = 0.5

# What a good answer costs; a 304 costs one.
_TOKENS_EACH = 2


def window_emptied(seen: Seen) -> Finding | None:
    """A window is empty, and one route or one other program has emptied it."""
    for upstream in rows(seen, "limits"):
        for window in rows(upstream, "windows"):
            found = (
                _by_another(upstream, window) or _by_a_route(seen, window)
                if _is_empty(window)
                else _by_nobody_known(window)
            )
            if found is not None:
                return found
    return None


def _is_empty(window: Seen) -> bool:
    tokens = count(window, "tokens")
    return tokens > 0 and count(window, "left") <= tokens * _NEARLY_EMPTY


def _by_nobody_known(window: Seen) -> Finding | None:
    """ESI has shut it although this program has spent little."""
    closed_for = count(window, "closed_for")
    if closed_for <= 0:
        return None
    return Finding(
        rule="window_emptied",
        severity="critical",
        says=(
            f"{_rest(window)} by this program's count, and ESI has shut it for "
            f"{closed_for:,.3g} s: another program, or an earlier run of this one, "
            "has spent the others."
        ),
        numbers=_numbers(window),
        setting="limits",
        change="Give all programs of this account or address the same limits=.",
        page="how-to/share-limits.md",
    )


def _by_another(upstream: Seen, window: Seen) -> Finding | None:
    """Somebody who does not share the limits has spent most of it."""
    sharing = upstream.get("sharing") or {}
    account = window.get("group"), window.get("identity")
    others = sum(
        count(lease, "others")
        for lease in rows(sharing, "leases")
        if (lease.get("name"), lease.get("identity")) == account
    )
    tokens = count(window, "tokens")
    if others < tokens * _MOST_OF_IT:
        return None
    return Finding(
        rule="window_emptied",
        severity="critical",
        says=(
            f"{_rest(window)}, and {others:,.0f} were spent by a program that does "
            "not share its limits with this one."
        ),
        numbers={**_numbers(window), "others": others},
        setting="limits",
        change="Give that program the same limits= as this one.",
        page="how-to/share-limits.md",
    )


def _by_a_route(seen: Seen, window: Seen) -> Finding | None:
    """One route has spent most of it."""
    sent = dict(_attempts_of(seen, str(window.get("group"))))
    every = sum(sent.values())
    if every < _LEAST_ATTEMPTS:
        return None
    name = max(sorted(sent), key=lambda route: sent[route])
    if sent[name] < every * _MOST_OF_IT:
        return None
    tokens, seconds = count(window, "tokens"), count(window, "window")
    half = max(int(tokens / 2 / _TOKENS_EACH), 1)
    return Finding(
        rule="window_emptied",
        severity="critical",
        says=(
            f"{_rest(window)}, and {name} sent {sent[name]:,.0f} of the group's "
            f"{every:,.0f} attempts ({share(sent[name], every)}): all that needs the "
            "group waits."
        ),
        numbers={
            **_numbers(window),
            "route": name,
            "attempts_of_route": sent[name],
            "attempts": every,
            "waited_seconds": waited_at(seen, "rate_limit_window").seconds,
        },
        setting="ceilings",
        change=(
            f"Set ceilings={{{name!r}: ({half}, {seconds:.0f})}}, about half of the "
            'window, or ask for it with priority="background".'
        ),
        page="explanation/limits.md",
    )


def _rest(window: Seen) -> str:
    left, tokens = count(window, "left"), count(window, "tokens")
    return f"Of {tokens:,.0f} tokens of {window.get('group')} {left:,.0f} are left"


def _numbers(window: Seen) -> dict[str, float | str]:
    return {
        "group": str(window.get("group")),
        "tokens": count(window, "tokens"),
        "left": count(window, "left"),
        "closed_for": count(window, "closed_for"),
    }


def _attempts_of(seen: Seen, group: str) -> Iterator[tuple[str, float]]:
    """The routes of a group, and how often each was sent."""
    routes = _routes_of(group)
    for row in rows(seen, "attempts"):
        if row.get("route") in routes:
            yield str(row["route"]), count(row, "attempts")


@cache
def _routes_of(group: str) -> frozenset[str]:
    """The routes that spend a group's tokens, by operation id."""
    from pyesi import catalog

    return frozenset(
        route.operation_id
        for route in catalog.routes()
        if route.rate_limit_group == group
    )
