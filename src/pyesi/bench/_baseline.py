"""Figures that are kept, and what has become worse since."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyesi._files import write_whole
from pyesi.errors import ConfigurationError

from ._figures import SHARES
from ._machine import differences
from ._report import KIND, SCHEMA, length

# What must be the same for two figures to be of the same thing.
_SAME = ("server", "requests_of", "measured", "concurrency", "rate")

# Fewer requests beyond a percentile than this, and it is chance.
_LEAST_BEYOND = 10

# Shares of errors that differ by less are no change: one error of a thousand requests.
_LEAST_OF_ERRORS = 0.001


@dataclass(frozen=True, slots=True)
class Change:
    """One figure, then and now.

    Attributes:
        name: Which.
        before: In the baseline.
        now: In this run.
        shown: Both, for people.
        regressed: Whether it has become worse by more than was tolerated.
    """

    name: str
    before: float
    now: float
    shown: str
    regressed: bool

    def __str__(self) -> str:
        """In one line."""
        mark = "WORSE" if self.regressed else "ok"
        return f"{self.name:<12}{self.shown:<36}{mark}"


def save_baseline(path: str | os.PathLike[str], told: Mapping[str, Any]) -> None:
    """Write a file of JSON, whole or not at all.

    Raises:
        ConfigurationError: It cannot be written; what was there is there still.
    """
    try:
        write_whole(path, json.dumps(told, indent=1) + "\n")
    except OSError as error:
        message = (
            f"{str(Path(path))!r} could not be written: {error.strerror}. What was "
            "there before is there still."
        )
        raise ConfigurationError(message) from error


def load_baseline(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `save_baseline` wrote.

    Raises:
        ConfigurationError: The file cannot be read, is something else, or was written
            in another schema.
    """
    place = str(Path(path))
    try:
        told = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        message = f"The baseline {place!r} cannot be read: {error.strerror}."
        raise ConfigurationError(message) from None
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("kind") != KIND:
        message = f"{place!r} is no baseline: `pyesi bench --save` writes one."
        raise ConfigurationError(message)
    if told.get("schema") != SCHEMA:
        message = (
            f"{place!r} is of schema {told.get('schema')}; this pyesi reads schema "
            f"{SCHEMA}. Save it anew."
        )
        raise ConfigurationError(message)
    if not all(isinstance(told.get(part), dict) for part in _PARTS):
        message = f"{place!r} is a baseline of which a part is missing. Save it anew."
        raise ConfigurationError(message)
    compared(told, told, 0.0)  # a figure that is none is to be known before measuring
    return told


_PARTS = ("machine", "asked", "figures")


def refuse_unlike(baseline: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise ConfigurationError where the baseline measured something else."""
    was = baseline["asked"]
    for name in _SAME:
        if was.get(name) != asked[name]:
            message = (
                f"The baseline measured something else: {name.replace('_', ' ')} "
                f"{_plain(was.get(name))} there, {_plain(asked[name])} here."
            )
            raise ConfigurationError(message)


def warnings_of(baseline: Mapping[str, Any], machine: dict[str, Any]) -> list[str]:
    """What to doubt of a comparison, a sentence each."""
    found = differences(baseline["machine"], machine)
    if not found:
        return []
    return [f"The baseline is of another machine or Python: {'; '.join(found)}."]


def compared(
    baseline: Mapping[str, Any], told: Mapping[str, Any], tolerance: float
) -> list[Change]:
    """Each figure that is comparable, and whether it is worse than is tolerated.

    Args:
        baseline: A document, as `load_baseline` gives it.
        told: Another one, of now.
        tolerance: Which share of the figure it may be worse by.

    Raises:
        ConfigurationError: A figure is missing in one of them.
    """
    try:
        return list(_changes(baseline["figures"], told["figures"], tolerance))
    except (KeyError, TypeError, ValueError):
        message = "The baseline lacks a figure, or has one that is none. Save it anew."
        raise ConfigurationError(message) from None


def _changes(
    before: Mapping[str, Any], now: Mapping[str, Any], tolerance: float
) -> Iterator[Change]:
    was, is_now = before["throughput"], now["throughput"]
    shown = f"{was:,.1f} → {is_now:,.1f} a second{_moved(was, is_now)}"
    worse = is_now < was * (1 - tolerance)
    yield Change("throughput", was, is_now, shown, worse)
    fewest = min(before["requests"], now["requests"])
    for name in ("mean", *SHARES):
        if (1 - SHARES.get(name, 0.0)) * fewest < _LEAST_BEYOND - 1e-6:
            continue
        was, is_now = before["latency"][name], now["latency"][name]
        yield _more_is_worse(name, was, is_now, tolerance)
    was, is_now = _cpu_each(before), _cpu_each(now)
    yield _more_is_worse("CPU each", was, is_now, tolerance)
    was, is_now = before["error_share"], now["error_share"]
    worse = is_now > was * (1 + tolerance) and is_now - was > _LEAST_OF_ERRORS
    yield Change("errors", was, is_now, f"{was:.2%} → {is_now:.2%}", worse)
    was, is_now = before["hit_share"], now["hit_share"]
    worse = is_now < was * (1 - tolerance)
    yield Change("hits", was, is_now, f"{was:.1%} → {is_now:.1%}", worse)


def _more_is_worse(name: str, was: float, now: float, tolerance: float) -> Change:
    shown = f"{length(was)} → {length(now)}{_moved(was, now)}"
    return Change(name, was, now, shown, now > was * (1 + tolerance))


def _cpu_each(figures: Mapping[str, Any]) -> float:
    count = figures["requests"]
    return float(figures["cpu_seconds"]) / count if count else 0.0


def _moved(was: float, now: float) -> str:
    return f" ({(now - was) / was:+.0%})" if was else ""


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
