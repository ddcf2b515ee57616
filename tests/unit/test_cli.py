"""The command line."""

import csv

import pytest

from pyesi import __version__, errors
from pyesi.cli import main
from pyesi.cli._market import Order, TypeSummary, most_traded, table, write_csv


def order(order_id=1, type_id=34, price=5.0, buy=False):
    return Order(
        order_id=order_id,
        type_id=type_id,
        is_buy_order=buy,
        price=price,
        volume_remain=1,
        volume_total=2,
        min_volume=1,
        location_id=60003760,
        system_id=30000142,
        range="region",
        issued="2026-11-21T12:00:00Z",
        duration=90,
    )


def test_tells_its_version(capsys):
    """
    --version prints it and ends well.
    """
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"pyesi {__version__}\n"


def test_routes_lists_the_facts(capsys):
    """
    Method, template, operation id, group and pagination stand there.
    """
    assert main(["routes", "markets", "region_id", "orders"]) == 0

    out = capsys.readouterr().out
    assert "GET    /markets/{region_id}/orders\n" in out
    assert "market-order 12000 tokens in 900 s" in out
    assert "pages by x-pages" in out


def test_routes_without_a_word_lists_all(capsys):
    """
    The last line counts them.
    """
    assert main(["routes"]) == 0
    assert "233 routes of ESI at " in capsys.readouterr().out


def test_routes_that_are_not_there_are_an_error(capsys):
    """
    A word without a route ends with code 1 and says so.
    """
    assert main(["routes", "nosuchword"]) == 1
    assert "nosuchword" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["dance"], ["demo", "--pages", "x"]])
def test_a_wrong_call_ends_with_code_2(words, capsys):
    """
    argparse says what is wrong.
    """
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "pyesi" in capsys.readouterr().err


def test_a_live_demo_needs_a_user_agent(capsys):
    """
    ESI is not asked by a nobody.
    """
    assert main(["demo", "--live"]) == 1
    assert "--user-agent" in capsys.readouterr().err


def test_errors_end_with_code_1(monkeypatch, capsys):
    """
    An error of pyesi is one line, without a trace.
    """

    def broken(_plan):
        raise errors.ConnectFailed("nobody there")

    monkeypatch.setattr("pyesi.cli._demo.demo", broken)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("pyesi: ConnectFailed: nobody there. ")


def test_ctrl_c_ends_with_code_130(monkeypatch):
    """
    As a shell expects.
    """

    def interrupted(_plan):
        raise KeyboardInterrupt

    monkeypatch.setattr("pyesi.cli._demo.demo", interrupted)
    assert main(["demo"]) == 130


def test_the_book_of_a_type_is_its_best_prices():
    """
    Bid is the highest price of those who buy, ask the lowest of those who sell.
    """
    orders = [
        order(1, 34, 5.0),
        order(2, 34, 4.0),
        order(3, 34, 3.0, buy=True),
        order(4, 34, 3.5, buy=True),
        order(5, 35, 9.0),
        order(6, 36, 1.0, buy=True),
        order(7, 36, 2.0, buy=True),
    ]
    assert most_traded(orders, 2) == [
        TypeSummary(34, 4, bid=3.5, ask=4.0),
        TypeSummary(36, 2, bid=2.0, ask=None),
    ]
    assert TypeSummary(34, 4, bid=3.0, ask=4.0).spread == 0.25
    assert TypeSummary(36, 2, bid=2.0, ask=None).spread is None


def test_the_table_is_aligned():
    """
    Every line is as long as the head, whatever is missing.
    """
    lines = table(
        [TypeSummary(34, 1_000, 3.5, 4_000_000.25), TypeSummary(35, 2, None, None)],
        {34: "Tritanium"},
    )
    assert {len(line) for line in lines} == {len(lines[0])}
    assert "Tritanium" in lines[2]
    assert "4,000,000.25" in lines[2]
    assert "type 35" in lines[3]


def test_the_csv_holds_every_field(tmp_path):
    """
    One line an order, under ESI's own names.
    """
    path = tmp_path / "orders.csv"
    write_csv(path, [order(7), order(8)])

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["order_id"] for row in rows] == ["7", "8"]
    assert set(rows[0]) == set(Order.__struct_fields__)
