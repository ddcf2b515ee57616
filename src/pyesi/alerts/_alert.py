"""What a callback is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

State: TypeAlias = Literal["firing", "resolved"]

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values of what an alert is about, within its client."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is not well, or is well again.

    Attributes:
        rule: The rule's name.
        labels: What it is about: `client`, and what the rule tells apart, such as
            `upstream`.
        value: What was measured, while it last was not well.
        state: ``firing`` or ``resolved``.
        since: When it ceased to be well, in UTC.
        summary: The same in words.
        severity: ``critical`` or ``warning``.
    """

    rule: str
    labels: Mapping[str, str] = field(hash=False)
    value: float
    state: State
    since: datetime
    summary: str
    severity: str
