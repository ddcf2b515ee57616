"""Every operation of ESI becomes a table, the same as its JSON value for value."""

from __future__ import annotations

import json
from datetime import date

import nanoarrow
import pyarrow
import pytest

from integration.worlds import SeenFrom, make_blocking_client
from pyesi import catalog
from unit.simulated_requests import body_of, token, value_of

PLAIN = {"integer": int, "number": float, "boolean": lambda text: text == "true"}


@pytest.fixture(scope="module")
def client(simulator_process):
    """A client with a token that allows everything."""
    simulated = SeenFrom(simulator_process)
    with make_blocking_client(simulated.base_url, auth=token()) as client:
        yield client


def parameters_of(route):
    """What the route must be asked for with, as its types want it."""
    return {
        parameter.name: argument_of(parameter)
        for parameter in route.parameters
        if parameter.location == "path" or parameter.required
    }


def argument_of(parameter):
    value = PLAIN.get(parameter.items or parameter.type, str)(value_of(parameter))
    return [value] if parameter.items else value


def ask(client, route):
    body = body_of(route)
    told = {"json": json.loads(body)} if body else {}
    return client.request(
        route.method, route.operation_id, params=parameters_of(route), **told
    )


def same(shown, told):
    """Whether a cell of a table shows what the JSON value tells."""
    if isinstance(told, dict):
        return shown is not None and same_fields(shown, told)
    if isinstance(told, list):
        return len(shown) == len(told) and all(map(same, shown, told))
    if isinstance(shown, date):  # a datetime is one
        return shown == type(shown).fromisoformat(told)
    return shown == told and isinstance(shown, bool) == isinstance(told, bool)


def same_fields(shown, told):
    if isinstance(shown, str):  # anything at all, as its JSON text
        return json.loads(shown) == told
    if isinstance(shown, list):  # an object of any names
        shown = {pair["key"]: pair["value"] for pair in shown}
        return shown.keys() == told.keys() and all(
            same(shown[name], value) for name, value in told.items()
        )
    return told.keys() <= shown.keys() and all(
        same(value, told.get(name)) for name, value in shown.items()
    )


def rows_told(route, answer):
    """The rows of an answer as JSON tells them, each an object."""
    if route.rows is not None:
        answer = answer[route.rows]
    rows = answer if isinstance(answer, list) else [answer]
    return [row if isinstance(row, dict) else {"value": row} for row in rows]


@pytest.mark.parametrize(
    "route", catalog.routes(), ids=lambda route: route.operation_id
)
def test_every_answer_is_a_table(client, route):
    """
    pyarrow and nanoarrow find the table of an answer whole, and its rows are those that
    `json()` gives; an answer without a body has neither rows nor columns.
    """
    response = ask(client, route)

    table = pyarrow.table(response)
    table.validate(full=True)

    assert response.status in route.success
    assert table.schema == pyarrow.schema(response)
    if response.status == 204:
        assert (table.num_rows, table.num_columns) == (0, 0)
        return
    told = rows_told(route, response.json())
    assert table.num_rows == len(told)
    assert same(table.to_pylist(), told)
    if table.num_rows:
        stream = nanoarrow.c_array_stream(response)
        assert same(nanoarrow.Array(stream).to_pylist(), told)


def test_there_are_as_many_operations_as_esi_has():
    """
    All 233 operations of the catalog are tried here.
    """
    assert len(catalog.routes()) == 233
