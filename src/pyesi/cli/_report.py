"""`pyesi report`."""

from __future__ import annotations

import sys
from pathlib import Path

from pyesi.metrics import History, load_history
from pyesi.report import require_matplotlib, write_report

_WRONG_CALL = 2


def print_report(file: str, out: str, hours: float) -> int:
    """Write a page about what is kept beside a cache's file, and say where it is.

    Args:
        file: The cache's file, or that with its history.
        out: Where the page goes.
        hours: How far back it tells.

    Returns:
        0; 2 for a file that cannot be read, will not do, or cannot be written.

    Raises:
        ConfigurationError: matplotlib is not installed.
        InvalidRequest: That many hours are not kept.
    """
    require_matplotlib()
    wrong = _wrong_place(file, out)
    if wrong is not None:
        return _refuse(wrong)
    try:
        history = load_history(file, hours)
    except OSError as error:
        return _refuse(f"{file!r} cannot be read: {error.strerror}.")
    except ValueError as error:
        return _refuse(str(error))
    try:
        write_report(history, out, of=Path(file).name)
    except OSError as error:
        return _refuse(f"{out!r} cannot be written: {error.strerror}.")
    print(f"{_told(history)}: {out!r}")
    return 0


def _wrong_place(file: str, out: str) -> str | None:
    """Why the page may not go there: answers and history are kept in no report."""
    place = Path(out)
    taken = (file, f"{file}.history", file.removesuffix(".history"))
    if any(_is_same(place, Path(one)) for one in taken):
        return f"{out!r} is the cache or its history: give another --out."
    return None


def _is_same(place: Path, other: Path) -> bool:
    return place.exists() and other.exists() and place.samefile(other)


def _refuse(message: str) -> int:
    print(f"pyesi report: {message}", file=sys.stderr)
    return _WRONG_CALL


def _told(history: History) -> str:
    total = history.total
    if total is None or history.begin is None or history.end is None:
        return "Nothing was counted"
    first, last = f"{history.begin:%Y-%m-%d %H:%M}", f"{history.end:%Y-%m-%d %H:%M}"
    return f"{total.requests:,} requests from {first} to {last} UTC"
