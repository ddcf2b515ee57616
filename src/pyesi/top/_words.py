"""Figures as people read them."""

from __future__ import annotations

UNKNOWN = "-"


def printable(text: str) -> str:
    """Without what would steer a terminal: it may have come from anywhere."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def per_cent(part: float | None) -> str:
    """A share, finer where it is small."""
    if part is None:
        return UNKNOWN
    return f"{part:.2%}" if 0 < part < 0.01 else f"{part:.0%}"


def length(seconds: float | None) -> str:
    """Seconds, in a unit that fits."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min"


def size(bytes_: float) -> str:
    """Bytes: 246 kB."""
    for unit, worth in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if bytes_ >= worth:
            return f"{bytes_ / worth:.3g} {unit}"
    return f"{bytes_:.0f} B"


def rate(count: float | None) -> str:
    """How many a second."""
    if count is None:
        return UNKNOWN
    return f"{count:,.0f}/s" if count >= 100 else f"{count:.1f}/s"


def bar(part: float | None, width: int, blocks: str) -> str:
    """A share as a bar of full and empty blocks."""
    full = round(min(max(part or 0.0, 0.0), 1.0) * width)
    return blocks[0] * full + blocks[1] * (width - full)
