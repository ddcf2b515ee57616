"""get_table and stream_table: what they ask for, and what table comes of it."""

import inspect
import logging
from datetime import UTC, datetime

import pytest

from pyesi import ESIClient, SyncESIClient, catalog, errors
from pyesi.client import _tables
from unit import statistics_sample
from unit.fake_core import FakeResponse

ORDERS = "/markets/{region_id}/orders"
FORGE = {"region_id": 10000002, "order_type": "all"}
TYPE = "/universe/types/{type_id}"
WARS = "/wars"
JOBS = "/freelance-jobs"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def order(number, **about):
    return {
        "order_id": number,
        "type_id": 34,
        "price": 5.5,
        "is_buy_order": False,
        "range": "region",
        "issued": "2026-11-29T12:00:00Z",
        **about,
    }


def page(*rows, **about):
    return FakeResponse(value=[*rows], last_modified=NOON, **about)


def ids(table, name="order_id"):
    return table.column(name)


def answers(network, make):
    """Let `make(parameters)` say what each request gets."""
    network.answer = lambda *asked: make(asked[2])


@pytest.fixture
def esi(both, network):
    client = both.make(auth="token")
    yield client
    both.close(client)


def test_both_clients_take_the_same():
    """
    What one is asked the other can be asked, and no option is a route's parameter.
    """
    named = {p.name for route in catalog.routes() for p in route.parameters}
    for name in ("get_table", "stream_table"):
        ours = inspect.signature(getattr(ESIClient, name)).parameters
        theirs = inspect.signature(getattr(SyncESIClient, name)).parameters
        assert ours == theirs
        assert not named & ours.keys()


def test_a_sweep_becomes_one_table(both, network, esi):
    """
    All pages' rows stand in one table that says what the sweep was.
    """
    network.pages = [page(order(1), order(2)), page(order(3))]
    network.last_modified = NOON.timestamp()
    table = both.run(esi.get_table(ORDERS, **FORGE))

    assert ids(table) == [1, 2, 3]
    assert (table.pages, table.rounds, table.repeats) == (2, 1, 0)
    assert (table.consistent, table.last_modified) == (True, NOON)
    assert table.route == ORDERS
    assert network.sweep == (True, False, True)


def test_rows_that_came_twice_are_there_once(both, network, esi):
    """
    The route's key tells which rows are one.
    """
    network.pages = [page(order(1), order(2)), page(order(2), order(3))]
    table = both.run(esi.get_table(ORDERS, consistent=False, **FORGE))

    assert ids(table) == [1, 2, 3]
    assert table.repeats == 1
    assert network.sweep[0] is False


def test_columns_constants_and_provenance(both, network, esi):
    """
    Only what is wanted is read; what is added stands behind it.
    """
    network.pages = [page(order(1)), page(order(2))]
    table = both.run(
        esi.get_table(
            ORDERS,
            columns=["price", "order_id"],
            add={"region": "Forge"},
            provenance=True,
            **FORGE,
        )
    )

    assert set(table.columns) == {
        "price",
        "order_id",
        "region",
        "page",
        "last_modified",
    }
    assert [row["page"] for row in table.rows()] == [1, 2]
    assert {row["region"] for row in table.rows()} == {"Forge"}
    assert {row["last_modified"] for row in table.rows()} == {NOON}


def test_a_page_that_says_no_is_an_error(both, network, esi):
    """
    No table can come of it, whatever the sweep had before.
    """
    network.pages = [page(order(1)), FakeResponse(status=404, value={"error": "x"})]
    with pytest.raises(errors.NotFound):
        both.run(esi.get_table(ORDERS, **FORGE))


def test_one_answer_is_a_table_of_its_own(both, network, esi):
    """
    A route without pages is read by itself, and an object is one row.
    """
    answers(network, lambda _: FakeResponse(value={"type_id": 34, "name": "Trit"}))
    table = both.run(esi.get_table(TYPE, type_id=34, columns=["type_id", "name"]))

    assert table.rows() == [{"type_id": 34, "name": "Trit"}]
    assert (table.pages, table.consistent) == (1, True)
    assert [len(reading) for reading in network.readings] == [1]


