"""A sweep as a store keeps it: what it is of, of which instant, and its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pyesi.errors import InvalidRequest

from ._extras import library

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]

SNAPSHOT = "snapshot"
"""The column that tells of which instant a row is."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_LONGEST_READABLE = 80


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one `append` brings.

    Attributes:
        name: Of the history that it belongs to.
        instant: Its Last-Modified, in whole milliseconds of UTC.
        source: Route and parameters as text: what else may have this Last-Modified.
        consistent: Whether it is one snapshot.
        dated: Whether each row got `instant`; else its rows came with a column of
            instants of their own.
        rows: As they are kept.
    """

    name: str
    instant: datetime
    source: str
    consistent: bool
    dated: bool
    rows: pyarrow.Table

    @property
    def digest(self) -> str:
        """The source in twelve letters."""
        return sha256(self.source.encode()).hexdigest()[:12]


def source_of(route: str | None, parameters: Mapping[str, Any]) -> str:
    """Route and parameters as one text, equal for equal ones."""
    return json.dumps([route, parameters], sort_keys=True, default=str)


def default_name(route: str, parameters: Mapping[str, Any]) -> str:
    """What a history is called that nobody gave a name: an identifier of SQL.

    >>> default_name("/markets/{region_id}/orders", {"region_id": 10000002})
    'markets_10000002_orders'
    """
    single = {k: v for k, v in parameters.items() if not isinstance(v, list | tuple)}

    def filled(match: re.Match[str]) -> str:
        return str(single.pop(match[1], match[1]))

    words = [_PLACEHOLDER.sub(filled, route)]
    words += [f"{name}_{value}" for name, value in sorted(single.items())]
    readable = "_".join(words)
    plain = re.sub(r"[^A-Za-z0-9]+", "_", readable).strip("_").lower()
    if len(plain) <= _LONGEST_READABLE and readable.isascii():
        return plain
    tail = sha256(readable.encode()).hexdigest()[:12]
    return f"{plain[:_LONGEST_READABLE]}_{tail}"


def checked_name(name: object) -> str:
    """A name that is a folder's on every system and needs no care in SQL.

    Raises:
        InvalidRequest: It is none.
    """
    if isinstance(name, str) and _NAME.fullmatch(name) is not None:
        return name
    message = (
        "a name must be up to 100 ASCII letters, digits, dots, hyphens and "
        f"underscores, and begin with none of the first two of those, not {name!r}."
    )
    raise InvalidRequest(message)


def instant_of(value: object, what: str) -> datetime:
    """An instant in UTC, cut to the millisecond.

    Raises:
        InvalidRequest: It is no datetime, or one that does not say where.
    """
    if not isinstance(value, datetime):
        message = f"{what} must be a datetime, not {value!r}."
        raise InvalidRequest(message)
    if value.tzinfo is None:
        message = f"{what} must have a time zone, such as datetime.UTC: {value!r}."
        raise InvalidRequest(message)
    instant = value.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def rows_to_keep(
    table: Any, instant: datetime, *, extra: str
) -> tuple[pyarrow.Table, bool]:
    """The rows with their instant, and whether it was they that got it.

    Raises:
        ConfigurationError: pyarrow is not installed.
        InvalidRequest: A column `snapshot` is there and tells no instants.
    """
    arrow = library("pyarrow", extra=extra, purpose="TableStore")
    rows = arrow.table(table)
    # All null and of no type: it comes once there is one, and is null in older rows.
    bare = [field.name for field in rows.schema if arrow.types.is_null(field.type)]
    rows = rows.drop_columns(bare)
    kept = arrow.schema([_kept_field(arrow, field) for field in rows.schema])
    rows = rows.cast(kept)
    moment = arrow.timestamp("ms", "UTC")
    if SNAPSHOT not in rows.column_names:
        instants = arrow.repeat(arrow.scalar(instant, moment), len(rows))
        return rows.append_column(arrow.field(SNAPSHOT, moment), instants), True
    place = rows.column_names.index(SNAPSHOT)
    if not arrow.types.is_timestamp(kept.field(place).type):
        message = (
            f"the column {SNAPSHOT!r} must hold instants, not {kept.field(place).type}:"
            " give it another name."
        )
        raise InvalidRequest(message)
    instants = rows.column(place).cast(moment, safe=False)
    return rows.set_column(place, arrow.field(SNAPSHOT, moment), instants), False


def _kept_field(arrow: Any, field: Any) -> Any:
    """The field as it is kept: whatever is in it may be absent in the next sweep."""
    return arrow.field(field.name, _kept_type(arrow, field.type))


def _kept_type(arrow: Any, kind: Any) -> Any:
    """The type under which values of today and of next year lie in one column."""
    types = arrow.types
    if isinstance(kind, arrow.BaseExtensionType):
        return _kept_type(arrow, kind.storage_type)
    if types.is_dictionary(kind):
        return _kept_type(arrow, kind.value_type)
    if types.is_nested(kind):
        return _kept_nested(arrow, kind)
    is_text = types.is_large_string(kind) or types.is_string_view(kind)
    return arrow.string() if is_text or types.is_null(kind) else kind


def _kept_nested(arrow: Any, kind: Any) -> Any:
    types = arrow.types
    if types.is_struct(kind):
        return arrow.struct([_kept_field(arrow, field) for field in kind])
    if types.is_map(kind):
        return arrow.map_(kind.key_type, _kept_type(arrow, kind.item_type))
    if types.is_list(kind) or types.is_large_list(kind):
        return arrow.list_(_kept_field(arrow, kind.value_field).with_name("item"))
    return kind


def joined(schemas: list[Any], name: str) -> Any:
    """One schema for rows of all of these; the first says the order.

    Raises:
        InvalidRequest: A column cannot be one.
    """
    arrow = library("pyarrow", extra="store", purpose="TableStore")
    try:
        return arrow.unify_schemas(schemas, promote_options="permissive")
    except arrow.ArrowTypeError as error:
        message = (
            f"{name!r} has a column of another type: {error}. "
            "Append it with another name=, or read with columns= without it."
        )
        raise InvalidRequest(message) from error
