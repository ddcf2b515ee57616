"""What an engine counts of its tables."""

from pyesi.client import _table_counts
from pyesi.client._table_counts import TableCounts


def met(fields=(), **values):
    return {
        "bytes": 10,
        "misfits": 2,
        "unknown_fields": [*fields],
        "unknown_values": values,
    }


def test_adds_up_by_route():
    """
    Rows, bytes and misfits are sums; each route has its own.
    """
    counts = TableCounts()
    counts.on_table("GetWars", 3, met())
    counts.on_table("GetWars", 4, met())
    counts.on_table("GetStatus", 1, met())

    wars, status = counts.counted()
    assert (wars["route"], status["route"]) == ("GetWars", "GetStatus")
    assert (wars["tables"], wars["rows"], wars["bytes"]) == (2, 7, 20)
    assert (wars["misfits"], status["misfits"]) == (4, 2)


def test_counts_a_name_once():
    """
    Fields and words that come again are no news; the same word elsewhere is.
    """
    counts = TableCounts()
    for _ in range(2):
        counts.on_table("GetWars", 0, met(["a", "b.c"], kind=["x"], state=["x"]))

    (wars,) = counts.counted()
    assert (wars["unknown_fields"], wars["unknown_values"]) == (2, 2)


def test_remembers_so_many_names(monkeypatch):
    """
    A listing that makes up its words does not fill the memory.
    """
    monkeypatch.setattr(_table_counts, "_NAMES_KEPT", 3)
    counts = TableCounts()
    for number in range(5):
        counts.on_table("GetWars", 0, met([f"{number}", f"{number}x"]))

    assert counts.counted()[0]["unknown_fields"] == 3