def test_an_answer_of_the_cache_is_read_like_any_other(both, network, esi):
    """
    What is fresh is not asked for, and is in the table.
    """
    hit = FakeResponse(value={"type_id": 34, "name": "Trit"})
    network.fresh[TYPE, (("type_id", 34),), None] = hit
    table = both.run(esi.get_table(TYPE, type_id=34, columns=["name"]))

    assert table.column("name") == ["Trit"]
    assert network.asked == []


def test_no_rows_are_a_table_with_its_columns(both, network, esi):
    """
    An empty listing has its schema all the same.
    """
    network.pages = [page()]
    table = both.run(esi.get_table(ORDERS, **FORGE))

    assert len(table) == 0
    assert "order_id" in table.columns


def test_a_walk_becomes_one_table(both, network, esi):
    """
    Pages by id begin with the row that was asked from: it is there once.
    """

    def wars(parameters):
        first = parameters.get("max_war_id", 7)
        return page(*range(first, max(first - 3, 3), -1))

    answers(network, wars)
    table = both.run(esi.get_table(WARS))

    assert ids(table, "value") == [7, 6, 5, 4]
    assert table.repeats > 0
    assert table.pages == len(network.readings[0])


def test_the_key_of_a_walk_is_read_whatever_is_wanted(both, network, esi):
    """
    Without its key a row that two pages share would count twice.
    """
    answers(network, lambda _: FakeResponse(value={"freelance_jobs": [{"id": "a"}]}))
    table = both.run(esi.get_table(JOBS, columns=["name"]))

    assert set(table.columns) == {"id", "name"}


def job(name, modified):
    return {"id": name, "last_modified": modified}


@pytest.mark.parametrize(("way", "stays"), [({}, "1"), ({"after": "x"}, "2")])
def test_which_of_two_rows_stays_depends_on_the_way(both, network, esi, way, stays):
    """
    Back from the newest the first holds; forward from a cursor the later one.
    """
    pages = [
        {"freelance_jobs": [job("a", "2026-11-01T00:00:00Z")], "cursor": turn("1")},
        {
            "freelance_jobs": [
                job("a", "2026-11-02T00:00:00Z"),
                job("b", "2026-11-02T00:00:00Z"),
            ],
            "cursor": turn("2"),
        },
        {"freelance_jobs": []},
    ]
    answers(network, lambda _: FakeResponse(value=pages.pop(0)))
    table = both.run(esi.get_table(JOBS, **way))

    told = {row["id"]: row["last_modified"] for row in table.rows()}
    assert told["a"] == f"2026-11-0{stays}T00:00:00Z"
    assert table.repeats == 1


def turn(word):
    return {"before": word, "after": word}


def test_many_listings_are_one_table(both, network, esi):
    """
    Each value of over= is a sweep; what varies is a column; order is as asked.
    """
    network.pages_of = lambda asked: [page(order(asked["region_id"]))]
    regions = [10000002, 10000043, 10000030]
    seen = []
    table = both.run(
        esi.get_table(
            ORDERS,
            over={"region_id": iter(regions)},
            order_type="all",
            add={"note": 1},
            progress=lambda done, total: seen.append((done, total)),
        )
    )

    assert ids(table) == ids(table, "region_id") == regions
    assert set(ids(table, "note")) == {1}
    assert table.pages == 3
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [asked[2]["region_id"] for asked in network.asked] == regions


def test_more_sweeps_than_at_once(both, network, esi):
    """
    All of them are made, however few go at a time.
    """
    network.pages_of = lambda asked: [page(order(asked["region_id"]))]
    regions = list(range(10000001, 10000001 + 3 * _tables.SWEEPS_AT_ONCE))
    table = both.run(
        esi.get_table(ORDERS, over={"region_id": regions}, order_type="all")
    )

    assert ids(table) == regions


def test_several_names_vary_together(both, network, esi):
    """
    The first values make the first call.
    """
    network.pages_of = lambda asked: [page(order(asked["region_id"]))]
    table = both.run(
        esi.get_table(
            ORDERS,
            over={"region_id": [1, 2], "order_type": ["buy", "sell"]},
        )
    )

    told = [(row["region_id"], row["order_type"]) for row in table.rows()]
    assert told == [(1, "buy"), (2, "sell")]


