"""ESI's answers as tables: columns laid out as Apache Arrow does.

The core reads an answer's JSON straight into columns by the catalog's shapes, with no
Python object for each value; pyarrow, pandas, Polars and DuckDB take them as they are.
Importing this package imports none of those.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._store import TableStore
    from ._table import Column, Table

__all__ = ["Column", "Table", "TableStore"]

# Where each name lives: a client that makes no table imports no part of it.
_HOMES = {
    "Column": "_table",
    "Table": "_table",
    "TableStore": "_store",
    "_of_response": "_response",  # the core asks for it by this name
}


def __getattr__(name: str) -> object:
    """Import what is asked for, once."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """All public names, also those not imported yet."""
    return sorted(__all__)
