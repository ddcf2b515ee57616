"""A table in the user's hands, and in other libraries'."""

import sys
from datetime import UTC, datetime

import pyarrow
import pyarrow.parquet
import pytest

import pyesi
from pyesi import errors
from pyesi.columns import Column, Table
from pyesi.columns._table import Origin
from unit import fake_columns, own_process

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ROUTE = "/markets/{region_id}/orders"
PLAN = fake_columns.TablePlan(
    route=ROUTE,
    columns=[("order_id", "int64", False, None), ("price", "double", True, None)],
)
ROWS = [{"order_id": n, "price": n / 2} for n in range(1, 8)]
COUNTS = {"bytes": 700, "misfits": 3, "unknown_fields": ["colour"]}


def table(rows=ROWS, **about):
    batch = fake_columns.Batch(PLAN, rows, COUNTS)
    origin = Origin(**{"route": ROUTE, "last_modified": NOON, "pages": 2, **about})
    return Table(fake_columns.Batches(PLAN, [batch], 4), origin)


def test_shows_what_it_is():
    """
    Length, schema and where the rows come from can be asked, and repr tells them.
    """
    seven = table(rounds=1, errors={3: errors.NotFound})

    assert len(seven) == 7
    assert seven.columns == ("order_id", "price")
    assert seven.schema[1] == Column("price", "double", nullable=True)
    assert (seven.route, seven.last_modified) == (ROUTE, NOON)
    assert (seven.pages, seven.rounds, seven.repeats) == (2, 1, 4)
    assert (seven.misfits, seven.unknown_fields) == (3, ("colour",))
    assert seven.unknown_values == {}
    assert [*seven.errors] == [3]
    assert seven.nbytes > 0
    assert repr(seven) == (
        "<pyesi.Table /markets/{region_id}/orders: 7 rows, 2 columns, consistent, "
        "2026-11-29 12:00:00+00:00>"
    )
    assert "not consistent" in repr(table(consistent=False))


def test_rows_are_python_values():
    """
    All rows, some, or one column.
    """
    assert table().rows() == ROWS
    assert table().rows(2, 4) == ROWS[2:4]
    assert table().rows(-2) == ROWS[-2:]
    assert table().rows(5, 2) == []
    assert table().column("price") == [row["price"] for row in ROWS]
    with pytest.raises(KeyError, match="order_id, price"):
        table().column("prize")


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 3), (2, None), (-3, None), (0, -2), (5, 2), (0, 99)]
)
def test_a_slice_is_that_of_a_list(start, stop):
    """
    Bounds mean what they mean elsewhere, and what the table is stays.
    """
    part = table().slice(start, stop)

    assert part.rows() == ROWS[start:stop]
    assert (part.last_modified, part.pages) == (NOON, 2)


def test_head_is_its_beginning():
    """
    Five rows unless told otherwise.
    """
    assert table().head().rows() == ROWS[:5]
    assert table().head(2).rows() == ROWS[:2]
    assert len(table().head(99)) == 7


def test_cannot_be_changed():
    """
    Nothing can be set on it.
    """
    with pytest.raises(AttributeError):
        table().consistent = False
    with pytest.raises(AttributeError):
        table().note = "x"


def test_other_libraries_take_it():
    """
    The same rows in each of them.
    """
    assert table().to_arrow().to_pylist() == ROWS
    assert table().to_pandas().to_dict("records") == ROWS
    assert table().to_polars().to_dicts() == ROWS
    assert pyarrow.schema(table()).names == ["order_id", "price"]


def test_a_parquet_file_tells_where_it_comes_from(tmp_path):
    """
    Rows, and in the metadata route, instant and whether it is one snapshot.
    """
    path = tmp_path / "orders.parquet"
    table().to_parquet(path, compression="zstd")

    read = pyarrow.parquet.read_table(path)
    assert read.to_pylist() == ROWS
    told = read.schema.metadata
    assert told[b"pyesi.route"] == ROUTE.encode()
    assert told[b"pyesi.last_modified"] == b"2026-11-29T12:00:00+00:00"
    assert told[b"pyesi.consistent"] == b"true"
    table(last_modified=None).to_parquet(path)
    assert b"pyesi.last_modified" not in pyarrow.parquet.read_schema(path).metadata


def test_to_arrow_imports_no_pandas():
    """
    Who has pandas installed and wants an Arrow table does not wait for its import.
    """
    program = (
        "import sys\n"
        "import nanoarrow\n"
        "from unit.test_table import Table, table\n"
        "rows = nanoarrow.c_array_from_buffers(\n"
        "    nanoarrow.struct({'order_id': nanoarrow.int64()}),\n"
        "    length=1,\n"
        "    buffers=[None],\n"
        "    children=[nanoarrow.c_array([7], nanoarrow.int64())],\n"
        ")\n"
        "Table.__arrow_c_stream__ = lambda *_: (\n"
        "    nanoarrow.c_array_stream(rows).__arrow_c_stream__()\n"
        ")\n"
        "assert table().to_arrow().num_rows == 1\n"
        "assert 'pandas' not in sys.modules\n"
    )
    ended = own_process.ended(program)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("missing", "call", "extra"),
    [
        ("pyarrow", "to_arrow", "arrow"),
        ("pyarrow.parquet", "to_parquet", "arrow"),
        ("pandas", "to_pandas", "pandas"),
        ("pyarrow", "to_pandas", "pandas"),
        ("polars", "to_polars", "polars"),
    ],
)
def test_what_is_not_installed_is_named(monkeypatch, missing, call, extra):
    """
    The error names the library and the extra that brings it.
    """
    monkeypatch.setitem(sys.modules, missing, None)
    arguments = ["x.parquet"] if call == "to_parquet" else []
    with pytest.raises(errors.ConfigurationError) as caught:
        getattr(table(), call)(*arguments)

    assert missing.partition(".")[0] in str(caught.value)
    assert f"pip install 'pyesi-eve[{extra}]'" in str(caught.value)


def test_is_a_public_name():
    """
    `pyesi.Table` and `pyesi.columns.Table` are one.
    """
    assert pyesi.Table is pyesi.columns.Table
