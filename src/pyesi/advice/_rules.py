"""All rules: each looks at one moment, and says nothing where there is too little."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ._advice import Advice
from ._asking import early_reloads, repeated_refusals, unread_warming
from ._cache import (
    answers_too_large,
    bodies_uncompressed,
    cache_off,
    cache_too_small,
)
from ._connections import pool_waits
from ._failures import unfit_preset, vain_retries
from ._figures import Seen, outcomes
from ._finding import SEVERITIES, Finding
from ._limits import window_emptied
from ._slow_tiers import file_faults, redis_faults

if TYPE_CHECKING:
    from pyesi.metrics import Statistics

Rule: TypeAlias = Callable[[Seen], Finding | None]

RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        early_reloads,
        cache_off,
        answers_too_large,
        window_emptied,
        repeated_refusals,
        pool_waits,
        cache_too_small,
        vain_retries,
        unfit_preset,
        unread_warming,
        file_faults,
        redis_faults,
        bodies_uncompressed,
    )
}
"""By name."""


def advise(statistics: Statistics) -> Advice:
    """What all rules find in the statistics of one engine, the gravest first.

    Args:
        statistics: Since the engine began, or since another moment. What older
            versions of pyesi have saved will do: a rule whose figures are missing
            finds nothing.
    """
    found = [rule(statistics) for rule in RULES.values()]
    findings = [finding for finding in found if finding is not None]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    ended = outcomes(statistics).total()
    return Advice(findings, requests=ended, seconds=statistics.seconds)
