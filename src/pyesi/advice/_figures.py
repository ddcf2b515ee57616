"""Figures of a moment, any of which may be missing: an older pyesi may have saved it.

What is missing is None where it is one number and nothing where it is rows or a sum, so
that a rule which lacks its figures says nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

Seen: TypeAlias = Mapping[str, Any]
"""A `Statistics`, or a part of it."""

ANSWERED = ("network", "revalidated")
"""The outcomes of requests to which ESI had a good answer."""

FAILED = ("server_error", "transport_failed", "timed_out", "unacceptable")
"""Those of requests to which it had none."""


class Waited(NamedTuple):
    """How often something was waited for, and for how many seconds in all."""

    times: float = 0
    seconds: float = 0.0


def number(seen: Seen, *path: str) -> float | None:
    """The number at that place."""
    value: Any = seen
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def count(seen: Seen, *path: str) -> float:
    """The same, 0 where there is none."""
    return number(seen, *path) or 0


def rows(seen: Seen, *path: str) -> list[Seen]:
    """The rows at that place."""
    value: Any = seen
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    found = value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, Mapping)]


def total(of: Iterable[Seen], name: str) -> float:
    """The sum of a number of all rows."""
    return sum(count(row, name) for row in of)


def setting(seen: Seen, name: str) -> Any:
    """What the engine was told; None where nobody knows."""
    settings = seen.get("settings")
    return settings.get(name) if isinstance(settings, Mapping) else None


def attempts(seen: Seen) -> float:
    """How often something was sent."""
    return total(rows(seen, "attempts"), "attempts")


def outcomes_by_route(seen: Seen) -> dict[str, Counter[str]]:
    """How many requests of each route ended in which way."""
    ended: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(seen, "requests"):
        outcome = str(row.get("outcome"))
        ended[str(row.get("route"))][outcome] += int(count(row, "count"))
    return ended


def outcomes(seen: Seen) -> Counter[str]:
    """How many requests ended in which way."""
    return sum(outcomes_by_route(seen).values(), Counter())


def sum_of(ended: Counter[str], names: Iterable[str]) -> int:
    """How many ended in one of these ways."""
    return sum(ended[name] for name in names)


def waited_at(seen: Seen, gate: str) -> Waited:
    """How often and how long a gate held requests back."""
    held = [row for row in rows(seen, "waits") if row.get("gate") == gate]
    return Waited(total(held, "count"), total(held, "seconds"))


def counted(value: float, word: str, words: str = "") -> str:
    """A count and its noun: 1 page, 2 pages."""
    return f"{value:,.0f} {word if value == 1 else words or word + 's'}"


def share(part: float, whole: float) -> str:
    """A part in per cent."""
    return f"{part / whole:.0%}" if whole else "0%"


def size(bytes_: float) -> str:
    """Bytes as people count them: 246 kB."""
    for unit, worth in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if bytes_ >= worth:
            return f"{bytes_ / worth:.3g} {unit}"
    return counted(bytes_, "byte")
