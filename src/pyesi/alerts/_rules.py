"""The rules of docs/how-to/monitoring/alerts.yml, as functions of a history."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from pyesi.errors import InvalidRequest

from ._alert import Labels
from ._history import History
from ._reading import UpstreamReading

Found: TypeAlias = Iterator[tuple[Labels, float]]

_MINUTE = 60.0

# What a window may have above its reserve and send nothing: the most that one request
# costs.
_COST = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is not well.

    Attributes:
        name: What `on` calls it.
        severity: ``critical``, or ``warning``.
        threshold: What the value must pass; None for what is so or is not.
        window: Seconds that it looks back over.
        for_: Seconds that it must last until it is told.
        least: Requests in the window, without which there is nothing to tell.
        spares_downtime: Whether it keeps silent from 11:00 to 11:25 UTC, when ESI goes
            down every day.
        summary: What it says, with braces for value, client and labels.
        unit: What the value is: a ``share``, ``seconds`` or a ``count``.
        find: What is not well, whatever the time of day.
    """

    name: str
    severity: str
    threshold: float | None
    window: float
    for_: float
    least: int
    spares_downtime: bool
    summary: str
    unit: str
    find: Callable[[Rule, History], Found]

    def active(self, history: History, moment: datetime) -> dict[Labels, float]:
        """What is not well by the latest reading, with what was measured.

        Args:
            history: At least one reading.
            moment: What time it is, in UTC.
        """
        if self.spares_downtime and moment.hour == 11 and moment.minute < 25:
            return {}
        return dict(self.find(self, history))

    def told(self, client: str, labels: Labels, value: float) -> str:
        """The summary of one of them."""
        words = {"client": client, "value": _UNITS[self.unit](value), **dict(labels)}
        return self.summary.format_map(words)

    def changed(self, threshold: float | None, for_: float | None) -> Rule:
        """The same with another threshold or patience; None for its own.

        Raises:
            InvalidRequest: It has no threshold, or a number cannot be one.
        """
        rule = self
        if threshold is not None:
            if rule.threshold is None:
                raise InvalidRequest(f"{self.name} has no threshold: it is so, or not.")
            rule = replace(rule, threshold=_number("threshold", threshold))
        if for_ is not None:
            rule = replace(rule, for_=_number("for_", for_))
        return rule

    @property
    def bound(self) -> float:
        """The threshold of a rule that has one."""
        return 0.0 if self.threshold is None else self.threshold


_UNITS: dict[str, Callable[[float], str]] = {
    "share": lambda value: f"{100 * value:.4g}%",
    "seconds": lambda value: f"{value:.4g}s",
    "count": lambda value: f"{value:g}",
}


def _number(name: str, value: object) -> float:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not math.isfinite(value)
        or value < 0
    ):
        raise InvalidRequest(f"{name}= must be a number, 0 or more, not {value!r}.")
    return float(value)


def _error_rate(rule: Rule, history: History) -> Found:
    begin, now = history.oldest_of(rule.window), history.latest
    ended, failed = now.ended - begin.ended, now.failed - begin.failed
    if ended >= rule.least and failed / ended > rule.bound:
        yield (), failed / ended


def _hit_rate(rule: Rule, history: History) -> Found:
    begin, now = history.oldest_of(rule.window), history.latest
    ended, avoided = now.ended - begin.ended, now.avoided - begin.avoided
    if ended >= rule.least and avoided / ended < rule.bound:
        yield (), avoided / ended


def _slow_answers(rule: Rule, history: History) -> Found:
    begin = history.oldest_of(rule.window)
    lately = history.latest.durations.since(begin.durations)
    p95 = lately.quantile(0.95)
    if p95 is not None and lately.count >= rule.least and p95 > rule.bound:
        yield (), p95


def _cache_nearly_full(rule: Rule, history: History) -> Found:
    used = history.latest.cache
    if used is not None and used > rule.bound:
        yield (), used


def _queue_nearly_full(rule: Rule, history: History) -> Found:
    for upstream in history.latest.upstreams:
        if upstream.queue is not None and upstream.queue > rule.bound:
            yield _at(upstream), upstream.queue


def _error_limit_low(rule: Rule, history: History) -> Found:
    least: dict[Labels, int] = {}
    for reading in history.over(rule.window):
        for upstream in reading.upstreams:
            known = least.get(_at(upstream), upstream.errors_left)
            least[_at(upstream)] = min(known, upstream.errors_left)
    for labels, left in least.items():
        if left < rule.bound:
            yield labels, left


