"""Documents read into columns by the core alone, without a client or a server."""

from __future__ import annotations

from datetime import UTC, datetime

import nanoarrow
import pyarrow
from hypothesis import HealthCheck, settings

from pyesi import Timeline, _core

ROUTE = "/a/{b}"
_ASKED_AT = datetime(2026, 8, 18, tzinfo=UTC)

# The first table of a process waits for Arrow's libraries to set themselves up.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def response_of(text, *, last_modified=None, status=200):
    """An answer with that body, as if it had come; `last_modified` in seconds."""
    body = text if isinstance(text, bytes) else text.encode()
    modified = None if last_modified is None else int(last_modified * 10**9)
    return _core.restore_response(
        "https://esi.example/a/1",
        (ROUTE, "GetA", "GET"),
        status,
        [("Content-Type", "application/json")],
        body,
        (0, 1, 1000, 0),
        (0, modified, "", None),
        Timeline((), started_at=_ASKED_AT, elapsed=1e-6),
    )


def plan_of(columns, **facts):
    """The core's plan of these columns."""
    return _core.TablePlan(route=ROUTE, columns=columns, **facts)


def read(plan, *texts, given=()):
    """One batch of these documents, which count as pages from 1."""
    documents = [
        (response_of(text), page, given) for page, text in enumerate(texts, start=1)
    ]
    return _core.read_batch(plan, documents)


def table_of(plan, *texts, given=()):
    """A table of one batch for each document."""
    batches = [
        _core.read_batch(plan, [(response_of(text), page, given)])
        for page, text in enumerate(texts, start=1)
    ]
    return _core.Batches(plan, batches)


def arrow_of(source):
    """The columns as pyarrow takes them, after it has looked at every value."""
    table = pyarrow.table(source)
    table.validate(full=True)
    for chunk in table.to_batches():
        assert not any(
            column.null_count and not field.nullable
            for column, field in zip(chunk.columns, chunk.schema, strict=True)
        )
    return table


def nanoarrow_rows(source):
    """The rows as nanoarrow reads them, which checks the buffers by itself."""
    array = nanoarrow.Array(nanoarrow.c_array_stream(source))
    for chunk in array.iter_chunks():
        nanoarrow.c_array(chunk).view()
    return array.to_pylist()
