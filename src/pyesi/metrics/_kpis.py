"""A few numbers by which a client's health is told, and what each should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ._lines import aligned
from ._percentiles import of_all_time, p95_of
from .measures import ended_and_failed, share

if TYPE_CHECKING:
    from rich.table import Table

    from ._snapshot import Statistics

Band: TypeAlias = Literal["good", "target", "warning", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One number, and the band that it lies in.

    Its band is ``good`` or ``target`` where it reaches that bound, ``bad`` where it is
    past that one, ``warning`` between the target and that, and ``unknown`` without a
    value. Where `good` is below `bad`, less is better.

    Attributes:
        name: p95, hit_rate, memory, cpu or errors.
        value: What it is, in `unit`; None if there is nothing to tell it by.
        unit: ``s`` or ``%``.
        target: What it should reach.
        good: What is better than need be.
        bad: What it must not pass.
    """

    name: str
    value: float | None
    unit: str
    target: float
    good: float
    bad: float

    @property
    def band(self) -> Band:
        """good, target, warning, bad or unknown."""
        if self.value is None:
            return "unknown"
        sign = 1 if self.good < self.bad else -1
        value = sign * self.value
        if value <= sign * self.good:
            return "good"
        if value <= sign * self.target:
            return "target"
        return "bad" if value > sign * self.bad else "warning"

    @property
    def row(self) -> tuple[str, str, str, str, str, str]:
        """Name, value, band and the three bounds in words."""
        better, worse = ("≤", ">") if self.good < self.bad else ("≥", "<")
        return (
            self.name,
            "unknown" if self.value is None else self._told(self.value),
            self.band,
            f"{better} {self._told(self.target)}",
            f"{better} {self._told(self.good)}",
            f"{worse} {self._told(self.bad)}",
        )

    def _told(self, amount: float) -> str:
        rounded = f"{amount:.3g}" if amount >= 10 else f"{round(amount, 3):g}"
        return f"{rounded} {self.unit}"


HEADINGS = ("KPI", "value", "band", "target", "good", "bad")


class Kpis(tuple[Kpi, ...]):
    """All of them, in order; `str()` is a table.

    Constant after construction.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """A line for each."""
        return aligned([HEADINGS, *(one.row for one in self)])

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import kpis_html

        return kpis_html(self)

    def __rich__(self) -> Table:
        """As `rich.print` shows it."""
        from ._rich import kpis_table

        return kpis_table(self)


def kpis(seen: Statistics) -> Kpis:
    """Those of one moment, or of what was counted since another."""
    exact = of_all_time(seen).get(None)
    cache = seen["cache"]
    ended, failed = ended_and_failed(seen["requests"])
    cpu = seen.get("cpu")
    return Kpis(
        (
            p95_kpi(p95_of(seen["durations"], exact)),
            hit_rate_kpi(share(cache["avoided"], ended)),
            _percent("memory", share(cache["bytes"], cache["max_bytes"]), (70, 50, 85)),
            _percent(
                "cpu", None if cpu is None else share(cpu, seen.seconds), (80, 60, 90)
            ),
            errors_kpi(share(failed, ended)),
        )
    )


def p95_kpi(seconds: float | None) -> Kpi:
    """How long requests took, with its bounds."""
    return Kpi("p95", seconds, "s", target=2, good=1, bad=3)


def hit_rate_kpi(part: float | None) -> Kpi:
    """The share of requests that ESI never saw."""
    return _percent("hit_rate", part, (70, 85, 50))


def errors_kpi(part: float | None) -> Kpi:
    """The share of requests without a usable answer."""
    return _percent("errors", part, (1, 0.1, 2))


def _percent(name: str, part: float | None, bounds: tuple[float, float, float]) -> Kpi:
    value = None if part is None else 100 * part
    target, good, bad = bounds
    return Kpi(name, value, "%", target=target, good=good, bad=bad)
