"""Listings in columns: equal to their JSON, whole, and as other libraries see them."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime

import duckdb
import nanoarrow
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

from integration.worlds import (
    FORGE,
    ORDERS,
    TYPE,
    TYPES,
    in_flight,
    make_blocking_client,
    make_client,
    turned,
    until,
)
from pyesi import Engine, UncheckedRoute, errors
from pyesi.testing import turn_clock

PRICES = "/markets/prices"
WARS = "/wars"
JOBS = "/freelance-jobs"


def as_decoded(row):
    """A row of JSON as a table's rows have it: instants for words of time."""
    issued = datetime.fromisoformat(row["issued"])
    return {**row, "issued": issued.astimezone(UTC)}


def matches(row, decoded):
    """Whether the row is the decoded one, nulls standing for what is absent."""
    return all(row[name] == value for name, value in decoded.items()) and all(
        row[name] is None for name in row.keys() - decoded.keys()
    )


def order_ids(table):
    return table.column("order_id")


def test_a_sweep_is_the_same_in_columns_as_in_json(simulator, either_loop):
    """
    The table has the pages' rows, each once, value for value.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            table = await esi.get_table(ORDERS, **FORGE)
            return table, await esi.get_pages(ORDERS, **FORGE)

    table, pages = either_loop(story())

    rows = [as_decoded(row) for row in pages.json()]
    assert len(table) == len(rows) > 7000
    assert all(map(matches, table.rows(), rows))
    assert (table.pages, table.rounds, table.consistent) == (8, 0, True)
    assert table.last_modified == pages.last_modified
    assert table.unknown_fields == ()
    assert table.unknown_values == {}
    assert set(simulator.targets().values()) == {1}
    table.to_arrow().validate(full=True)


def test_the_blocking_client_gives_the_same_table(simulator, blocking):
    """
    Whole and in a stream, and from the cache the second time.
    """
    whole = blocking.get_table(ORDERS, **FORGE)
    parts = list(blocking.stream_table(ORDERS, **FORGE))

    assert [row for part in parts for row in part.rows()] == whole.rows()
    assert [part.pages for part in parts] == [1] * 8
    assert simulator.counters()["requests"] == 8


def test_what_the_libraries_make_of_it(simulator, blocking):
    """
    Types, rows and sums are the same in pyarrow, pandas, Polars and DuckDB.
    """
    orders = blocking.get_table(ORDERS, **FORGE)
    total = sum(orders.column("volume_remain"))

    arrow = orders.to_arrow()
    arrow.validate(full=True)
    assert arrow.schema.field("issued").type == pyarrow.timestamp("ms", "UTC")
    assert pyarrow.types.is_dictionary(arrow.schema.field("range").type)
    assert not arrow.schema.field("order_id").nullable
    assert arrow.to_pylist()[-3:] == orders.rows(-3)

    frame = orders.to_pandas()
    assert frame["issued"].dtype == "datetime64[ms, UTC]"
    assert isinstance(frame["range"].dtype, pandas.CategoricalDtype)
    assert frame["volume_remain"].sum() == total

    in_polars = orders.to_polars()
    assert in_polars.schema["issued"] == polars.Datetime("ms", "UTC")
    assert in_polars["volume_remain"].sum() == total
    assert in_polars.tail(3)["range"].to_list() == [
        row["range"] for row in orders.rows(-3)
    ]

    (row,) = duckdb.sql("select count(*), sum(volume_remain) from orders").fetchall()
    assert row == (len(orders), total)
    cheapest = duckdb.sql(
        "select type_id, min(price) as price from orders group by type_id"
    )
    assert len(cheapest.fetchall()) == len(set(orders.column("type_id")))


def test_a_slice_is_a_slice_everywhere(blocking):
    """
    Rows across the seams of pages are the ones asked for, in every library.
    """
    orders = blocking.get_table(ORDERS, **FORGE)
    part = orders.slice(998, 2003)

    assert part.rows() == orders.rows(998, 2003)
    part.to_arrow().validate(full=True)
    assert part.to_arrow().to_pylist() == part.rows()
    assert part.to_polars()["order_id"].to_list() == order_ids(part)
    assert part.to_pandas()["order_id"].tolist() == order_ids(part)
    assert duckdb.sql("select order_id from part").fetchall() == [
        (number,) for number in order_ids(part)
    ]


def test_a_schema_that_is_asked_for_is_not_looked_at(blocking):
    """
    The protocol lets a producer give what it has: the same columns come.
    """
    orders = blocking.get_table(ORDERS, **FORGE)
    wanted = pyarrow.schema([("order_id", pyarrow.string())]).__arrow_c_schema__()
    capsule = orders.__arrow_c_stream__(wanted)

    read = pyarrow.RecordBatchReader._import_from_c_capsule(capsule).read_all()
    assert read.schema == orders.to_arrow().schema
    assert read.num_rows == len(orders)


def test_nanoarrow_reads_it_batch_by_batch(blocking):
    """
    A stream of one batch a page, whose schema says the same as the table's.
    """
    orders = blocking.get_table(ORDERS, **FORGE)
    stream = nanoarrow.ArrayStream(orders)

    assert [field.name for field in stream.schema.fields] == [*orders.columns]
    sizes = [len(batch) for batch in stream]
    assert len(sizes) == orders.pages
    assert sum(sizes) == len(orders)


def test_what_was_handed_over_outlives_the_table(simulator):
    """
    The memory is kept while a library uses it, though table and client are gone.
    """
    with make_blocking_client(simulator.base_url) as esi:
        table = esi.get_table(ORDERS, **FORGE)
        ids = order_ids(table)
        arrow = table.slice(500, 1500).to_arrow()
    del table
    gc.collect()

    assert arrow["order_id"].to_pylist() == ids[500:1500]
    arrow.validate(full=True)


def test_only_what_is_wanted_is_there(blocking):
    """
    columns=, add= and provenance= make the table's columns.
    """
    seen_at = datetime(2026, 11, 29, tzinfo=UTC)
    table = blocking.get_table(
        ORDERS,
        columns=["price"],
        add={"region": "The Forge", "n": 7, "at": seen_at, "x": 0.5, "yes": True},
        provenance=True,
        **FORGE,
    )

    assert table.columns == (
        "price",
        "region",
        "n",
        "at",
        "x",
        "yes",
        "page",
        "last_modified",
    )
    first, last = table.rows(0, 1)[0], table.rows(-1)[0]
    assert (first["page"], last["page"]) == (1, 8)
    assert first["last_modified"] == table.last_modified
    told = [first[name] for name in ("region", "n", "at", "x", "yes")]
    assert told == ["The Forge", 7, seen_at, 0.5, True]
    table.to_arrow().validate(full=True)


def test_a_stream_gives_each_page_as_a_table(simulator, either_loop):
    """
    Of one snapshot, in order; together they are the whole.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            parts = [part async for part in esi.stream_table(ORDERS, **FORGE)]
            return parts, await esi.get_table(ORDERS, **FORGE)

    parts, whole = either_loop(story())

    assert len(parts) == 8
    assert [one for part in parts for one in order_ids(part)] == order_ids(whole)
    assert {part.last_modified for part in parts} == {whole.last_modified}
    assert all(part.consistent for part in parts)


