"""Draws what requests waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pyesi.errors import ConfigurationError

from ._lanes import Lane, lanes_of, responses_of, thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyesi.client._shown import Timed

# In the order in which an attempt goes through them. What is ours is grey or green,
# what ESI's limits ask for yellow to red, the network blue.
_COLOURS = {
    "look_up": "#9a9a9a",
    "coalesced": "#cc79a7",
    "gate: its turn": "#f2e2b8",
    "gate: concurrency": "#f3cf7a",
    "gate: rate_limit_window": "#e69f00",
    "gate: ceiling": "#c77c11",
    "gate: shared_limits": "#a0671a",
    "gate: error_limit": "#d55e00",
    "gate: breaker": "#8b1a1a",
    "pool": "#8c6bb1",
    "connect": "#9bd3f5",
    "tls": "#56b4e9",
    "wait": "#0072b2",
    "receive": "#3aa6c4",
    "decode": "#009e73",
    "pause": "#5a5a5a",
    "store": "#8fd19e",
}
_OTHER = "#000000"

_MOST_LANES = 400
_MOST_LABELS = 40
_INCHES_A_LANE = 0.24


def plot_timeline(sweep: Timed, *, ax: Axes | None = None) -> Axes:
    """Draw a bar for each request, split into what it waited for.

    Requests stand in the order in which they were asked for, from the top. Of more
    than 400 each line stands for a few, and shows the slowest of them. Answers that
    the cache had took no time: the title counts them.

    Args:
        sweep: Pages, a Batch, a response, or several in a list.
        ax: Where to draw; by default a figure of its own.

    Raises:
        InvalidRequest: There is no response to draw. A table keeps none.
        ConfigurationError: matplotlib is not installed.
    """
    responses = responses_of(sweep)
    lanes = lanes_of(responses)
    drawn, step = thinned(lanes, _MOST_LANES)
    axes = _new_axes(len(drawn)) if ax is None else ax
    _draw(axes, drawn)
    _name_lanes(axes, drawn)
    if drawn:
        _explain(axes, lanes, outside=ax is None)
    axes.set_title(_title(len(responses), lanes, step), loc="left", fontsize="medium")
    return axes


def _new_axes(count: int) -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        message = (
            "plot_timeline needs matplotlib: pip install 'pyesi-eve[notebook]', or "
            "matplotlib itself."
        )
        raise ConfigurationError(message) from error
    height = min(max(count * _INCHES_A_LANE, 1.2), 6.0) + 1.0
    _, axes = pyplot.subplots(figsize=(10.0, height), layout="constrained")
    return axes


def _draw(axes: Axes, lanes: Sequence[Lane]) -> None:
    from matplotlib.collections import PolyCollection

    # One collection a kind: ten, where a patch for each span would be thousands.
    height = 0.8 if len(lanes) <= _MOST_LABELS else 1.0
    corners: dict[str, list[list[tuple[float, float]]]] = {}
    for row, lane in enumerate(lanes):
        for kind, begin, end in _spans(lane):
            low, high = row - height / 2, row + height / 2
            box = [(begin, low), (begin, high), (end, high), (end, low)]
            corners.setdefault(kind, []).append(box)
    for kind in sorted(corners, key=_rank):
        colour = _COLOURS.get(kind, _OTHER)
        boxes = PolyCollection(corners[kind], facecolors=colour, linewidths=0)
        axes.add_collection(boxes, autolim=False)
    last = max((lane.begin + lane.seconds for lane in lanes), default=1.0)
    axes.set_xlim(0.0, last * 1.01)
    axes.set_ylim(max(len(lanes), 1) - 0.4, -0.6)


def _spans(lane: Lane) -> Iterator[tuple[str, float, float]]:
    begin = lane.begin
    for kind, seconds in lane.spans:
        yield kind, begin, begin + seconds
        begin += seconds


def _rank(kind: str) -> int:
    order = list(_COLOURS)
    return order.index(kind) if kind in order else len(order)


def _name_lanes(axes: Axes, lanes: Sequence[Lane]) -> None:
    axes.set_xlabel("seconds since the first was asked for")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lanes) <= _MOST_LABELS:
        labels = [lane.label for lane in lanes]
        axes.set_yticks(range(len(lanes)), labels, fontsize="small")
        axes.tick_params(axis="y", length=0)
    else:
        axes.set_yticks([])
        axes.set_ylabel("requests, in the order of asking")


def _explain(axes: Axes, lanes: Sequence[Lane], *, outside: bool) -> None:
    """A legend with each kind's share of all that was waited."""
    from matplotlib.patches import Patch

    totals = Counter[str]()
    for lane in lanes:
        for kind, seconds in lane.spans:
            totals[kind] += seconds  # type: ignore[assignment]  # seconds are counted
    total = sum(totals.values())
    entries = [
        Patch(
            color=_COLOURS.get(kind, _OTHER),
            label=f"{kind.replace('_', ' ')}  {_percent(totals[kind] / total)}",
        )
        for kind in sorted(totals, key=_rank)
    ]
    if outside:
        axes.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            frameon=False,
            fontsize="small",
        )
    else:
        axes.legend(handles=entries, fontsize="small")


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "< 1%"


def _title(count: int, lanes: Sequence[Lane], step: int) -> str:
    kept = count - len(lanes)
    told = f"{count:,} request{'s' * (count != 1)}"
    if lanes:
        last = max(lane.begin + lane.seconds for lane in lanes)
        told += f" in {last:.3g} s"
    if kept:
        told += f", {kept:,} answered from the cache"
    if step > 1:
        told += f"; each line is the slowest of {step}"
    return told
