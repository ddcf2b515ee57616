"""What does not fit its column, and what is no JSON at all."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from properties.reference_table import Misfit, cell, rows_of
from properties.table_documents import COUNTS, ROWS, WRITERS, columns_of
from properties.table_readings import (
    ROUTE,
    arrow_of,
    plan_of,
    read,
    table_of,
    unhurried,
)
from pyesi.errors import DecodeFailed

# One of each type, and some that look like what they are not.
CANDIDATES = (
    "null",
    "true",
    "1",
    "1.0",
    "1e2",
    "-9223372036854775809",
    "9223372036854775808",
    "1e999",
    '"x"',
    '""',
    '"1"',
    '"2026-02-30"',
    '"2026-02-29T00:00:00Z"',
    '"2026-02-28T24:00:00Z"',
    '"2026-02-28T00:00:00"',
    '"2026-02-28 00:00:00Z"',
    '"2026-2-28"',
    "[]",
    "{}",
)


def is_misfit(column, text):
    try:
        cell(column, json.loads(text))
    except Misfit:
        return True
    return False


def with_last(record, name, text):
    """The object with one more field at its end: the one that holds."""
    head = record.strip().removesuffix("}")
    comma = "" if head.strip() == "{" else ","
    return f"{head}{comma}{json.dumps(name)}:{text}}}"


@st.composite
def spoiled(draw):
    """Columns, two pages of rows, where one does not fit, and what it is called."""
    row = draw(ROWS)
    writer = draw(WRITERS)
    columns = columns_of(row)
    column = draw(st.sampled_from(columns))
    wrong = [text for text in CANDIDATES if is_misfit(column, text)]
    assume(wrong)
    pages = [
        [writer.record(row) for _ in range(draw(st.integers(1, 4)))] for _ in range(2)
    ]
    page = draw(st.integers(0, 1))
    place = draw(st.integers(0, len(pages[page]) - 1))
    record = pages[page][place]
    pages[page][place] = with_last(record, column[0], draw(st.sampled_from(wrong)))
    return columns, [*map(writer.joined, pages)], (page + 1, place, column[0])


@unhurried
@given(spoiled())
def test_a_misfit_is_named_by_page_row_and_field(case):
    """The error says where it is, carries the route, and travels between processes."""
    columns, texts, (page, row, field) = case

    with pytest.raises(DecodeFailed) as caught:
        read(plan_of(columns), *texts)

    where = f"{ROUTE}, page {page}, row {row}, field {field}"
    assert where in str(caught.value)
    assert caught.value.route == ROUTE
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@unhurried
@given(spoiled())
def test_a_misfit_becomes_null_where_that_was_asked_for(case):
    """It alone, and it is counted; all other values stay as they were."""
    columns, texts, _ = case
    misfits = []
    expected = [
        row for text in texts for row in rows_of(columns, text, misfits=misfits)
    ]

    table = table_of(plan_of(columns, misfits_to_null=True), *texts)

    assert table.rows(0, len(table)) == expected
    assert table.counts["misfits"] == len(misfits) >= 1
    arrow = arrow_of(table)
    assert all(field.nullable for field in arrow.schema)


@unhurried
@given(spoiled())
def test_what_is_skipped_may_be_anything(case):
    """A field that nobody wants is only asked to be JSON."""
    columns, texts, (_, _, field) = case
    chosen = tuple(
        (name, "skipped", True, None) if name == field else (name, *rest)
        for name, *rest in columns
    )
    expected = [row for text in texts for row in rows_of(chosen, text)]

    table = table_of(plan_of(chosen), *texts)

    assert table.rows(0, len(table)) == expected


INNER = (
    ("a", "struct", False, (("b", "int64", False, None),)),
    ("l", "list", False, ("item", "int64", False, None)),
    ("d", "list", False, ("item", "struct", False, (("e", "date", False, None),))),
    ("k", "keyed", True, ("value", "bool", False, None)),
)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"a": {"b": "x"}}, "field a.b"),
        ({"a": {}}, "field a.b"),
        ({"a": None}, "field a"),
        ({"l": [1, 2, None]}, "field l"),
        ({"d": [{"e": "2026-01-01"}, {"e": "2026-13-01"}]}, "field d"),
        ({"d": [{"e": "2026-01-01"}, 5]}, "field d"),
        ({"k": {"yes": True, "no": 0}}, "field k"),
    ],
)
def test_a_misfit_inside_is_named_by_its_path(wrong, path):
    """The names on the way to it are told, the row's own first."""
    row = {"a": {"b": 1}, "l": [], "d": []}
    text = json.dumps([row, row | wrong])

    with pytest.raises(DecodeFailed, match=rf"row 1, {path}\b"):
        read(plan_of(INNER), text)


