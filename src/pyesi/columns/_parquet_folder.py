"""A store as a folder of Parquet files: one folder a name, one file a sweep."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pyesi.errors import ConfigurationError

from ._extras import library
from ._sweep_rows import SNAPSHOT, Sweep, joined

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]

EXTRA = "arrow"
MARK = "pyesi-store.json"
COLUMNS = "columns.arrow"
"""In each folder of a name: all columns that it has had, whichever file has them."""
FORMAT = 1

_UNFINISHED = ".unfinished-"
# Nobody writes one file for so long: whoever began it is gone.
_ABANDONED_AFTER = 86_400.0
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_FILE = re.compile(r"(\d{8}T\d{6}\.\d{3}Z)-([0-9a-f]{12})(\.own)?\.parquet")
# By whether every row is of the instant that the name tells.
_ENDINGS = {True: ".parquet", False: ".own.parquet"}


@dataclass(frozen=True, slots=True, order=True)
class _File:
    instant: datetime
    path: Path
    dated: bool


class ParquetFolder:
    """Keeps sweeps as files that any reader of Parquet can read.

    A file appears whole or not at all, and is never changed: so processes need no
    lock, and a crash leaves at most a file that nobody looks at.

    Thread-safe.
    """

    extra = EXTRA

    def __init__(self, path: Path) -> None:
        """A folder that may not be there yet.

        Raises:
            ConfigurationError: What is in it is not a store's.
        """
        self._path = path
        if path.is_dir():
            _check_mark(path)

    @contextmanager
    def opened(self, *, to_write: bool) -> Iterator[ParquetFolder]:  # noqa: ARG002
        """Itself: nothing has to be opened."""
        yield self

    def names(self) -> list[str]:
        """The names under which something is kept."""
        if not self._path.is_dir():
            return []
        folders = [path for path in self._path.iterdir() if path.is_dir()]
        return sorted(path.name for path in folders if any(_files(path)))

    def instants(self, name: str) -> list[datetime]:
        """Of each sweep that is kept under a name."""
        return sorted(file.instant for file in _files(self._path / name))

    def keep(self, sweep: Sweep) -> bool:
        """Write a sweep that is not kept yet; whether it was so."""
        folder = self._path / sweep.name
        stem = _stem(sweep.instant, sweep.digest)
        if any((folder / f"{stem}{end}").exists() for end in _ENDINGS.values()):
            return False
        self._prepare(folder)
        rows = self._completed(sweep)
        unfinished = folder / f"{_UNFINISHED}{uuid4().hex}"
        try:
            _write(rows, unfinished)
            kept = _put(unfinished, folder / f"{stem}{_ENDINGS[sweep.dated]}")
        finally:
            unfinished.unlink(missing_ok=True)
        _add_columns(folder, rows.schema.remove_metadata())
        return kept

    def take(
        self,
        name: str,
        columns: list[str] | None,
        since: datetime | None,
        until: datetime | None,
    ) -> pyarrow.Table:
        """The rows of a name, in order of their sweeps; all columns if None."""
        arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
        wanted = None if columns is None else {*columns, SNAPSHOT}
        schema = _without(self.schema(name), wanted)
        parts = [
            _within(arrow, _read(file.path, wanted), since, until, file.dated)
            for file in sorted(_files(self._path / name))
            if not file.dated or _is_within(file.instant, since, until)
        ]
        whole = joined([schema, *(part.schema for part in parts)], name)
        return arrow.concat_tables(
            [whole.empty_table(), *parts], promote_options="permissive"
        )

    def schema(self, name: str) -> Any:
        """The columns of a name."""
        folder = self._path / name
        newest = max(_files(folder))
        with _opened(newest.path) as file:
            schema = file.schema_arrow.remove_metadata()
        return joined([*_known_columns(folder), schema], name)

    def _prepare(self, folder: Path) -> None:
        self._path.mkdir(exist_ok=True)
        if not (self._path / MARK).exists():
            unfinished = self._path / f"{_UNFINISHED}{uuid4().hex}"
            unfinished.write_text(json.dumps({"format": FORMAT}) + "\n", "utf-8")
            unfinished.replace(self._path / MARK)
        folder.mkdir(exist_ok=True)
        _remove_abandoned(folder)

    def _completed(self, sweep: Sweep) -> Any:
        """The rows, with each column that the name has had so far."""
        rows, own = sweep.rows, sweep.rows.schema.remove_metadata()
        if any(_files(self._path / sweep.name)):
            whole = joined([self.schema(sweep.name), own], sweep.name)
            arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
            rows = arrow.concat_tables(
                [whole.empty_table(), rows], promote_options="permissive"
            )
        about = {
            "pyesi.source": sweep.source,
            "pyesi.last_modified": sweep.instant.isoformat(),
            "pyesi.consistent": "true" if sweep.consistent else "false",
        }
        return rows.replace_schema_metadata(about)


def _check_mark(path: Path) -> None:
    try:
        told = json.loads((path / MARK).read_text("utf-8"))
    except FileNotFoundError:
        found = sorted(one.name for one in path.iterdir() if one.name[0] != ".")
        if found:
            message = (
                f"{str(path)!r} holds {found[0]!r} and is not a TableStore's: name a "
                "folder that is empty or not there yet."
            )
            raise ConfigurationError(message) from None
        return
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        message = (
            f"{str(path / MARK)!r} does not say format {FORMAT}, which is all that "
            "this version of pyesi reads."
        )
        raise ConfigurationError(message)


def _stem(instant: datetime, digest: str) -> str:
    stamp = instant.isoformat(timespec="milliseconds").removesuffix("+00:00")
    return f"{re.sub('[-:]', '', stamp)}Z-{digest}"


def _files(folder: Path) -> Iterator[_File]:
    """What in a folder is ours; whatever else is there is not looked at."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        match = _FILE.fullmatch(path.name)
        if match is not None:
            instant = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            yield _File(instant, path, match[3] is None)


