"""Rows of figures, each with its target."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

WIDTHS = (46, 24, 24, 22, 16)
HEADINGS = ("", "pyesi", "beside", "figure", "target")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to reach.

    Attributes:
        bound: The figure's.
        at_least: Whether more is better.
        unit: What the bound counts; "" for a ratio.
    """

    bound: float
    at_least: bool = False
    unit: str = ""

    def __str__(self) -> str:
        """As in performance.md: ≤ 0.28."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:,.10g}{self.unit}"

    @property
    def is_of_a_ratio(self) -> bool:
        """Whether it bounds how many times a peer's figure is."""
        return self.unit in {"", " x"}

    def is_met(self, figure: float) -> bool:
        """Whether the figure reaches it."""
        return figure >= self.bound if self.at_least else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: Which comparison.
        ours: pyesi's own figure, in words.
        theirs: The peer's.
        shown: The figure that the target is about, in words.
        figure: The same as a number.
        target: What it is to reach; None: it is for information.
    """

    what: str
    ours: str
    theirs: str
    shown: str
    figure: float
    target: Target | None = None

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        return "met" if self.target.is_met(self.figure) else "NOT MET"


def print_headings() -> None:
    """The table's first line."""
    _print_cells(HEADINGS)


def print_row(row: Row) -> None:
    """One line, flushed: a run takes minutes."""
    target = "" if row.target is None else str(row.target)
    _print_cells((row.what, row.ours, row.theirs, row.shown, target), row.verdict)


def print_heading(title: str, note: str) -> None:
    """A group's title and what is measured in it."""
    print(f"\n{title}")
    print(textwrap.fill(note, 96, initial_indent="  ", subsequent_indent="  "))


def _print_cells(cells: tuple[str, ...], verdict: str = "") -> None:
    padded = (cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    print(f"  {''.join(padded)}{verdict}".rstrip(), flush=True)