def test_many_small_answers_are_few_readings(both, network, esi):
    """
    Single answers are gathered, so that a thousand calls are no thousand batches.
    """
    answers(network, lambda asked: FakeResponse(value={"type_id": asked["type_id"]}))
    types = list(range(1, 601))
    table = both.run(esi.get_table(TYPE, over={"type_id": types}, columns=["type_id"]))

    assert ids(table, "type_id") == types
    assert [len(reading) for reading in network.readings] == [256, 256, 88]
    assert table.pages == 600
    assert network.batch_stream[0] is True


def test_large_answers_are_read_sooner(both, network, esi):
    """
    How much is read at once is bounded by bytes as well.
    """
    headers = {"content-length": "9000000"}
    answers(
        network,
        lambda _: FakeResponse(value={"type_id": 1}, headers=headers),
    )
    both.run(esi.get_table(TYPE, over={"type_id": range(1, 6)}))

    assert [len(reading) for reading in network.readings] == [2, 2, 1]


def test_walks_may_vary(both, network, esi):
    """
    Listings by cursor are walked for each value.
    """
    route = "/corporations/{corporation_id}/projects"
    answers(
        network,
        lambda asked: FakeResponse(
            value={"projects": [{"id": str(asked["corporation_id"])}]}
        ),
    )
    table = both.run(esi.get_table(route, over={"corporation_id": [8, 9]}))

    assert ids(table, "id") == ["8", "9"]
    assert ids(table, "corporation_id") == [8, 9]


def test_nothing_to_ask_for_is_an_empty_table(both, network, esi):
    """
    No values, no requests, all columns.
    """
    for route in (ORDERS, TYPE):
        name = "region_id" if route is ORDERS else "type_id"
        table = both.run(esi.get_table(route, over={name: []}))
        assert len(table) == table.pages == 0
        assert name in table.columns
    assert network.asked == []


def refused(number):
    return FakeResponse(status=404, value={"error": f"no {number}"})


def test_the_first_failure_ends_all(both, network, esi):
    """
    One call that fails is the error of the whole.
    """
    answers(network, lambda asked: refused(asked["type_id"]))
    with pytest.raises(errors.NotFound):
        both.run(esi.get_table(TYPE, over={"type_id": [1, 2]}))
    network.pages_of = lambda _: [refused(1)]
    answers(network, lambda _: None)
    regions = {"region_id": range(1, 40)}
    with pytest.raises(errors.NotFound):
        both.run(esi.get_table(ORDERS, over=regions, order_type="all"))
    assert len(network.asked) < 2 + 39
    assert not network.engines[0].in_flight


def test_failures_can_be_left_out(both, network, esi):
    """
    errors="skip": the table has the others, and tells which failed of what.
    """
    answers(
        network,
        lambda asked: (
            refused(1)
            if asked["type_id"] == 2
            else FakeResponse(value={"type_id": asked["type_id"]})
        ),
    )
    table = both.run(esi.get_table(TYPE, over={"type_id": [1, 2, 3]}, errors="skip"))
    assert ids(table, "type_id") == [1, 3]
    assert [*table.errors] == [1]
    assert isinstance(table.errors[1], errors.NotFound)

    answers(network, lambda _: None)
    network.pages_of = lambda asked: [
        refused(1) if asked["region_id"] == 1 else page(order(asked["region_id"]))
    ]
    table = both.run(
        esi.get_table(
            ORDERS, over={"region_id": [1, 2, 3]}, order_type="all", errors="skip"
        )
    )
    assert ids(table) == [2, 3]
    assert [*table.errors] == [0]


def test_an_answer_that_cannot_be_read_can_be_left_out(both, network, esi):
    """
    Of answers that are read together only the broken one goes.
    """
    answers(
        network,
        lambda asked: FakeResponse(
            value=b"<html>"
            if asked["type_id"] == 2
            else b'{"type_id":%d}' % asked["type_id"]
        ),
    )
    over = {"type_id": [1, 2, 3]}
    with pytest.raises(errors.DecodeFailed):
        both.run(esi.get_table(TYPE, over=over))
    table = both.run(esi.get_table(TYPE, over=over, errors="skip"))

    assert ids(table, "type_id") == [1, 3]
    assert isinstance(table.errors[1], errors.DecodeFailed)


