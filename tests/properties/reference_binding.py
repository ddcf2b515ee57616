"""What a request's target must be, written to be read rather than to be fast.

The core's `catalog::bind_target` and this must agree on every route and every
argument: see tests/properties/test_catalog_binding.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote

from pyesi.catalog import Parameter, Route

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = Scalar | Sequence[Scalar]

INT64 = range(-(2**63), 2**63)
INT32 = range(-(2**31), 2**31)
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Refused(Exception):
    """No target can be made. `parameter` is the name of the one at fault."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


def bind_target(route: Route, arguments: Sequence[tuple[str, Value]]) -> str:
    """The path and the sorted query of a request, or `Refused`.

    `arguments` are pairs, since `params=` and keywords may name one twice. They are
    looked at one by one in their order; then what is missing is looked for.
    """
    given: dict[str, Value] = {}
    for name, value in arguments:
        parameter = route.parameter(name)
        if parameter is None or name in given or not fits(parameter, value):
            raise Refused(name)
        given[name] = value

    path = route.path
    query = []
    for parameter in route.parameters:
        name = parameter.name
        if name not in given and parameter.required:
            if parameter.default is None:
                raise Refused(name)
            given[name] = parameter.default
        if name in given and parameter.location == "path":
            path = path.replace("{" + name + "}", encoded(given[name]))
        elif name in given:
            query += pairs(parameter, given[name])
    return path + ("?" if query else "") + "&".join(query)


def pairs(parameter: Parameter, value: Value) -> list[str]:
    """`name=value`, for a list once an item or once in all."""
    items = value if isinstance(value, list) else [value]
    texts = [encoded(item) for item in items]
    if not parameter.explode:
        texts = [",".join(texts)]
    return [f"{parameter.name}={text}" for text in texts]


def encoded(value: Value) -> str:
    """One scalar as it is sent: all but unreserved characters encoded."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return quote(shortest(value), safe="")
    return quote(str(value), safe="")


def shortest(value: float) -> str:
    """The shorter of fixed and scientific notation, fixed where they tie."""
    if value == 0:
        return "0"
    whole = value == int(value)
    fixed = str(int(value)) if whole else format(Decimal(repr(value)), "f")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    point = "." if len(digits) > 1 else ""
    power = int(exponent) + len(digits) - 1
    mantissa = f"{digits[0]}{point}{''.join(map(str, digits[1:]))}"
    scientific = f"{'-' if sign else ''}{mantissa}e{power:+03d}"
    return min(fixed, scientific, key=len)


def fits(parameter: Parameter, value: Value) -> bool:
    """Whether the parameter may have that value."""
    if parameter.type != "array":
        return scalar_fits(parameter, parameter.type, value)
    if not isinstance(value, list) or not value:
        return False
    count_fits = (
        (parameter.min_items or 1) <= len(value) <= (parameter.max_items or len(value))
    )
    differ = len({(type(item), item) for item in value}) == len(value)
    return (
        count_fits
        and (differ or not parameter.unique)
        and all(scalar_fits(parameter, parameter.items, item) for item in value)
    )


def scalar_fits(parameter: Parameter, kind: str | None, value: object) -> bool:
    """Whether a value that is no list is of that kind and within its bounds.

    A boolean is no number, and a string of digits is no number either.
    """
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str) and string_fits(parameter, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind == "integer" and not isinstance(value, int):
        return False
    return number_fits(parameter, value)


def number_fits(parameter: Parameter, value: float) -> bool:
    """Whether a number is within its bounds, and can be sent at all."""
    if isinstance(value, int):
        if value not in (INT32 if parameter.format == "int32" else INT64):
            return False
    elif not math.isfinite(value):
        return False
    least = -math.inf if parameter.minimum is None else parameter.minimum
    most = math.inf if parameter.maximum is None else parameter.maximum
    return least <= value <= most


def string_fits(parameter: Parameter, value: str) -> bool:
    """Whether a string is an allowed word, long enough, and safe in its place."""
    if CONTROL.search(value) is not None:
        return False
    if parameter.location == "path" and value in {"", ".", ".."}:
        return False
    if parameter.enum and value not in parameter.enum:
        return False
    if parameter.format == "uuid" and UUID.fullmatch(value) is None:
        return False
    most = math.inf if parameter.max_length is None else parameter.max_length
    return (parameter.min_length or 0) <= len(value) <= most