def test_a_stream_that_is_left_cancels_what_is_under_way(simulator, loop):
    """
    After the first table nothing goes on.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            stream = esi.stream_table(ORDERS, consistent=False, **FORGE)
            async with aclosing(stream) as parts:
                async for part in parts:
                    assert len(part) > 0
                    break
            await until(lambda: in_flight(esi) == 0)

    loop(story())


@pytest.mark.parametrize("served", [1, 4, 7])
def test_a_table_is_one_snapshot_when_the_market_rolls_over(
    simulator, either_loop, served
):
    """
    Pages that fell behind are read again, and the old rows are gone.
    """
    simulator.roll_after(served)

    async def story():
        async with make_client(simulator.base_url) as esi:
            table = await turned(
                esi.get_table(ORDERS, provenance=True, **FORGE), simulator, esi
            )
            return table, await esi.get_pages(ORDERS, **FORGE)

    table, pages = either_loop(story())

    assert table.consistent
    assert table.rounds >= 1
    assert set(table.column("last_modified")) == {table.last_modified}
    assert order_ids(table) == [row["order_id"] for row in pages.json()]
    assert simulator.counters()["early"] == 0


@pytest.mark.parametrize("consistent", [True, False])
def test_a_sweep_that_is_torn_for_good_is_an_error_or_flagged(
    simulator, loop, consistent
):
    """
    Where no snapshot comes: InconsistentPages, or a table that says so and has each
    row once.
    """
    simulator.roll_after(3)

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await turned(
                esi.get_table(ORDERS, consistent=consistent, **FORGE),
                simulator,
                esi,
                step=301,
                on_pause=lambda: simulator.roll_after(1),
            )

    if consistent:
        with pytest.raises(errors.InconsistentPages) as failure:
            loop(story())
        assert (failure.value.rounds, failure.value.route) == (3, ORDERS)
        return
    table = loop(story())
    assert not table.consistent
    assert table.rounds == 3
    assert len(set(order_ids(table))) == len(table)
    assert simulator.counters()["early"] == 0


def test_every_row_once_in_listings_by_id(simulator, blocking):
    """
    A walk by id is a table without the rows that its pages share.
    """
    wars = blocking.get_table(WARS)
    rows = blocking.get_pages(WARS).json()

    assert wars.columns == ("value",)
    assert wars.column("value") == rows
    assert wars.pages > 1
    streamed = [one for part in blocking.stream_table(WARS) for one in part.rows()]
    assert [row["value"] for row in streamed] == rows


def test_listings_by_cursor(blocking):
    """
    The rows lie in a field of the answer, and become the table.
    """
    jobs = blocking.get_table(JOBS)
    rows = blocking.get_pages(JOBS).json()

    assert [row["id"] for row in jobs.rows()] == [row["id"] for row in rows]
    jobs.to_arrow().validate(full=True)
    assert set(blocking.get_table(JOBS, columns=["name"]).columns) == {"id", "name"}


def test_single_answers(blocking):
    """
    An object is one row, whose lists and objects are nested columns.
    """
    (row,) = blocking.get_table(TYPE, type_id=TYPES[0]).rows()
    decoded = blocking.get(TYPE, type_id=TYPES[0]).json()

    assert matches(row, decoded)
    status = blocking.get_table("/status")
    assert len(status) == 1
    assert isinstance(status.column("start_time")[0], datetime)


def test_a_response_is_a_table_too(blocking):
    """
    What was asked for by itself can be given to a library as it is.
    """
    prices = blocking.get(PRICES)
    table = pyarrow.table(prices)

    table.validate(full=True)
    assert table.num_rows == len(prices.json())
    assert pyarrow.schema(prices) == table.schema
    names = blocking.post("/universe/names", json=[30000142])
    assert pyarrow.table(names)["name"].to_pylist() == ["Jita"]


def test_a_response_without_a_shape_is_no_table(blocking):
    """
    Of a route that nobody knows, or of a no, there are no rows.
    """
    new = blocking.get(UncheckedRoute("/status"))
    with pytest.raises(errors.InvalidRequest, match="does not know"):
        pyarrow.table(new)
    gone = blocking.get(TYPE, type_id=999_999_999, raise_for_status=False)
    with pytest.raises(errors.NotFound):
        pyarrow.table(gone)


def test_a_fresh_answer_is_read_from_the_cache(simulator, blocking):
    """
    The second table asks for nothing; after its expiry a 304 is enough.
    """
    first = blocking.get_table(PRICES)
    second = blocking.get_table(PRICES)
    assert simulator.counters()["requests"] == 1
    assert second.rows() == first.rows()

    turn_clock(simulator, blocking, 3700)
    blocking.get_table(PRICES)
    assert simulator.counters()["requests"] == 2
    assert simulator.counters()["early"] == 0


REGIONS = [10000002, 10000043, 10000030]


def test_many_listings_in_one_table(simulator, either_loop):
    """
    Each region's orders stand under its number, in the order asked for.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            over = {"region_id": REGIONS}
            table = await esi.get_table(ORDERS, over=over, order_type="sell")
            apart = [
                await esi.get_table(ORDERS, region_id=one, order_type="sell")
                for one in REGIONS
            ]
            return table, apart

    table, apart = either_loop(story())

    assert table.columns[-1] == "region_id"
    numbers = table.column("region_id")
    assert [*dict.fromkeys(numbers)] == REGIONS
    assert order_ids(table) == [one for part in apart for one in order_ids(part)]
    assert table.pages == sum(part.pages for part in apart)
    assert [numbers.count(one) for one in REGIONS] == [len(part) for part in apart]
    table.to_arrow().validate(full=True)


