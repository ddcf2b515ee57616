"""Rates, lengths of time and tolerances as a person writes them."""

from __future__ import annotations

import re

_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_UNITS = {"ms": 1e-3, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0}
_MOST_A_SECOND = 1_000_000
_LONGEST = 86_400.0


def rate(text: str) -> float:
    """Requests a second: ``500`` or ``500/s``.

    Raises:
        ValueError: It is something else.
    """
    found = re.fullmatch(rf"{_NUMBER}(?:/s)?", text.strip())
    if found is None or not 0 < float(found[1]) <= _MOST_A_SECOND:
        message = (
            f"a rate is requests a second, such as 500/s or 500, up to "
            f"{_MOST_A_SECOND:,}, not {text!r}"
        )
        raise ValueError(message)
    return float(found[1])


def seconds(text: str) -> float:
    """A length of time: ``10``, ``10s``, ``500ms`` or ``2m``.

    Raises:
        ValueError: It is something else.
    """
    found = re.fullmatch(rf"{_NUMBER}(ms|s|m|min|)", text.strip())
    length = float(found[1]) * _UNITS[found[2]] if found else -1.0
    if not 0 <= length <= _LONGEST:
        message = (
            f"a length of time is such as 10s, 500ms or 2m, up to a day, not {text!r}"
        )
        raise ValueError(message)
    return length


def seconds_above_0(text: str) -> float:
    """The same, and some time at all.

    Raises:
        ValueError: It is something else.
    """
    length = seconds(text)
    if length == 0:
        raise ValueError("a length of time must be above 0 here")
    return length


def tolerance(text: str) -> float:
    """A share such as ``10%``, as a number such as 0.1.

    Raises:
        ValueError: It is something else.
    """
    found = re.fullmatch(rf"{_NUMBER} ?%", text.strip())
    if found is None:
        message = f"a tolerance is a share such as 10%, not {text!r}"
        raise ValueError(message)
    return float(found[1]) / 100


def count(text: str) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: It is something else.
    """
    plain = text.strip().replace("_", "").replace(",", "")
    if not (plain.isascii() and plain.isdecimal() and int(plain) > 0):
        message = f"it must be a whole number above 0, not {text!r}"
        raise ValueError(message)
    return int(plain)
