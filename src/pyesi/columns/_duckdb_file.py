"""A store as a file of DuckDB: one table a name, and what each sweep was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyesi.errors import ConfigurationError, InvalidRequest

from ._extras import library
from ._sweep_rows import SNAPSHOT, Sweep, joined

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]

EXTRA = "store"
FORMAT = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRY_AGAIN = 0.05
_TABLES = """
    create schema pyesi;
    create table pyesi.store (format integer);
    create table pyesi.series (name varchar primary key, arrow_schema blob);
    create table pyesi.snapshots (
        name varchar, snapshot timestamptz, digest varchar, source varchar,
        consistent boolean, row_count bigint,
        primary key (name, snapshot, digest)
    );
"""


class DuckDBFile:
    """Keeps sweeps in tables that SQL can be asked of.

    DuckDB lets one process write and nobody read meanwhile. So the file is open for
    no longer than one operation takes, and one that finds it taken waits.

    Thread-safe.
    """

    extra = EXTRA

    def __init__(self, path: Path, wait: float) -> None:
        """A file that may not be there yet.

        Raises:
            ConfigurationError: It is no database of DuckDB.
        """
        self._path = path
        self._wait = wait
        if path.exists() and not _is_database(path):
            message = f"{str(path)!r} is not a database of DuckDB."
            raise ConfigurationError(message)

    @contextmanager
    def opened(self, *, to_write: bool) -> Iterator[OpenDatabase]:
        """The file for the length of one operation.

        Raises:
            TimeoutError: Another process or connection kept it for all of `wait`.
            OSError: DuckDB cannot do it: no space, a table that is gone.
        """
        ends = time.monotonic() + self._wait
        if not to_write and not self._path.exists():
            yield OpenDatabase(None, ends)
            return
        duckdb = library("duckdb", extra=EXTRA, purpose="TableStore")
        try:
            with closing(self._connected(ends, read_only=not to_write)) as database:
                database.execute("set timezone = 'UTC'")
                yield OpenDatabase(database, ends)
        except (duckdb.Error, _CommitFailed) as error:
            message = f"{str(self._path)!r}: {error}"
            raise OSError(message) from error

    def _connected(self, ends: float, *, read_only: bool) -> Any:
        duckdb = library("duckdb", extra=EXTRA, purpose="TableStore")
        as_read_only = read_only
        while True:
            try:
                return duckdb.connect(self._path, read_only=as_read_only)
            except duckdb.ConnectionException as error:
                # This process has it open the other way; who reads can do as it does.
                busy: Exception = error
                as_read_only = read_only and not as_read_only
                if as_read_only is not read_only:
                    continue
            except duckdb.IOException as error:
                busy = error
            if time.monotonic() >= ends:
                message = f"waited {self._wait:g} s for {str(self._path)!r}: {busy}"
                raise TimeoutError(message) from busy
            time.sleep(_TRY_AGAIN)


class OpenDatabase:
    """What one operation does with the file; None for one that is not there.

    Thread: any one at a time.
    """

    def __init__(self, database: Any, ends: float) -> None:
        """`ends` is when another thread has been waited for long enough."""
        self._database = database
        self._ends = ends
        self._has_tables = database is not None and _has_tables(database)

    def names(self) -> list[str]:
        """The names under which something is kept."""
        told = self._ask("select name from pyesi.series order by name")
        return [name for (name,) in told]

    def instants(self, name: str) -> list[datetime]:
        """Of each sweep that is kept under a name."""
        told = self._ask(
            "select epoch_ms(snapshot) from pyesi.snapshots where name = ? order by 1",
            name,
        )
        return [_EPOCH + timedelta(milliseconds=passed) for (passed,) in told]

    def keep(self, sweep: Sweep) -> bool:
        """Write a sweep that is not kept yet; whether it was so."""
        duckdb = library("duckdb", extra=EXTRA, purpose="TableStore")
        while True:
            before = _append_count(self._database)
            try:
                return _keep(self._database, sweep)
            except _CommitFailed:
                if _append_count(self._database) == before:
                    raise  # and so not since another thread was faster
            except (duckdb.TransactionException, duckdb.ConstraintException):
                # Another thread's is under way: what it keeps is seen the next time.
                if time.monotonic() >= self._ends:
                    raise
            time.sleep(_TRY_AGAIN)

    def take(
        self,
        name: str,
        columns: list[str] | None,
        since: datetime | None,
        until: datetime | None,
    ) -> pyarrow.Table:
        """The rows of a name, in order of their sweeps; all columns if None."""
        schema = self.schema(name)
        wanted = schema.names if columns is None else columns
        bounds = {"since": since, "until": until}
        given = {key: at for key, at in bounds.items() if at is not None}
        limits = " and ".join(f"{SNAPSHOT} {_COMPARED[key]} ${key}" for key in given)
        query = f"select {', '.join(map(_quoted, wanted))} from {_quoted(name)}"
        if limits:
            query += f" where {limits}"
        if not self._is_in_order(name):
            query += f" order by {SNAPSHOT}, rowid"
        rows = self._database.sql(query, params=given).to_arrow_table()
        arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
        return rows.cast(arrow.schema([schema.field(column) for column in wanted]))

    def schema(self, name: str) -> Any:
        """The columns of a name."""
        return _schema(self._database, name)

    def _is_in_order(self, name: str) -> bool:
        """Whether the sweeps were appended in order of their instants."""
        appended = "from pyesi.snapshots where name = ? order by rowid"
        told = self._ask(f"select epoch_ms(snapshot) {appended}", name)
        return told == sorted(told)

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._has_tables:
            return []
        rows: list[tuple[Any, ...]] = self._database.execute(query, values).fetchall()
        return rows


_THIS_ONE = """
    select 1 from pyesi.snapshots where name = ? and snapshot = ? and digest = ?