def test_many_answers_in_one_table(simulator, either_loop):
    """
    A thousand small answers are one table of few batches, asked for once each.
    """
    types = [TYPES[n % len(TYPES)] for n in range(1000)]

    async def story():
        async with make_client(simulator.base_url) as esi:
            seen = []
            table = await esi.get_table(
                TYPE,
                over={"type_id": types},
                columns=["type_id", "name"],
                progress=lambda *told: seen.append(told),
            )
            return table, seen

    table, seen = either_loop(story())

    assert table.column("type_id") == types
    assert seen[-1] == (1000, 1000)
    assert table.to_arrow()["name"].num_chunks <= 4
    assert set(simulator.targets().values()) == {1}


def test_a_call_that_fails_ends_all_or_is_left_out(simulator, blocking):
    """
    A type that nobody knows: the error, or a table of the others that tells of it.
    """
    over = {"type_id": [TYPES[0], 999_999_999, TYPES[1]]}
    with pytest.raises(errors.NotFound):
        blocking.get_table(TYPE, over=over)
    table = blocking.get_table(TYPE, over=over, errors="skip")

    assert table.column("type_id") == [TYPES[0], TYPES[1]]
    assert [(place, error.status) for place, error in table.errors.items()] == [
        (1, 404)
    ]
    regions = {"region_id": [10000002, 99_999_999]}
    with pytest.raises(errors.ESIError):
        blocking.get_table(ORDERS, over=regions, order_type="all")
    table = blocking.get_table(ORDERS, over=regions, order_type="all", errors="skip")
    assert set(table.column("region_id")) == {10000002}
    assert [*table.errors] == [1]
    assert in_flight(blocking) == 0


