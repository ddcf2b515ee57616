"""What a caller wants of a table, checked, and the calls that come of it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pyesi import catalog
from pyesi.catalog import UncheckedRoute
from pyesi.errors import InvalidRequest
from pyesi.pagination import Rows

from ._options import merged

if TYPE_CHECKING:
    from pyesi.columns._plan import Misfits, Plan

Over: TypeAlias = Mapping[str, Iterable[Any]]
"""Parameters that vary from call to call, and their values."""

Constant: TypeAlias = bool | int | float | str | datetime
"""A value for all rows of a table."""

CallErrors: TypeAlias = Literal["raise", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWishes:
    """What a caller wants of a table, as given.

    Attributes:
        columns: The fields that are wanted; None: all.
        add: Constant columns.
        over: Parameters that vary.
        provenance: Whether each row says which page it is from.
        misfits: What becomes of a value that does not fit.
        errors: What becomes of a call of `over` that fails.
    """

    columns: Iterable[str] | None = None
    add: Mapping[str, Constant] | None = None
    over: Over | None = None
    provenance: bool = False
    misfits: Misfits = "error"
    errors: CallErrors = "raise"


def plan_of(
    facts: catalog.Route | UncheckedRoute, wishes: TableWishes, rows: Rows | None
) -> Plan:
    """The plan of the route's table, `rows` being those of its walk.

    Raises:
        InvalidRequest: There cannot be such a table.
    """
    from pyesi.columns._plan import plan_table, shape_of

    columns = wishes.columns
    if isinstance(facts, catalog.Route) and rows is not None:
        # Pages of a walk overlap: without its key no row could be left out.
        key = shape_of(facts.operation_id).key
        if columns is not None and not isinstance(columns, str) and key:
            columns = dict.fromkeys([*columns, key])
    plan = plan_table(
        facts,
        columns=columns,
        add=_checked_add(wishes.add),
        over=tuple(wishes.over or ()),
        provenance=bool(wishes.provenance),
        misfits=wishes.misfits,
    )
    newest_wins = rows is not None and rows.newest_wins
    return replace(plan, arguments={**plan.arguments, "newest_wins": newest_wins})


def _checked_add(add: object) -> Mapping[str, Any] | None:
    if add is None or isinstance(add, Mapping):
        return add
    message = f"add= must be a mapping, not {type(add).__name__}."
    raise InvalidRequest(message)


def skips_errors(wishes: TableWishes) -> bool:
    """Whether calls that fail are left out.

    Raises:
        InvalidRequest: There is no such choice, or nothing to leave out.
    """
    if wishes.errors not in {"raise", "skip"}:
        message = f'errors= must be "raise" or "skip", not {wishes.errors!r}.'
        raise InvalidRequest(message)
    if wishes.errors == "skip" and wishes.over is None:
        raise InvalidRequest('errors="skip" leaves calls of over= out: give over=.')
    return wishes.errors == "skip"


def parameter_sets(parameters: dict[str, Any], over: object) -> list[dict[str, Any]]:
    """The parameters of each call.

    Raises:
        InvalidRequest: What varies is no mapping of names to values of like number.
    """
    if over is None:
        return [parameters]
    if not isinstance(over, Mapping) or not over:
        message = 'over= must name what varies: over={"region_id": [10000002, …]}.'
        raise InvalidRequest(message)
    merged(over, parameters)  # a name that stands in both places
    values = {name: _values(name, given) for name, given in over.items()}
    lengths = {len(of_name) for of_name in values.values()}
    if len(lengths) > 1:
        told = ", ".join(f"{len(values[name])} of {name}" for name in values)
        message = f"over= takes as many values of each name, not {told}."
        raise InvalidRequest(message)
    rows = zip(*values.values(), strict=True)
    return [{**parameters, **dict(zip(values, row, strict=True))} for row in rows]


def _values(name: object, given: Any) -> list[Any]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        message = f"over= needs several values of {name}, not {given!r}."
        raise InvalidRequest(message)
    return [_plain(value) for value in given]


def _plain(value: Any) -> Any:
    """An int where it is one by another name: numpy has its own."""
    if isinstance(value, bool | int | float | str):
        return value
    try:
        return operator.index(value)
    except TypeError:
        return value


_TYPES: dict[str, tuple[type, ...]] = {
    "int64": (int,),
    "double": (int, float),
    "bool": (bool,),
    "string": (str,),
}


def given_of(plan: Plan, parameters: dict[str, Any]) -> tuple[Any, ...]:
    """What the caller gives for the rows of the call with these parameters.

    Raises:
        InvalidRequest: A value does not fit its column.
    """
    for name, kind in plan.varying:
        value = parameters.get(name)
        fits = isinstance(value, _TYPES[kind])
        if (isinstance(value, bool) and kind != "bool") or not fits:
            message = f"over= has {value!r} for {name}, which is a column of {kind}."
            raise InvalidRequest(message)
    return plan.given(parameters)
