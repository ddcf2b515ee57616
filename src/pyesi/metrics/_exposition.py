"""The counters in Prometheus's text format, without prometheus_client.

What has a series for each route is written by the core: with all routes in use these
are thousands of lines. The rest is written here, from the same families.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from pyesi._version import VERSION
from pyesi.errors import ClientClosed

from ._families import FAMILIES
from ._family import Family
from ._prometheus import BUILD_MEANING, BUILD_NAME, DURATION_MEANING, DURATION_NAME
from ._snapshot import Statistics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Exposed(Protocol):
    """An engine, as it writes its part of the text."""

    def exposed(self, client: str) -> tuple[Mapping[str, str], Statistics]:
        """Lines by family, and the statistics without what is counted by route."""
        ...


def exposition(engines: Mapping[str, Exposed]) -> str:
    """All series at this moment; an engine that was closed has none.

    Args:
        engines: By the label `client`.
    """
    parts = []
    for client, engine in engines.items():
        try:
            parts.append((client, *engine.exposed(client)))
        except ClientClosed:
            continue
    return "".join(_families(parts))


def _families(
    parts: Sequence[tuple[str, Mapping[str, str], Statistics]],
) -> Iterator[str]:
    build = {"version": VERSION, "python": platform.python_version()}
    yield _head(f"{BUILD_NAME}_info", "gauge", BUILD_MEANING)
    yield _line(f"{BUILD_NAME}_info", build, 1)
    yield _head(DURATION_NAME, "histogram", DURATION_MEANING)
    for _, written, _ in parts:
        yield written[DURATION_NAME]
    for family in FAMILIES:
        yield _head(family.name, family.kind, family.meaning)
        for client, written, seen in parts:
            if family.name in written:
                yield written[family.name]
            else:
                yield from _lines(family, client, seen)


def _lines(family: Family, client: str, seen: Statistics) -> Iterator[str]:
    begin = f'{family.name}{{client="{_escaped(client)}"'
    names = [f',{label}="' for label in family.labels]
    for values, number in family.samples(seen):
        pairs = zip(names, values, strict=True)
        told = "".join([f'{name}{_escaped(value)}"' for name, value in pairs])
        yield f"{begin}{told}}} {float(number)!r}\n"


def _head(name: str, kind: str, meaning: str) -> str:
    return f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"


def _line(name: str, labels: Mapping[str, str], number: float) -> str:
    told = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{told}}} {float(number)!r}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
