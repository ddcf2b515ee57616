"""What is to be drawn of requests: when each began, and what it waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

from pyesi.client import Batch, BatchResult
from pyesi.errors import InvalidRequest

if TYPE_CHECKING:
    from pyesi.client._shown import Timed

_LABEL = 40


class Drawn(Protocol):
    """A response, as far as it is drawn."""

    @property
    def route(self) -> str:
        """The path template."""

    @property
    def url(self) -> str:
        """Where it was sent."""

    @property
    def timeline(self) -> Any:
        """Its phases, and as `started_at` when it was asked for."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One request.

    Attributes:
        label: Which it is, in a few words.
        begin: Seconds from the first request's beginning to this one's.
        spans: What it waited for, and how many seconds, in order.
    """

    label: str
    begin: float
    spans: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(seconds for _, seconds in self.spans)


def responses_of(sweep: Timed) -> list[Drawn]:
    """The responses of whatever has some.

    Raises:
        InvalidRequest: It has none.
    """
    if hasattr(sweep, "timeline"):
        found: list[Any] = [sweep]
    elif isinstance(sweep, Batch):
        found = sweep.results
    elif isinstance(sweep, BatchResult):
        found = [sweep.response]
    elif hasattr(sweep, "to_arrow"):
        raise InvalidRequest(
            "A table does not keep its responses, so there is nothing to draw: sweep "
            "by get_pages, which answers with them."
        )
    else:
        found = _items(sweep)
    responses = [response for response in found if response is not None]
    if not responses:
        raise InvalidRequest("There is no response to draw.")
    return responses


def _items(sweep: object) -> list[Any]:
    items: list[Any] = list(sweep) if isinstance(sweep, Iterable) else [sweep]
    for item in items:
        if not hasattr(item, "timeline"):
            message = (
                "plot_timeline draws Pages, a Batch or responses, not "
                f"{type(item).__name__}."
            )
            raise InvalidRequest(message)
    return items


def lanes_of(responses: Sequence[Drawn]) -> list[Lane]:
    """The requests that took any time, in the order in which they were asked for."""
    timelines = [response.timeline for response in responses]
    first = min(timeline.started_at for timeline in timelines)
    one_route = len({response.route for response in responses}) == 1
    lanes = [
        Lane(
            _label(response.url, one_route=one_route),
            (timeline.started_at - first).total_seconds(),
            tuple((_kind(*phase), phase[1]) for phase in timeline),
        )
        for response, timeline in zip(responses, timelines, strict=True)
    ]
    return sorted((lane for lane in lanes if lane.seconds > 0), key=_begin_of)


def _begin_of(lane: Lane) -> float:
    return lane.begin


def thinned(lanes: Sequence[Lane], most: int) -> tuple[list[Lane], int]:
    """At most so many lanes: of each few in a row the slowest; and how many these are.

    The slowest and not their mean: what is drawn is a request that there was.
    """
    step = max(-(-len(lanes) // most), 1)
    groups = (lanes[place : place + step] for place in range(0, len(lanes), step))
    return [max(group, key=lambda lane: lane.seconds) for group in groups], step


def _kind(name: str, _seconds: float, detail: str) -> str:
    """A phase's name; what held a request at the gates is told apart."""
    if name != "gate":
        return name
    return f"gate: {detail or 'its turn'}"


def _label(url: str, *, one_route: bool) -> str:
    parts = urlsplit(url)
    page = parse_qs(parts.query).get("page")
    if one_route and page:
        return f"page {page[0]}"
    told = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return told if len(told) <= _LABEL else "…" + told[1 - _LABEL :]
