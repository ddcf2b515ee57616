"""What happens in the application, and which of ESI's answers it makes outdated."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from pyesi import catalog
from pyesi.errors import InvalidRequest

if TYPE_CHECKING:
    from ._base import Route

# What an event's field may put into a pattern: a star from outside could mean all.
_PLAIN = re.compile(r"[A-Za-z0-9_.,~-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which answers one event makes outdated.

    Attributes:
        route: Of this route.
        pattern: Whose path and query are this, with the event's fields in braces.
        identity: The event's field that holds a token.
        params: The event's fields by the route's parameters.
    """

    route: Route | None
    pattern: str | None
    identity: str | None
    params: Mapping[str, str]

    @property
    def fields(self) -> set[str]:
        """The fields that the event must have."""
        wanted = {*self.params.values(), *_placeholders(self.pattern or "")}
        return wanted if self.identity is None else wanted | {self.identity}

    def selection(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What `invalidate` takes, beside the route.

        Raises:
            InvalidRequest: A field cannot stand in the pattern.
        """
        return {
            "pattern": None if self.pattern is None else _filled(self.pattern, event),
            "identity": None if self.identity is None else event[self.identity],
            "params": {name: event[field] for name, field in self.params.items()},
        }


class CacheEvents:
    """The events that an application tells of, and what each makes outdated.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._told: Counter[str] = Counter()
        self._forgotten: Counter[str] = Counter()
        self._unknown = 0

    def add(self, name: Any, rule: Rule) -> None:
        """One more rule for the events of that name.

        Raises:
            InvalidRequest: The name or the rule cannot be.
        """
        if not isinstance(name, str) or not name:
            message = f"An event's name must be a string of some length, not {name!r}."
            raise InvalidRequest(message)
        _check_parameters(rule)
        with self._lock:
            self._rules[name] = (*self._rules.get(name, ()), rule)

    def remove(self, name: str) -> bool:
        """Forget the rules of that name; whether there were any."""
        with self._lock:
            return self._rules.pop(name, None) is not None

    def rules_of(self, name: str, event: Mapping[str, Any]) -> tuple[Rule, ...]:
        """The rules that an event meets; none, and counted, for an unknown one.

        Raises:
            InvalidRequest: The event lacks a field that a rule needs.
        """
        with self._lock:
            rules = self._rules.get(name, ())
            if not rules:
                self._unknown += 1
        for rule in rules:
            missing = sorted(rule.fields - event.keys())
            if missing:
                message = f"The event {name} lacks {missing[0]}, which its rule needs."
                raise InvalidRequest(message)
        return rules

    def count(self, name: str, forgotten: int) -> None:
        """An event of that name was told, and so many answers went."""
        with self._lock:
            self._told[name] += 1
            self._forgotten[name] += forgotten

    def statistics(self) -> dict[str, Any]:
        """How often each was told and what went by it, as plain values."""
        with self._lock:
            events = {
                name: {"told": self._told[name], "forgotten": self._forgotten[name]}
                for name in self._rules.keys() | self._told.keys()
            }
            return {"events": dict(sorted(events.items())), "unknown": self._unknown}


def _placeholders(pattern: str) -> Iterator[str]:
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        message = f"pattern= cannot be read: {error}."
        raise InvalidRequest(message) from None
    for _, name, format_spec, conversion in parts:
        if name is None:
            continue
        if format_spec or conversion or not name.isidentifier():
            message = f"pattern= must name a field alone in its braces, not {name!r}."
            raise InvalidRequest(message)
        yield name


def _filled(pattern: str, event: Mapping[str, Any]) -> str:
    for name in _placeholders(pattern):
        value = event[name]
        if not isinstance(value, str | int) or _PLAIN.fullmatch(str(value)) is None:
            message = f"The event's {name} must be a plain word or number in a pattern."
            raise InvalidRequest(message)
    return pattern.format_map(event)


def _check_parameters(rule: Rule) -> None:
    texts: list[Any] = [*rule.params.keys(), *rule.params.values()]
    for text in texts:
        if not isinstance(text, str):
            message = "params= must name a field of the event for each parameter."
            raise InvalidRequest(message)
    if rule.identity is not None and not isinstance(rule.identity, str):
        raise InvalidRequest("identity= must name the event's field with a token.")
    rule.fields  # noqa: B018  (reading it reads the pattern)
    if not isinstance(rule.route, str):
        return
    route = catalog.find(rule.route)
    known = {parameter.name for parameter in route.parameters}
    unknown = sorted(rule.params.keys() - known)
    if unknown:
        message = f"{route.path} has no parameter {unknown[0]}."
        raise InvalidRequest(message, route=route.path)
