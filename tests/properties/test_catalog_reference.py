"""Laws of the reference that the core's binding is held to."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from properties.catalog_arguments import arguments_of, routes, routes_with_query
from properties.reference_binding import Refused, Value, bind_target, shortest

SAFE_TARGET = re.compile(r"(/[A-Za-z0-9._~%-]+)+(\?[A-Za-z0-9._~%&=,-]+)?")

WHOLE = re.compile(r"-?[0-9]+")


def bound(route, arguments) -> str | None:
    """The target, or None where there is none."""
    try:
        return bind_target(route, arguments)
    except Refused:
        return None


def read(text: str, kind: str) -> Value:
    """A value from its text, as a server would read it."""
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "number" and WHOLE.fullmatch(text) is None:
        return float(text)
    return text if kind == "string" else int(text)


@given(data=st.data())
def test_a_target_is_one_safe_path_and_query(data):
    """No value can bring a delimiter, a blank or a control character along."""
    route = data.draw(routes)
    target = bound(route, data.draw(arguments_of(route)))

    assume(target is not None)

    assert SAFE_TARGET.fullmatch(target)
    assert urlsplit(target).path.count("/") == route.path.count("/")
    assert not {".", ".."} & set(target.split("?")[0].split("/"))


@given(data=st.data())
def test_a_server_reads_what_was_given(data):
    """The query holds each value that was given, and defaults of what is required."""
    route = data.draw(routes_with_query)
    arguments = data.draw(arguments_of(route))
    target = bound(route, arguments)
    assume(target is not None)

    told = {}
    for name, text in parse_qsl(urlsplit(target).query, keep_blank_values=True):
        parameter = route.parameter(name)
        value = read(text, parameter.items or parameter.type)
        told.setdefault(name, []).append(value)
    wanted = {p.name: p.default for p in route.parameters if p.required}
    wanted |= dict(arguments)
    in_query = {p.name for p in route.parameters if p.location == "query"}
    assert told == {
        name: value if isinstance(value, list) else [value]
        for name, value in wanted.items()
        if name in in_query
    }


@given(data=st.data())
def test_a_path_holds_what_was_given(data):
    """Each placeholder is replaced by its own value, and nothing else changes."""
    route = data.draw(routes)
    arguments = dict(data.draw(arguments_of(route)))
    target = bound(route, list(arguments.items()))
    assume(target is not None)

    texts = [unquote(part) for part in urlsplit(target).path.split("/")]
    parts = [
        str(arguments[part[1:-1]]) if part.startswith("{") else part
        for part in route.path.split("/")
    ]
    assert texts == parts


@given(data=st.data())
def test_the_order_of_arguments_does_not_matter(data):
    """Equal requests have equal targets, however they were written down."""
    route = data.draw(routes_with_query)
    arguments = data.draw(arguments_of(route))
    shuffled = data.draw(st.permutations(arguments))

    assert bound(route, arguments) == bound(route, shuffled)


@given(data=st.data())
def test_a_refusal_names_a_parameter_of_the_call_or_of_the_route(data):
    """Whoever is refused knows where to look."""
    route = data.draw(routes)
    arguments = data.draw(arguments_of(route))
    at_fault = None
    try:
        bind_target(route, arguments)
    except Refused as refused:
        at_fault = refused.parameter

    names = {p.name for p in route.parameters} | {name for name, _ in arguments}
    assert at_fault is None or at_fault in names


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_text_of_a_number_reads_back_as_it(value):
    """No precision is lost, and no shorter form of Python's is passed by."""
    assert float(shortest(value)) == value
    assert len(shortest(value)) <= len(repr(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5.0, "5"),
        (-10.0, "-10"),
        (0.1, "0.1"),
        (100000.0, "1e+05"),
        (123456.0, "123456"),
        (1e23, "1e+23"),
        (1e-7, "1e-07"),
        (1.5e300, "1.5e+300"),
    ],
)
def test_a_number_is_written_as_cpp_writes_it(value, text):
    """The examples are what std::to_chars gives."""
    assert shortest(value) == text
