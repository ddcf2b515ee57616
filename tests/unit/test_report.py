"""Is the page about the past whole, and does it show what there is?"""

import errno
import os
import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pyesi import report
from pyesi.cli import main
from pyesi.errors import ConfigurationError
from unit.history_sample import NOON, history, text, told

HOSTILE = "</title><script>alert('1')</script>&amp;\"\x00\ud800"
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.words, self.open = set(), [], [], []
        self.fetched = []
        html.encode()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._look(attributes)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)
        self._look(attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    def _look(self, attributes):
        for name, value in attributes:
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value)
            if name in {"src", "href", "xlink:href"} and not value.startswith("#"):
                self.fetched.append(value)

    @property
    def shown(self):
        return " ".join(" ".join(self.words).split())


def a_week():
    """Rows of a week: quiet nights, some errors, a day without any."""
    return [
        told(
            NOON + 600 * n,
            1 + n % 144,
            errors=(n % 144) // 50,
            client_errors=n % 2,
            avoided=(n % 144) // 2,
            p95=0.2 + (n % 9) / 10,
        )
        for n in range(1008)
        if not 300 < n < 450
    ]


@cache
def page_of_a_week():
    """The page about that week; made once."""
    return report.report_html(history(*a_week(), hours=168), of="answers.sqlite3")


def names():
    """What lies in the folder."""
    return sorted(path.name for path in Path().iterdir())


def drawn(html):
    """Each plot, as XML."""
    return [
        ElementTree.fromstring(one) for one in re.findall(r"(?s)<svg.*?</svg>", html)
    ]


def test_the_page_is_whole_and_fetches_nothing():
    """
    Its markup is closed, no script is in it, and nothing is asked for elsewhere.
    """
    page = Page(page_of_a_week())

    assert "script" not in page.tags
    assert not page.tags & {"link", "img", "iframe", "object", "image"}
    assert page.fetched == []
    assert len(page.ids) == len({*page.ids})


def test_the_page_shows_numbers_bands_and_trends():
    """
    Totals, rates, KPIs with the bands of statistics, and what rises or falls.
    """
    known = history(*a_week(), hours=168)
    shown = Page(page_of_a_week()).shown

    assert "pyesi report: answers.sqlite3" in shown
    assert "2026-11-29 12:00:00 UTC to 2026-12-06 12:00:00 UTC" in shown
    assert f"requests {known.total.requests:,}" in shown
    assert f"ESI never saw {known.total.avoided:,}" in shown
    for one in known.kpis():
        assert " ".join(one.row) in shown
    for one in known.trend():
        assert " ".join(one.row) in shown


def test_every_plot_is_an_svg_of_its_own():
    """
    There are five, well formed, and each refers to what is in it.
    """
    html = page_of_a_week()
    plots = drawn(html)

    assert len(plots) == 5
    for plot in plots:
        ids = {one.get("id") for one in plot.iter()}
        text = ElementTree.tostring(plot, "unicode")
        referred = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', text)
        assert {a or b for a, b in referred} <= ids
    assert html.count("<figure") == html.count('role="img"') == 5


def test_plots_read_on_light_and_on_dark_ground():
    """
    Nothing is black or white: text and axes have the page's own colour.
    """
    html = page_of_a_week()

    assert "color-scheme:light dark" in html
    for plot in re.findall(r"(?s)<svg.*?</svg>", html):
        assert "currentColor" in plot
        assert not re.search(r"#(000000|ffffff|010203)", plot)
        for words in re.findall(r"<text[^>]*>", plot):
            assert "fill: currentColor" in words


def test_a_plot_has_a_bar_for_each_kind_and_hour():
    """
    The legend tells them apart.
    """
    html = report.report_html(history(told(NOON, 10, errors=1), told(NOON + 3600, 10)))
    words = [one.text for one in drawn(html)[0].iter(f"{SVG}text")]

    assert {"from the cache", "answered by ESI", "4xx", "failed"} <= {*words}


@pytest.mark.parametrize(
    "rows",
    [
        [told(NOON)],
        [told(NOON, 5, avoided=5, mean=0.0, p50=0.0, p95=0.0, p99=0.0)],
        [told(NOON, 0, avoided=0)],
        [told(NOON, 5, errors=5)],
        [told(NOON), told(NOON + 86_000)],
        [told(NOON, 10**15, received=2**62)],
    ],
    ids=["one", "hits", "none", "errors", "gap", "many"],
)
def test_a_page_of_little_or_much_is_whole_as_well(rows):
    """
    Where there is nothing to draw a plot is empty, and no fault.
    """
    html = report.report_html(history(*rows))

    Page(html)
    assert len(drawn(html)) == 5


def test_a_page_of_nothing_says_so():
    """
    It has no plot.
    """
    html = report.report_html(history())

    assert "Nothing was counted." in Page(html).shown
    assert drawn(html) == []


def test_a_name_from_outside_breaks_no_page():
    """
    Whatever the file is called, its name is text.
    """
    page = Page(report.report_html(history(told(NOON)), of=HOSTILE))

    assert "script" not in page.tags
    assert "<script>alert('1')</script>&amp;" in page.shown


