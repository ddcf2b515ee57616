"""What ESI offers, as data: its routes, their parameters, limits and answers.

The tables are built from ESI's OpenAPI document of one compatibility date by
``tools/build_catalog.py`` and shipped, so nothing here uses the network. They are
read when they are first asked for; importing this package reads none.

    >>> from pyesi import catalog
    >>> catalog.find("/markets/{region_id}/orders").cache_seconds
    300
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._answers import answer, body, resolve
    from ._facts import Body, Parameter, Route, Schema
    from ._table import find, nearest, routes, search, table_text
    from ._unchecked import UncheckedRoute

COMPATIBILITY_DATE = "2026-08-18"
"""The date that the tables describe, as `X-Compatibility-Date` wants it."""

__all__ = [
    "COMPATIBILITY_DATE",
    "Body",
    "Parameter",
    "Route",
    "Schema",
    "UncheckedRoute",
    "answer",
    "body",
    "find",
    "nearest",
    "resolve",
    "routes",
    "search",
    "table_text",
]

# Where each name lives. Making the dataclasses takes milliseconds, so it waits
# until somebody wants one.
_HOMES = {
    "answer": "_answers",
    "body": "_answers",
    "resolve": "_answers",
    "Body": "_facts",
    "Parameter": "_facts",
    "Route": "_facts",
    "Schema": "_facts",
    "find": "_table",
    "nearest": "_table",
    "routes": "_table",
    "search": "_table",
    "table_text": "_table",
    "UncheckedRoute": "_unchecked",
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
