"""How a route's answers become columns: from the catalog's shape to the core's plan.

What does not depend on the caller is worked out once for each operation (`shape_of`);
what a caller wants of it makes a `Plan` (`plan_table`). Nothing here reads a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeAlias

from pyesi import _core, catalog
from pyesi.catalog import Route, Schema, UncheckedRoute
from pyesi.errors import InvalidRequest

ColumnSpec: TypeAlias = tuple[str, str, bool, Any]
"""Name, kind, nullable, and what the kind needs beside: see `_core.TablePlan`."""

GivenSpec: TypeAlias = tuple[ColumnSpec, str]
"""A column with one value for all rows of an answer, and where that comes from."""

Misfits: TypeAlias = Literal["error", "null"]

_SCALARS = {"integer": "int64", "number": "double", "boolean": "bool"}
_STRINGS = {"date-time": "timestamp", "date": "date"}
_PARAMETERS = _SCALARS | {"string": "string"}
_KEYS = frozenset({"int64", "string"})
_PROVENANCE: tuple[GivenSpec, ...] = (
    (("page", "int64", False, None), "page"),
    (("last_modified", "timestamp", True, None), "last_modified"),
)

# How a parameter's value is put into its column: a number may have come as an int.
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {"double": float, "string": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the rows of an operation's answers are, whoever asks.

    Attributes:
        columns: One for each field of a row, in the catalog's order.
        rows_field: The answer's field that holds the rows; ``""``: the answer does.
        many: Whether the answer is an array of rows; else it is one row.
        bare: Whether a row is a bare value, which is the column ``value`` then.
        key: The column by which a row that came twice is known; ``""``: none.
        newest_wins: Whether of two such rows the later one is right: what changed
            while a cursor was followed comes again.
    """

    columns: tuple[ColumnSpec, ...] = ()
    rows_field: str = ""
    many: bool = True
    bare: bool = False
    key: str = ""
    newest_wins: bool = False

    def names(self) -> list[str]:
        """The names of the columns."""
        return [name for name, *_ in self.columns]


