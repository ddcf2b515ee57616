"""Sweeps kept over time."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pyesi import catalog
from pyesi.errors import ConfigurationError, InconsistentPages, InvalidRequest

from ._duckdb_file import DuckDBFile
from ._parquet_folder import ParquetFolder
from ._sweep_rows import (
    Sweep,
    checked_name,
    default_name,
    instant_of,
    rows_to_keep,
    source_of,
)

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]


class _OpenShelf(Protocol):
    """Where sweeps lie: what a file of DuckDB and a folder of Parquet both do."""

    def names(self) -> list[str]: ...
    def instants(self, name: str) -> list[datetime]: ...
    def keep(self, sweep: Sweep) -> bool: ...
    def schema(self, name: str) -> Any: ...
    def take(
        self,
        name: str,
        columns: list[str] | None,
        since: datetime | None,
        until: datetime | None,
    ) -> pyarrow.Table: ...


class _Shelf(Protocol):
    @property
    def extra(self) -> str: ...
    def opened(self, *, to_write: bool) -> AbstractContextManager[_OpenShelf]: ...


class TableStore:
    """Keeps what was swept again and again, each snapshot once.

        with TableStore("market.duckdb") as store:
            store.append(await esi.get_table(route, region_id=10000002))
            prices = store.read(columns=["snapshot", "type_id", "price"])

    A path that ends in ``.duckdb`` is a file of DuckDB, one without an ending a
    folder of Parquet files. Neither is made before the first `append`.

    Thread-safe, and several processes may use one store.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 10.0) -> None:
        """A store that is there, or that the first `append` will make.

        Args:
            path: Of a file ``….duckdb``, or of a folder.
            wait: Seconds for which an operation waits while another process has the
                file of DuckDB.

        Raises:
            ConfigurationError: The path is neither, or what is there is another's.
        """
        self._path = _checked_path(path)
        self._shelf = _shelf(self._path, _checked_wait(wait))

    @property
    def path(self) -> Path:
        """Where it lies, absolute."""
        return self._path

    @property
    def names(self) -> list[str]:
        """What it keeps the history of."""
        with self._shelf.opened(to_write=False) as shelf:
            return shelf.names()

    def append(
        self,
        table: Any,
        *,
        name: str | None = None,
        last_modified: datetime | None = None,
        allow_inconsistent: bool = False,
    ) -> bool:
        """Keep a table, unless this snapshot is kept already.

        Each row gets its Last-Modified in a column ``snapshot``, unless one is there.
        A column that is new is null in older rows; known words become strings.

        Args:
            table: A `Table`, or anything that Arrow can take.
            name: Of the history that it belongs to; made from route and parameters
                if not given.
            last_modified: When its rows were made, where the table does not tell.
            allow_inconsistent: Keep it though it is not one snapshot.

        Returns:
            Whether it was new: False if there is one of this Last-Modified under this
            name, of the same route with the same parameters.

        Raises:
            InvalidRequest: It is no table, or does not tell what or when it is; or a
                column's type is not that of the rows before.
            InconsistentPages: It is not one snapshot.
            ConfigurationError: A library is not installed.
            TimeoutError: Another process had the file of DuckDB for longer than `wait`.
            OSError: The disk does not do it. What was kept before is as it was.
        """
        _check_table(table, allow_inconsistent=allow_inconsistent)
        route = getattr(table, "route", None)
        parameters = getattr(table, "parameters", {})
        name = _name(name, route, parameters)
        instant = _instant(table, last_modified)
        rows, dated = rows_to_keep(table, instant, extra=self._shelf.extra)
        with self._shelf.opened(to_write=True) as shelf:
            return shelf.keep(
                Sweep(
                    name=_cased(name, shelf.names()),
                    instant=instant,
                    source=source_of(route, parameters),
                    consistent=bool(getattr(table, "consistent", True)),
                    dated=dated,
                    rows=rows,
                )
            )

    def read(
        self,
        name: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> pyarrow.Table:
        """The rows of a history, the oldest snapshot first.

        Args:
            name: Which; may be left out where there is one only.
            columns: Their names; all if not given.
            since: The first instant that is wanted; a date begins at 00:00 UTC.
            until: The first instant that is not.

        Returns:
            A `pyarrow.Table`: `to_pandas()` is its own, Polars and DuckDB take it.

        Raises:
            InvalidRequest: There is no such name or column.
            ConfigurationError: A library is not installed.
            TimeoutError: Another process had the file of DuckDB for longer than `wait`.
            OSError: A file cannot be read.
        """
        first, last = _bound("since", since), _bound("until", until)
        with self._shelf.opened(to_write=False) as shelf:
            name = self._known(name, shelf.names())
            if columns is None:
                return shelf.take(name, None, first, last)
            wanted = _checked_columns(columns, shelf.schema(name).names)
            return shelf.take(name, wanted, first, last).select(wanted)

    def snapshots(self, name: str | None = None) -> list[datetime]:
        """The instants of a history that are kept, the oldest first.

        Args:
            name: Which; may be left out where there is one only.

        Raises:
            InvalidRequest: There is no such name.
        """
        with self._shelf.opened(to_write=False) as shelf:
            return sorted({*shelf.instants(self._known(name, shelf.names()))})

    def __len__(self) -> int:
        """How many snapshots are kept, under all names."""
        with self._shelf.opened(to_write=False) as shelf:
            return sum(len(shelf.instants(name)) for name in shelf.names())

    def __bool__(self) -> bool:
        """A store is one, also while it is empty."""
        return True

    def __enter__(self) -> Self:
        """For the length of a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left to do: each operation closes what it opens."""

    def __repr__(self) -> str:
        """Where it lies."""
        return f"<pyesi.TableStore {str(self._path)!r}>"

    def _known(self, name: str | None, names: list[str]) -> str:
        if name is None and len(names) == 1:
            return names[0]
        if isinstance(name, str) and _cased(name, names) in names:
            return _cased(name, names)
        raise InvalidRequest(_not_known(self._path, name, names))


def _cased(name: str, names: list[str]) -> str:
    """The name as it is kept: disks and SQL may not tell its case."""
    return {one.lower(): one for one in names}.get(name.lower(), name)


def _not_known(path: Path, name: str | None, names: list[str]) -> str:
    if not names:
        return f"there is nothing in {str(path)!r} yet: append a table first."
    if name is None:
        return f"say which of {', '.join(names)} with name=."
    near = catalog.nearest(str(name), names)
    return f"there is no {name!r}. Did you mean {', '.join(near or names)}?"


def _checked_path(path: object) -> Path:
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str) or not text or "\0" in text or "://" in text:
        message = f"path must be that of a file ….duckdb or a folder, not {path!r}."
        raise ConfigurationError(message)
    found = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100  (no resolving)
    if not found.parent.is_dir():
        message = f"path {text!r}: there is no folder {str(found.parent)!r}."
        raise ConfigurationError(message)
    return found


