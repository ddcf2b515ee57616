"""How what a rule finds becomes alerts: it must last, and it must end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ._alert import Alert, Labels, State
from ._rules import Rule


@dataclass(slots=True)
class _Case:
    """One thing that is not well.

    Attributes:
        began: When that began, by the clock of the readings.
        since: The same by the calendar.
        value: What was measured last.
        is_firing: Whether it has lasted and was told.
    """

    began: float
    since: datetime
    value: float
    is_firing: bool = False


class Standing:
    """Everything that one rule finds not well, pending or firing.

    Thread: any one at a time, but for `firing`.
    """

    __slots__ = ("_cases", "_client", "_firing", "_rule")

    def __init__(self, rule: Rule, client: str) -> None:
        self._rule = rule
        self._client = client
        self._cases: dict[Labels, _Case] = {}
        self._firing: tuple[Alert, ...] = ()

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What is firing, with the values that were measured last."""
        return self._firing

    def advance(
        self, found: Mapping[Labels, float], at: float, moment: datetime
    ) -> list[Alert]:
        """What has changed: alerts that begin to fire, and those that are resolved.

        Args:
            found: What is not well, with its values.
            at: The reading's time, by the clock that nobody sets.
            moment: The same by the calendar.
        """
        changes = [
            self._alert(labels, case, "resolved")
            for labels, case in self._cases.items()
            if case.is_firing and labels not in found
        ]
        self._cases = {
            labels: self._cases.get(labels) or _Case(at, moment, value)
            for labels, value in found.items()
        }
        for labels, case in self._cases.items():
            case.value = found[labels]
            if not case.is_firing and at - case.began >= self._rule.for_:
                case.is_firing = True
                changes.append(self._alert(labels, case, "firing"))
        self._firing = tuple(
            self._alert(labels, case, "firing")
            for labels, case in self._cases.items()
            if case.is_firing
        )
        return changes

    def _alert(self, labels: Labels, case: _Case, state: State) -> Alert:
        return Alert(
            rule=self._rule.name,
            labels={"client": self._client, **dict(labels)},
            value=case.value,
            state=state,
            since=case.since,
            summary=self._rule.told(self._client, labels, case.value),
            severity=self._rule.severity,
        )