"""
_COMPARED = {"since": ">=", "until": "<"}


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"


def _keep(database: Any, sweep: Sweep) -> bool:
    """All of a sweep, or nothing of it."""
    duckdb = library("duckdb", extra=EXTRA, purpose="TableStore")
    database.begin()
    try:
        kept = _kept(database, sweep)
    except BaseException:
        database.rollback()
        raise
    try:
        database.commit()
    except duckdb.TransactionException as error:
        raise _CommitFailed(*error.args) from error
    return kept


class _CommitFailed(OSError):
    """A transaction came to nothing at its end."""


def _append_count(database: Any) -> int:
    if not _has_tables(database):
        return 0
    ((count,),) = database.execute("select count(*) from pyesi.snapshots").fetchall()
    return int(count)


def _kept(database: Any, sweep: Sweep) -> bool:
    if not _has_tables(database):
        database.execute(_TABLES)
        database.execute("insert into pyesi.store values (?)", [FORMAT])
    key = [sweep.name, sweep.instant, sweep.digest]
    if database.execute(_THIS_ONE, key).fetchall():
        return False
    _make_room(database, sweep)
    database.register("pyesi_incoming", sweep.rows)
    database.execute(
        f"insert into {_quoted(sweep.name)} by name select * from pyesi_incoming"
    )
    database.unregister("pyesi_incoming")
    database.execute(
        "insert into pyesi.snapshots values (?, ?, ?, ?, ?, ?)",
        [*key, sweep.source, sweep.consistent, len(sweep.rows)],
    )
    return True


def _make_room(database: Any, sweep: Sweep) -> None:
    """Have a table of the name that takes the sweep's columns."""
    own = sweep.rows.schema.remove_metadata()
    kept = "select arrow_schema from pyesi.series where name = ?"
    if not database.execute(kept, [sweep.name]).fetchall():
        _refuse_foreign(database, sweep.name)
        columns = [f"{_quoted(k)} {kind}" for k, kind in _types(database, own).items()]
        database.execute(f"create table {_quoted(sweep.name)} ({', '.join(columns)})")
        database.execute(
            "insert into pyesi.series values (?, ?)",
            [sweep.name, own.serialize().to_pybytes()],
        )
        return
    before = _schema(database, sweep.name)
    whole = joined([before, own], sweep.name)
    if whole.equals(before):
        return
    there = _types(database, before)
    for column, kind in _types(database, whole).items():
        alter = f"alter table {_quoted(sweep.name)}"
        if column not in there:
            database.execute(f"{alter} add column {_quoted(column)} {kind}")
        elif there[column] != kind:
            database.execute(f"{alter} alter column {_quoted(column)} type {kind}")
    database.execute(
        "update pyesi.series set arrow_schema = ? where name = ?",
        [whole.serialize().to_pybytes(), sweep.name],
    )


def _refuse_foreign(database: Any, name: str) -> None:
    there = "select 1 from information_schema.tables where table_schema = 'main' and "
    if database.execute(f"{there} lower(table_name) = lower(?)", [name]).fetchall():
        message = (
            f"the file has a table {name!r} that is not a TableStore's: "
            "append with another name=."
        )
        raise InvalidRequest(message)


def _types(database: Any, schema: Any) -> dict[str, str]:
    """What DuckDB calls the types of a schema's columns."""
    database.register("pyesi_shape", schema.empty_table())
    told = database.execute("describe pyesi_shape").fetchall()
    database.unregister("pyesi_shape")
    return {row[0]: row[1] for row in told}


def _has_tables(database: Any) -> bool:
    """Whether the file holds a store.

    Raises:
        ConfigurationError: It holds one of another format.
    """
    there = "select 1 from duckdb_tables() where schema_name = 'pyesi'"
    if not database.execute(there).fetchall():
        return False
    formats = database.execute("select format from pyesi.store").fetchall()
    if formats != [(FORMAT,)]:
        message = (
            f"the file says format {formats}, and this version of pyesi reads {FORMAT}."
        )
        raise ConfigurationError(message)
    return True


def _schema(database: Any, name: str) -> Any:
    arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
    ((schema,),) = database.execute(
        "select arrow_schema from pyesi.series where name = ?", [name]
    ).fetchall()
    return arrow.ipc.read_schema(arrow.py_buffer(schema))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