def test_a_client_that_was_closed_is_no_failure_to_leave_out(both, network):
    """
    Who closes the client gets no empty table.
    """
    esi = both.make()
    both.close(esi)
    with pytest.raises(errors.ClientClosed):
        both.run(esi.get_table(TYPE, over={"type_id": [1]}, errors="skip"))


def test_a_stream_is_a_table_for_each_page(both, network, esi):
    """
    Pages come in order; rows that the page before had are left out.
    """
    network.pages = [page(order(1), order(2)), page(order(2), order(3))]
    tables = both.collect(
        esi.stream_table(ORDERS, provenance=True, byte_window=7, **FORGE)
    )

    assert [ids(table) for table in tables] == [[1, 2], [3]]
    assert [table.repeats for table in tables] == [0, 1]
    assert [ids(table, "page") for table in tables] == [[1, 1], [2]]
    assert [table.pages for table in tables] == [1, 1]
    assert network.byte_window == 7


def test_a_stream_says_when_its_pages_are_of_two_snapshots(both, network, esi):
    """
    With consistent=False what has come so far may be torn, and is flagged.
    """
    later = NOON.replace(hour=13)
    network.pages = [
        page(order(1)),
        page(order(2)),
        FakeResponse(value=[order(3)], last_modified=later),
    ]
    tables = both.collect(esi.stream_table(ORDERS, consistent=False, **FORGE))

    assert [table.consistent for table in tables] == [True, True, False]
    assert tables[2].last_modified == later


def tables_until_error(both, stream):
    """What a stream of either kind gives before it fails."""
    got = []

    async def take():
        async for table in stream:
            got.append(table)

    def take_blocking():
        for table in stream:
            got.append(table)

    with pytest.raises(errors.DecodeFailed):
        both.run(take()) if both.is_async else take_blocking()
    return got


def test_a_page_that_cannot_be_read_ends_a_stream_after_those_before_it(
    both, network, esi
):
    """
    What was right is handed over all the same.
    """
    bad = FakeResponse(value={"error": "no list"}, last_modified=NOON)
    network.pages = [page(order(1)), page(order(2)), bad, page(order(4))]
    tables = tables_until_error(both, esi.stream_table(ORDERS, **FORGE))
    assert [ids(table) for table in tables] == [[1], [2]]


def test_a_page_that_says_no_ends_a_stream_of_tables(both, network, esi):
    """
    No table can come of it, and it is an error whatever the client was told.
    """
    network.pages = [page(order(1)), refused(34)]
    with pytest.raises(errors.NotFound):
        both.collect(esi.stream_table(ORDERS, **FORGE))


@pytest.mark.parametrize("window", [1, 600, 67_108_864])
def test_all_that_a_stream_handed_over_is_told_as_taken(both, network, esi, window):
    """
    At the end nothing is owed, in however few goes it is told.
    """
    network.pages = [page(order(number)) for number in range(12)]
    tables = both.collect(esi.stream_table(ORDERS, byte_window=window, **FORGE))
    assert sum(size for _, size in network.taken) == sum(one.nbytes for one in tables)
    assert len({tag for tag, _ in network.taken}) == 1
    if window == 1:
        assert len(network.taken) == len(tables)


def test_a_stream_of_one_answer(both, network, esi):
    """
    A route without pages is one table; a status is an error there too.
    """
    answers(network, lambda _: FakeResponse(value={"type_id": 34}))
    (table,) = both.collect(esi.stream_table(TYPE, type_id=34))
    assert ids(table, "type_id") == [34]

    answers(network, lambda _: refused(34))
    with pytest.raises(errors.NotFound):
        both.collect(esi.stream_table(TYPE, type_id=34))


def test_progress_is_that_of_the_pages(both, network, esi):
    """
    A sweep tells pages that came; a walk what it has.
    """
    seen = []
    network.pages = [page(order(1)), page(order(2))]
    told = {"progress": lambda *event: seen.append(event)}
    both.run(esi.get_table(ORDERS, **told, **FORGE))
    assert seen == [(1, 2), (2, 2)]

    seen.clear()
    answers(network, lambda _: FakeResponse(value={"type_id": 34}))
    both.run(esi.get_table(TYPE, **told, type_id=34))
    assert seen == [(1, 1)]


