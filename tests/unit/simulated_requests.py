"""Requests that the simulated ESI can answer well, one for each operation."""

from urllib.parse import urlencode, urlsplit

import msgspec

from pyesi import catalog
from pyesi.simulator import make_token
from pyesi.simulator._clock import Clock
from pyesi.simulator._esi import Esi
from pyesi.simulator._request import Connection, Request
from pyesi.simulator._settings import Settings
from pyesi.simulator._special import killmail_hash

CHARACTER = 95465499
KILLMAIL = 120000007
NOON = 1_795_262_400  # 2026-11-21 12:00 UTC
TODAY = {"X-Compatibility-Date": "2026-08-18", "User-Agent": "tests"}

VALUES = {
    "region_id": 10000002,
    "system_id": 30000142,
    "origin_system_id": 30000142,
    "destination_system_id": 30002187,
    "type_id": 34,
    "character_id": CHARACTER,
    "corporation_id": 98000001,
    "alliance_id": 99000001,
    "constellation_id": 20000020,
    "station_id": 60003760,
    "planet_id": 40009077,
    "moon_id": 40009078,
    "star_id": 40009076,
    "stargate_id": 50000001,
    "structure_id": 1021000000001,
    "killmail_id": KILLMAIL,
    "killmail_hash": killmail_hash(1, KILLMAIL),
    "contract_id": 220000001,
}
SOME_UUID = "12345678-1234-4234-8234-123456789012"


def token(character=CHARACTER, **claims):
    scopes = {scope for route in catalog.routes() for scope in route.scopes}
    return make_token(character, claims.pop("scopes", scopes), **claims)


def target_of(route):
    """A path with its required query that the route answers."""
    path = route.path
    query = []
    for parameter in route.parameters:
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", value_of(parameter))
        elif parameter.required:
            query.append((parameter.name, value_of(parameter)))
    return f"{path}?{urlencode(query)}" if query else path


def value_of(parameter):
    if parameter.name in VALUES:
        return str(VALUES[parameter.name])
    if parameter.format == "uuid":
        return SOME_UUID
    if parameter.enum:
        return parameter.enum[0]
    if isinstance(parameter.default, bool):
        return str(parameter.default).lower()
    kind = parameter.items or parameter.type
    plain = {"integer": "5", "number": "1.5", "boolean": "true", "string": "abcdef"}
    return plain[kind]


def body_of(route):
    """The JSON body that the route takes; empty if it takes none."""
    schema = catalog.body(route.operation_id)
    return b"" if schema is None else msgspec.json.encode(_filled(schema))


def _filled(schema):
    schema = catalog.resolve(schema)
    if schema.one_of:
        return _filled(schema.one_of[0])
    if schema.enum:
        return schema.enum[0]
    if schema.type == "object":
        return {name: _filled(schema.properties[name]) for name in schema.required}
    if schema.type == "array":
        return [_filled(schema.items)]
    plain = {"integer": CHARACTER, "number": 1.0, "boolean": True, "string": "abc"}
    return plain[schema.type]


def headers_of(route):
    """What a request to the route must carry."""
    if route.secured:
        return {**TODAY, "Authorization": f"Bearer {token(expires=NOON * 2)}"}
    return TODAY


class Asker:
    """A simulated ESI without a socket, and a clock that stands still."""

    def __init__(self, **settings):
        self.now = NOON
        self.esi = Esi(Settings(**settings), Clock(lambda: self.now))

    def get(self, target, *, ip="192.0.2.1", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", target, {**TODAY, **named}, ip=ip)

    def ask(self, method, target, headers=TODAY, body=b"", *, ip="192.0.2.1"):
        """Send a request, and let the ledger know what its client was told."""
        url = urlsplit(target)
        query = [pair.split("=", 1) for pair in url.query.split("&") if pair]
        reply = self.esi.answer(
            Request(
                method=method,
                path=url.path,
                query=tuple((name, value) for name, value in query),
                headers=headers,
                body=body,
                connection=Connection(ip, 1, False),
            ),
            self.esi.clock.now(),
        )
        if reply.told_expiry is not None:
            self.esi.ledger.on_told(reply.resource, reply.told_expiry)
        return reply


def json_of(reply):
    return msgspec.json.decode(reply.body)
