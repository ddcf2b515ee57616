"""Sweeps over time: what a store keeps, once, and gives back."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

from pyesi import TableStore
from pyesi.columns import _duckdb_file, _parquet_folder
from pyesi.columns._sweep_rows import default_name
from pyesi.errors import ConfigurationError, InconsistentPages, InvalidRequest

ORDERS = "/markets/{region_id}/orders"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
LATEST = NOON + timedelta(minutes=10)
MOMENT = pyarrow.timestamp("ms", "UTC")


class Swept:
    """What a store asks of a table, with rows of pyarrow."""

    route = ORDERS

    def __init__(self, rows, last_modified=NOON, consistent=True, **parameters):
        self.rows = rows
        self.last_modified = last_modified
        self.consistent = consistent
        self.parameters = parameters or {"region_id": 10000002}

    def __arrow_c_stream__(self, requested_schema=None):
        return self.rows.__arrow_c_stream__(requested_schema)


def orders(*prices, **columns):
    return pyarrow.table({"price": list(map(float, prices)), **columns})


def prices_of(rows):
    return rows.column("price").to_pylist()


@pytest.fixture(params=["market.duckdb", "market"])
def path(request, tmp_path):
    """A place for each kind of store."""
    return tmp_path / request.param


@pytest.fixture
def store(path):
    return TableStore(path, wait=0.0)


def test_a_sweep_is_read_back_with_its_instant(store):
    """
    Every row that was appended comes back with the Last-Modified of its sweep.
    """
    assert store.append(Swept(orders(5, 6)))

    rows = store.read()

    assert rows.to_pylist() == [
        {"price": 5.0, "snapshot": NOON},
        {"price": 6.0, "snapshot": NOON},
    ]
    assert rows.schema.field("snapshot").type == MOMENT
    rows.validate(full=True)


def test_a_snapshot_that_is_kept_is_not_kept_again(path):
    """
    The second of two sweeps of one Last-Modified is told to be known, also to another
    store at the same place.
    """
    assert TableStore(path).append(Swept(orders(5)))

    assert not TableStore(path).append(Swept(orders(5)))

    assert prices_of(TableStore(path).read()) == [5.0]


def test_other_parameters_are_another_history(store):
    """
    Two regions that changed at one instant are both kept, each under its name.
    """
    assert store.append(Swept(orders(5), region_id=10000002))
    assert store.append(Swept(orders(6), region_id=10000043))

    assert store.names == ["markets_10000002_orders", "markets_10000043_orders"]
    assert prices_of(store.read("markets_10000043_orders")) == [6.0]


def test_one_name_for_several_regions_loses_none(store):
    """
    Under a name of one's own, what differs in its parameters is kept, though its
    Last-Modified is known.
    """
    assert store.append(Swept(orders(5), region_id=10000002), name="orders")
    assert store.append(Swept(orders(6), region_id=10000043), name="orders")
    assert not store.append(Swept(orders(6), region_id=10000043), name="orders")

    assert sorted(prices_of(store.read("orders"))) == [5.0, 6.0]
    assert store.snapshots("orders") == [NOON]
    assert len(store) == 2


def test_the_oldest_snapshot_comes_first(store):
    """
    Rows are in order of their sweeps, and in a sweep as they came, whichever was
    appended first.
    """
    store.append(Swept(orders(3, 2, 1), LATER))
    store.append(Swept(orders(9, 7, 8), NOON))
    store.append(Swept(orders(6), LATEST))

    assert prices_of(store.read()) == [9, 7, 8, 3, 2, 1, 6]
    assert store.snapshots() == [NOON, LATER, LATEST]


def test_a_time_is_read_from_its_first_instant_up_to_its_last(store):
    """
    `since` is in and `until` is not, so that neighbouring times share no row.
    """
    for price, instant in enumerate([NOON, LATER, LATEST]):
        store.append(Swept(orders(price), instant))

    assert prices_of(store.read(since=LATER)) == [1, 2]
    assert prices_of(store.read(until=LATER)) == [0]
    assert prices_of(store.read(since=NOON, until=LATEST)) == [0, 1]
    assert prices_of(store.read(since=date(2026, 11, 30))) == []
    assert prices_of(store.read(until=date(2026, 11, 30))) == [0, 1, 2]
    abroad = LATER.astimezone(timezone(timedelta(hours=-8)))
    assert prices_of(store.read(since=abroad)) == [1, 2]


def test_only_the_columns_that_are_asked_for_come(store):
    """
    They come in the order asked for, and also where no snapshot is in the time.
    """
    store.append(Swept(orders(5, type_id=[34], system_id=[1])))

    assert store.read(columns=["type_id", "price"]).to_pylist() == [
        {"type_id": 34, "price": 5.0}
    ]
    none = store.read(columns=["snapshot", "price"], since=LATER)
    assert none.column_names == ["snapshot", "price"]
    assert len(none) == 0


def test_a_column_that_is_new_is_null_in_older_rows(store):
    """
    An optional field that ESI adds, or stops to send, breaks neither append nor read.
    """
    store.append(Swept(orders(5)))
    store.append(Swept(orders(6, note=["x"]), LATER))
    store.append(Swept(orders(7), LATEST))

    assert store.read(columns=["price", "note"]).to_pylist() == [
        {"price": 5.0, "note": None},
        {"price": 6.0, "note": "x"},
        {"price": 7.0, "note": None},
    ]
    assert store.read(until=LATER, columns=["note"]).to_pylist() == [{"note": None}]


def test_a_column_that_came_with_an_older_snapshot_is_known(store):
    """
    Whichever snapshot brought it, a column may be asked for, and what is of another
    type is refused.
    """
    store.append(Swept(orders(6), LATER))
    store.append(Swept(orders(5, note=["x"]), NOON))

    assert store.read(columns=["note"], since=LATER).to_pylist() == [{"note": None}]
    assert store.read(since=LATEST).column_names == ["price", "snapshot", "note"]
    with pytest.raises(InvalidRequest, match="note"):
        store.append(Swept(orders(5, note=[1]), LATEST))


def test_a_field_that_is_new_inside_of_a_struct_is_null_in_older_rows(store):
    """
    Structs, and structs in lists, grow as tables do.
    """
    before = pyarrow.table({"at": [{"x": 1}], "items": [[{"id": 1}]]})
    after = pyarrow.table({"at": [{"x": 2, "z": 3}], "items": [[{"id": 2, "n": 4}]]})
    store.append(Swept(before))
    store.append(Swept(after, LATER))

    assert store.read(columns=["at", "items"]).to_pylist() == [
        {"at": {"x": 1, "z": None}, "items": [{"id": 1, "n": None}]},
        {"at": {"x": 2, "z": 3}, "items": [{"id": 2, "n": 4}]},
    ]


def test_a_word_that_is_new_is_a_word_like_the_others(store):
    """
    Columns of known words, wherever they are, are kept as strings.
    """

    def with_words(*words):
        coded = pyarrow.array(words).dictionary_encode()
        return pyarrow.table(
            {
                "range": coded,
                "nested": pyarrow.StructArray.from_arrays([coded], ["range"]),
                "listed": pyarrow.ListArray.from_arrays([0, len(words)], coded)
                if len(words) == 1
                else pyarrow.array([[words[0]], [words[1]]]),
            }
        )

    store.append(Swept(with_words("region", "station")))
    store.append(Swept(with_words("wormhole"), LATER))

    rows = store.read()
    assert rows.column("range").to_pylist() == ["region", "station", "wormhole"]
    assert rows.column("nested").to_pylist()[2] == {"range": "wormhole"}
    assert rows.column("listed").to_pylist()[2] == ["wormhole"]
    assert rows.schema.field("range").type == pyarrow.string()


def test_a_column_without_a_type_comes_once_it_has_one(store):
    """
    What a library knows as all null, and no more, is not kept before it is something;
    inside of another it is taken for a string.
    """
    at = [{"x": 1, "y": None}]
    nothing = pandas.DataFrame({"price": [5.0], "note": [None], "at": at})
    store.append(nothing, name="mine", last_modified=NOON)
    assert store.read().column_names == ["price", "at", "snapshot"]
    assert store.read().column("at").to_pylist() == at

    store.append(orders(6, note=["x"]), name="mine", last_modified=LATER)
    assert store.read().column("note").to_pylist() == [None, "x"]


def test_whole_numbers_may_become_fractions(store):
    """
    A column of integers takes fractions later, and both are read as doubles.
    """
    store.append(Swept(pyarrow.table({"price": [5]})))
    store.append(Swept(pyarrow.table({"price": [5.5]}), LATER))

    assert prices_of(store.read()) == [5.0, 5.5]


def test_a_column_of_another_type_is_refused(store):
    """
    What cannot lie in one column with the rows before is an error that names it, and
    leaves the store as it was.
    """
    store.append(Swept(orders(5)))

    with pytest.raises(InvalidRequest, match=r"(?s)price.*double.*string.*name="):
        store.append(Swept(pyarrow.table({"price": ["dear"]}), LATER))

    assert prices_of(store.read()) == [5.0]
    assert store.snapshots() == [NOON]


EVERYTHING = pyarrow.table(
    {
        "whole": pyarrow.array([1, None], pyarrow.int64()),
        "fraction": pyarrow.array([1.5, float("nan")], pyarrow.float64()),
        "flag": pyarrow.array([True, None]),
        "word": pyarrow.array(["ä\u0000b", None]),
        "instant": pyarrow.array([NOON, None], MOMENT),
        "day": pyarrow.array([date(2026, 11, 29), None]),
        "struct": pyarrow.array([{"a": 1, "b": "x"}, None]),
        "list": pyarrow.array([[1, None], None]),
        "structs": pyarrow.array([[{"a": 1}], []]),
        "keyed": pyarrow.array(
            [[("k", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int64())
        ),
    }
)


def test_every_type_comes_back_as_it_was(store):
    """
    Values, nulls and types are those that were appended, in both kinds of store.
    """
    store.append(Swept(EVERYTHING))

    rows = store.read().drop_columns("snapshot")

    assert rows.schema.equals(EVERYTHING.schema)
    assert str(rows.to_pylist()) == str(EVERYTHING.to_pylist())


def test_a_sweep_without_rows_is_a_snapshot(store):
    """
    That there was nothing is known, too; and it takes no column.
    """
    assert store.append(Swept(pyarrow.table({})))
    assert not store.append(Swept(pyarrow.table({})))
    assert store.append(Swept(orders(5), LATER))

    assert store.snapshots() == [NOON, LATER]
    assert prices_of(store.read()) == [5.0]


def test_a_column_of_instants_that_is_there_is_kept(store):
    """
    Rows that bring a column `snapshot` are read by it.
    """
    own = pyarrow.array([NOON, LATEST], pyarrow.timestamp("us", "UTC"))
    assert store.append(Swept(orders(5, 6, snapshot=own), LATER))
    assert not store.append(Swept(orders(5, 6, snapshot=own), LATER))

    rows = store.read()
    assert rows.column("snapshot").to_pylist() == [NOON, LATEST]
    assert rows.schema.field("snapshot").type == MOMENT
    assert prices_of(store.read(since=LATER)) == [6.0]
    assert prices_of(store.read(until=LATER)) == [5.0]
    assert store.read(columns=["price"], since=LATER).to_pylist() == [{"price": 6.0}]


def test_a_column_of_that_name_without_instants_is_refused(store):
    """
    A column `snapshot` of numbers is an error that says what to do.
    """
    with pytest.raises(InvalidRequest, match="int64: give it another name"):
        store.append(Swept(orders(5, snapshot=[1])))


def test_the_core_s_flags_are_listened_to(store):
    """
    A table that is not one snapshot is refused, unless it is said that it may be.
    """
    torn = Swept(orders(5), consistent=False)

    with pytest.raises(InconsistentPages, match="allow_inconsistent=True"):
        store.append(torn)
    assert store.names == []

    assert store.append(torn, allow_inconsistent=True)
    assert prices_of(store.read()) == [5.0]


@pytest.mark.parametrize(
    "make",
    [
        pyarrow.table,
        polars.DataFrame,
        pandas.DataFrame,
        lambda columns: pyarrow.table(columns).to_reader(),
    ],
    ids=["pyarrow", "polars", "pandas", "reader"],
)
def test_what_was_made_of_a_table_can_be_kept(store, make):
    """
    Frames of other libraries are kept once it is said what and when they are.
    """
    assert store.append(make({"price": [5.0]}), name="mine", last_modified=NOON)

    assert store.read().to_pylist() == [{"price": 5.0, "snapshot": NOON}]


def test_words_of_other_libraries_are_words(store):
    """
    However a library lays out its strings and lists, they join those that were there.
    """
    for hour, made in enumerate(
        [
            polars.DataFrame({"word": ["a"], "list": [["b"]]}),
            pyarrow.table({"word": ["a"], "list": [["b"]]}),
            pandas.DataFrame({"word": ["a"], "list": [["b"]]}),
        ]
    ):
        store.append(made, name="mine", last_modified=NOON + timedelta(hours=hour))

    rows = store.read(columns=["word", "list"])
    assert rows.to_pylist() == [{"word": "a", "list": ["b"]}] * 3


def test_a_table_that_does_not_tell_when_is_refused(store):
    """
    Without a Last-Modified the error says how to give one.
    """
    with pytest.raises(InvalidRequest, match="last_modified="):
        store.append(Swept(orders(5), last_modified=None))
    with pytest.raises(InvalidRequest, match="last_modified="):
        store.append(orders(5), name="mine")


def test_a_table_that_does_not_tell_what_is_refused(store):
    """
    Without a route the error says how to give a name.
    """
    with pytest.raises(InvalidRequest, match="name="):
        store.append(orders(5), last_modified=NOON)


@pytest.mark.parametrize("bad", [[{"price": 5}], None, "orders", 5])
def test_what_is_no_table_is_refused(store, bad):
    """
    The error says what a store takes, and of what type this is.
    """
    with pytest.raises(InvalidRequest, match=f"not {type(bad).__name__}"):
        store.append(bad, name="mine", last_modified=NOON)


@pytest.mark.parametrize(
    ("bad", "told"), [(datetime(2026, 11, 29), "time zone"), ("noon", "datetime")]
)
def test_an_instant_without_a_place_is_refused(store, bad, told):
    """
    A naive datetime means another instant on each machine.
    """
    with pytest.raises(InvalidRequest, match=told):
        store.append(orders(5), name="mine", last_modified=bad)
    store.append(Swept(orders(5)))
    with pytest.raises(InvalidRequest, match=told):
        store.read(since=bad)


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "../x", "a/b", "a b", "-x", ".x", "ä", "x" * 101, 5]
)
def test_a_name_that_no_folder_should_bear_is_refused(store, bad):
    """
    A name leads out of the store on no system, and needs no care in SQL.
    """
    with pytest.raises(InvalidRequest, match="a name must be"):
        store.append(Swept(orders(5)), name=bad)
    assert store.names == []


def test_names_that_differ_in_case_are_one(store):
    """
    Some disks, and SQL, cannot tell them apart.
    """
    store.append(Swept(orders(5)), name="Orders")
    store.append(Swept(orders(6), LATER), name="orders")

    assert store.names == ["Orders"]
    assert prices_of(store.read("ORDERS")) == [5.0, 6.0]


def test_a_name_that_is_not_there_is_told_with_the_nearest(store):
    """
    So is one that is left out where there are several, and any in an empty store.
    """
    with pytest.raises(InvalidRequest, match="nothing in"):
        store.read()
    store.append(Swept(orders(5)), name="orders")
    store.append(Swept(orders(5)), name="contracts")

    with pytest.raises(InvalidRequest, match=r"no 'ordres'. Did you mean orders\?"):
        store.read("ordres")
    with pytest.raises(InvalidRequest, match="say which of contracts, orders"):
        store.snapshots()


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (["prise"], r"no column 'prise'. Did you mean price\?"),
        ("price", "a list of names"),
        ([5], "a list of names"),
        ([], "one or more"),
        (["price", "price"], "each once"),
    ],
)
def test_columns_that_are_not_there_are_told_with_the_nearest(store, bad, told):
    """
    So is whatever else is no list of columns.
    """
    store.append(Swept(orders(5)))

    with pytest.raises(InvalidRequest, match=told):
        store.read(columns=bad)


def test_nothing_is_made_before_something_is_kept(path):
    """
    To look at a path that was misspelt leaves nothing there.
    """
    with TableStore(path) as store:
        assert (store.names, len(store), bool(store)) == ([], 0, True)
        assert store.path == path
        assert repr(store) == f"<pyesi.TableStore '{path}'>"

    assert not path.exists()


@pytest.mark.parametrize("bad", ["", None, 5, "s3://bucket/x", "x\0y", b"market"])
def test_what_is_no_path_is_refused(bad):
    """
    The error says what a path must be.
    """
    with pytest.raises(ConfigurationError, match=r"duckdb or a folder"):
        TableStore(bad)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "1", None, True])
def test_a_wait_that_is_none_is_refused(tmp_path, bad):
    """
    It is a number of seconds.
    """
    with pytest.raises(ConfigurationError, match="wait must be seconds"):
        TableStore(tmp_path / "x", wait=bad)


def test_a_path_that_is_neither_is_refused(tmp_path):
    """
    A file without the ending of DuckDB, an ending of another kind of file and a folder
    that is not there are each told.
    """
    (tmp_path / "file").touch()
    (tmp_path / "market.parquet").mkdir()

    for name in ("file", "market.csv", "market.db"):
        with pytest.raises(ConfigurationError, match="neither a file of DuckDB"):
            TableStore(tmp_path / name)
    with pytest.raises(ConfigurationError, match="there is no folder"):
        TableStore(tmp_path / "not" / "there")
    assert TableStore(tmp_path / "market.parquet").names == []


def test_a_folder_of_another_is_refused(tmp_path):
    """
    A folder that holds something, and nothing that says it is a store's, is left alone.
    """
    (tmp_path / "thesis.docx").touch()

    with pytest.raises(ConfigurationError, match=r"'thesis.docx'.* is not a Table"):
        TableStore(tmp_path)


def test_a_file_of_another_is_refused(tmp_path):
    """
    What only has the ending of DuckDB is left alone.
    """
    for content in (b"", b"not a database" * 100):
        path = tmp_path / "market.duckdb"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="not a database of DuckDB"):
            TableStore(path)
        assert path.read_bytes() == content


def test_what_lies_between_the_files_is_not_looked_at(tmp_path):
    """
    Notes, thumbnails and files of a killed writer in a store disturb nobody.
    """
    store = TableStore(tmp_path / "market")
    store.append(Swept(orders(5)), name="orders")
    for name in ("notes.txt", ".DS_Store", "orders/notes.txt", "orders/.unfinished-1"):
        (store.path / name).write_bytes(b"x")
    (store.path / "empty").mkdir()

    again = TableStore(store.path)
    assert again.names == ["orders"]
    assert prices_of(again.read()) == [5.0]


@pytest.mark.parametrize("told", ['{"format": 2}', "[]", "no json"])
def test_a_folder_of_a_later_format_is_refused(tmp_path, told):
    """
    A store that a later version made is not misread.
    """
    (tmp_path / _parquet_folder.MARK).write_text(told)

    with pytest.raises(ConfigurationError, match="does not say format 1"):
        TableStore(tmp_path)


def test_a_file_of_a_later_format_is_refused(tmp_path):
    """
    A store that a later version made is not misread.
    """
    store = TableStore(tmp_path / "market.duckdb")
    store.append(Swept(orders(5)))
    with duckdb.connect(store.path) as database:
        database.execute("update pyesi.store set format = 2")

    with pytest.raises(ConfigurationError, match="says format"):
        store.read()


def test_a_damaged_file_is_named(tmp_path):
    """
    The error says which file cannot be read, and the store goes on without it.
    """
    store = TableStore(tmp_path / "market")
    store.append(Swept(orders(5)))
    store.append(Swept(orders(6), LATER))
    newest = max(store.path.glob("*/*.parquet"))
    newest.write_bytes(newest.read_bytes()[:-20])

    with pytest.raises(OSError, match=f"{newest.name}' is damaged"):
        store.read()

    newest.unlink()
    assert prices_of(store.read()) == [5.0]


def test_tables_of_one_s_own_are_left_alone(tmp_path):
    """
    A file of DuckDB may hold other tables, and none is appended to that is another's.
    """
    path = tmp_path / "market.duckdb"
    with duckdb.connect(path) as database:
        database.execute("create table Mine (x int)")
    store = TableStore(path)
    assert store.names == []

    with pytest.raises(InvalidRequest, match="not a TableStore's"):
        store.append(Swept(orders(5)), name="mine")

    assert store.append(Swept(orders(5)), name="orders")
    assert store.names == ["orders"]


def test_sql_sees_what_is_kept(tmp_path):
    """
    DuckDB's own SQL reads both kinds of store without pyesi.
    """
    for path in (tmp_path / "market.duckdb", tmp_path / "market"):
        TableStore(path).append(Swept(orders(5, 6)), name="orders")
    query = "select max(price), count(distinct snapshot) from "

    with duckdb.connect(tmp_path / "market.duckdb", read_only=True) as database:
        assert database.sql(f"{query} orders").fetchall() == [(6.0, 1)]
    files = f"{tmp_path}/market/orders/*.parquet"
    assert duckdb.sql(f"{query} '{files}'").fetchall() == [(6.0, 1)]


def test_the_list_of_columns_is_made_anew_where_it_is_lost(tmp_path):
    """
    A folder that lost the file which tells its columns, or has it damaged, is read by
    what its Parquet files say.
    """
    store = TableStore(tmp_path / "market")
    store.append(Swept(orders(5, note=["x"])), name="orders")
    told = store.path / "orders" / _parquet_folder.COLUMNS

    told.write_bytes(b"no schema")
    assert store.read(columns=["note"]).to_pylist() == [{"note": "x"}]
    told.unlink()
    assert store.read(columns=["note"]).to_pylist() == [{"note": "x"}]
    store.append(Swept(orders(6), LATER), name="orders")
    assert told.exists()


def test_a_file_tells_where_it_comes_from(tmp_path):
    """
    Source, Last-Modified and consistency stand in each Parquet file.
    """
    store = TableStore(tmp_path / "market")
    store.append(Swept(orders(5), consistent=False), allow_inconsistent=True)
    (file,) = store.path.glob("*/*.parquet")

    told = pyarrow.parquet.read_schema(file).metadata
    assert told[b"pyesi.last_modified"] == b"2026-11-29T12:00:00+00:00"
    assert told[b"pyesi.consistent"] == b"false"
    assert told[b"pyesi.source"] == (
        b'["/markets/{region_id}/orders", {"region_id": 10000002}]'
    )


@pytest.mark.parametrize(
    ("route", "parameters", "name"),
    [
        (ORDERS, {"region_id": 10000002}, "markets_10000002_orders"),
        (
            ORDERS,
            {"region_id": 10000002, "order_type": "sell"},
            "markets_10000002_orders_order_type_sell",
        ),
        (ORDERS, {"region_id": (1, 2)}, "markets_region_id_orders"),
        ("/status", {}, "status"),
    ],
)
def test_a_history_is_named_after_route_and_parameters(route, parameters, name):
    """
    The name can be written in SQL as it is.
    """
    assert default_name(route, parameters) == name


def test_a_long_or_foreign_word_still_makes_a_name():
    """
    What a name cannot hold is in its tail, so that different words are different names.
    """
    named = [
        default_name("/search", {"word": word})
        for word in ("ä", "ö", "x" * 99, "y" * 99)
    ]

    assert len({*named}) == 4
    assert all(name.isascii() and len(name) <= 100 for name in named)


def test_an_extra_that_is_missing_is_named(path, monkeypatch):
    """
    Without its library a store says what to install.
    """
    missing = {"market": "pyarrow", "market.duckdb": "duckdb"}[path.name]
    extra = {"market": "arrow", "market.duckdb": "store"}[path.name]
    path = path.with_name(f"new-{path.name}")
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(ConfigurationError, match=rf"pyesi-eve\[{extra}\]"):
        TableStore(path).append(Swept(orders(5)))


def test_a_write_that_fails_leaves_the_store_as_it_was(path, monkeypatch):
    """
    A full disk is an error, and neither a row nor a file of that sweep stays.
    """
    store = TableStore(path)
    store.append(Swept(orders(5)))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_parquet_folder.os, "fsync", full)
    kept = _duckdb_file._kept
    monkeypatch.setattr(_duckdb_file, "_kept", lambda *all_of: full(kept(*all_of)))
    with pytest.raises(OSError, match="No space left"):
        store.append(Swept(orders(6, note=["x"]), LATER))

    assert store.read().to_pylist() == [{"price": 5.0, "snapshot": NOON}]
    assert store.snapshots() == [NOON]
    assert list(path.glob("*/.unfinished-*")) == []
    monkeypatch.undo()
    assert store.append(Swept(orders(6, note=["x"]), LATER))


FILLING = """
import resource, sys
from datetime import UTC, datetime, timedelta
import pyarrow
from pyesi import TableStore

resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
store = TableStore(sys.argv[1], wait=60.0)
noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
for minute in range(3):
    rows = pyarrow.table({"price": [i / 7 for i in range(10 ** (minute + 4))]})
    instant = noon + timedelta(minutes=minute)
    try:
        store.append(rows, name="orders", last_modified=instant)
    except OSError:
        print(len(store))
        break
"""


def test_what_the_disk_does_not_take_is_an_error_at_once(path):
    """
    A file that cannot grow is an OSError without any wait, and all that was kept
    before can be read.
    """
    ended = subprocess.run(
        [sys.executable, "-c", FILLING, path],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    store = TableStore(path)
    assert 1 <= len(store) == int(ended.stdout) < 3
    assert len(store.read()) == sum(10 ** (i + 4) for i in range(len(store)))


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
import pyarrow
from pyesi.columns import _duckdb_file, _parquet_folder
from pyesi import TableStore

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

_parquet_folder.os.fsync = die
kept = _duckdb_file._kept
_duckdb_file._kept = lambda *all_of: die(kept(*all_of))
rows = pyarrow.table({"price": [6.0], "note": ["x"]})
later = datetime(2026, 11, 29, 12, 5, tzinfo=UTC)
TableStore(sys.argv[1]).append(rows, name="orders", last_modified=later)
"""


