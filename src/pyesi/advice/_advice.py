"""All that was found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any, overload

from ._figures import counted
from ._finding import Finding

# Fewer requests tell of a beginning only.
_FEW = 50
_WIDTH = 88


@dataclass(frozen=True, slots=True, init=False)
class Advice(Sequence[Finding]):
    """What the rules have found, the gravest first; empty where there is nothing.

    `str()` tells it in lines for people.

    Attributes:
        findings: A tuple of the same.
        requests: How many requests had ended in what was looked at.
        seconds: For how long they were counted.
    """

    findings: tuple[Finding, ...]
    requests: int
    seconds: float

    def __init__(
        self, findings: Iterable[Finding], *, requests: int, seconds: float
    ) -> None:
        """Take findings in their order."""
        object.__setattr__(self, "findings", tuple(findings))
        object.__setattr__(self, "requests", requests)
        object.__setattr__(self, "seconds", seconds)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        """A finding, or a tuple of some."""
        return self.findings[index]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        return {
            "requests": self.requests,
            "seconds": self.seconds,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def __str__(self) -> str:
        """A line of what was looked at, and a few for each finding."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.summary
        for finding in self.findings:
            yield ""
            yield f"{finding.severity}: {finding.rule}"
            for words in (finding.says, finding.change, f"See docs/{finding.page}."):
                yield fill(
                    words,
                    _WIDTH,
                    initial_indent="  ",
                    subsequent_indent="  ",
                    break_long_words=False,
                    break_on_hyphens=False,
                )

    @property
    def summary(self) -> str:
        """How much was found in how much, in a line."""
        found = counted(len(self.findings), "finding") if self.findings else "Nothing"
        looked_at = f"{counted(self.requests, 'request')} of {self.seconds:,.0f} s"
        few = ", which is little to go by" if self.requests < _FEW else ""
        verb = "" if self.findings else " to change"
        return f"{found}{verb} in {looked_at}{few}."

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import advice_html

        return advice_html(self)
