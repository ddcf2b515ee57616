"""`pyesi demo`, from its first line to its exit code."""

import csv

from pyesi.cli import _demo, main
from pyesi.cli._market import Order


def test_the_demo_sweeps_three_times_and_ends(tmp_path, monkeypatch, capfd):
    """
    Network, cache, then ETags; the orders lie in the file, and the exit code is 0.
    """
    # The only time that is really waited for: until the simulator's orders expire.
    monkeypatch.setattr(_demo, "SIMULATED_LIFETIME", 9)
    path = tmp_path / "orders.csv"

    assert main(["demo", "--pages", "6", "--csv", str(path)]) == 0

    told, bars = capfd.readouterr()
    assert "6 pages in " in told
    assert ": 6 network; 6 requests sent" in told
    assert ": 6 fresh; 0 requests sent, 0.0 MB received" in told
    assert "Tritanium" in told
    assert "had changed" in told
    assert "one snapshot" in told
    assert "several snapshots" not in told
    assert "6/6" in bars
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert 5_000 < len(rows) <= 6_000
    assert set(rows[0]) == set(Order.__struct_fields__)
