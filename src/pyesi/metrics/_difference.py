"""What was counted between two moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# What holds at a moment, by the part it stands in; all other numbers only grow.
_MOMENTARY = {
    "cache": {"entries", "bytes", "max_entries", "max_bytes"},
    "file": {"entries", "bytes", "max_bytes", "pending"},
    "redis": {"reachable"},
    "pool": {"open", "idle", "active", "waiting", "connecting", "in_flight"},
}
_NAMES = {"route", "outcome", "reason", "gate", "group"}


def difference(later: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """The later moment, with its counters as they grew since the earlier one.

    Raises:
        ValueError: They are of two engines, or in the wrong order.
    """
    if later["started_at"] != earlier["started_at"]:
        message = (
            "The earlier statistics are of another engine, or from before a restart: "
            "compare two of the same one."
        )
        raise ValueError(message)
    if later["taken_at"] < earlier["taken_at"]:
        message = "The earlier statistics are the later ones: exchange the two."
        raise ValueError(message)
    return {
        **later,
        "started_at": earlier["taken_at"],
        "requests": _rows(later["requests"], earlier["requests"]),
        "durations": _rows(later["durations"], earlier["durations"]),
        "attempts": _rows(later["attempts"], earlier["attempts"]),
        "retries": _rows(later["retries"], earlier["retries"]),
        # Of all time they cannot be taken apart again.
        "percentiles": [r for r in later["percentiles"] if r["window"] != "all"],
        "waits": _rows(later["waits"], earlier["waits"]),
        "limits": list(_limits(later, earlier)),
        "cpu": later["cpu"] - earlier["cpu"],
        "tables": _rows(later["tables"], earlier["tables"]),
        "cache": _grown(later["cache"], earlier["cache"], "cache"),
        "bytes": _grown(later["bytes"], earlier["bytes"], "bytes"),
        "pool": _grown(later["pool"], earlier["pool"], "pool"),
        **_cpu(later, earlier),
        **_token_calls(later, earlier),
    }


def _limits(
    later: Mapping[str, Any], earlier: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """As they are at the later moment, but for what was waited for since."""
    before = {one["origin"]: one["group_waits"] for one in earlier.get("limits", [])}
    for one in later.get("limits", []):
        waits = _rows(one["group_waits"], before.get(one["origin"], []))
        yield {**one, "group_waits": waits}


def _cpu(later: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    if "cpu" not in later:
        return {}
    return {"cpu": _growth("cpu", later["cpu"], earlier.get("cpu"))}


def _token_calls(
    later: Mapping[str, Any], earlier: Mapping[str, Any]
) -> dict[str, Any]:
    if "token_calls" not in later:  # saved by an older version
        return {}
    return {"token_calls": _rows(later["token_calls"], earlier.get("token_calls", ()))}


def _grown(later: Mapping[str, Any], earlier: Mapping[str, Any], part: str) -> Any:
    momentary = _MOMENTARY.get(part, set())
    return {
        name: value if name in momentary else _growth(name, value, earlier.get(name))
        for name, value in later.items()
    }


def _growth(name: str, later: Any, earlier: Any) -> Any:
    """One value: a number, the dict of a part, the rows of routes or of buckets."""
    if earlier is None or later is None or name in _NAMES:
        return later
    if isinstance(later, Mapping):
        return _grown(later, earlier, name)
    if name == "buckets":
        return [
            (bound, count - before)
            for (bound, count), (_, before) in zip(later, earlier, strict=True)
        ]
    if isinstance(later, list):
        return _rows(later, earlier)
    return later - earlier


def _rows(
    later: Iterable[Mapping[str, Any]], earlier: Iterable[Mapping[str, Any]]
) -> list[Any]:
    """Rows by what they are named by; one that did not grow is left out."""
    before = {_name_of(row): row for row in earlier}
    grown = (_grown(row, before.get(_name_of(row), {}), "rows") for row in later)
    return [row for row in grown if _has_grown(row)]


def _name_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in sorted(_NAMES & row.keys()))


def _has_grown(row: Mapping[str, Any]) -> bool:
    return any(
        value
        for name, value in row.items()
        if name not in _NAMES and not isinstance(value, list)
    )
