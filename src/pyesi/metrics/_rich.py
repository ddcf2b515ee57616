"""Statistics for terminals that rich draws on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

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
    for heading in ("KPI", "value", "band", "target", "good", "bad"):
        table.add_column(heading)
    for one in kpis:
        bounds = [one.told(bound) for bound in (one.target, one.good, one.bad)]
        band = Text(one.band, _STYLES.get(one.band, "dim"))
        table.add_row(one.name, one.told(one.value), band, *bounds)
    return table
