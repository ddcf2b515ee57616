"""A running client, or saved statistics, as `pyesi top` shows them in a terminal.

What is shown follows from what was read by plain functions: the text of a metrics page
becomes readings (`_text`, `_reading`), readings become figures (`_past`, `_seen`),
figures become lines (`_view`). Only `_target` and `_screen` touch the world.
"""

from __future__ import annotations

from importlib.util import find_spec

from pyesi.errors import ConfigurationError

from ._target import Target, Unreadable, target_of

__all__ = ["Target", "Unreadable", "show_once", "target_of", "watch"]


def show_once(target: Target) -> None:
    """Print one frame of each client.

    Args:
        target: Where they are shown.

    Raises:
        ConfigurationError: rich is not installed.
        Unreadable: The target tells nothing.
    """
    _require_rich()
    from . import _screen

    _screen.show_once(target)


def watch(target: Target, *, interval: float = 2.0) -> None:
    """Show frames in the terminal until q is pressed.

    Args:
        target: What is looked at.
        interval: After how many seconds again.

    Raises:
        ConfigurationError: rich is not installed.
        Unreadable: The target tells nothing at first.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    _require_rich()
    from . import _screen

    _screen.watch(target, interval)


def _require_rich() -> None:
    if find_spec("rich") is None:
        message = "pyesi top needs rich: pip install 'pyesi-eve[top]'"
        raise ConfigurationError(message)
