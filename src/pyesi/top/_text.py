"""Prometheus's text format 0.0.4, as far as the series of pyesi need it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyesi.metrics.series import Sample

_PREFIX = "pyesi_"
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*"
    rf'(?:\{{(?P<labels>(?:[^"}}]|{_QUOTED})*+)\}})?[ \t]*'
    r"(?<![a-zA-Z0-9_:])"
    r"(?P<value>[+-]?(?:Inf|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|NaN)"
    r"(?:[ \t]+-?[0-9]+)?[ \t\r]*",
    re.DOTALL,
)
_LABEL = re.compile(
    rf"[ \t]*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*(?P<value>{_QUOTED})"
    r"[ \t]*(?:,|\Z)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"\\": "\\", '"': '"', "n": "\n"}


def samples_of(text: str) -> Iterator[Sample]:
    """The samples of pyesi, in their order; those of others and comments are passed by.

    Raises:
        ValueError: A line of pyesi's is no sample; the message says which.
    """
    # Not splitlines: a label's value may have any other end of a line in it.
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_PREFIX):
            yield _sample(line, number)


def _sample(line: str, number: int) -> Sample:
    found = _LINE.fullmatch(line)
    labels = None if found is None else _labels(found["labels"] or "")
    if found is None or labels is None:
        raise ValueError(f"line {number} is no sample: {line[:60]!r}")
    return Sample(found["name"], labels, float(found["value"]))


def _labels(text: str) -> dict[str, str] | None:
    """By name; None if they are not written as labels are."""
    labels: dict[str, str] = {}
    at = 0
    while text[at:].strip(" \t"):
        found = _LABEL.match(text, at)
        value = None if found is None else _plain(found["value"][1:-1])
        if found is None or value is None or found["name"] in labels:
            return None
        labels[found["name"]] = value
        at = found.end()
    return labels


def _plain(quoted: str) -> str | None:
    """What was escaped; None where that has no meaning."""
    if any(letter not in _MEANT for letter in _ESCAPE.findall(quoted)):
        return None
    return _ESCAPE.sub(lambda found: _MEANT[found[1]], quoted)
