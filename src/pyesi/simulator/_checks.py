"""Whether a request's parameters and body are what a route takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from pyesi.catalog import Parameter, Route, Schema, body, resolve
from pyesi.simulator import _universe as universe
from pyesi.simulator._request import ErrorDetail, Refusal, Request

# Which ids there are, by the parameter's name; for others any positive number.
_KNOWN: dict[str, tuple[range, ...]] = {
    "region_id": (universe.REGIONS, range(11_000_001, 11_000_034)),
    "constellation_id": (universe.CONSTELLATIONS,),
    "system_id": (universe.SYSTEMS,),
    "origin_system_id": (universe.SYSTEMS,),
    "destination_system_id": (universe.SYSTEMS,),
    "character_id": (range(3_000_000, 4_000_000), range(90_000_000, 2_200_000_000)),
    "corporation_id": (range(1_000_001, 1_000_400), range(98_000_000, 2_200_000_000)),
    "alliance_id": (range(99_000_000, 2_200_000_000),),
    "station_id": (range(60_000_000, 64_000_000),),
    "planet_id": (range(40_000_001, 50_000_000),),
    "moon_id": (range(40_000_001, 50_000_000),),
    "star_id": (range(40_000_001, 50_000_000),),
    "stargate_id": (range(50_000_000, 60_000_000),),
    "structure_id": (range(1_000_000_000_000, 2_000_000_000_000),),
    "market_group_id": (range(1, 4000),),
}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def check_parameters(route: Route, values: Mapping[str, str], request: Request) -> None:
    """Refuse parameters that are missing, of the wrong type or out of bounds.

    Raises:
        Refusal: 400 with a detail for each.
    """
    wrong: list[ErrorDetail] = []
    for parameter in route.parameters:
        given = _given(parameter, values, request)
        if not given and parameter.required:
            wrong.append(_detail(parameter, "expected required parameter to exist"))
        if parameter.max_items is not None and len(given) > parameter.max_items:
            wrong.append(_detail(parameter, "expected fewer items"))
        wrong.extend(
            _detail(parameter, fault, text)
            for text in given
            if (fault := _fault_of(parameter, text)) is not None
        )
    if wrong:
        raise Refusal(400, "Bad request: invalid parameters", tuple(wrong))


def check_known(route: Route, values: Mapping[str, str]) -> None:
    """Refuse ids that nothing bears.

    Raises:
        Refusal: 404.
    """
    for name in (p.name for p in route.parameters if p.location == "path"):
        if _is_integer(route, name) and not is_known(name, int(values[name])):
            kind = name.removesuffix("_id").replace("_", " ")
            raise Refusal(404, f"{kind.capitalize()} not found!")


def path_values(route: Route, values: Mapping[str, str]) -> dict[str, object]:
    """Read the parameters in a path, which were found to be good."""
    return {
        name: int(text) if _is_integer(route, name) else text
        for name, text in values.items()
    }


def is_known(name: str, number: int) -> bool:
    """Say whether something bears an id."""
    if name == "type_id":
        return universe.is_type(number)
    ranges = _KNOWN.get(name)
    return number > 0 if ranges is None else any(number in span for span in ranges)


def read_body(route: Route, content: bytes) -> object:
    """Read a request's JSON body.

    Raises:
        Refusal: 400 if it is no JSON, 422 if it is not what the route takes.
    """
    schema = body(route.operation_id)
    if schema is None:
        return None
    if not content and route.body is not None and not route.body.required:
        return None
    try:
        value: object = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise Refusal(400, f"Invalid JSON in the body: {error}") from error
    wrong = tuple(_body_faults(schema, value, "body"))
    if wrong:
        raise Refusal(422, "validation failed", wrong)
    return value


def _is_integer(route: Route, name: str) -> bool:
    parameter = route.parameter(name)
    return parameter is not None and parameter.type == "integer"


def _given(
    parameter: Parameter, values: Mapping[str, str], request: Request
) -> list[str]:
    if parameter.location == "path":
        return [values[parameter.name]]
    texts = [value for name, value in request.query if name == parameter.name]
    if parameter.type == "array":
        return [part for text in texts for part in text.split(",")]
    return texts[:1]


def _fault_of(parameter: Parameter, text: str) -> str | None:
    kind = parameter.items if parameter.type == "array" else parameter.type
    fault = _type_fault(kind or "string", parameter.format, text)
    if fault is not None:
        return fault
    if parameter.enum and text not in parameter.enum:
        return f"value must be one of {', '.join(parameter.enum)}"
    if kind in {"integer", "number"}:
        return _bound_fault(parameter, float(text))
    if parameter.min_length is not None and len(text) < parameter.min_length:
        return f"expected length >= {parameter.min_length}"
    return None


def _type_fault(kind: str, form: str | None, text: str) -> str | None:
    try:
        match kind:
            case "integer":
                int(text)
            case "number":
                float(text)
            case "boolean":
                _BOOLEANS[text.lower()]
            case _ if form == "uuid":
                UUID(text)
    except (KeyError, ValueError):
        return f"invalid {form or kind}"
    return None


def _bound_fault(parameter: Parameter, number: float) -> str | None:
    if parameter.minimum is not None and number < parameter.minimum:
        return f"expected number >= {parameter.minimum}"
    if parameter.maximum is not None and number > parameter.maximum:
        return f"expected number <= {parameter.maximum}"
    return None


def _detail(parameter: Parameter, message: str, value: object = None) -> ErrorDetail:
    return ErrorDetail(f"{parameter.location}.{parameter.name}", message, value)


def _body_faults(schema: Schema, value: object, place: str) -> Iterable[ErrorDetail]:
    schema = resolve(schema)
    if schema.one_of:
        return
    if not _has_type(schema, value):
        yield ErrorDetail(place, f"expected {schema.type}", value)
    elif isinstance(value, list):
        yield from _list_faults(schema, value, place)
    elif isinstance(value, dict):
        yield from _object_faults(schema, value, place)
    elif schema.enum and value not in schema.enum:
        allowed = ", ".join(map(str, schema.enum))
        yield ErrorDetail(place, f"value must be one of {allowed}", value)


def _has_type(schema: Schema, value: object) -> bool:
    types: dict[str | None, tuple[type, ...]] = {
        "array": (list,),
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
        "object": (dict,),
        "string": (str,),
    }
    if isinstance(value, bool) and schema.type != "boolean":
        return schema.type is None
    return schema.type is None or isinstance(value, types[schema.type])


def _list_faults(
    schema: Schema, rows: list[object], place: str
) -> Iterable[ErrorDetail]:
    if len(rows) < (schema.min_items or 0):
        yield ErrorDetail(place, f"expected at least {schema.min_items} items")
    if schema.max_items is not None and len(rows) > schema.max_items:
        yield ErrorDetail(place, f"expected at most {schema.max_items} items")
    if schema.unique and len({repr(row) for row in rows}) < len(rows):
        yield ErrorDetail(place, "expected array items to be unique")
    if schema.items is not None:
        for index, row in enumerate(rows):
            yield from _body_faults(schema.items, row, f"{place}[{index}]")


def _object_faults(
    schema: Schema, fields: dict[str, object], place: str
) -> Iterable[ErrorDetail]:
    for name in schema.required:
        if name not in fields:
            yield ErrorDetail(place, f"expected required property {name}")
    for name, value in fields.items():
        if name in schema.properties:
            yield from _body_faults(schema.properties[name], value, f"{place}.{name}")
