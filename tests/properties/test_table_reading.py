"""JSON that fits its columns, in every spelling, becomes the rows that `json` sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow
from hypothesis import given
from hypothesis import strategies as st

from properties.reference_table import from_arrow, rows_of, unknown_fields
from properties.table_documents import (
    COUNTS,
    GIVEN,
    KNOWN,
    PAGES,
    ROWS,
    SCALARS,
    WRITERS,
    columns_of,
)
from properties.table_readings import (
    arrow_of,
    nanoarrow_rows,
    plan_of,
    read,
    response_of,
    table_of,
    unhurried,
)
from pyesi import _core
from pyesi.catalog import Schema
from pyesi.columns import _plan


def shown_by_arrow(columns, rows):
    """Rows that an Arrow library gives, as the reference shows them."""
    return [
        {column[0]: from_arrow(column, row[column[0]]) for column in columns}
        for row in rows
    ]


def rows_of_all(columns, texts):
    return [row for text in texts for row in rows_of(columns, text)]


def all_rows(table):
    return table.rows(0, len(table))


@unhurried
@given(row=ROWS, writer=WRITERS, counts=PAGES)
def test_reads_what_json_reads(row, writer, counts):
    """Each value of each row is what `json` and the column's kind make of it."""
    columns = columns_of(row)
    texts = writer.pages(row, counts)
    plan = plan_of(columns)

    batch = read(plan, *texts)

    assert len(batch) == sum(counts)
    assert all_rows(_core.Batches(plan, [batch])) == rows_of_all(columns, texts)


@unhurried
@given(row=ROWS, writer=WRITERS, counts=PAGES)
def test_arrow_s_own_libraries_take_every_batch(row, writer, counts):
    """pyarrow and nanoarrow find the buffers whole and read the same rows in them."""
    columns = columns_of(row)
    texts = writer.pages(row, counts)
    expected = rows_of_all(columns, texts)
    table = table_of(plan_of(columns), *texts)

    arrow = arrow_of(table)

    assert arrow.schema == pyarrow.schema(table)
    assert arrow.schema.names == [column[0] for column in columns]
    assert [field.nullable for field in arrow.schema] == [c[2] for c in columns]
    assert shown_by_arrow(columns, arrow.to_pylist()) == expected
    assert shown_by_arrow(columns, nanoarrow_rows(table)) == expected


@unhurried
@given(row=ROWS, writer=WRITERS, counts=PAGES, data=st.data())
def test_a_slice_is_a_part_of_the_rows(row, writer, counts, data):
    """A slice, and a slice of it, has the rows of those places, for Arrow as well."""
    columns = columns_of(row)
    table = table_of(plan_of(columns), *writer.pages(row, counts))
    rows = all_rows(table)
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))
    inner = data.draw(st.integers(0, stop - start))

    part = table.slice(start, stop)
    rest = part.slice(inner, len(part))

    assert all_rows(part) == rows[start:stop]
    assert shown_by_arrow(columns, arrow_of(part).to_pylist()) == rows[start:stop]
    assert shown_by_arrow(columns, nanoarrow_rows(part)) == rows[start:stop]
    assert (
        shown_by_arrow(columns, arrow_of(rest).to_pylist()) == rows[start:stop][inner:]
    )


@unhurried
@given(row=ROWS, writer=WRITERS, counts=PAGES)
def test_columns_are_the_rows_turned(row, writer, counts):
    """A column holds the values of that name from the first row to the last."""
    table = table_of(plan_of(columns_of(row)), *writer.pages(row, counts))
    rows = all_rows(table)

    for name, *_ in columns_of(row):
        assert table.column(name) == [one[name] for one in rows]


@unhurried
@given(row=ROWS, writer=WRITERS, count=COUNTS, data=st.data())
def test_what_is_skipped_changes_nothing_else(row, writer, count, data):
    """The columns that are read hold the same with and without the others."""
    columns = columns_of(row)
    text = writer.rows(row, count)
    kept = data.draw(st.sets(st.sampled_from([column[0] for column in columns])))
    chosen = tuple(
        column if column[0] in kept else (column[0], "skipped", True, None)
        for column in columns
    )

    table = table_of(plan_of(chosen), text)

    assert all_rows(table) == rows_of(chosen, text)
    assert arrow_of(table).num_rows == len(table)


@unhurried
@given(row=ROWS, writer=WRITERS, count=COUNTS)
def test_unknown_fields_are_told_and_left_out(row, writer, count):
    """Every field that no column is for is told by its path."""
    columns = columns_of(row)
    text = writer.rows(row, count)

    told = set(read(plan_of(columns), text).counts["unknown_fields"])

    # Told as well: those inside a value that a second one of its name replaces.
    assert unknown_fields(columns, text) <= told


@unhurried
@given(schema=SCALARS, writer=WRITERS, count=COUNTS)
def test_bare_values_are_one_column(schema, writer, count):
    """An array of values that have no names makes a column `value`."""
    column = _plan._column("value", schema)
    text = writer.joined([writer.value(schema) for _ in range(count)])

    table = table_of(plan_of((column,), bare=True), text)

    assert all_rows(table) == rows_of((column,), text, bare=True)
    assert arrow_of(table).column_names == ["value"]


