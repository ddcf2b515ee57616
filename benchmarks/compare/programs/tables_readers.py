"""From pages of JSON to one table, in the ways that Python has.

A reader reads a page when it has come; `join` makes one table of the pages. Each finds
out the schema by itself, which is quicker here than to be told it. None makes times of
what `issued` says, nor numbers of ranges, so that each does less than pyesi.
"""

from __future__ import annotations

from typing import Any, Protocol


class Reader(Protocol):
    """One way."""

    def read(self, body: Any) -> Any:
        """The part of the table that is this page."""

    def join(self, parts: list[Any]) -> Any:
        """The table that has these parts; an Arrow table, but by pandas."""


class Polars:
    """By Polars' own reader, which is quickest where it looks at one row only."""

    def __init__(self) -> None:
        import polars as pl

        self._pl = pl

    def read(self, body: Any) -> Any:
        return self._pl.read_json(bytes(body), infer_schema_length=1)

    def join(self, parts: list[Any]) -> Any:
        whole = self._pl.concat(parts, rechunk=False)
        return whole.to_arrow(compat_level=self._pl.CompatLevel.newest())


class OrjsonPolars(Polars):
    """By way of Python's objects."""

    def __init__(self) -> None:
        import orjson

        super().__init__()
        self._loads = orjson.loads

    def read(self, body: Any) -> Any:
        return self._pl.from_dicts(self._loads(body), infer_schema_length=1)


class OrjsonArrow:
    """By way of Python's objects."""

    def __init__(self) -> None:
        import orjson
        import pyarrow as pa

        self._loads = orjson.loads
        self._pa = pa

    def read(self, body: Any) -> Any:
        return self._pa.Table.from_pylist(self._loads(body))

    def join(self, parts: list[Any]) -> Any:
        return self._pa.concat_tables(parts)


class JsonPandas:
    """As it is mostly done."""

    def __init__(self) -> None:
        import json

        import pandas as pd

        self._loads = json.loads
        self._pd = pd

    def read(self, body: Any) -> Any:
        return self._pd.DataFrame(self._loads(body))

    def join(self, parts: list[Any]) -> Any:
        return self._pd.concat(parts, ignore_index=True)


READERS: dict[str, type[Any]] = {
    "polars": Polars,
    "orjson-polars": OrjsonPolars,
    "orjson-arrow": OrjsonArrow,
    "json-pandas": JsonPandas,
}
