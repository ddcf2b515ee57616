"""Do both kinds of store keep what a list of rows in memory would?"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from pyesi import TableStore

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

COLUMNS = {
    "price": (pyarrow.float64(), st.floats(0, 1e12)),
    "volume": (pyarrow.int64(), st.integers(-(2**63), 2**63 - 1)),
    "range": (
        pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
        st.sampled_from(["region", "station", "ä", ""]),
    ),
    "issued": (pyarrow.timestamp("ms", "UTC"), st.just(NOON)),
    "ids": (pyarrow.list_(pyarrow.int64()), st.lists(st.integers(0, 9), max_size=3)),
}


@st.composite
def sweeps(draw):
    """A few rows of some of the columns, of one of few instants and regions."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
    count = draw(st.integers(0, 4)) if names else 0
    values = {
        name: draw(
            st.lists(st.none() | COLUMNS[name][1], min_size=count, max_size=count)
        )
        for name in names
    }
    return Swept(values, draw(st.integers(0, 3)), draw(st.sampled_from([1, 2])))


class Swept:
    """What a store asks of a table."""

    route = "/markets/{region_id}/orders"
    consistent = True

    def __init__(self, values, minute, region):
        self.values = values
        self.last_modified = NOON + timedelta(minutes=minute)
        self.parameters = {"region_id": region}

    def __repr__(self):
        return f"Swept({self.values}, {self.last_modified:%M}, {self.parameters})"

    def __arrow_c_stream__(self, requested_schema=None):
        schema = pyarrow.schema([(name, COLUMNS[name][0]) for name in self.values])
        table = pyarrow.table(self.values, schema=schema)
        return table.__arrow_c_stream__(requested_schema)

    def rows(self):
        """As dicts, each with its instant."""
        return [
            {**dict(zip(self.values, row, strict=True)), "snapshot": self.last_modified}
            for row in zip(*self.values.values(), strict=True)
        ]


def as_text(values):
    """Equal for equal values: a time zone has several classes."""
    return repr([v.isoformat() if isinstance(v, datetime) else v for v in values])


class Model:
    """A store as it should be, to be read rather than to be fast."""

    def __init__(self):
        self.kept = {}
        self.columns = {"snapshot"}

    def append(self, sweep):
        key = sweep.last_modified, sweep.parameters["region_id"]
        if key in self.kept:
            return False
        self.kept[key] = sweep.rows()
        self.columns |= sweep.values.keys()
        return True

    def rows(self, since, until):
        """Without an order between those of one instant."""
        return sorted(
            as_text([row.get(name) for name in sorted(self.columns)])
            for (instant, _), rows in self.kept.items()
            for row in rows
            if since <= instant < until
        )


minutes = st.integers(-1, 4).map(lambda minute: NOON + timedelta(minutes=minute))


@settings(max_examples=25, deadline=None)
@given(st.lists(sweeps(), min_size=1, max_size=5), minutes, minutes)
def test_a_store_keeps_what_a_list_of_rows_would(history, since, until):
    """
    Whatever is appended in whatever order, each kind of store says what is new and
    gives back the rows of any time as the model does.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in (Path(folder) / "market", Path(folder) / "market.duckdb"):
            store, model = TableStore(path), Model()
            for sweep in history:
                new = store.append(sweep, name="orders")
                assert new == model.append(sweep)
            rows = store.read(since=since, until=until)

            rows.validate(full=True)
            assert set(rows.column_names) == model.columns
            assert rows.column("snapshot").to_pylist() == sorted(
                rows.column("snapshot").to_pylist()
            )
            shown = [[row[name] for name in sorted(row)] for row in rows.to_pylist()]
            assert sorted(map(as_text, shown)) == model.rows(since, until)
            assert store.snapshots() == sorted({at for at, _ in model.kept})
            assert len(store) == len(model.kept)
