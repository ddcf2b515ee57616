"""The past as the core writes it beside the cache's file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyesi._version import VERSION

from ._history import WEEK, History, history_of

SUFFIX = ".history"
SCHEMA = 1

# As metrics/history_text.cpp has them.
_HEAD = re.compile(rb"pyesi history (\d{1,9})\n")
_ROW = re.compile(r"([mt])((?: \d{1,19}){12})")
_KINDS = {"m": "minutes", "t": "ten_minutes"}
_COUNTS = (
    *("begin", "requests", "errors", "client_errors", "avoided", "attempts"),
    *("received", "decoded"),
)
_LENGTHS = ("mean", "p50", "p95", "p99")
_LATEST = 9_000_000_000
_GREATEST = 2**63 - 1

# A week has 2,448 rows. Of a larger file the end is missed, and that is no history.
_MOST_BYTES = 8_000_000


def load_history(path: str | os.PathLike[str], hours: float = WEEK) -> History:
    """What a client with a file cache has written of its past.

    It is written every ten minutes and when the client is closed.

    Args:
        path: The file of the cache, or that beside it whose name ends with .history.
        hours: How far back from its last row, at most a week; up to 24 the rows are
            minutes, beyond ten minutes each.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is something else, or was written in another schema.
        InvalidRequest: That many hours are not kept.
    """
    place = history_place(path)
    with place.open("rb") as file:
        content = file.read(_MOST_BYTES)
    return history_of(_past(place, content), hours)


def history_place(path: str | os.PathLike[str]) -> Path:
    """The file with the past: the one that is named, or that beside it."""
    place = Path(path)
    beside = Path(f"{place}{SUFFIX}")
    return beside if beside.is_file() else place


def _past(place: Path, content: bytes) -> dict[str, list[dict[str, Any]]]:
    head = _HEAD.match(content)
    if head is None:
        message = (
            f"{str(place)!r} holds no history: a client with a file cache writes one "
            f"beside it, as {place.name + SUFFIX!r}, every ten minutes and when it is "
            "closed."
        )
        raise ValueError(message)
    if int(head[1]) != SCHEMA:
        message = (
            f"{str(place)!r} is of schema {int(head[1])}; pyesi {VERSION} reads schema "
            f"{SCHEMA}."
        )
        raise ValueError(message)
    rows = _rows(content[head.end() :])
    if rows is None:
        raise ValueError(f"{str(place)!r} is damaged: it was not written as a whole.")
    return rows


def _rows(content: bytes) -> dict[str, list[dict[str, Any]]] | None:
    """Rows by kind; None of what the core would not have written."""
    if not content.isascii():
        return None
    *lines, end, rest = ["", *content.decode("ascii").split("\n")]
    if (end, rest) != ("end", ""):
        return None
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in _KINDS.values()}
    for line in lines[1:]:
        found = _ROW.fullmatch(line)
        if found is None:
            return None
        told[_KINDS[found[1]]].append(_row([*map(int, found[2].split())]))
    return told if all(map(_is_usual, told.values())) else None


def _row(numbers: list[int]) -> dict[str, Any]:
    counts = dict(zip(_COUNTS, numbers, strict=False))
    lengths = zip(_LENGTHS, numbers[len(_COUNTS) :], strict=True)
    return counts | {name: nanoseconds / 1e9 for name, nanoseconds in lengths}


def _is_usual(rows: Iterable[dict[str, Any]]) -> bool:
    return all(
        row["begin"] <= _LATEST and max(row.values()) <= _GREATEST for row in rows
    )
