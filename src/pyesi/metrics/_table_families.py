"""What Prometheus sees of tables."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics


def _tables(seen: Statistics) -> Iterator[Sample]:
    for one in seen["tables"]:
        yield (one["route"],), one["tables"]


def _rows(seen: Statistics) -> Iterator[Sample]:
    for one in seen["tables"]:
        yield (one["route"],), one["rows"]


def _bytes(seen: Statistics) -> Iterator[Sample]:
    for one in seen["tables"]:
        yield (one["route"],), one["bytes"]


def _misfits(seen: Statistics) -> Iterator[Sample]:
    for one in seen["tables"]:
        if one["misfits"]:
            yield (one["route"],), one["misfits"]


def _unknown(seen: Statistics) -> Iterator[Sample]:
    for one in seen["tables"]:
        if one["unknown_fields"]:
            yield (one["route"], "field"), one["unknown_fields"]
        if one["unknown_values"]:
            yield (one["route"], "value"), one["unknown_values"]


TABLE_FAMILIES = (
    Family(
        "counter",
        "pyesi_tables_total",
        "Tables handed over.",
        ("route",),
        _tables,
    ),
    Family(
        "counter",
        "pyesi_table_rows_total",
        "Rows of them.",
        ("route",),
        _rows,
    ),
    Family(
        "counter",
        "pyesi_table_json_bytes_total",
        "Bytes of JSON that they were read from.",
        ("route",),
        _bytes,
    ),
    Family(
        "counter",
        "pyesi_table_misfits_total",
        "Values that did not fit their column and became null.",
        ("route",),
        _misfits,
    ),
    Family(
        "counter",
        "pyesi_table_unknown_total",
        "Fields and values that the catalog does not know, once each.",
        ("route", "what"),
        _unknown,
    ),
)
