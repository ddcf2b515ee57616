"""The first rows of something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._markup import Markup, element, faded, grid
from ._words import cell, is_number

SHOWN_ROWS = 8
SHOWN_COLUMNS = 24


def rows_grid(
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, str] | None = None,
) -> Markup:
    """Rows under the names of their columns, and under those their types."""
    shown = list(names[:SHOWN_COLUMNS])
    headings: list[object] = [_heading(name, types) for name in shown]
    lines = [[_cell(row.get(name)) for name in shown] for row in rows]
    if len(names) > len(shown):
        headings.append(faded(f"{len(names) - len(shown)} more columns"))
        lines = [[*line, "…"] for line in lines]
    return grid(headings, lines, _numbers(shown, rows))


def _heading(name: str, types: Mapping[str, str] | None) -> Markup:
    if types is None:
        return element("span", name)
    kind = element("div", types[name], style="font-weight:400;opacity:.65")
    return element("span", name, kind)


def _cell(value: Any) -> object:
    return faded("null") if value is None else cell(value)


def _numbers(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """The columns in which there is nothing but numbers."""
    found = set()
    for place, name in enumerate(names):
        values = [row[name] for row in rows if row.get(name) is not None]
        if values and all(map(is_number, values)):
            found.add(place)
    return frozenset(found)