def _token_window_empty(rule: Rule, history: History) -> Found:
    for upstream in history.latest.upstreams:
        for group, (tokens, left) in upstream.windows.items():
            if left < rule.bound * tokens + _COST:
                yield (*_at(upstream), ("group", group)), left


def _early_refetch(rule: Rule, history: History) -> Found:
    begin = history.begin_of(rule.window)
    before: Mapping[str, int] = {} if begin is None else begin.early_reloads
    for route, count in history.latest.early_reloads.items():
        more = count - before.get(route, 0)
        if more > rule.bound:
            yield (("route", route),), more


def _limits_alone(_: Rule, history: History) -> Found:
    for upstream in history.latest.upstreams:
        if upstream.is_alone:
            yield _at(upstream), 1


def _circuit_breaker_open(rule: Rule, history: History) -> Found:
    yield from _once(rule, history, lambda upstream: upstream.is_open)


def _upstream_left_out(rule: Rule, history: History) -> Found:
    yield from _once(rule, history, lambda upstream: upstream.is_left_out)


def _once(
    rule: Rule, history: History, holds: Callable[[UpstreamReading], bool]
) -> Found:
    """The upstreams of which it held at any time in the window."""
    for reading in history.over(rule.window):
        for upstream in reading.upstreams:
            if holds(upstream):
                yield _at(upstream), 1


def _at(upstream: UpstreamReading) -> Labels:
    return (("upstream", upstream.origin),)


def _rule(
    find: Callable[[Rule, History], Found],
    severity: str,
    summary: str,
    *,
    threshold: float | None = None,
    window: float = 0.0,
    for_: float = 0.0,
    least: int = 0,
    unit: str = "count",
    spares_downtime: bool = False,
) -> Rule:
    return Rule(
        name=find.__name__.lstrip("_"),
        severity=severity,
        threshold=threshold,
        window=window,
        for_=for_,
        least=least,
        spares_downtime=spares_downtime,
        summary=summary,
        unit=unit,
        find=find,
    )


_ALL = (
    _rule(
        _error_rate,
        "critical",
        "{client}: {value} of its requests fail",
        threshold=0.01,
        window=5 * _MINUTE,
        for_=5 * _MINUTE,
        least=100,
        unit="share",
        spares_downtime=True,
    ),
    _rule(
        _hit_rate,
        "warning",
        "{client}: ESI is spared only {value} of the requests",
        threshold=0.7,
        window=15 * _MINUTE,
        for_=15 * _MINUTE,
        least=300,
        unit="share",
    ),
    _rule(
        _slow_answers,
        "warning",
        "{client}: one request in twenty takes {value} or more",
        threshold=2.0,
        window=5 * _MINUTE,
        for_=10 * _MINUTE,
        least=20,
        unit="seconds",
    ),
    _rule(
        _cache_nearly_full,
        "warning",
        "{client}: the cache has {value} of the memory that it may have",
        threshold=0.8,
        for_=15 * _MINUTE,
        unit="share",
    ),
    _rule(
        _queue_nearly_full,
        "critical",
        "{client}: the queue for {upstream} is {value} full",
        threshold=0.8,
        for_=_MINUTE,
        unit="share",
    ),
    _rule(
        _error_limit_low,
        "critical",
        "{client}: {value} errors left at {upstream}",
        threshold=20.0,
        window=2 * _MINUTE,
    ),
    _rule(
        _token_window_empty,
        "warning",
        "{client}: rate limit group {group} has {value} tokens left",
        threshold=0.1,
        for_=_MINUTE,
    ),
    _rule(
        _early_refetch,
        "critical",
        "{client}: {route} was asked for before its answer had expired",
        threshold=0.0,
        window=15 * _MINUTE,
    ),
    _rule(
        _limits_alone,
        "warning",
        "{client}: this process no longer shares its limits",
        for_=_MINUTE,
    ),
    _rule(
        _circuit_breaker_open,
        "critical",
        "{client}: {upstream} is down and left alone",
        window=_MINUTE,
        for_=_MINUTE,
        spares_downtime=True,
    ),
    _rule(
        _upstream_left_out,
        "warning",
        "{client}: {upstream} is left out",
        window=_MINUTE,
        for_=_MINUTE,
    ),
)

RULES: Mapping[str, Rule] = {rule.name: rule for rule in _ALL}
"""All rules by name."""
