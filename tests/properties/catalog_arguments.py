"""Arguments for the catalog's routes: mostly right, and wrong in every way."""

from __future__ import annotations

from hypothesis import strategies as st

from properties.reference_binding import Value
from pyesi import catalog
from pyesi.catalog import Parameter, Route

int64 = st.integers(-(2**63), 2**63 - 1)
uuids = st.uuids().map(str)
# What a request may hold: lone surrogates cannot be written as UTF-8.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    int64,
    st.integers(-5, 120),
    st.floats(),
    st.booleans(),
    texts,
    uuids,
    st.sampled_from(["", ".", "..", "a\r\nb", "\x00", "\x7f", "10000002", "true"]),
)
any_value = st.one_of(scalars, st.lists(scalars, max_size=4))
routes = st.sampled_from(catalog.routes())
routes_with_query = st.sampled_from(
    [r for r in catalog.routes() if any(p.location == "query" for p in r.parameters)]
)


def right_scalar(parameter: Parameter, kind: str | None) -> st.SearchStrategy[Value]:
    """A value of the kind that the parameter, or an item of it, must be."""
    if kind == "boolean":
        return st.booleans()
    if kind == "number":
        return st.one_of(int64, st.floats(allow_nan=False, allow_infinity=False))
    if kind == "integer":
        least, most = parameter.minimum, parameter.maximum
        bounded = st.integers(
            -(2**31) if least is None else int(least),
            2**31 - 1 if most is None else int(most),
        )
        return bounded if parameter.format == "int32" else st.one_of(bounded, int64)
    if parameter.enum:
        return st.sampled_from(parameter.enum)
    if parameter.format == "uuid":
        return uuids
    return texts


def right_value(parameter: Parameter) -> st.SearchStrategy[Value]:
    """A value that the parameter may well have; a bound may still refuse it."""
    if parameter.type != "array":
        return right_scalar(parameter, parameter.type)
    items = right_scalar(parameter, parameter.items)
    return st.lists(items, max_size=(parameter.max_items or 4) + 1)


@st.composite
def arguments_of(draw: st.DrawFn, route: Route) -> list[tuple[str, Value]]:
    """Pairs in any order: some left out, some of another kind, some unknown."""
    given: list[tuple[str, Value]] = []
    for parameter in route.parameters:
        if parameter.required and draw(st.integers(0, 19)) == 0:
            continue
        if not parameter.required and draw(st.booleans()):
            continue
        wrong = draw(st.integers(0, 9)) == 0
        value = draw(any_value if wrong else right_value(parameter))
        given.append((parameter.name, value))
    if draw(st.integers(0, 19)) == 0:
        names = st.sampled_from([p.name for p in route.parameters] or ["page"])
        given.append((draw(st.one_of(names, texts)), draw(any_value)))
    return draw(st.permutations(given))
