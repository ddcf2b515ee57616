"""Finds the route of a path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyesi.catalog import Route


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A route and the values in its path."""

    route: Route
    values: dict[str, str]


class Paths:
    """All routes, as a tree of path segments; a literal goes before a parameter."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> Found | None:
        """Find the route that this path belongs to; HEAD goes where GET goes."""
        wanted = "GET" if method == "HEAD" else method
        for node in self._nodes(self._root, _segments(path)):
            if wanted in node.routes:
                return _found(node.routes[wanted], path)
        return None

    def methods(self, path: str) -> list[str]:
        """List the methods that a path knows."""
        nodes = self._nodes(self._root, _segments(path))
        found = {method for node in nodes for method in node.routes}
        return sorted(found | ({"HEAD"} if "GET" in found else set()))

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in _segments(route.path):
            if segment.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.literal.setdefault(segment, _Node())
        node.routes[route.method] = route

    def _nodes(self, node: _Node, segments: list[str]) -> Iterable[_Node]:
        if not segments:
            yield node
            return
        first, *rest = segments
        if first in node.literal:
            yield from self._nodes(node.literal[first], rest)
        if node.any is not None and first:
            yield from self._nodes(node.any, rest)


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _found(route: Route, path: str) -> Found:
    pairs = zip(_segments(route.path), _segments(path), strict=True)
    return Found(
        route, {name[1:-1]: value for name, value in pairs if name.startswith("{")}
    )
