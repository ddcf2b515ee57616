"""The answers table: the shapes of what ESI sends, and of the bodies it takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from . import COMPATIBILITY_DATE
from ._facts import Schema


@dataclass(frozen=True, slots=True)
class _Shapes:
    compatibility_date: str
    answers: dict[str, Schema]
    bodies: dict[str, Schema]
    schemas: dict[str, Schema]


@cache
def _shapes() -> _Shapes:
    path = Path(__file__).with_name(f"answers-{COMPATIBILITY_DATE}.json")
    return msgspec.json.decode(path.read_bytes(), type=_Shapes)


def resolve(schema: Schema) -> Schema:
    """The schema itself where `schema` only names a shared one.

    One level: what lies inside may hold references again.
    """
    while schema.ref is not None:
        schema = _shapes().schemas[schema.ref]
    return schema


def answer(operation_id: str) -> Schema | None:
    """The shape of the operation's good answer; None if it has no body.

    Raises:
        KeyError: No operation of the catalog has that id.
    """
    return _shape_of(operation_id, _shapes().answers)


def body(operation_id: str) -> Schema | None:
    """The shape of the JSON body that the operation takes; None if it takes none.

    Raises:
        KeyError: No operation of the catalog has that id.
    """
    return _shape_of(operation_id, _shapes().bodies)


def _shape_of(operation_id: str, shapes: dict[str, Schema]) -> Schema | None:
    schema = shapes.get(operation_id)
    if schema is not None:
        return resolve(schema)
    from ._table import operation_ids

    if operation_id not in operation_ids():
        raise KeyError(operation_id)
    return None
