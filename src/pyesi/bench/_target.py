"""From a URL or a route, as a person writes it, to what is asked of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pyesi import catalog
from pyesi.catalog import Route, UncheckedRoute
from pyesi.errors import ConfigurationError

from ._request import Wanted
from ._values import Values, values_of


@dataclass(frozen=True, slots=True)
class Target:
    """What was named.

    Attributes:
        base_url: Where it is; None: not said.
        wanted: The request; None for a URL without a path.
    """

    base_url: str | None
    wanted: Wanted | None


def target_of(text: str, parameters: Mapping[str, str], *, bare: bool) -> Target:
    """The target of a URL, a path, a template, an operation id, or a name in small.

    Args:
        text: Such as ``http://127.0.0.1:8080/markets/prices`` or
            ``get_markets_prices``.
        parameters: Values beside those of the text, as `values_of` reads them.
        bare: Whether a URL without a path is meant to be one.

    Raises:
        ConfigurationError: It is none of these, or the catalog does not know it.
    """
    if "://" not in text:
        return Target(None, wanted_of(text, parameters))
    parts = urlsplit(text)
    if parts.fragment or "@" in parts.netloc:
        message = "The URL of a bench has neither a name, a password nor a fragment."
        raise ConfigurationError(message)
    origin = f"{parts.scheme}://{parts.netloc}"
    if bare:
        if parts.query:
            message = f"{text} has a query, but the mix says what is asked."
            raise ConfigurationError(message)
        return Target(f"{origin}{parts.path}", None)
    if not parts.path.strip("/"):
        message = f"{text} names no route: {origin}/markets/prices would."
        raise ConfigurationError(message)
    return _of_path(origin, parts.path, parts.query, parameters)


def wanted_of(
    text: str, parameters: Mapping[str, Any], *, weight: float = 1.0
) -> Wanted:
    """The request that a route stands for.

    Args:
        text: A template, a path with or without a query, an operation id, or that in
            small letters with ``_``.
        parameters: Values, as text or as they are.
        weight: As of `Wanted`.

    Raises:
        ConfigurationError: The catalog does not know it, or a value cannot be used.
    """
    path, _, query = text.partition("?")
    found = _known(path)
    if found is None:
        raise ConfigurationError(_why_unknown(path))
    route, values = found
    return _wanted(route, {**values, **_of_query(query, route)}, parameters, weight)


def _of_path(
    origin: str, path: str, query: str, parameters: Mapping[str, str]
) -> Target:
    """A URL is asked as it stands; where its end is a route's, under that name."""
    segments = path.strip("/").split("/")
    for start in range(len(segments)):
        found = _known("/" + "/".join(segments[start:]))
        if found is not None:
            route, values = found
            base = "/".join([origin, *segments[:start]])
            values = {**values, **_of_query(query, route)}
            return Target(base, _wanted(route, values, parameters, 1.0))
    values = _of_query(query, None)
    given = values_of(parameters, None)
    return Target(
        origin,
        Wanted(
            route=UncheckedRoute(path),
            name=path,
            fixed={**values, **given.fixed},
            choices=given.choices,
        ),
    )


def _wanted(
    route: Route,
    values: Mapping[str, Any],
    parameters: Mapping[str, Any],
    weight: float,
) -> Wanted:
    if route.secured:
        message = (
            f"{route.path} needs a token, and a bench has none: it asks what is public."
        )
        raise ConfigurationError(message)
    given: Values = values_of(parameters, route)
    fixed = {n: v for n, v in values.items() if n not in given.choices}
    return Wanted(
        route=route.path,
        name=route.operation_id,
        fixed={**fixed, **given.fixed},
        choices=given.choices,
        weight=weight,
    )


def _of_query(query: str, route: Route | None) -> dict[str, Any]:
    """The values of a query; what comes twice is a list."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {
        name: values_of({name: value}, route, literal=True).fixed[name]
        for name, texts in found.items()
        for value in [texts if len(texts) > 1 else texts[0]]
    }


def _known(name: str) -> tuple[Route, dict[str, Any]] | None:
    """The route for GET, and the values that a path has in its template's places."""
    gets = [route for route in catalog.routes() if route.method == "GET"]
    plain = name.rstrip("/") if name != "/" else name
    for route in gets:
        if plain in {route.path, route.operation_id}:
            return route, {}
    if not plain.startswith("/"):
        small = plain.replace("_", "").lower()
        return next(((r, {}) for r in gets if r.operation_id.lower() == small), None)
    fitting = [(route, _values_in(plain, route)) for route in gets]
    found = [(route, values) for route, values in fitting if values is not None]
    # /markets/prices is no /markets/{region_id}: fewest places go first.
    return min(found, key=lambda one: len(one[1]), default=None)


def _values_in(path: str, route: Route) -> dict[str, Any] | None:
    given, template = path.split("/"), route.path.split("/")
    if len(given) != len(template):
        return None
    texts: dict[str, str] = {}
    for value, part in zip(given, template, strict=True):
        if part.startswith("{") and value and "{" not in value:
            texts[part[1:-1]] = unquote(value)
        elif value != part:
            return None
    try:
        return dict(values_of(texts, route, literal=True).fixed)
    except ConfigurationError:
        return None  # a word where the template has a number


def _why_unknown(name: str) -> str:
    gets = [route for route in catalog.routes() if route.method == "GET"]
    of_others = [r for r in catalog.routes() if name in {r.path, r.operation_id}]
    if of_others:
        return f"{name} is not for GET, and a bench changes nothing."
    candidates = (r.path if name.startswith("/") else r.operation_id for r in gets)
    close = catalog.nearest(name.replace("_", ""), candidates, count=2)
    if name.startswith("/"):
        close = catalog.nearest(name, (r.path for r in gets), count=2)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    date = catalog.COMPATIBILITY_DATE
    return f'ESI has no route "{name}" at {date}.{hint} `pyesi routes` lists all.'
