"""`pyesi top`."""

from __future__ import annotations

import argparse
import sys

from pyesi.top import Unreadable, show_once, target_of, watch


def run_top(options: argparse.Namespace) -> int:
    """Show a client until q is pressed, or once.

    Returns:
        0; 1 for a target that tells nothing.

    Raises:
        ConfigurationError: rich is not installed.
    """
    try:
        target = target_of(options.target)
        if options.once or not sys.stdout.isatty():
            show_once(target)
        else:
            watch(target, interval=options.interval)
    except Unreadable as why:
        print(f"pyesi top: {why}", file=sys.stderr)
        return 1
    return 0
