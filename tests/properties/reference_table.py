"""What a document becomes by a plan's columns, written to be read.

`json` reads the document, so the last of two equal names holds; each value is then
looked at through its column: (name, kind, nullable, detail), as `pyesi.columns._plan`
makes them and `_core.TablePlan` takes them.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime
from typing import Any

LEAST, MOST = -(2**63), 2**63 - 1

# RFC 3339 §5.6. Python reads more than that.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
)


class Misfit(Exception):
    """A value that does not fit its column.

    Attributes:
        path: The names on the way to it, as an error tells them.
    """

    def __init__(self, path=()):
        super().__init__(path)
        self.path = path


def rows_of(columns, text, *, rows_field="", many=True, bare=False, misfits=None):
    """The rows of a document: a dict each, with all columns that are not skipped.

    With a list `misfits` a value that does not fit is put there and becomes null.
    """
    document = json.loads(text)
    if rows_field:
        document = document[rows_field]
    rows = document if many else [document]
    if bare:
        rows = [{columns[0][0]: row} for row in rows]
    return [_fields(columns, row, misfits) for row in rows]


def _fields(columns, record, misfits):
    return {
        column[0]: cell(column, record.get(column[0]), misfits)
        for column in columns
        if column[1] != "skipped"
    }


def cell(column, value, misfits=None) -> Any:
    """The value as its column shows it; an absent one is None."""
    name, kind, nullable, detail = column
    try:
        if value is not None:
            return READERS[kind](value, detail, misfits)
        if not nullable:
            raise Misfit
    except Misfit as misfit:
        if misfits is None:
            raise Misfit((name, *misfit.path)) from None
        misfits.append(value)
    return None


def _int64(value, *_):
    if type(value) is not int or not LEAST <= value <= MOST:
        raise Misfit
    return value


def _double(value, *_):
    if type(value) not in {int, float}:
        raise Misfit
    try:
        number = float(value)
    except OverflowError:
        raise Misfit from None
    if not math.isfinite(number):
        raise Misfit
    return number


def _bool(value, *_):
    if type(value) is not bool:
        raise Misfit
    return value


def _string(value, *_):
    if type(value) is not str:
        raise Misfit
    return value


def _timestamp(value, *_):
    if type(value) is not str or not DATE_TIME.fullmatch(value):
        raise Misfit
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError:
        raise Misfit from None
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _date(value, *_):
    if type(value) is not str or not DATE.fullmatch(value):
        raise Misfit
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Misfit from None


def _struct(value, columns, misfits):
    if type(value) is not dict:
        raise Misfit
    return _fields(columns, value, misfits)


def _list(value, item, misfits):
    if type(value) is not list:
        raise Misfit
    return [cell(item, inner, misfits) for inner in value]


def _keyed(value, inner, misfits):
    if type(value) is not dict:
        raise Misfit
    return {name: cell(inner, each, misfits) for name, each in value.items()}


def _json(value, *_):
    return value


READERS = {
    "int64": _int64,
    "double": _double,
    "bool": _bool,
    "string": _string,
    "dictionary": _string,
    "timestamp": _timestamp,
    "date": _date,
    "struct": _struct,
    "list": _list,
    "keyed": _keyed,
    "json": _json,
}


def unknown_fields(columns, text, *, many=True):
    """The fields that no column is for, by their dotted path."""
    document = json.loads(text)
    found: set[str] = set()
    for row in document if many else [document]:
        _collect_unknown(("", "struct", False, columns), row, "", found)
    return found


def _collect_unknown(column, value, path, found):
    _, kind, _, detail = column
    if value is None:
        return
    if kind == "list":
        for item in value:
            _collect_unknown(detail, item, path, found)
    elif kind == "keyed":
        for inner in value.values():
            _collect_unknown(detail, inner, path, found)
    elif kind == "struct":
        known = {inner[0]: inner for inner in detail}
        for name, inner in value.items():
            if name in known:
                _collect_unknown(known[name], inner, f"{path}{name}.", found)
            else:
                found.add(path + name)


def from_arrow(column, value):
    """A cell that Arrow's own libraries give, as the reference shows it."""
    _, kind, _, detail = column
    if value is None:
        return None
    if kind == "json":
        return json.loads(value)
    if kind == "keyed":
        return {pair["key"]: from_arrow(detail, pair["value"]) for pair in value}
    if kind == "list":
        return [from_arrow(detail, item) for item in value]
    if kind == "struct":
        return {inner[0]: from_arrow(inner, value[inner[0]]) for inner in detail}
    return value
