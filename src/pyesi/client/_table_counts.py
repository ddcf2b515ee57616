"""What an engine's tables have brought, counted by route."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyesi.catalog import COMPATIBILITY_DATE

if TYPE_CHECKING:
    from pyesi.metrics import TablesCounted

_LOGGER = logging.getLogger("pyesi")

# Of each route and kind: a listing that makes up its words must not fill the memory.
_NAMES_KEPT = 1_000


@dataclass(slots=True)
class _OfRoute:
    tables: int = 0
    rows: int = 0
    bytes: int = 0
    misfits: int = 0
    fields: set[str] = field(default_factory=set)
    values: set[tuple[str, str]] = field(default_factory=set)


class TableCounts:
    """Tables of one engine by route; says once what the catalog does not know.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_route: dict[str, _OfRoute] = {}

    def on_table(self, route: str, rows: int, counts: Mapping[str, Any]) -> None:
        """A table of that operation is handed over, with the core's counts of it."""
        fields = counts["unknown_fields"]
        values = [
            (column, value)
            for column, added in counts["unknown_values"].items()
            for value in added
        ]
        with self._lock:
            of_route = self._of_route.setdefault(route, _OfRoute())
            of_route.tables += 1
            of_route.rows += rows
            of_route.bytes += counts["bytes"]
            of_route.misfits += counts["misfits"]
            new_fields = _added(of_route.fields, fields)
            new_values = _added(of_route.values, values)
        for name in new_fields:
            _tell_of("the field", name, route)
        for column, value in new_values:
            _tell_of(f"the {column}", value, route)

    def counted(self) -> list[TablesCounted]:
        """All routes that gave a table, in the order of their first."""
        with self._lock:
            return [
                {
                    "route": route,
                    "tables": of_route.tables,
                    "rows": of_route.rows,
                    "bytes": of_route.bytes,
                    "misfits": of_route.misfits,
                    "unknown_fields": len(of_route.fields),
                    "unknown_values": len(of_route.values),
                }
                for route, of_route in self._of_route.items()
            ]


def _added(known: set[Any], names: Iterable[Any]) -> list[Any]:
    """Those of the names that are new, while there is room for them."""
    new = [name for name in names if name not in known]
    new = new[: max(0, _NAMES_KEPT - len(known))]
    known.update(new)
    return new


def _tell_of(what: str, name: str, route: str) -> None:
    _LOGGER.info(
        "%s gives %s %r, which the catalog of %s does not know. Said once.",
        route,
        what,
        name,
        COMPATIBILITY_DATE,
    )