def test_a_process_killed_while_it_appends_leaves_the_store_as_it_was(path):
    """
    After a kill in mid-append the store has what it had, and takes the sweep anew.
    """
    store = TableStore(path)
    store.append(Swept(orders(5)), name="orders")

    ended = subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    assert ended.returncode == -signal.SIGKILL

    assert store.read().to_pylist() == [{"price": 5.0, "snapshot": NOON}]
    assert store.append(Swept(orders(6, note=["x"]), LATER), name="orders")
    assert store.snapshots() == [NOON, LATER]


def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path, monkeypatch):
    """
    A file that nobody can still be writing goes with the next append, a young one not.
    """
    store = TableStore(tmp_path / "market")
    store.append(Swept(orders(5)), name="orders")
    left = store.path / "orders" / ".unfinished-1"
    left.touch()

    store.append(Swept(orders(6), LATER))
    assert left.exists()

    a_day_on = _parquet_folder.time.time() + 90_000
    monkeypatch.setattr(_parquet_folder.time, "time", lambda: a_day_on)
    store.append(Swept(orders(7), LATEST), name="orders")
    assert not left.exists()


APPENDING = """
import sys
from datetime import UTC, datetime, timedelta
import pyarrow
from pyesi import TableStore

store = TableStore(sys.argv[1], wait=60.0)
noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
sys.stdin.readline()
for minute in range(10):
    rows = pyarrow.table({"price": [float(minute)] * 100})
    new = store.append(
        rows, name="orders", last_modified=noon + timedelta(minutes=minute)
    )
    print(int(new), flush=True)
"""