def test_giving_up_cancels_all_of_it(simulator, loop):
    """
    A task that is cancelled leaves nothing under way.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 5.0}, "times": None}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            over = {"region_id": REGIONS}
            asked = esi.get_table(ORDERS, over=over, order_type="all")
            task = asyncio.ensure_future(asked)
            await until(lambda: in_flight(esi))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: in_flight(esi) == 0)

    loop(story())


def test_a_page_that_says_no_is_a_status_error(simulator, blocking):
    """
    No table comes of a sweep that ESI refuses.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 403}, "match": {"page": 3}}])
    with pytest.raises(errors.Forbidden):
        blocking.get_table(ORDERS, **FORGE)


def test_a_body_that_is_no_json_is_a_decode_error(simulator, blocking):
    """
    Where the page is broken, the error says which.
    """
    simulator.faults(
        [{"fault": {"kind": "invalid_json"}, "match": {"page": 2}, "times": None}]
    )
    with pytest.raises(errors.DecodeFailed):
        blocking.get_table(ORDERS, **FORGE)


def test_parquet_keeps_rows_and_origin(tmp_path, blocking):
    """
    What was written is read back, with the snapshot's instant.
    """
    orders = blocking.get_table(ORDERS, **FORGE)
    orders.to_parquet(tmp_path / "orders.parquet")
    read = pyarrow.parquet.read_table(tmp_path / "orders.parquet")

    assert read.to_pylist() == orders.rows()
    told = read.schema.metadata[b"pyesi.last_modified"].decode()
    assert datetime.fromisoformat(told) == orders.last_modified


