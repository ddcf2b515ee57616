"""`pyesi advice`."""

from __future__ import annotations

import json
import sys

from pyesi.advice import Advice, advise
from pyesi.metrics import load_statistics

_FOUND = 1
_WRONG_CALL = 2


def print_advice(
    file: str, since: str | None, *, as_json: bool = False, check: bool = False
) -> int:
    """Print what is found in a file of statistics.

    Args:
        file: What `Statistics.save` wrote.
        since: What it wrote before; None: look at all that was counted.
        as_json: Whether it is for other programs.
        check: Whether a finding is a failure.

    Returns:
        0; 1 for a finding, if that is to be checked; 2 for a file that will not do.
    """
    try:
        advice = _advice(file, since)
    except (OSError, ValueError) as error:
        print(f"pyesi advice: {error}", file=sys.stderr)
        return _WRONG_CALL
    print(json.dumps(advice.to_dict(), indent=1) if as_json else advice)
    return _FOUND if check and advice else 0


def _advice(file: str, since: str | None) -> Advice:
    later = load_statistics(file)
    return advise(later if since is None else later.since(load_statistics(since)))