REFUSED = [
    ({"over": {}}, "must name what varies"),
    ({"over": [1]}, "must name what varies"),
    ({"over": {"type_id": 34}}, "several values"),
    ({"over": {"type_id": "34"}}, "several values"),
    ({"over": {"type_id": [34], "language": ["en", "de"]}}, "as many values"),
    ({"over": {"typeid": [34]}}, "no parameter"),
    ({"over": {"type_id": [34]}, "params": {"type_id": 34}}, "given twice"),
    ({"type_id": 34, "errors": "skip"}, "give over="),
    ({"type_id": 34, "errors": "ignore"}, "raise"),
    ({"type_id": 34, "misfits": "drop"}, "neither"),
    ({"type_id": 34, "columns": "name"}, "list of names"),
    ({"type_id": 34, "columns": ["nam"]}, "name"),
    ({"type_id": 34, "add": [("a", 1)]}, "mapping"),
    ({"type_id": 34, "add": {"a": object()}}, "constant"),
]


@pytest.mark.parametrize(("options", "why"), REFUSED)
def test_what_cannot_become_a_table_is_refused_at_once(
    both, network, esi, options, why
):
    """
    An option that has no meaning is said to have none before anything is sent.
    """
    with pytest.raises(errors.InvalidRequest, match=why):
        both.run(esi.get_table(TYPE, **options))
    assert network.asked == []


@pytest.mark.parametrize("value", ["10000002", True, 1.5, None])
def test_a_value_that_does_not_fit_its_parameter_is_refused(both, network, esi, value):
    """
    What varies becomes a column, so it must be of the parameter's type.
    """
    over = {"region_id": [10000002, value]}
    with pytest.raises(errors.InvalidRequest, match="column of int64"):
        both.run(esi.get_table(ORDERS, over=over, order_type="all"))
    assert network.asked == []


def test_whole_numbers_of_other_libraries_are_numbers(both, network, esi):
    """
    An id may come from a dataframe.
    """
    numpy = pytest.importorskip("numpy")
    network.pages_of = lambda _: [page(order(1))]
    over = {"region_id": numpy.array([10000002, 10000043])}
    table = both.run(esi.get_table(ORDERS, over=over, order_type="all"))

    assert ids(table, "region_id") == [10000002, 10000043]
    assert type(network.asked[0][2]["region_id"]) is int


def test_routes_that_nobody_knows_have_no_table(both, network, esi):
    """
    Without a shape in the catalog there are no columns; pages turn by themselves.
    """
    with pytest.raises(errors.InvalidRequest, match="does not know"):
        both.run(esi.get_table(catalog.UncheckedRoute("/new")))
    with pytest.raises(errors.InvalidRequest, match="no route"):
        both.run(esi.get_table("/wrs"))
    with pytest.raises(errors.InvalidRequest, match="page="):
        both.run(esi.get_table(ORDERS, page=3, **FORGE))
    with pytest.raises(errors.InvalidRequest, match="byte_window"):
        both.collect(esi.stream_table(ORDERS, byte_window=0, **FORGE))


def test_what_the_catalog_does_not_know_is_said_once(both, network, esi, caplog):
    """
    A new field and a new word are logged the first time, and counted.
    """
    caplog.set_level(logging.INFO, "pyesi")
    network.pages = [page(order(1, colour="red", range="galaxy"))]
    for _ in range(2):
        table = both.run(esi.get_table(ORDERS, **FORGE))

    assert table.unknown_fields == ("colour",)
    assert table.unknown_values == {"range": ["galaxy"]}
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "'colour'" in told[0]
    assert "'galaxy'" in told[1]


def test_tables_are_counted_by_route(both, network, esi):
    """
    statistics() tells how many, their rows, and what was odd about them.
    """
    network.statistics = statistics_sample.seen()
    network.pages = [page(order(1), order(2, colour="red"))]
    for _ in range(2):
        both.run(esi.get_table(ORDERS, **FORGE))

    (counted,) = esi.statistics()["tables"]
    assert counted.pop("bytes") > 200
    assert counted == {
        "route": "GetMarketsRegionIdOrders",
        "tables": 2,
        "rows": 4,
        "misfits": 0,
        "unknown_fields": 1,
        "unknown_values": 0,
    }
