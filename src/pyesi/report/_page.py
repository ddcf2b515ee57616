"""The page itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyesi._files import write_whole
from pyesi._version import VERSION
from pyesi.notebook._history import hourly_grid, hours_grid, trends_grid
from pyesi.notebook._markup import Markup, element, facts, faded
from pyesi.notebook._statistics import kpis_grid
from pyesi.notebook._words import instant, size

from ._plots import plots, require_matplotlib
from ._series import busiest_hour

if TYPE_CHECKING:
    from pyesi.metrics import History, HistoryRow

# On a phone what is too wide moves sideways, each for itself: a plot as small as that
# could not be read.
_STYLE = Markup(
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}"
    "h1{font-size:1.5em;overflow-wrap:anywhere}"
    "h2{font-size:1.15em;margin:1.8em 0 .2em}p{margin:.2em 0}"
    "figure,.table,details{overflow-x:auto}figure{margin:.3em 0}"
    "svg{max-width:100%;min-width:46em;height:auto}table{font-size:.95em}"
    "details,details+p{margin-top:1.8em}"
)


def write_report(
    history: History, path: str | os.PathLike[str], *, of: str | None = None
) -> None:
    """Write a page about a history to one file, whole or not at all.

    Args:
        history: What `esi.history(168)` or `pyesi.metrics.load_history` gives.
        path: Where to; what was there is replaced.
        of: Whose history it is, as its heading tells.

    Raises:
        ConfigurationError: matplotlib is not installed.
        OSError: It cannot be written; what was there before is there still.
    """
    write_whole(path, report_html(history, of=of))


def report_html(history: History, *, of: str | None = None) -> str:
    """The page as text: summary, KPIs, trends, plots, and the hours as a table.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    require_matplotlib()
    heading = "pyesi report" if of is None else f"pyesi report: {of}"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
        element("title", heading),
        element("style", _STYLE),
    )
    body = element("body", element("h1", heading), *_parts(history))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _parts(history: History) -> Iterator[Markup]:
    total = history.total
    if total is None:
        yield element("p", "Nothing was counted.")
        return
    yield element("p", f"{instant(history.begin)} to {instant(history.end)}")
    yield _table(facts(_summary(history, total)))
    yield from _section("KPIs", _table(kpis_grid(history.kpis())))
    yield from _section("Trends", _table(trends_grid(history.trend())))
    yield _note("The second half of this time beside the first.")
    for title, shows, drawn in plots(history):
        figure = element("figure", drawn, role="img", title=shows)
        yield from _section(title, figure)
        yield _note(shows)
    yield _folded("Hour by hour", hourly_grid(history.hourly()))
    yield _folded("By the hour of the day", hours_grid(history.by_hour()))
    yield _note(
        "Percentiles of an hour or more are means of its periods' own, weighed by the "
        f"requests that ESI saw. Written by pyesi {VERSION}."
    )


def _summary(history: History, total: HistoryRow) -> Iterator[tuple[str, object]]:
    requests = total.requests
    yield "requests", f"{requests:,}, {total.requests_per_second:,.3g} a second"
    yield "ESI never saw", _part(total.avoided, requests)
    yield "without a usable answer", _part(total.errors, requests)
    yield "4xx", _part(total.client_errors, requests)
    yield "attempts on the wire", f"{total.attempts:,}"
    yield "received", f"{size(total.received)}, {size(total.decoded)} once inflated"
    busiest = busiest_hour(history)
    if busiest is not None:
        told = f"{busiest.begin:%Y-%m-%d %H:%M} UTC, {busiest.requests:,} requests"
        yield "busiest hour", told


def _part(count: int, whole: int) -> str:
    return f"{count:,}, {count / whole:.1%}" if whole else f"{count:,}"


def _section(heading: str, content: Markup) -> Iterator[Markup]:
    yield element("h2", heading)
    yield content


def _table(content: Markup) -> Markup:
    return element("div", content, **{"class": "table"})


def _note(text: str) -> Markup:
    return element("p", faded(text))


def _folded(heading: str, content: Markup) -> Markup:
    return element("details", element("summary", heading), content)