def _opened(path: Path) -> Any:
    parquet = library("pyarrow.parquet", extra=EXTRA, purpose="TableStore")
    arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
    try:
        return parquet.ParquetFile(path)
    except arrow.ArrowInvalid as error:
        message = (
            f"{str(path)!r} is damaged: {error}. Without it the others can be read."
        )
        raise OSError(message) from error


def _read(path: Path, wanted: set[str] | None) -> Any:
    with _opened(path) as file:
        names = file.schema_arrow.names
        chosen = [name for name in names if wanted is None or name in wanted]
        return file.read(columns=chosen).replace_schema_metadata(None)


def _without(schema: Any, wanted: set[str] | None) -> Any:
    """The schema's fields that are wanted."""
    for name in schema.names:
        if wanted is not None and name not in wanted:
            schema = schema.remove(schema.get_field_index(name))
    return schema


def _is_within(
    instant: datetime, since: datetime | None, until: datetime | None
) -> bool:
    return (since is None or since <= instant) and (until is None or instant < until)


def _within(
    arrow: Any,
    rows: Any,
    since: datetime | None,
    until: datetime | None,
    dated: bool,
) -> Any:
    """The rows between the instants, where the file's own does not say it for all."""
    moment = arrow.timestamp("ms", "UTC")
    compute = library("pyarrow.compute", extra=EXTRA, purpose="TableStore")
    if not dated and since is not None:
        rows = rows.filter(compute.field(SNAPSHOT) >= arrow.scalar(since, moment))
    if not dated and until is not None:
        rows = rows.filter(compute.field(SNAPSHOT) < arrow.scalar(until, moment))
    return rows


def _write(rows: Any, path: Path) -> None:
    """Write a file, and have it on the disk before anybody may see it."""
    parquet = library("pyarrow.parquet", extra=EXTRA, purpose="TableStore")
    with path.open("xb") as file:
        parquet.write_table(rows, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def _put(unfinished: Path, final: Path) -> bool:
    """Give the file its name, unless another process has made it meanwhile."""
    try:
        final.hardlink_to(unfinished)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        unfinished.replace(final)
    _sync_folder(final.parent)
    return True


def _known_columns(folder: Path) -> list[Any]:
    """The schema of the folder's columns; none where it is not told."""
    arrow = library("pyarrow", extra=EXTRA, purpose="TableStore")
    try:
        told = (folder / COLUMNS).read_bytes()
        return [arrow.ipc.read_schema(arrow.py_buffer(told))]
    except (FileNotFoundError, arrow.ArrowInvalid):
        return []


def _add_columns(folder: Path, schema: Any) -> None:
    """Tell of the columns of a file that is there now.

    Another process may do so at the same time, and what it tells replaces this: so it
    is looked at again until nothing is missing.
    """
    while True:
        known = _known_columns(folder)
        whole = joined([*known, schema], folder.name)
        if known and whole.equals(known[0]):
            return
        unfinished = folder / f"{_UNFINISHED}{uuid4().hex}"
        unfinished.write_bytes(whole.serialize().to_pybytes())
        unfinished.replace(folder / COLUMNS)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        try:
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER:
                path.unlink()
        except FileNotFoundError:  # its writer ended, or another one removed it
            continue