def _shelf(path: Path, wait: float) -> _Shelf:
    if path.suffix == ".duckdb" and not path.is_dir():
        return DuckDBFile(path, wait)
    if path.is_dir() or (not path.suffix and not path.exists()):
        return ParquetFolder(path)
    message = (
        f"path {str(path)!r} is neither a file of DuckDB, which ends in .duckdb, nor a "
        "folder; a new folder of that name can be made with mkdir."
    )
    raise ConfigurationError(message)


def _checked_wait(wait: object) -> float:
    number = isinstance(wait, int | float) and not isinstance(wait, bool)
    if number and math.isfinite(wait) and wait >= 0:  # type: ignore[arg-type, operator]
        return float(wait)  # type: ignore[arg-type]  # it is a number
    message = f"wait must be seconds, 0 or more, not {wait!r}."
    raise ConfigurationError(message)


def _check_table(table: Any, *, allow_inconsistent: bool) -> None:
    if not hasattr(table, "__arrow_c_stream__"):
        message = (
            "append takes a Table of get_table or stream_table, or a table of pyarrow, "
            f"pandas or Polars, not {type(table).__name__}."
        )
        raise InvalidRequest(message)
    if not getattr(table, "consistent", True) and not allow_inconsistent:
        message = (
            "the table is not one snapshot, and a history of prices would mix two: "
            "allow_inconsistent=True keeps it all the same"
        )
        raise InconsistentPages(message, route=getattr(table, "route", None))


def _name(name: str | None, route: str | None, parameters: Mapping[str, Any]) -> str:
    if name is not None:
        return checked_name(name)
    if route is None:
        message = "the table does not tell its route: say what it is with name=."
        raise InvalidRequest(message)
    return default_name(route, parameters)


def _instant(table: Any, given: datetime | None) -> datetime:
    told = getattr(table, "last_modified", None) if given is None else given
    if told is not None:
        return instant_of(told, "last_modified")
    message = (
        "the table does not tell when its rows were made: say it with last_modified=, "
        "such as that of the Table it was made from, or datetime.now(UTC)."
    )
    raise InvalidRequest(message)


def _bound(what: str, value: date | None) -> datetime | None:
    if value is None:
        return None
    if type(value) is date:
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return instant_of(value, what)


def _checked_columns(columns: Sequence[Any], names: list[str]) -> list[str]:
    if isinstance(columns, str) or not all(isinstance(one, str) for one in columns):
        message = f"columns must be a list of names, not {columns!r}."
        raise InvalidRequest(message)
    for column in columns:
        if column not in names:
            near = catalog.nearest(column, names) or names
            message = f"there is no column {column!r}. Did you mean {', '.join(near)}?"
            raise InvalidRequest(message)
    if len({*columns}) < len(columns) or not columns:
        message = f"columns must name one or more, each once, not {columns!r}."
        raise InvalidRequest(message)
    return [*columns]
