"""Each route asked, so that each is counted; of what is asked only the form matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyesi import SyncESIClient
    from pyesi.catalog import Parameter, Route, Schema

SOME_CHARACTER = 95465499
SOME_UUID = "12345678-1234-4234-8234-123456789012"

# What there is of these in the simulated universe.
KNOWN = {
    "region_id": 10000002,
    "system_id": 30000142,
    "origin_system_id": 30000142,
    "destination_system_id": 30002187,
    "type_id": 34,
    "character_id": SOME_CHARACTER,
    "corporation_id": 98000001,
    "alliance_id": 99000001,
    "constellation_id": 20000020,
    "station_id": 60003760,
    "killmail_hash": "0" * 40,
}

PLAIN = {"integer": 5, "number": 1.5, "boolean": True, "string": "abcdef"}


def ask_each_route(esi: SyncESIClient) -> int:
    """Ask each twice, and give how many there are; some answers are refusals."""
    from pyesi import catalog
    from pyesi.simulator import make_token

    routes = catalog.routes()
    scopes = {scope for route in routes for scope in route.scopes}
    token = make_token(SOME_CHARACTER, scopes)
    for route in routes:
        for _ in range(2):
            esi.request(
                route.method,
                route.operation_id,
                params=_parameters(route),
                json=_body(route),
                auth=token if route.secured else None,
                raise_for_status=False,
            )
    counted = len(esi.statistics()["durations"])
    if counted < len(routes):
        raise RuntimeError(f"of {len(routes)} routes {counted} were counted")
    return counted


def _parameters(route: Route) -> dict[str, Any]:
    return {
        parameter.name: _value(parameter)
        for parameter in route.parameters
        if parameter.required or parameter.location == "path"
    }


def _value(parameter: Parameter) -> Any:
    if parameter.name in KNOWN:
        return KNOWN[parameter.name]
    if parameter.format == "uuid":
        return SOME_UUID
    if parameter.default is not None:
        return parameter.default
    value = parameter.enum[0] if parameter.enum else PLAIN[_kind(parameter)]
    return [value] if parameter.type == "array" else value


def _kind(parameter: Parameter) -> str:
    return parameter.items or parameter.type


def _body(route: Route) -> Any:
    from pyesi import catalog

    schema = catalog.body(route.operation_id)
    return None if schema is None else _filled(schema)


def _filled(schema: Schema) -> Any:
    from pyesi import catalog

    schema = catalog.resolve(schema)
    if schema.one_of:
        return _filled(schema.one_of[0])
    if schema.enum:
        return schema.enum[0]
    if schema.type == "object":
        return {name: _filled(schema.properties[name]) for name in schema.required}
    if schema.type == "array":
        return [_filled(schema.items)]
    return PLAIN[schema.type]