def test_the_same_history_gives_the_same_page():
    """
    Nothing in it is by chance, or of the moment.
    """
    known = history(*a_week(), hours=168)

    assert report.report_html(known, of="answers.sqlite3") == page_of_a_week()


def test_both_clients_and_engines_write_one(both, network, tmp_path):
    """
    `write_report` writes what the core keeps.
    """
    esi = both.make()
    esi.write_report(tmp_path / "client.html")
    esi.engine.write_report(tmp_path / "engine.html", hours=24)
    both.close(esi)

    for name in ("client.html", "engine.html"):
        assert "Nothing was counted." in Page((tmp_path / name).read_text()).shown


# The command.


@pytest.fixture(name="cache")
def cache_with_history(tmp_path, monkeypatch):
    """The path of a cache that has a history beside it, as the only file."""
    monkeypatch.chdir(tmp_path)
    content = text(minutes=[told(NOON, 5)], tens=[told(NOON, 5)])
    (tmp_path / "answers.sqlite3.history").write_text(content)
    return "answers.sqlite3"


def test_a_report_is_written_of_a_file(cache, tmp_path, capsys):
    """
    By default it is report.html, and one line says what it is about.
    """
    assert main(["report", cache]) == 0

    assert capsys.readouterr().out == (
        "5 requests from 2026-11-29 12:00 to 2026-11-29 12:10 UTC: 'report.html'\n"
    )
    page = Page((tmp_path / "report.html").read_text())
    assert "pyesi report: answers.sqlite3" in page.shown


def test_a_report_goes_where_it_is_told_to(cache, tmp_path, capsys):
    """
    --out says where, and --hours how far back.
    """
    file = f"{cache}.history"

    assert main(["report", file, "--out", "day.html", "--hours", "24"]) == 0
    assert "to 2026-11-29 12:01 UTC" in capsys.readouterr().out
    assert (tmp_path / "day.html").exists()


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        (None, ["nothing.sqlite3"], "'nothing.sqlite3' cannot be read: No such file"),
        (None, ["."], "'.' cannot be read: Is a directory"),
        ("{}", ["answers.sqlite3"], "holds no history"),
        ("pyesi history 7\nend\n", ["answers.sqlite3"], "is of schema 7"),
        ("pyesi history 1\n", ["answers.sqlite3"], "is damaged"),
        (None, ["answers.sqlite3", "--out", "no/such.html"], "cannot be written: No "),
    ],
)
def test_a_file_that_will_not_do_is_one_line(cache, capsys, content, words, message):
    """
    The exit code is 2, no page is written, and the history is as it was.
    """
    kept = Path(f"{cache}.history")
    if content is not None:
        kept.write_text(content)
    before = kept.read_text()

    assert main(["report", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pyesi report: ")
    assert err.count("\n") == 1
    assert message in err
    assert names() == ["answers.sqlite3.history"]
    assert kept.read_text() == before


@pytest.mark.parametrize("file", ["answers.sqlite3", "answers.sqlite3.history"])
@pytest.mark.parametrize("out", ["answers.sqlite3", "answers.sqlite3.history"])
def test_a_report_takes_the_place_of_no_cache(cache, capsys, file, out):
    """
    Neither the answers nor the history can be written over, by whichever name.
    """
    Path(cache).write_bytes(b"SQLite format 3")
    before = Path(out).read_bytes()

    assert main(["report", file, "--out", out]) == 2
    assert "give another --out" in capsys.readouterr().err
    assert Path(out).read_bytes() == before


def test_a_full_disk_leaves_the_page_that_was_there(
    cache, tmp_path, capsys, monkeypatch
):
    """
    The exit code is 2, and no part of the new one lies about.
    """

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "report.html").write_text("yesterday's")
    monkeypatch.setattr(os, "fsync", full)

    assert main(["report", cache]) == 2
    err = capsys.readouterr().err
    assert err == (
        "pyesi report: 'report.html' cannot be written: No space left on device.\n"
    )
    assert (tmp_path / "report.html").read_text() == "yesterday's"
    assert names() == ["answers.sqlite3.history", "report.html"]


@pytest.mark.parametrize("hours", ["0", "169", "nan", "week"])
def test_hours_that_are_not_kept_are_a_wrong_call(cache, capsys, hours):
    """
    argparse says so.
    """
    with pytest.raises(SystemExit) as ended:
        main(["report", cache, "--hours", hours])
    assert ended.value.code == 2
    assert "--hours" in capsys.readouterr().err


def test_without_matplotlib_the_extra_is_named(cache, capsys, monkeypatch):
    """
    The command and the function say what to install, and write nothing.
    """
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    assert main(["report", cache]) == 1
    assert "pyesi-eve[notebook]" in capsys.readouterr().err
    assert names() == ["answers.sqlite3.history"]
    with pytest.raises(ConfigurationError, match=r"pyesi-eve\[notebook\]"):
        report.report_html(history(told(NOON)))