@pytest.mark.parametrize("wrong", ["{}", "5", "null", '"x"', "true"])
def test_what_should_be_rows_and_is_none_is_an_error(wrong):
    """An error's body, or a lone value, is no array of rows."""
    with pytest.raises(DecodeFailed, match="page 1"):
        read(plan_of(INNER), wrong)


@pytest.mark.parametrize("wrong", ["5", "null", "[]", '"x"'])
def test_a_row_that_is_no_object_is_an_error(wrong):
    """Also where misfits become null: there is no row to put one in."""
    row = json.dumps({"a": {"b": 1}, "l": [], "d": []})
    for lax in (False, True):
        with pytest.raises(DecodeFailed, match="row 1"):
            read(plan_of(INNER, misfits_to_null=lax), f"[{row}, {wrong}]")


def test_an_empty_body_is_no_row():
    """An answer without a body has nothing to read."""
    assert len(read(plan_of(INNER), "")) == 0


BROKEN = [
    "[",
    "]",
    "[{]",
    '[{"a":1}',
    '[{"a":1},]',
    '[{"a":1}] []',
    '[{"a":1}]x',
    '[{"a" 1}]',
    '[{"a":01}]',
    '[{"a":1.}]',
    '[{"a":.5}]',
    '[{"a":+1}]',
    '[{"a":1e}]',
    '[{"a":0x1}]',
    '[{"a":NaN}]',
    '[{"a":tru}]',
    '[{"a":nul}]',
    '[{"a":"x}]',
    '[{"a":"\\x"}]',
    '[{"a":"\\u12g4"}]',
    '[{"a":"\\ud800"}]',
    '[{"a":"\\udc00\\ud800"}]',
    '[{"a":"\x01"}]',
    "[{'a':1}]",
    "[{a:1}]",
    '[{"a":1,,"b":2}]',
    "<html>",
    b'[{"a":"\xff"}]',
    b'[{"a":"\xed\xa0\x80"}]',
]


@pytest.mark.parametrize("text", BROKEN, ids=repr)
@pytest.mark.parametrize(
    "kind", ["int64", "double", "bool", "string", "json", "skipped"]
)
def test_what_is_not_json_is_an_error_whatever_is_wanted_of_it(text, kind):
    """What is skipped, unknown or kept as text is read to its end all the same."""
    wanted = (("a", kind, True, None),)
    unknown = (("z", "int64", True, None),)

    for columns in (wanted, unknown):
        with pytest.raises(DecodeFailed):
            read(plan_of(columns, misfits_to_null=True), text)


@unhurried
@given(row=ROWS, writer=WRITERS, count=COUNTS, data=st.data())
def test_every_cut_of_a_document_is_an_error(row, writer, count, data):
    """A body that ends too early never passes for a shorter one."""
    text = writer.rows(row, count).rstrip()
    cut = data.draw(st.integers(1, len(text) - 1), label="cut")
    assume(text[:cut].strip())

    with pytest.raises(DecodeFailed):
        read(plan_of(columns_of(row)), text[:cut])


def test_a_lone_surrogate_is_named_by_row_and_field():
    """What cannot be UTF-8 is told like any other misfit."""
    columns = (("name", "string", True, None),)
    text = '[{"name":"ok"},{"name":"\\ud83d"}]'
    with pytest.raises(DecodeFailed, match="page 1, row 1, field name"):
        read(plan_of(columns), text)


def test_a_value_that_a_later_one_replaces_must_fit_as_well():
    """Of two fields with one name the last one holds, and both are looked at."""
    columns = (("a", "int64", True, None),)
    table = table_of(plan_of(columns), '[{"a":1,"a":2},{"a":3,"a":null}]')
    assert table.column("a") == [2, None]
    with pytest.raises(DecodeFailed, match="row 0, field a"):
        read(plan_of(columns), '[{"a":"x","a":1}]')


def test_rows_that_are_not_where_they_should_be_are_an_error():
    """An answer without the field of its rows is no empty table."""
    plan = plan_of((("a", "int64", True, None),), rows_field="rows")
    for text in ("{}", '{"error":"x"}', '{"rows":null}', "[]", "5"):
        with pytest.raises(DecodeFailed):
            read(plan, text)


def test_what_is_nested_too_deep_is_an_error():
    """A thousand brackets end neither in a row nor in the end of the stack."""
    deep = "[" * 5000 + "]" * 5000
    for columns in ((("a", "json", True, None),), (("z", "int64", True, None),)):
        with pytest.raises(DecodeFailed):
            read(plan_of(columns), f'[{{"a":{deep}}}]')
