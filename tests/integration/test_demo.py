"""`pyesi demo`, from its first line to its exit code."""

import pyarrow.parquet
from matplotlib.image import imread

from pyesi import catalog
from pyesi.cli import _demo, main


def test_the_demo_sweeps_three_times_and_ends(tmp_path, monkeypatch, capfd):
    """
    Network, cache, then ETags; orders and picture lie in their files, and the exit
    code is 0.
    """
    # The only time that is really waited for: until the simulator's orders expire.
    monkeypatch.setattr(_demo, "SIMULATED_LIFETIME", 9)
    path, picture = tmp_path / "orders.parquet", tmp_path / "book.png"
    files = ["--parquet", str(path), "--png", str(picture)]

    assert main(["demo", "--pages", "6", *files]) == 0

    told, bars = capfd.readouterr()
    assert "orders on 6 pages, as columns, in " in told
    assert ": 6 network;\n   6 requests sent" in told
    assert ": 6 fresh;\n   0 requests sent, 0.0 MB received" in told
    assert "Tritanium" in told
    assert "had changed" in told
    assert "one snapshot" in told
    assert "several snapshots" not in told
    assert "6/6" in bars
    rows = pyarrow.parquet.read_table(path)
    assert 5_000 < len(rows) <= 6_000
    order = catalog.resolve(catalog.answer("GetMarketsRegionIdOrders").items)
    assert set(rows.column_names) == {*order.properties}
    assert rows.schema.metadata[b"pyesi.consistent"] == b"true"
    assert imread(picture).shape[:2] == (810, 1440)


def test_the_demo_writes_nothing_that_is_not_wanted(tmp_path, monkeypatch, capfd):
    """
    An empty word in place of a path means no file.
    """
    monkeypatch.setattr(_demo, "SIMULATED_LIFETIME", 9)
    monkeypatch.chdir(tmp_path)

    assert main(["demo", "--pages", "1", "--parquet", "", "--png", ""]) == 0

    assert list(tmp_path.iterdir()) == []
    assert "Tritanium" in capfd.readouterr().out
