"""The command line."""

import io
import json

import pyarrow
import pytest
from matplotlib.image import imread
from rich.console import Console

from pyesi import __version__, errors
from pyesi.cli import _demo, main
from pyesi.cli._depth_chart import Caption, draw_depth, shown_prices
from pyesi.cli._market import Side, TypeSummary, book_of, book_table, most_traded
from unit.advice_sample import cache, healthy

NOTHING = '{"schema": 1, "pyesi": "0.1.0", "statistics": {}}'


def order(type_id=34, price=5.0, buy=False, volume=1):
    return {
        "type_id": type_id,
        "is_buy_order": buy,
        "price": price,
        "volume_remain": volume,
    }


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


def test_a_demo_without_its_extra_does_not_begin(monkeypatch, capsys):
    """
    What is missing is told before anything is started, with the extra that brings it.
    """
    monkeypatch.setattr(_demo, "LIBRARIES", ("rich", "no_such_library"))
    monkeypatch.setattr(_demo, "_simulator", None)

    assert main(["demo"]) == 1

    told = capsys.readouterr().err
    assert "pyesi demo needs no_such_library: pip install 'pyesi-eve[demo]'" in told


@pytest.fixture
def saved(tmp_path):
    """Writes statistics to a file of that name, and gives its path."""

    def write(name, statistics):
        statistics.save(tmp_path / name)
        return str(tmp_path / name)

    return write


def reloading(early, **changed):
    """The counters of a program that reloads what is fresh."""
    return healthy(cache=cache(reloads=early, early_reloads=early), **changed)


def test_advice_is_printed_and_no_failure(saved, capsys):
    """
    What is found stands there with its setting, and ends well unless it is checked.
    """
    path = saved("now.json", reloading(9))

    assert main(["advice", path]) == 0
    assert "critical: early_reloads" in capsys.readouterr().out
    assert main(["advice", path, "--check"]) == 1


def test_nothing_to_advise_is_no_failure_when_checked(saved, capsys):
    """
    A program that does well passes.
    """
    assert main(["advice", saved("now.json", healthy()), "--check"]) == 0
    assert capsys.readouterr().out.startswith("Nothing to change in 5,603 requests")


def test_advice_for_programs_is_json(saved, capsys):
    """
    --json gives each finding with its numbers.
    """
    assert main(["advice", saved("now.json", reloading(9)), "--json"]) == 0

    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["numbers"]["early_reloads"] == 9


def test_advice_since_another_file_is_of_what_came_after(saved, capsys):
    """
    What was there before is no finding any more.
    """
    before = saved("before.json", reloading(9))
    after = saved("after.json", reloading(10, taken_at=1_003_700.0))

    assert main(["advice", after, "--since", before, "--check"]) == 0
    assert main(["advice", before, "--since", after]) == 2
    assert "exchange the two" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "word"),
    [(None, "No such file"), ("[]", "holds no statistics"), (NOTHING, "no attempts")],
)
def test_a_file_that_will_not_do_is_a_wrong_call(tmp_path, capsys, text, word):
    """
    It ends with code 2 and a line that says why.
    """
    path = tmp_path / "now.json"
    if text is not None:
        path.write_text(text)

    assert main(["advice", str(path)]) == 2

    told = capsys.readouterr().err
    assert told.startswith("pyesi advice: ")
    assert word in told
    assert len(told.splitlines()) == 1


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
    orders = pyarrow.Table.from_pylist(
        [
            order(34, 5.0),
            order(34, 4.0),
            order(34, 3.0, buy=True),
            order(34, 3.5, buy=True),
            order(35, 9.0),
            order(36, 1.0, buy=True),
            order(36, 2.0, buy=True),
        ]
    )
    assert most_traded(orders, 2) == [
        TypeSummary(34, 4, bid=3.5, ask=4.0),
        TypeSummary(36, 2, bid=2.0, ask=None),
    ]
    assert TypeSummary(34, 4, bid=3.0, ask=4.0).spread == 0.25
    assert TypeSummary(36, 2, bid=2.0, ask=None).spread is None


def test_a_side_counts_what_is_there_at_a_price_and_all_better_ones():
    """
    Buyers begin with the highest price, sellers with the lowest, and other types are
    not counted.
    """
    orders = pyarrow.Table.from_pylist(
        [
            order(34, 5.0, volume=10),
            order(34, 4.0, volume=3),
            order(34, 3.0, buy=True, volume=7),
            order(34, 3.5, buy=True, volume=2),
            order(35, 4.5, volume=100),
        ]
    )
    assert book_of(orders, 34) == (Side([3.5, 3.0], [2, 9]), Side([4.0, 5.0], [3, 13]))
    assert book_of(orders, 36) == (Side([], []), Side([], []))


def test_the_table_fits_a_narrow_terminal():
    """
    In 80 columns each price is whole, whatever else is missing or long.
    """
    summaries = [
        TypeSummary(34, 1_000, 3.5, 123_456_789_012.25),
        TypeSummary(35, 2, None, None),
        TypeSummary(36, 2, 1.0, 2.0),
    ]
    output = io.StringIO()
    Console(file=output, width=80).print(
        book_table(summaries, {34: "Tritanium", 36: "[bold]" + "x" * 90})
    )

    lines = output.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    told = "\n".join(lines)
    assert "Tritanium" in told
    assert "123,456,789,012.25" in told
    assert "type 35" in told
    assert "[bold]xx" in told


@pytest.mark.parametrize(
    ("buys", "sells"),
    [
        (Side([3.5, 3.0], [2, 9]), Side([4.0, 5.0], [3, 13])),
        (Side([], []), Side([4.0], [3])),
        (Side([], []), Side([], [])),
        (Side([3.5, 0.01], [2, 9]), Side([4.0, 4.0, 9e11], [3, 5, 13])),
    ],
    ids=["both", "one", "none", "far"],
)
def test_a_book_is_drawn_whatever_is_in_it(tmp_path, buys, sells):
    """
    The PNG has its size, and shows both colours where there are both sides.
    """
    path = tmp_path / "book.png"

    draw_depth(buys, sells, Caption("$x$ of 'Y'", "The Forge", ""), path)

    pixels = imread(path)
    assert pixels.shape[:2] == (810, 1440)
    red, blue = pixels[..., 0], pixels[..., 2]
    assert (blue - red > 0.5).any() == bool(buys.prices)
    assert (red - blue > 0.5).any() == bool(sells.prices)


def test_far_orders_do_not_hide_the_others():
    """
    The picture ends at nine tenths of a side's orders, and at twice its best price.
    """
    many = [4.0 + i / 100 for i in range(100)]
    sells = Side([*many, 9e11], [*range(101)])
    buys = Side([3.0, 0.01, 0.01], [1, 2, 3])

    assert shown_prices(buys, sells) == (1.5, 4.9)
