"""A picture of how long requests took."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pyesi.errors import ConfigurationError

from ._figures import SHARES, Figures
from ._plan import Plan
from ._report import length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE = "#0072b2"


def require_matplotlib() -> None:
    """Raise ConfigurationError where nothing can be drawn."""
    if find_spec("matplotlib") is None:
        message = "--png needs matplotlib: pip install 'pyesi-eve[bench]'"
        raise ConfigurationError(message)


def draw(plan: Plan, figures: Figures, path: str | os.PathLike[str]) -> None:
    """Write a PNG of the latency that each share of the requests did not exceed.

    Raises:
        ConfigurationError: matplotlib is missing, or the file cannot be written.
    """
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 5.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw_curve(axes, figures)
    title = f"{plan}\n{figures.throughput:,.1f} requests a second"
    axes.set_title(title, parse_math=False, fontsize="small", wrap=True)
    try:
        figure.savefig(Path(path), format="png")
    except OSError as error:
        message = f"{str(Path(path))!r} could not be written: {error.strerror}."
        raise ConfigurationError(message) from error


def _draw_curve(axes: Axes, figures: Figures) -> None:
    """Shares by how few are beyond them, so that nines are as far apart as tenths."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    beyond = [1 / (1 - share) for share, _ in figures.curve]
    axes.set_xscale("log")
    axes.plot(beyond, [latency for _, latency in figures.curve], color=_LINE)
    marks = {n: s for n, s in SHARES.items() if beyond and 1 / (1 - s) <= beyond[-1]}
    axes.set_xticks([1 / (1 - share) for share in marks.values()], list(marks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: length(y) if y else "0"))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Share of the requests")
    axes.set_ylabel("took no longer than")
    axes.grid(alpha=0.3)
