"""What a rule has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Severity: TypeAlias = Literal["critical", "warning", "note"]
"""``critical``: ESI is asked too early or too often. ``warning``: time, answers or
errors are lost. ``note``: it could be done with less."""

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that could be better, and what to change; `str()` tells it in a line.

    Attributes:
        rule: The name of the rule that found it.
        severity: ``critical``, ``warning`` or ``note``.
        says: What is so, in a sentence with its figures.
        numbers: The figures by name.
        setting: The setting or argument to change.
        change: What to make of it.
        page: The page of the documentation that tells more, below ``docs/``.
    """

    rule: str
    severity: Severity
    says: str
    numbers: Mapping[str, float | str] = field(hash=False)
    setting: str
    change: str
    page: str

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "says": self.says,
            "numbers": dict(self.numbers),
            "setting": self.setting,
            "change": self.change,
            "page": self.page,
        }

    def __str__(self) -> str:
        """What is so and what to change, in one line."""
        return f"{self.severity}: {self.says} {self.change}"
