"""What the command `pyesi bench` does: ask at a known pace, and tell what it took.

The command is its face; these names may change with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._baseline import (
        Change,
        compared,
        load_baseline,
        refuse_unlike,
        save_baseline,
        warnings_of,
    )
    from ._figures import Figures
    from ._measure import client_of, measure, measure_alone
    from ._mix import read_mix
    from ._plan import Plan
    from ._png import draw, require_matplotlib
    from ._quantities import count, rate, seconds, seconds_above_0, tolerance
    from ._refusal import refuse_unless_allowed
    from ._report import document, report
    from ._request import Wanted
    from ._runner import Clock, run_timely
    from ._schedule import Load
    from ._target import Target, target_of
    from ._targets import measure_targets, table_of

__all__ = [
    "Change",
    "Clock",
    "Figures",
    "Load",
    "Plan",
    "Target",
    "Wanted",
    "client_of",
    "compared",
    "count",
    "document",
    "draw",
    "load_baseline",
    "measure",
    "measure_alone",
    "measure_targets",
    "rate",
    "read_mix",
    "refuse_unless_allowed",
    "refuse_unlike",
    "report",
    "require_matplotlib",
    "run_timely",
    "save_baseline",
    "seconds",
    "seconds_above_0",
    "table_of",
    "target_of",
    "tolerance",
    "warnings_of",
]

# Where each name lives: the command's parser needs few of them, and a client none.
_HOMES = {
    **dict.fromkeys(("Change", "compared", "load_baseline"), "_baseline"),
    **dict.fromkeys(("refuse_unlike", "save_baseline", "warnings_of"), "_baseline"),
    "Figures": "_figures",
    **dict.fromkeys(("client_of", "measure", "measure_alone"), "_measure"),
    "read_mix": "_mix",
    "Plan": "_plan",
    **dict.fromkeys(("draw", "require_matplotlib"), "_png"),
    **dict.fromkeys(("count", "rate", "tolerance"), "_quantities"),
    **dict.fromkeys(("seconds", "seconds_above_0"), "_quantities"),
    "refuse_unless_allowed": "_refusal",
    **dict.fromkeys(("document", "report"), "_report"),
    "Wanted": "_request",
    **dict.fromkeys(("Clock", "run_timely"), "_runner"),
    "Load": "_schedule",
    **dict.fromkeys(("Target", "target_of"), "_target"),
    **dict.fromkeys(("measure_targets", "table_of"), "_targets"),
}


def __getattr__(name: str) -> object:
    """Import what is asked for, once."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """All public names, also those not imported yet."""
    return sorted(__all__)