def test_processes_that_append_the_same_keep_it_once(path):
    """
    Of several processes that bring each snapshot at the same time, one is told that it
    was new, and its rows are there once.
    """
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDING, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [worker.communicate("go\n")[0].split() for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert [sum(map(int, minute)) for minute in zip(*told, strict=True)] == [1] * 10
    rows = TableStore(path).read()
    assert prices_of(rows) == [
        float(minute) for minute in range(10) for _ in range(100)
    ]


def test_threads_that_append_the_same_keep_it_once(path):
    """
    So it is with threads, each with a store of its own.
    """
    start, told = threading.Barrier(4), []

    def append():
        store = TableStore(path)
        start.wait()
        told.extend(
            store.append(Swept(orders(minute), NOON + timedelta(minutes=minute)))
            for minute in range(5)
        )

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(told) == 5
    assert len(told) == 20
    assert prices_of(TableStore(path).read()) == [0, 1, 2, 3, 4]


HOLDING = """
import sys, duckdb
database = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_file_that_another_process_holds_is_told(tmp_path):
    """
    Who waited in vain is told who has the file, and what was kept is unharmed.
    """
    path = tmp_path / "market.duckdb"
    store = TableStore(path, wait=0.0)
    store.append(Swept(orders(5)))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"

    with pytest.raises(TimeoutError, match=rf"waited 0 s .*PID {holder.pid}"):
        store.append(Swept(orders(6), LATER))
    with pytest.raises(TimeoutError, match="waited 0 s"):
        store.read()

    waiting = threading.Thread(target=holder.communicate, args=("go\n",))
    waiting.start()
    assert TableStore(path, wait=60.0).append(Swept(orders(6), LATER))
    waiting.join()
    assert prices_of(store.read()) == [5.0, 6.0]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_this_process_has_open_can_be_used(tmp_path, read_only):
    """
    A notebook that asks SQL of the file may read the store beside it.
    """
    store = TableStore(tmp_path / "market.duckdb", wait=0.0)
    store.append(Swept(orders(5)))

    with duckdb.connect(store.path, read_only=read_only):
        assert prices_of(store.read()) == [5.0]


def test_a_folder_without_links_is_written_all_the_same(tmp_path, monkeypatch):
    """
    Where the file system has no hard links, a file gets its name by a rename.
    """

    def no_links(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    store = TableStore(tmp_path / "market")

    assert store.append(Swept(orders(5)))
    assert not store.append(Swept(orders(5)))
    assert prices_of(store.read()) == [5.0]
