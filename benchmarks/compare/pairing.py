"""Sides take turns, A B A B, each turn in a process of its own.

What a machine does beside falls on both sides of a pair alike, so a ratio is taken
within each pair and the median over the pairs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Figures = dict[str, float]
Side = Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Settings:
    """How thoroughly is measured.

    Attributes:
        rounds: Pairs of each comparison.
        share: Of the usual number of requests.
    """

    rounds: int = 5
    share: float = 1.0

    def count(self, usual: int) -> int:
        """How many requests, where `usual` are many enough for a figure."""
        return max(64, round(usual * self.share))


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over all rounds."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """The spread of these values."""
        return cls(statistics.median(values), min(values), max(values))


class Rounds:
    """What each side gave in each round."""

    def __init__(self, sides: Mapping[str, Side], rounds: int) -> None:
        self._figures: dict[str, list[Figures]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                self._figures[name].append(side())

    def values(self, side: str, figure: str) -> list[float]:
        """The side's figure, round by round."""
        return [figures[figure] for figures in self._figures[side]]

    def median(self, side: str, figure: str) -> float:
        """The side's figure in the middle of all rounds."""
        return statistics.median(self.values(side, figure))

    def spread(self, side: str, figure: str) -> Spread:
        """The side's figure over all rounds."""
        return Spread.of(self.values(side, figure))

    def ratio(self, side: str, other: str, figure: str) -> Spread:
        """One side's figure over the other's, taken within each round."""
        pairs = zip(self.values(side, figure), self.values(other, figure), strict=True)
        return Spread.of([mine / theirs for mine, theirs in pairs])

    def own_ratio(self, side: str, figure: str, other: str) -> Spread:
        """One of a side's figures over another of its own, within each round."""
        pairs = zip(self.values(side, figure), self.values(side, other), strict=True)
        return Spread.of([mine / theirs for mine, theirs in pairs])

    def difference(self, side: str, other: str, figure: str) -> Spread:
        """One side's figure less the other's, taken within each round."""
        pairs = zip(self.values(side, figure), self.values(other, figure), strict=True)
        return Spread.of([mine - theirs for mine, theirs in pairs])


def program(name: str, told: Mapping[str, Any] | str) -> Side:
    """A side that is one of ours in `programs`."""
    text = told if isinstance(told, str) else json.dumps(told)
    command = [sys.executable, "-m", f"compare.programs.{name}", text]
    return partial(_figures_of, command)


def native(path: Path, *arguments: str) -> Side:
    """A side that is a program of C++; it prints JSON as ours do."""
    return partial(_figures_of, [str(path), *arguments])


def _figures_of(command: list[str]) -> Figures:
    ended = subprocess.run(
        command,
        cwd=HERE.parent,
        env=environment(),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=300,
    )
    figures: Figures = json.loads(ended.stdout)
    return figures


def environment() -> dict[str, str]:
    """Ours, but for what would change a client's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYESI_") and not name.lower().endswith("_proxy")
    }
