"""Rows of ESI in columns, as a user holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyesi.errors import ESIError

from ._extras import library

if TYPE_CHECKING:
    import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
    import polars  # type: ignore[import-not-found, unused-ignore]
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]

    from pyesi import _core


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: As ESI names it.
        type: In Arrow's words: ``int64``, ``timestamp[ms, UTC]``, ``list<int64>``.
        nullable: Whether a row may be without a value.
    """

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a table's rows come from.

    Attributes:
        route: The path template.
        parameters: What was asked for; of one that varied all its values.
        consistent: Whether each listing in it is one snapshot.
        last_modified: When ESI made the newest of its answers.
        pages: How many answers there were.
        rounds: How often pages that were too old were fetched again.
        errors: What calls ended as that were left out, by their place.
    """

    route: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    consistent: bool = True
    last_modified: datetime | None = None
    pages: int = 1
    rounds: int = 0
    errors: Mapping[int, ESIError] = field(default_factory=dict)


class Table:
    """Rows of a route in columns, laid out as Apache Arrow does.

    pyarrow, pandas, Polars and DuckDB take it without a copy and without a Python
    object for each value. A slice shares the memory of what it was cut from.

    Constant after construction; thread-safe.
    """

    __slots__ = ("_batches", "_origin")

    def __init__(self, batches: _core.Batches, origin: Origin) -> None:
        """`batches` as the core has read them; pyesi makes tables itself."""
        self._batches = batches
        self._origin = origin

    @property
    def schema(self) -> tuple[Column, ...]:
        """The columns: name, type, whether a value may be missing."""
        return tuple(Column(*told) for told in self._batches.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _, _ in self._batches.columns)

    @property
    def route(self) -> str:
        """The path template of the route."""
        return self._origin.route

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What was asked for, with the constants of `add`; of `over` all the values."""
        return self._origin.parameters

    @property
    def consistent(self) -> bool:
        """Whether each listing in it carries one Last-Modified: it is one snapshot."""
        return self._origin.consistent

    @property
    def last_modified(self) -> datetime | None:
        """When ESI made the newest of its answers."""
        return self._origin.last_modified

    @property
    def pages(self) -> int:
        """How many answers it was read from."""
        return self._origin.pages

    @property
    def rounds(self) -> int:
        """How often pages that were too old were fetched again."""
        return self._origin.rounds

    @property
    def errors(self) -> Mapping[int, ESIError]:
        """With ``errors="skip"``: the calls that were left out, by their place."""
        return self._origin.errors

    @property
    def repeats(self) -> int:
        """Rows that came twice and are there once."""
        return self._batches.repeats

    @property
    def misfits(self) -> int:
        """With ``misfits="null"``: values that did not fit their column."""
        misfits: int = self._batches.counts["misfits"]
        return misfits

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """Fields that came and that the catalog does not know; they are left out."""
        return tuple(self._batches.counts["unknown_fields"])

    @property
    def unknown_values(self) -> dict[str, list[str]]:
        """By column: values that came and that the catalog does not know."""
        return dict(self._batches.counts["unknown_values"])

    @property
    def nbytes(self) -> int:
        """Bytes of its columns in memory."""
        return self._batches.nbytes

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._batches)

    def head(self, n: int = 5) -> Table:
        """The first `n` rows."""
        return self.slice(0, n)

    def slice(self, start: int, stop: int | None = None) -> Table:
        """Some of the rows, as ``rows[start:stop]`` would give them."""
        first, last, _ = slice(start, stop).indices(len(self))
        return Table(self._batches.slice(first, max(first, last)), self._origin)

    def rows(self, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
        """Rows as Python values; all of them unless told which."""
        first, last, _ = slice(start, stop).indices(len(self))
        return self._batches.rows(first, max(first, last))

    def column(self, name: str) -> list[Any]:
        """One column as Python values.

        Raises:
            KeyError: There is none of that name.
        """
        if name not in self.columns:
            message = f"{name!r} is none of {', '.join(self.columns) or 'no columns'}"
            raise KeyError(message)
        return self._batches.column(name)

    def to_arrow(self) -> pyarrow.Table:
        """A `pyarrow.Table` that shares the memory.

        Raises:
            ConfigurationError: pyarrow is not installed.
        """
        arrow = library("pyarrow", extra="arrow", purpose="to_arrow()")
        # arrow.table() would ask whether it is a frame, and import pandas for that.
        table: pyarrow.Table = arrow.RecordBatchReader.from_stream(self).read_all()
        return table

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """A `pandas.DataFrame`; columns of known words become categories.

        Args:
            options: Those of `pyarrow.Table.to_pandas`, such as `types_mapper`.

        Raises:
            ConfigurationError: pandas or pyarrow is not installed.
        """
        purpose = "to_pandas()"
        library("pandas", extra="pandas", purpose=purpose)
        arrow = library("pyarrow", extra="pandas", purpose=purpose)
        frame: pandas.DataFrame = arrow.table(self).to_pandas(**options)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """A `polars.DataFrame`.

        Raises:
            ConfigurationError: Polars is not installed.
        """
        module = library("polars", extra="polars", purpose="to_polars()")
        frame: polars.DataFrame = module.DataFrame(self)
        return frame

    def to_parquet(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a Parquet file, which also tells route, Last-Modified and consistency.

        Args:
            path: Of the file; one that is there is replaced.
            options: Those of `pyarrow.parquet.write_table`, such as `compression`.

        Raises:
            ConfigurationError: pyarrow is not installed.
        """
        parquet = library("pyarrow.parquet", extra="arrow", purpose="to_parquet()")
        arrow = self.to_arrow()
        about = {**(arrow.schema.metadata or {}), **self._told()}
        parquet.write_table(arrow.replace_schema_metadata(about), path, **options)

    def _told(self) -> dict[str, str]:
        """What a file says of where its rows come from."""
        told = {
            "pyesi.route": self.route,
            "pyesi.consistent": "true" if self.consistent else "false",
        }
        if self.last_modified is not None:
            told["pyesi.last_modified"] = self.last_modified.isoformat()
        return told

    def __arrow_c_schema__(self) -> object:
        """The schema as a capsule of Arrow's C data interface."""
        return self._batches.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as a capsule of Arrow's C stream interface.

        A requested schema is not looked at, as the protocol allows.
        """
        return self._batches.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        """Its size and where it comes from."""
        kind = "consistent" if self.consistent else "not consistent"
        return (
            f"<pyesi.Table {self.route}: {len(self)} rows, {len(self.columns)} "
            f"columns, {kind}, {self.last_modified}>"
        )

    def _repr_html_(self) -> str:
        """The first rows under the schema, for notebooks."""
        from pyesi.notebook import table_html

        return table_html(self)
