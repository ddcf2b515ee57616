"""Statistics in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyesi._files import write_whole
from pyesi._version import VERSION

from ._snapshot import Statistics

SCHEMA = 1
"""What kind of file it is; another number is another kind."""

# What every version has written; the rest may have come later.
_ALWAYS = {
    "started_at",
    "taken_at",
    "requests",
    "durations",
    "attempts",
    "retries",
    "waits",
    "percentiles",
    "cpu",
    "cache",
}


def save(statistics: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a file of JSON, whole or not at all.

    Raises:
        OSError: It cannot be written; what was there before is there still.
    """
    told = {"schema": SCHEMA, "pyesi": VERSION, "statistics": statistics}
    write_whole(path, json.dumps(told, indent=1))


def load_statistics(path: str | os.PathLike[str]) -> Statistics:
    """What `Statistics.save` wrote.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is something else, or was written in another schema.
    """
    place = Path(path)
    try:
        told = json.loads(place.read_text("utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("statistics"), dict):
        message = (
            f"{str(place)!r} holds no statistics: esi.statistics().save(path) writes "
            "such a file."
        )
        raise ValueError(message)
    if told.get("schema") != SCHEMA:
        message = (
            f"{str(place)!r} is of schema {told.get('schema')}, written by pyesi "
            f"{told.get('pyesi')}; pyesi {VERSION} reads schema {SCHEMA}. Save it anew."
        )
        raise ValueError(message)
    statistics = Statistics(told["statistics"])
    if missing := sorted(_ALWAYS - statistics.keys()):
        message = f"{str(place)!r} is incomplete: it has no {', '.join(missing)}."
        raise ValueError(message)
    for row in statistics["durations"]:
        row["buckets"] = [(bound, count) for bound, count in row["buckets"]]
    for limits in statistics.get("limits", []):
        limits.setdefault("group_waits", [])  # nobody counted them once
    return statistics
