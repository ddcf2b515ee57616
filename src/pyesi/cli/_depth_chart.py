"""A picture of an order book: how much there is at which price."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._market import Side

# Told apart also by those who see few colours.
_BUYS = "#0072b2"
_SELLS = "#d55e00"

# Prices that are shown: of so many orders of a side, and no further from its best one.
_SHARE = 0.9
_FURTHEST = 2.0


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above the picture.

    Attributes:
        name: Of the type.
        place: Where it is traded.
        instant: Of which snapshot it is, as text.
    """

    name: str
    place: str
    instant: str


def draw_depth(buys: Side, sells: Side, caption: Caption, path: Path) -> None:
    """Write a PNG of the volume at each price and all better ones."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 5.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    low, high = shown_prices(buys, sells)
    _draw_side(axes, buys, low, "Buy orders", _BUYS)
    _draw_side(axes, sells, high, "Sell orders", _SELLS)
    margin = 0.01 * (high - low)
    if margin:
        axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(bottom=0)
    _describe(axes, caption)
    if buys.prices or sells.prices:
        axes.legend(loc="upper center", frameon=False)
    figure.savefig(path, format="png")


def shown_prices(buys: Side, sells: Side) -> tuple[float, float]:
    """The lowest and the highest price of the picture.

    Orders far away from the best ones, of which there are always some, would leave
    nothing to be seen of the others.
    """
    ends = []
    if buys.prices:
        ends += [max(_nearest(buys), buys.prices[0] / _FURTHEST), buys.prices[0]]
    if sells.prices:
        ends += [sells.prices[0], min(_nearest(sells), sells.prices[0] * _FURTHEST)]
    return min(ends, default=0.0), max(ends, default=0.0)


def _nearest(side: Side) -> float:
    return side.prices[int((len(side.prices) - 1) * _SHARE)]


def _draw_side(axes: Axes, side: Side, end: float, label: str, colour: str) -> None:
    if not side.prices:
        return
    best = side.prices[0]
    shown = [i for i, p in enumerate(side.prices) if abs(p - best) <= abs(end - best)]
    volumes = [side.volumes[i] for i in shown]
    # The line begins at nothing, and goes on to the end of the picture.
    x = [best, *(side.prices[i] for i in shown), end]
    y = [0, *volumes, volumes[-1]]
    axes.fill_between(x, y, step="post", color=colour, alpha=0.2, linewidth=0)
    told = f"{label}: best {best:,.2f} ISK"
    axes.plot(x, y, drawstyle="steps-post", color=colour, label=told)


def _describe(axes: Axes, caption: Caption) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    title = f"Order book of {caption.name}, {caption.place}, {caption.instant}"
    axes.set_title(title, parse_math=False)
    axes.set_xlabel("Price (ISK); orders far from the best one are not shown")
    axes.set_ylabel("Units at this price or a better one")
    digits = 0 if axes.get_xlim()[1] >= 1000 else 2
    axes.xaxis.set_major_formatter(StrMethodFormatter(f"{{x:,.{digits}f}}"))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(alpha=0.3)
