"""A table: what it is of, its columns, and its first rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._markup import box, facts, faded, state, strong, title
from ._rows import SHOWN_ROWS, rows_grid
from ._words import instant, plural, size

if TYPE_CHECKING:
    from pyesi.columns import Table


def table_html(table: Table) -> str:
    """The first rows under the schema, with shape, snapshot and consistency."""
    types = {column.name: _type_of(column) for column in table.schema}
    shape = f"{plural(len(table), 'row')} of {plural(len(types), 'column')}"
    first = table.rows(0, SHOWN_ROWS)
    more = len(table) - len(first)
    return box(
        title(
            state(*_STATES[bool(table.consistent)]),
            strong(shape),
            faded(f"{table.route}, {size(table.nbytes)}"),
        ),
        facts(_facts(table)),
        rows_grid(list(types), first, types) if types else None,
        faded(f"and {plural(more, 'more row')}") if more > 0 else None,
    )


_STATES = {True: ("good", "consistent"), False: ("bad", "not consistent")}


def _type_of(column: Any) -> str:
    return f"{column.type}?" if column.nullable else str(column.type)


def _facts(table: Table) -> Iterator[tuple[str, object]]:
    yield "snapshot", instant(table.last_modified)
    yield "pages", table.pages or None
    yield "rounds", table.rounds or None
    yield "repeats left out", table.repeats or None
    yield "misfits made null", table.misfits or None
    yield "unknown fields", ", ".join(table.unknown_fields) or None
    yield "unknown values", _unknown_values(table)
    yield "calls left out", len(table.errors) or None


def _unknown_values(table: Table) -> str | None:
    told = (
        f"{column}: {', '.join(map(str, values))}"
        for column, values in table.unknown_values.items()
    )
    return "; ".join(told) or None
