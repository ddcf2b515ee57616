"""Numbers, times and values in words that are short enough for a line."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

_CELL_LIMIT = 60

# What may be a token: as in pyesi.errors. What ESI does not like comes with a body, and
# that may hold the header that was sent.
_LONG_RUN = re.compile(r"[A-Za-z0-9._~+=-]{32,}")


def without_tokens(text: str) -> str:
    """The text, where whatever may be a token is not shown."""
    return _LONG_RUN.sub("***", text)


def shortened(text: str, limit: int = _CELL_LIMIT) -> str:
    """The text's beginning."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plural(count: int, word: str, words: str = "") -> str:
    """A count and its noun: 1 page, 2 pages."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def size(count: float) -> str:
    """Bytes: 246 kB."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        amount /= 1000
    return f"{amount:,.3g} GB"


def length(seconds: float) -> str:
    """A length of time: 12 ms, 3.4 s, 15 min."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:,.3g} h"


def instant(when: datetime | None) -> str | None:
    """An instant to the second, in UTC."""
    if when is None:
        return None
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def cell(value: Any) -> str:
    """One value of a row."""
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return shortened(json.dumps(value, default=str, ensure_ascii=False))


def is_number(value: object) -> bool:
    """Whether it stands to the right in a column."""
    return isinstance(value, int | float) and not isinstance(value, bool)
