"""The lines of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from pyesi.metrics.measures import share

from ._seen import RouteSeen, Seen, UpstreamSeen
from ._words import UNKNOWN, bar, length, per_cent, printable, rate, size

_BAR = 20
_LABEL = 12
_ROUTES = 10  # of each kind, where there is room
_WINDOWS = 8
_UPSTREAMS = 4
_CLIENTS = 6

# Where a figure is red; those of the shipped alert rules.
_MANY_ERRORS = 0.01
_FEW_ERRORS_LEFT = 20
_FEW_TOKENS = 0.1

_BAD, _GOOD, _DIM, _HEAD = "bold red", "green", "dim", "bold"


class Frame(NamedTuple):
    """What a frame shows, but for its size.

    Attributes:
        target: What is looked at.
        clients: All that are shown there; not none.
        chosen: Which of them is shown in full.
        trouble: Why there is nothing newer; "" if there is.
        keys: What keys do; "" without any.
    """

    target: str
    clients: Sequence[Seen]
    chosen: int = 0
    trouble: str = ""
    keys: str = ""

    @property
    def seen(self) -> Seen:
        """The chosen client."""
        return self.clients[self.chosen]


def lines_of(frame: Frame, height: int | None = None, blocks: str = "█░") -> list[Text]:
    """A frame, a line each; not more of them than the height.

    Args:
        frame: What it shows.
        height: How many lines there are; None: as many as it takes.
        blocks: A full and an empty one, for bars.
    """
    lines = [*_head(frame), *_figures(frame.seen, blocks)]
    foot = [Text(frame.keys, _DIM)] if frame.keys else []
    room = None if height is None else height - len(foot) - len(lines)
    lines += _sections(frame.seen, room, blocks)
    if height is None:
        return lines + foot
    return [*lines[: max(height - len(foot), 0)], *foot][:height]


def _head(frame: Frame) -> Iterator[Text]:
    seen = frame.seen
    span = "since it began" if seen.seconds is None else f"over {length(seen.seconds)}"
    line = Text("pyesi top  ", _HEAD)
    line.append(printable(frame.target), "cyan")
    line.append(f"  {printable(seen.client)}", _HEAD)
    line.append(f"  {span}")
    if seen.restarted:
        line.append("  restarted", "yellow")
    yield line
    if frame.trouble:
        yield Text(printable(frame.trouble), _BAD)
    if len(frame.clients) > 1:
        yield Text()
        yield from _clients(frame)


def _clients(frame: Frame) -> Iterator[Text]:
    first = max(0, frame.chosen - _CLIENTS + 1)
    for number, seen in enumerate(frame.clients[first : first + _CLIENTS], first):
        mark = ">" if number == frame.chosen else " "
        told = (
            f"{mark} {printable(seen.client):<24.24} {_pace(seen, seen.ended):>10}  "
            f"hits {per_cent(seen.hit_rate):>5}  "
            f"errors {per_cent(seen.error_rate):>6}  "
            f"p95 {length(seen.quantiles[1]):>8}"
        )
        yield Text(told, _HEAD if number == frame.chosen else "")
    if len(frame.clients) > _CLIENTS:
        yield Text(f"  {len(frame.clients)} clients in all", _DIM)


def _figures(seen: Seen, blocks: str) -> Iterator[Text]:
    yield Text()
    yield _line(
        "requests",
        _pace(seen, seen.ended),
        f"sent {_pace(seen, seen.sent)}",
        f"received {_received(seen)}",
    )
    outcomes = (
        f"{printable(outcome)} {per_cent(share(count, seen.ended))}"
        for outcome, count in seen.outcomes
    )
    yield _line("outcomes", *outcomes)
    errors = seen.error_rate or 0.0
    line = _line("hits", per_cent(seen.hit_rate))
    line.append("   errors ", _DIM)
    line.append(per_cent(seen.error_rate), _BAD if errors > _MANY_ERRORS else "")
    yield line
    p50, p95, p99 = map(length, seen.quantiles)
    yield _line("took", f"p50 {p50}", f"p95 {p95}", f"p99 {p99}")
    bound = f" of {seen.max_in_flight:,}" if seen.max_in_flight else ""
    waits = (f"{printable(name)} {count:,}" for name, count in seen.waiting if count)
    waiting = ", ".join(waits) or "none"
    yield _line("in flight", f"{seen.in_flight:,}{bound}", f"waiting: {waiting}")
    line = _line("cache")
    line.append(bar(seen.cache, _BAR, blocks), "cyan")
    line.append(
        f" {per_cent(seen.cache)}   "
        f"{size(seen.cache_bytes)} in {seen.entries:,} answers"
    )
    yield line


def _received(seen: Seen) -> str:
    a_second = seen.rate(seen.received)
    return size(seen.received) if a_second is None else f"{size(a_second)}/s"


def _line(label: str, *told: str) -> Text:
    line = Text(f"{label:<{_LABEL}}", _DIM)
    line.append("   ".join(told), "not dim")
    return line


def _sections(seen: Seen, room: int | None, blocks: str) -> list[Text]:
    """Upstreams, windows and routes, shared out over the lines that there are."""
    upstreams = [*_upstreams(seen)][:_UPSTREAMS]
    windows = [*_windows(seen, blocks)]
    if room is None:
        shown, routes = _WINDOWS, _ROUTES
    else:
        left = room - len(upstreams)
        shown = min(_WINDOWS, max(left // 3, 2))
        # Two tables, each with a heading and an empty line above it.
        routes = min((left - min(shown, len(windows)) - 4) // 2, _ROUTES)
    lines = [*upstreams, *windows[:shown]]
    if routes > 0:
        lines += _table("slowest routes", seen.slowest[:routes], _slow())
        lines += _table("busiest routes", seen.busiest[:routes], _busy(seen))
    return lines


def _upstreams(seen: Seen) -> Iterator[Text]:
    for one in sorted(seen.upstreams, key=_is_well):
        line = _line("upstream", f"{printable(one.origin)}   breaker ")
        phase = printable(one.phase.replace("_", " "))
        line.append(phase, {"closed": _GOOD, "open": _BAD}.get(phase, "yellow"))
        if one.errors_left is not None:
            few = one.errors_left < _FEW_ERRORS_LEFT
            line.append("   errors left ", "not dim")
            line.append(f"{one.errors_left:.0f}", _BAD if few else "not dim")
        if one.errors_closed > 0:
            line.append(f"   shut for {length(one.errors_closed)}", _BAD)
        yield line


def _is_well(upstream: UpstreamSeen) -> bool:
    return upstream.phase == "closed" and upstream.errors_closed <= 0


def _windows(seen: Seen, blocks: str) -> Iterator[Text]:
    several = len(seen.upstreams) > 1
    for one in seen.windows:
        part = share(one.left, one.tokens)
        few = (part or 0.0) < _FEW_TOKENS
        line = _line("tokens")
        line.append(bar(part, _BAR, blocks), _BAD if few else _GOOD)
        line.append(f" {printable(one.group)} {one.left:,.0f} of {one.tokens:,.0f}")
        if several:
            line.append(f"   {printable(one.upstream)}")
        if one.closed_for > 0:
            line.append(f"   shut for {length(one.closed_for)}", _BAD)
        yield line


class _Column(NamedTuple):
    """What it is called, and what it has of a route."""

    heading: str
    told: Callable[[RouteSeen], str]


def _slow() -> tuple[_Column, ...]:
    return (
        _Column("p95", lambda route: length(route.p95)),
        _Column("mean", lambda route: length(route.mean)),
        _Column("waited", lambda route: f"{route.waited:,}"),
    )


def _busy(seen: Seen) -> tuple[_Column, ...]:
    return (
        _Column("pace", lambda route: rate(seen.rate(route.ended))),
        _Column("requests", lambda route: f"{route.ended:,}"),
        _Column("errors", lambda route: per_cent(share(route.failed, route.ended))),
    )


def _table(
    title: str, routes: Sequence[RouteSeen], columns: Sequence[_Column]
) -> Iterator[Text]:
    yield Text()
    headings = "".join(f"{one.heading:>11}" for one in columns)
    yield Text(f"{headings}  {title}", _HEAD)
    for route in routes:
        cells = "".join(f"{one.told(route):>11}" for one in columns)
        yield Text(f"{cells}  {printable(route.route)}")
    if not routes:
        yield Text(f"{UNKNOWN:>11}", _DIM)


def _pace(seen: Seen, count: int) -> str:
    """How many a second, or how many where nobody knows of how many seconds."""
    return f"{count:,}" if seen.seconds is None else rate(seen.rate(count))
