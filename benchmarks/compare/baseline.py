"""Figures that are kept, and what has become of them since.

`check` measures, and `benchmarks/baseline/` holds the files; here is only what is
decided: whether two runs may be compared, and what a comparison says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

SCHEMA = 1

# Where one of these differs, so do the figures, whatever became of the code. Other
# facts, such as the processor, are told.
_MUST_AGREE = ("architecture", "compiler", "versions")


class NotComparableError(Exception):
    """The baseline says nothing about figures of here and now."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One that is kept.

    Attributes:
        value: What it was.
        tolerance: Which share of that it may be worse by.
        at_least: Whether more is better.
    """

    value: float
    tolerance: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figures of one kind, and where they were seen.

    Attributes:
        machine: Facts that they depend on.
        figures: By name.
    """

    machine: Mapping[str, Any]
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Any) -> Baseline:
        """What `told()` gave.

        Raises:
            NotComparableError: It is something else, or of another schema.
        """
        schema = told.get("schema") if isinstance(told, dict) else None
        if schema != SCHEMA:
            message = f"the baseline is of schema {schema}, and {SCHEMA} is read here"
            raise NotComparableError(message)
        try:
            figures = {name: Figure(**one) for name, one in told["figures"].items()}
            return cls(dict(told["machine"]), figures)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotComparableError(f"the baseline is damaged: {error}") from error

    def told(self) -> dict[str, Any]:
        """As it is written."""
        figures = {
            name: {
                "value": one.value,
                "tolerance": one.tolerance,
                **({"at_least": True} if one.at_least else {}),
            }
            for name, one in sorted(self.figures.items())
        }
        return {"schema": SCHEMA, "machine": dict(self.machine), "figures": figures}


class Standing(Enum):
    """What became of a figure."""

    STEADY = "as before"
    REGRESSED = "WORSE"
    IMPROVED = "better: make bench-baseline keeps it"
    NEW = "new: make bench-baseline keeps it"
    MISSING = "MISSING: it was not measured"

    @property
    def fails(self) -> bool:
        """Whether the check does. What is not measured could hide anything."""
        return self in {Standing.REGRESSED, Standing.MISSING}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure, then and now.

    Attributes:
        name: Which.
        before: What was kept; None: nothing.
        now: What was measured; None: nothing.
        standing: What became of it.
    """

    name: str
    before: Figure | None
    now: Figure | None
    standing: Standing

    def __str__(self) -> str:
        """In one line."""
        change = ""
        if self.before and self.now and self.before.value:
            moved = self.now.value / self.before.value - 1
            change = f"{moved:+.1%} of ±{self.before.tolerance:.0%}"
        shown = f"{_shown(self.before)} → {_shown(self.now)}"
        return f"{self.name:<44}{shown:<26}{change:<18}{self.standing.value}"


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{figure.value:,.0f}" if figure.value >= 1_000 else f"{figure.value:.3g}"


def compared(
    kept: Mapping[str, Figure], now: Mapping[str, Figure]
) -> Iterator[Verdict]:
    """What became of each figure; those that are kept first, in their order."""
    for name, before in kept.items():
        seen = now.get(name)
        standing = Standing.MISSING if seen is None else _standing(before, seen.value)
        yield Verdict(name, before, seen, standing)
    for name, seen in now.items():
        if name not in kept:
            yield Verdict(name, None, seen, Standing.NEW)


def _standing(before: Figure, now: float) -> Standing:
    worse = before.value - now if before.at_least else now - before.value
    bound = before.tolerance * abs(before.value)
    # `not <=`, so that what is no number is worse.
    if not worse <= bound:
        return Standing.REGRESSED
    return Standing.IMPROVED if worse < -bound else Standing.STEADY


def renewed(kept: Mapping[str, Figure], now: Mapping[str, Figure]) -> dict[str, Figure]:
    """The figures of now, with the tolerances that somebody has chosen before."""
    return {
        name: Figure(
            seen.value,
            kept[name].tolerance if name in kept else seen.tolerance,
            seen.at_least,
        )
        for name, seen in now.items()
    }


def refuse_unlike(kept: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raise NotComparableError where figures differ whatever the code does."""
    found = [
        line
        for name in _MUST_AGREE
        for line in _differences(name, kept.get(name), here.get(name))
    ]
    if found:
        raise NotComparableError(f"the baseline is of {'; '.join(found)}")


def doubts(kept: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What else differs, each in a few words."""
    names = [name for name in {**kept, **here} if name not in _MUST_AGREE]
    return [
        line
        for name in names
        for line in _differences(name, kept.get(name), here.get(name))
    ]


def _differences(name: str, kept: Any, here: Any) -> Iterator[str]:
    if isinstance(kept, Mapping) and isinstance(here, Mapping):
        for part in {**kept, **here}:
            yield from _differences(part, kept.get(part), here.get(part))
    elif kept != here:
        yield f"{name} {kept}, here is {here}"
