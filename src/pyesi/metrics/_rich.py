"""Statistics for terminals that rich draws on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from ._kpis import HEADINGS
from ._summary import summary_lines

if TYPE_CHECKING:
    from ._kpis import Kpis
    from ._snapshot import Statistics

_STYLES = {"good": "green", "target": "green", "warning": "yellow", "bad": "bold red"}


def statistics_table(seen: Statistics) -> Table:
    """The lines of the summary."""
    table = Table(box=box.SIMPLE, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, told in summary_lines(seen):
        table.add_row(Text(name), Text(told))
    return table


def kpis_table(kpis: Kpis) -> Table:
    """A line for each, its band in colour."""
    table = Table(box=box.SIMPLE)
    for heading in HEADINGS:
        table.add_column(heading)
    for one in kpis:
        name, value, band, *bounds = one.row
        table.add_row(name, value, Text(band, _STYLES.get(band, "dim")), *bounds)
    return table
