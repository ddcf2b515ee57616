"""Figures for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._figures import SHARES, Figures
from ._machine import machine_facts
from ._plan import Plan

SCHEMA = 1
"""What kind of document it is; another number is another kind."""

KIND = "pyesi bench"


def document(plan: Plan, figures: Figures) -> dict[str, Any]:
    """All that there is to know of one bench, as plain values."""
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "machine": machine_facts(),
        "asked": plan.shown(),
        "figures": figures.shown(),
    }


def report(plan: Plan, figures: Figures) -> str:
    """The figures as lines for people."""
    lines = [("", str(plan)), *_lines(figures)]
    width = max(len(name) for name, _ in lines) + 2
    told = [f"{name:<{width}}{text}" if name else text for name, text in lines]
    return "\n".join(line.rstrip() for line in told)


def _lines(seen: Figures) -> Iterator[tuple[str, str]]:
    if seen.interrupted:
        yield (
            "interrupted",
            "what follows was measured so far; requests under way that were given up: "
            f"{seen.given_up:,}",
        )
    if not seen.requests:
        yield "requests", "none had ended"
        return
    yield (
        "requests",
        f"{seen.requests:,} in {seen.seconds:.2f} s: {seen.throughput:,.1f} a second",
    )
    latency = seen.latency
    yield "latency", _told(latency, ("mean", "min", "max"))
    yield "", " " * 14 + _told(latency, tuple(SHARES))
    if seen.late is not None:
        yield "begun late", f"by {_told(seen.late, ('p99', 'max'))}, which is in these"
    yield "errors", _errors(seen)
    yield "hits", f"{seen.hit_share:.1%} of the requests; answers: {_sources(seen)}"
    joined = f"; {seen.joined:,} shared an equal one's flight" if seen.joined else ""
    yield "sent", f"{seen.sent:,}{joined}"
    yield (
        "bytes",
        f"{seen.bytes / 1e6:,.1f} MB of answers, "
        f"{seen.received / 1e6:,.1f} MB received",
    )
    yield (
        "this process",
        f"{seen.cpu_share:.0%} of a core, {length(seen.cpu_each)} of CPU a request; "
        f"{seen.memory / 1e6:,.0f} MB of memory at most",
    )


def _told(lengths: Any, names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {length(lengths[name])}" for name in names)


def _errors(seen: Figures) -> str:
    if not seen.errors:
        return "none"
    kinds = ", ".join(f"{count:,} {name}" for name, count in seen.errors.items())
    return f"{seen.error_share:.2%}: {kinds}"


def _sources(seen: Figures) -> str:
    if not seen.sources:
        return "none"
    return ", ".join(f"{count:,} {source}" for source, count in seen.sources.items())


def length(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} μs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.4g} s"
