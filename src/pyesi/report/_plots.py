"""Draws the past with matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from functools import partial
from importlib.util import find_spec
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from pyesi.errors import ConfigurationError
from pyesi.metrics._summary import length
from pyesi.notebook._markup import Markup

from ._series import Outcomes, every_hour, values
from ._svg import INK, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyesi.metrics import History, HistoryRow

    Hours: TypeAlias = tuple[HistoryRow, ...]

# Told apart also by those who see few colours, and on dark ground as on light.
_OUTCOMES = {
    "from_cache": ("from the cache", "#2e9e5b"),
    "answered": ("answered by ESI", "#3a8fd0"),
    "client_errors": ("4xx", "#e69f00"),
    "errors": ("failed", "#d9483b"),
}
_LENGTHS = {"p50": "#3a8fd0", "p95": "#e69f00", "p99": "#d9483b"}
_LINE = "#3a8fd0"
_BAD = "#d9483b"
_GRID = "#808080"

_INCHES = (9.6, 3.0)
_HOUR_OF_A_DAY = 1 / 24


def require_matplotlib() -> None:
    """Raise ConfigurationError where nothing can be drawn."""
    if find_spec("matplotlib") is None:
        message = "A report needs matplotlib: pip install 'pyesi-eve[notebook]'"
        raise ConfigurationError(message)


def plots(history: History) -> Iterator[tuple[str, str, Markup]]:
    """Each plot: its heading, what it shows in words, and the SVG.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    require_matplotlib()
    hours = every_hour(history)
    for name, (heading, shows, draw) in _PLOTS.items():
        yield heading, shows, _drawn(name, partial(draw, hours))
    heading = "Requests by the hour of the day"
    shows = "Mean requests a second in each hour of the day, in UTC, over all days."
    yield heading, shows, _drawn("day", partial(_draw_day, history))


def _drawn(name: str, draw: Callable[[Axes], None]) -> Markup:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(axis="y", alpha=0.3, color=_GRID)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        return svg(figure, name)


@contextmanager
def _style() -> Iterator[None]:
    """Text that stays text, in the page's own colour."""
    from matplotlib import rc_context

    inked = ("text.color", "axes.labelcolor", "axes.edgecolor")
    chosen: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "pyesi",
        "font.size": 10.0,
        **dict.fromkeys((*inked, "xtick.color", "ytick.color"), INK),
    }
    with rc_context(chosen):
        yield


def _draw_outcomes(hours: Hours, axes: Axes) -> None:
    # One shape a kind, where a bar for each hour would be hundreds.
    edges = [*_begins(hours), _begins(hours)[-1] + _HOUR_OF_A_DAY]
    told = [Outcomes.of(row) for row in hours]
    low = [0.0] * len(hours)
    for name, (label, colour) in _OUTCOMES.items():
        high = [
            below + getattr(one, name) for below, one in zip(low, told, strict=True)
        ]
        axes.stairs(high, edges, baseline=low, fill=True, color=colour, label=label)
        low = high
    _name_hours(axes, hours)
    _count(axes)
    axes.set_ylabel("requests an hour")
    axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))


def _draw_hit_rate(hours: Hours, axes: Axes) -> None:
    _draw_line(axes, hours, attrgetter("hit_rate"), _LINE)
    _name_hours(axes, hours)
    _percent(axes)
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("never seen by ESI")


def _draw_errors(hours: Hours, axes: Axes) -> None:
    _draw_line(axes, hours, attrgetter("error_rate"), _BAD)
    _name_hours(axes, hours)
    _percent(axes)
    # A single error of many is none to be seen from afar.
    axes.set_ylim(0, max(axes.get_ylim()[1], 0.02))
    axes.set_ylabel("without a usable answer")


def _draw_lengths(hours: Hours, axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    for name, colour in _LENGTHS.items():
        _draw_line(axes, hours, attrgetter(name), colour, name)
    _name_hours(axes, hours)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: length(y) if y else "0"))
    axes.set_ylim(bottom=0)
    axes.set_ylabel("took no longer than")
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))


def _draw_line(
    axes: Axes,
    hours: Hours,
    value: Callable[[HistoryRow], float | None],
    colour: str,
    label: str | None = None,
) -> None:
    # With marks, since one hour between two gaps has no line.
    drawn = values(hours, value)
    axes.plot(
        _begins(hours), drawn, color=colour, marker=".", markersize=4, label=label
    )


def _begins(hours: Hours) -> list[float]:
    from matplotlib.dates import date2num

    numbers = (date2num(row.begin) for row in hours)  # type: ignore[no-untyped-call]
    return [*map(float, numbers)]


def _draw_day(history: History, axes: Axes) -> None:
    hours = history.by_hour()
    rates = [one.requests_per_second or 0.0 for one in hours]
    axes.bar([one.hour for one in hours], rates, width=0.9, color=_LINE)
    axes.set_xticks(range(0, 24, 2), [f"{hour:02}" for hour in range(0, 24, 2)])
    axes.set_xlabel("hour of the day (UTC)")
    axes.set_ylabel("requests a second")


def _name_hours(axes: Axes, hours: Hours) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=UTC, minticks=3)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    words = ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(words)
    axes.set_xlabel("UTC")
    # All plots of hours have one scale, also one of which little is known.
    begins = _begins(hours)
    axes.set_xlim(begins[0], begins[-1] + _HOUR_OF_A_DAY)


def _count(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _percent(axes: Axes) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))


_PLOTS: Mapping[str, tuple[str, str, Callable[[Hours, Axes], None]]] = {
    "outcomes": (
        "Requests by what became of them",
        "Requests of each hour: from the cache, answered by ESI, 4xx, failed.",
        _draw_outcomes,
    ),
    "hits": (
        "Hit rate",
        "The share of each hour's requests that ESI never saw.",
        _draw_hit_rate,
    ),
    "errors": (
        "Error rate",
        "The share of each hour's requests without a usable answer.",
        _draw_errors,
    ),
    "lengths": (
        "How long requests took",
        "What 50, 95 and 99 % of each hour's requests did not pass, fresh hits apart.",
        _draw_lengths,
    ),
}