def test_tables_are_counted(blocking):
    """
    statistics() tells tables, rows and bytes by operation.
    """
    table = blocking.get_table(PRICES)
    blocking.get_table(PRICES)
    (counted,) = blocking.statistics()["tables"]

    assert counted["route"] == "GetMarketsPrices"
    assert (counted["tables"], counted["rows"]) == (2, 2 * len(table))
    assert counted["bytes"] == 2 * len(blocking.get(PRICES).content)
    assert counted["misfits"] == counted["unknown_fields"] == 0


LATE = [{"fault": {"kind": "latency", "seconds": 5.0}, "times": None}]
OVER = [
    (ORDERS, {"over": {"region_id": REGIONS}, "order_type": "all"}),
    (TYPE, {"over": {"type_id": TYPES[:50]}}),
    (ORDERS, FORGE),
]


@pytest.mark.parametrize(("route", "asked"), OVER)
def test_closing_the_client_ends_what_it_reads(simulator, loop, route, asked):
    """
    Whoever waits for a table of it gets ClientClosed, and the shared engine is free.
    """
    simulator.faults(LATE)

    async def story():
        async with Engine() as engine:
            esi = make_client(simulator.base_url, engine=engine)
            task = asyncio.ensure_future(esi.get_table(route, **asked))
            await until(lambda: in_flight(engine))
            await esi.aclose()
            with pytest.raises(errors.ClientClosed):
                await task
            await until(lambda: in_flight(engine) == 0)

    loop(story())


@pytest.mark.parametrize(
    ("route", "asked"), [*OVER, (TYPE, {**OVER[1][1], "errors": "skip"})]
)
def test_closing_a_blocking_client_from_another_thread(simulator, route, asked):
    """
    The thread that waits gets ClientClosed, and the shared engine is free.
    """
    simulator.faults(LATE)
    ends = []
    with Engine() as engine:
        esi = make_blocking_client(simulator.base_url, engine=engine)

        def wait():
            try:
                esi.get_table(route, **asked)
            except errors.ESIError as error:
                ends.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        asyncio.run(until(lambda: in_flight(engine)))
        esi.close()
        thread.join(5)
        assert ends == [errors.ClientClosed]
        asyncio.run(until(lambda: in_flight(engine) == 0))


class Enough(Exception):
    """What a listener may raise."""


def enough(*_):
    raise Enough


@pytest.mark.parametrize(("route", "asked"), OVER)
def test_a_listener_that_raises_ends_it(simulator, either_loop, route, asked):
    """
    What progress= raises comes out, and nothing is left under way.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(Enough):
                await esi.get_table(route, progress=enough, **asked)
            await until(lambda: in_flight(esi) == 0)

    either_loop(story())
    with make_blocking_client(simulator.base_url) as esi:
        with pytest.raises(Enough):
            esi.get_table(route, progress=enough, cache_mode="reload", **asked)
        asyncio.run(until(lambda: in_flight(esi) == 0))


def test_tables_of_many_threads(simulator, blocking):
    """
    Threads that share a client read each its own table.
    """
    with ThreadPoolExecutor(4) as pool:
        tables = list(
            pool.map(
                lambda n: blocking.get_table(
                    TYPE, over={"type_id": TYPES[n : n + 20]}, columns=["type_id"]
                ),
                range(8),
            )
        )

    for number, table in enumerate(tables):
        assert table.column("type_id") == [*TYPES[number : number + 20]]
