"""What the counters of an engine say about its settings, and what to change.

Each rule is a function of one `Statistics` and of nothing else: no clock, no network.

    >>> import pyesi.metrics
    >>> print(advise(pyesi.metrics.load_statistics("now.json")))  # doctest: +SKIP
"""

from __future__ import annotations

from ._advice import Advice
from ._finding import Finding
from ._rules import RULES, advise

__all__ = ["RULES", "Advice", "Finding", "advise"]