@unhurried
@given(schema=SCALARS, writer=WRITERS)
def test_one_bare_value_is_one_cell(schema, writer):
    """A document that is a number, a word or a text alone is one row."""
    column = _plan._column("value", schema)
    text = f"{writer.blank()}{writer.value(schema)}{writer.blank()}"

    table = table_of(plan_of((column,), bare=True, many=False), text)

    assert all_rows(table) == rows_of((column,), text, many=False, bare=True)
    assert arrow_of(table).num_rows == 1


@unhurried
@given(row=ROWS, writer=WRITERS)
def test_an_object_is_one_row(row, writer):
    """A document that is no array has the fields of its only row."""
    columns = columns_of(row)
    text = writer.record(row)

    table = table_of(plan_of(columns, many=False), text)

    assert all_rows(table) == rows_of(columns, text, many=False)
    assert len(table) == arrow_of(table).num_rows == 1


@unhurried
@given(row=ROWS, writer=WRITERS, counts=PAGES, data=st.data())
def test_rows_may_lie_in_a_field(row, writer, counts, data):
    """Of a document around the rows nothing else is read, and its last field holds."""
    columns = columns_of(row)
    pairs = [("rows", writer.rows(row, count)) for count in counts]
    pairs.append(("cursor", writer.anything()))
    text = writer.members(data.draw(st.permutations(pairs)))

    table = table_of(plan_of(columns, rows_field="rows"), text)

    assert all_rows(table) == rows_of(columns, text, rows_field="rows")
    assert arrow_of(table).num_rows == len(table)


@unhurried
@given(
    row=ROWS,
    writer=WRITERS,
    count=COUNTS,
    kinds=st.lists(st.sampled_from(sorted(GIVEN)), max_size=4),
    page=st.integers(1, 1000),
    seconds=st.none() | st.integers(0, 4 * 10**9),
    data=st.data(),
)
def test_given_values_stand_in_every_row(
    *, row, writer, count, kinds, page, seconds, data
):
    """The caller's values, the page and its date are columns after the others."""
    columns = columns_of(row)
    text = writer.rows(row, count)
    values = {
        f"given {place}": data.draw(st.none() | GIVEN[kind], label=kind)
        for place, kind in enumerate(kinds)
    }
    plan = plan_of(
        columns,
        given=[
            *(
                ((name, kind, True, None), "caller")
                for name, kind in zip(values, kinds, strict=True)
            ),
            (("page", "int64", False, None), "page"),
            (("date", "timestamp", True, None), "last_modified"),
        ],
    )
    response = response_of(text, last_modified=seconds)

    batch = _core.read_batch(plan, [(response, page, tuple(values.values()))])

    date = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    given = values | {"page": page, "date": date}
    table = _core.Batches(plan, [batch])
    assert all_rows(table) == [one | given for one in rows_of(columns, text)]
    shown = arrow_of(table).select(list(given)).to_pylist()
    assert shown == [given] * count


@unhurried
@given(
    writer=WRITERS,
    pages=st.lists(
        st.lists(st.sampled_from([*KNOWN, "new", "newer", "新"]), max_size=5),
        min_size=1,
        max_size=3,
    ),
)
def test_a_dictionary_learns_what_the_catalog_does_not_know(writer, pages):
    """Values keep their order and are told once each, over all batches of a table."""
    column = _plan._column("x", Schema(type="string", enum=KNOWN))
    texts = [
        writer.joined([writer.members([("x", writer.spelled(w))]) for w in page])
        for page in pages
    ]

    table = table_of(plan_of((column,)), *texts)

    came = [word for page in pages for word in page]
    new = list(dict.fromkeys(word for word in came if word not in KNOWN))
    assert table.column("x") == came
    assert table.counts["unknown_values"].get("x", []) == new
    arrow = arrow_of(table).column("x")
    assert arrow.to_pylist() == came
    for chunk in arrow.chunks:
        assert chunk.dictionary.to_pylist() == [*KNOWN, *new]


KEYS = {"int64": st.integers(0, 6), "string": st.sampled_from("abcd")}


@unhurried
@given(kind=st.sampled_from(sorted(KEYS)), newest_wins=st.booleans(), data=st.data())
def test_each_key_stays_once(kind, newest_wins, data):
    """Of rows with one key the first stays, or the last; those without a key all."""
    keys = st.lists(st.none() | KEYS[kind], max_size=6)
    pages = data.draw(st.lists(keys, min_size=1, max_size=4))
    columns = (("id", kind, True, None), ("number", "int64", False, None))
    rows = [
        [{"id": key, "number": 10 * page + place} for place, key in enumerate(keys)]
        for page, keys in enumerate(pages)
    ]
    plan = plan_of(columns, key="id", newest_wins=newest_wins)
    table = table_of(plan, *map(json.dumps, rows))

    once = table.without_repeats()

    came = [row for page in rows for row in page]
    kept = kept_of(came, newest_wins)
    assert all_rows(once) == kept
    assert once.repeats == len(came) - len(kept)
    assert arrow_of(once).to_pylist() == kept
    assert all_rows(table) == came


def kept_of(rows, newest_wins):
    """The rows with each key once, where they stood."""
    places = {}
    for place, row in enumerate(rows):
        if newest_wins or row["id"] not in places:
            places[row["id"]] = place
    return [
        row
        for place, row in enumerate(rows)
        if row["id"] is None or places[row["id"]] == place
    ]
