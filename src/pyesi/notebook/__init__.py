"""How things look in a notebook: as HTML, and as a plot of what requests waited for.

Classes call it from their `_repr_html_`, so that it is imported when something is
shown, and matplotlib when something is drawn.
"""

from __future__ import annotations

from ._advice import advice_html
from ._client import cache_html, client_html
from ._history import history_html, hours_html, trends_html
from ._limits import limits_html
from ._plot import plot_timeline
from ._response import batch_html, batch_result_html, pages_html, response_html
from ._statistics import kpis_html, statistics_html
from ._table import table_html

__all__ = [
    "advice_html",
    "batch_html",
    "batch_result_html",
    "cache_html",
    "client_html",
    "history_html",
    "hours_html",
    "kpis_html",
    "limits_html",
    "pages_html",
    "plot_timeline",
    "response_html",
    "statistics_html",
    "table_html",
    "trends_html",
]