NOTHING = Shape()
"""No columns and no rows: of an answer without a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one caller's table is made by.

    Attributes:
        arguments: The keywords of `_core.TablePlan`.
        varying: The names whose values come with each answer, with their kinds.
        constants: The values that are the same for all answers.
    """

    arguments: Mapping[str, Any]
    varying: tuple[tuple[str, str], ...] = ()
    constants: tuple[Any, ...] = field(default=())

    def make(self) -> _core.TablePlan:
        """The core's plan: a new one for each table, since its dictionaries grow."""
        return _core.TablePlan(**self.arguments)

    def given(self, parameters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """The caller's values for the rows of one answer, in the plan's order.

        Args:
            parameters: What the answer was asked for with; it holds the varying ones,
                or leaves out those that the route does not require.
        """
        told = parameters or {}
        varying = (_converted(kind, told.get(name)) for name, kind in self.varying)
        return (*varying, *self.constants)


def plan_table(
    route: Route | UncheckedRoute,
    *,
    method: str = "GET",
    columns: Iterable[str] | None = None,
    add: Mapping[str, Any] | None = None,
    over: Iterable[str] = (),
    provenance: bool = False,
    misfits: Misfits = "error",
) -> Plan:
    """The plan for a table of the route's answers.

    Args:
        route: Of the catalog.
        method: ``HEAD`` has no body: its table is empty.
        columns: The fields that are wanted, of a row itself; all others are skipped.
            They stay in the catalog's order. Rows are told apart by the route's
            `row_key`: where that is not among them, a row that came twice stays
            twice.
        add: Constants, by the name of their column.
        over: Parameters that vary from answer to answer. Each becomes a column, unless
            the rows have a field of that name: then that is it, wanted or not.
        provenance: Whether to add `page` and `last_modified`.
        misfits: Whether a value that does not fit its column is an error, or null.

    Raises:
        InvalidRequest: The catalog does not know the route, or there cannot be such
            a column; the message names the nearest one.
    """
    if isinstance(route, UncheckedRoute):
        raise _unknown(route.template)
    shape = NOTHING if method.upper() == "HEAD" else shape_of(route.operation_id)
    over = tuple(over)
    varying = [_varying(route, name) for name in over if name not in shape.names()]
    given = [
        *varying,
        *(_constant(*item) for item in (add or {}).items()),
        *(_PROVENANCE if provenance else ()),
    ]
    if columns is None:
        wanted = set(shape.names())
    else:
        known = {*shape.names(), *(spec[0] for spec, _ in given)}
        asked = _checked_names(route, columns, known)
        wanted = {*asked, *over} & {*shape.names()}
    _refuse_clashes(route, wanted, given)
    chosen = tuple(_chosen(spec, wanted) for spec in shape.columns)
    return Plan(
        arguments={
            "route": route.path,
            "rows_field": shape.rows_field,
            "many": shape.many,
            "bare": shape.bare,
            "columns": chosen,
            "given": tuple(given),
            "key": shape.key if shape.key in wanted else "",
            "newest_wins": shape.newest_wins,
            "misfits_to_null": _checked_misfits(misfits),
        },
        varying=tuple((spec[0], spec[1]) for spec, _ in varying),
        constants=tuple((add or {}).values()),
    )


@cache
def known_route(operation_id: str) -> Route:
    """The route of that operation, as a response names it.

    Raises:
        InvalidRequest: The catalog does not know it.
    """
    for route in catalog.routes():
        if route.operation_id == operation_id:
            return route
    raise _unknown(operation_id)


@cache
def shape_of(operation_id: str) -> Shape:
    """The shape of the rows of that operation's answers."""
    route = known_route(operation_id)
    answer = catalog.answer(operation_id)
    if answer is None:
        return NOTHING
    if route.rows is not None:
        answer = catalog.resolve(answer.properties[route.rows])
    many = answer.type == "array"
    row = _column("value", _items(answer) if many else answer)
    bare = row[1] != "struct"
    return Shape(
        columns=(row,) if bare else row[3],
        rows_field=route.rows or "",
        many=many,
        bare=bare,
        key=_key(route, row),
        newest_wins=route.pagination == "cursor",
    )


def _key(route: Route, row: ColumnSpec) -> str:
    """A listing of bare ids has each once, as one of objects has each key."""
    if route.pagination is not None and row[1] in _KEYS:
        return row[0]
    return route.row_key or ""


def _items(array: Schema) -> Schema:
    return Schema() if array.items is None else array.items


def _column(name: str, schema: Schema, *, absent: bool = False) -> ColumnSpec:
    """The column of a field; `absent`: the field may be."""
    schema = catalog.resolve(schema)
    variants = [catalog.resolve(variant) for variant in schema.one_of]
    kind, detail = _union(variants) if variants else _kind(schema)
    # What may be anything may be null.
    nullable = kind == "json" or any(s.nullable for s in (schema, *variants))
    return name, kind, absent or nullable, detail


def _kind(schema: Schema) -> tuple[str, Any]:
    """The kind of a value and what it needs beside."""
    if schema.type == "array":
        return "list", _column("item", _items(schema))
    if schema.type == "object":
        return _object(schema)
    if schema.type != "string":
        return _SCALARS.get(schema.type or "", "json"), None
    if schema.enum:
        return "dictionary", tuple(str(value) for value in schema.enum)
    return _STRINGS.get(schema.format or "", "string"), None


def _object(schema: Schema) -> tuple[str, Any]:
    if schema.properties:
        return "struct", tuple(
            _column(name, inner, absent=name not in schema.required)
            for name, inner in schema.properties.items()
        )
    if schema.extra is not None:
        return "keyed", _column("value", schema.extra)
    return "json", None


def _union(variants: Sequence[Schema]) -> tuple[str, Any]:
    """All fields of objects of which one comes: each may be absent.

    A field that two of them see differently is what it is; so is the whole, where one
    of them is no object with fields.
    """
    fields: dict[str, ColumnSpec] = {}
    for variant in variants:
        kind, columns = _kind(variant)
        if kind != "struct":
            return "json", None
        for name, inner, _, detail in columns:
            column = (name, inner, True, detail)
            same = fields.setdefault(name, column) == column
            fields[name] = column if same else (name, "json", True, None)
    return "struct", tuple(fields.values())


def _checked_names(
    route: Route, columns: Iterable[str], known: Iterable[str]
) -> list[str]:
    """The selection, if it names columns and nothing else."""
    if isinstance(columns, str):
        message = f"columns= is a list of names: columns=[{columns!r}]."
        raise InvalidRequest(message, route=route.path)
    asked = list(columns)
    if not asked:
        message = "columns=[] names no column; leave it out for all."
        raise InvalidRequest(message, route=route.path)
    for name in asked:
        if name not in known:
            hint = _hint(name, known)
            message = f'{route.path} has no column "{name}".{hint}'
            raise InvalidRequest(message, route=route.path)
    return asked


def _chosen(spec: ColumnSpec, wanted: set[str]) -> ColumnSpec:
    return spec if spec[0] in wanted else (spec[0], "skipped", True, None)


def _varying(route: Route, name: str) -> GivenSpec:
    parameter = route.parameter(name)
    if parameter is None:
        hint = _hint(name, [p.name for p in route.parameters])
        message = f'over= names "{name}", which is no parameter of {route.path}.{hint}'
        raise InvalidRequest(message, route=route.path)
    if parameter.type == "array":
        message = f"over= cannot make a column of {name}: it is a list."
        raise InvalidRequest(message, route=route.path)
    kind = _PARAMETERS[parameter.type]
    return (name, kind, not parameter.required, None), "caller"


def _constant(name: Any, value: object) -> GivenSpec:
    if not isinstance(name, str) or not name:
        message = f"add= has the name {name!r}: a column's name is a text."
        raise InvalidRequest(message)
    return (name, _kind_of_constant(name, value), False, None), "caller"


def _kind_of_constant(name: str, value: object) -> str:
    # bool before int: True is an int as well.
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return "int64"
    if isinstance(value, float):
        return "double"
    if isinstance(value, str) and _is_text(value):
        return "string"
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return "timestamp"
    message = (
        f"add= has {value!r} for {name}: a constant is a bool, an int of 64 bits, "
        "a float, a str or a datetime with its time zone."
    )
    raise InvalidRequest(message)


def _is_text(value: str) -> bool:
    """Whether it can be UTF-8: a lone surrogate cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _converted(kind: str, value: Any) -> Any:
    return None if value is None else _CONVERSIONS.get(kind, lambda v: v)(value)


def _refuse_clashes(route: Route, wanted: set[str], given: list[GivenSpec]) -> None:
    names = set(wanted)
    for (name, *_), _ in given:
        if name in names:
            message = (
                f'There would be two columns "{name}" in a table of {route.path}; '
                "columns= can leave a field of the rows out."
            )
            raise InvalidRequest(message, route=route.path)
        names.add(name)


def _checked_misfits(misfits: Misfits) -> bool:
    if misfits not in {"error", "null"}:
        message = f'misfits={misfits!r} is neither "error" nor "null".'
        raise InvalidRequest(message)
    return misfits == "null"


def _unknown(name: str) -> InvalidRequest:
    message = (
        f'The catalog does not know "{name}", and so not what its answers hold: '
        "there is no table of them. Response.json() reads them."
    )
    return InvalidRequest(message, route=name)


def _hint(name: str, names: Iterable[str]) -> str:
    names = sorted(names)
    close = catalog.nearest(name, names, count=2)
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There are {', '.join(names)}." if names else " There are none."
