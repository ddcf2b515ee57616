"""Makes values that fit a schema, each the same whenever it is asked for again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from pyesi.catalog import Schema, resolve
from pyesi.simulator import _universe as universe
from pyesi.simulator._clock import iso_date

# All dates of made-up things lie in the year before this instant: 2026-08-01.
_TODAY = 1785542400
_YEAR = 365 * 86400
_DEEPEST = 6
_SHARE_OF_OPTIONALS = 0.7
_SHARE_OF_TRUE = 0.4

_Draw = Callable[[random.Random], int]
_Value = TypeVar("_Value")


def _among(first: int, last: int) -> _Draw:
    return lambda draw: draw.randint(first, last)


def _one_of(numbers: range) -> _Draw:
    return lambda draw: draw.choice(numbers)


def _some_type(draw: random.Random) -> int:
    return draw.choice(universe.types())


_CHARACTER = _among(90_000_000, 98_000_000)
_CORPORATION = _among(98_000_001, 98_900_000)
_ALLIANCE = _among(99_000_001, 99_014_000)
_ITEM = _among(1_000_000_000_000, 1_049_000_000_000)

# What an integer may be, by the longest of these endings that its name has.
_INTEGERS: dict[str, _Draw] = {
    "type_id": _some_type,
    "skill_id": _among(3300, 3456),
    "system_id": _one_of(universe.SYSTEMS),
    "systems": _one_of(universe.SYSTEMS),
    "route": _one_of(universe.SYSTEMS),
    "waypoints": _one_of(universe.SYSTEMS),
    "region_id": _one_of(universe.REGIONS),
    "constellation_id": _one_of(universe.CONSTELLATIONS),
    "constellations": _one_of(universe.CONSTELLATIONS),
    "station_id": _among(60_000_004, 60_015_187),
    "structure_id": _ITEM,
    "location_id": _among(60_000_004, 60_015_187),
    "facility_id": _among(60_000_004, 60_015_187),
    "planet_id": _among(40_000_002, 40_400_000),
    "moon_id": _among(40_000_004, 40_400_000),
    "moons": _among(40_000_004, 40_400_000),
    "asteroid_belts": _among(40_000_003, 40_400_000),
    "star_id": _among(40_000_001, 40_400_000),
    "stargate_id": _among(50_000_001, 50_014_000),
    "stargates": _among(50_000_001, 50_014_000),
    "stations": _among(60_000_004, 60_015_187),
    "character_id": _CHARACTER,
    "creator_id": _CHARACTER,
    "ceo_id": _CHARACTER,
    "issuer_id": _CHARACTER,
    "installer_id": _CHARACTER,
    "bidder_id": _CHARACTER,
    "seller_id": _CHARACTER,
    "client_id": _CHARACTER,
    "recipient_id": _CHARACTER,
    "sender_id": _CHARACTER,
    "contact_id": _CHARACTER,
    "from": _CHARACTER,
    "corporation_id": _CORPORATION,
    "alliance_id": _ALLIANCE,
    "faction_id": _among(500_001, 500_029),
    "item_id": _ITEM,
    "order_id": _among(6_900_000_000, 7_100_000_000),
    "killmail_id": _among(120_000_000, 132_000_000),
    "contract_id": _among(220_000_000, 232_000_000),
    "job_id": _among(600_000_000, 640_000_000),
    "mail_id": _among(380_000_000, 390_000_000),
    "event_id": _among(1_800_000, 1_900_000),
    "war_id": _among(1, 760_000),
    "fleet_id": _ITEM,
    "_id": _among(1, 5000),
    "division": _among(1, 7),
    "level": _among(0, 5),
    "material_efficiency": _among(0, 10),
    "time_efficiency": _among(0, 20),
    "duration": _among(1, 90),
    "days_to_complete": _among(1, 14),
    "hour": _among(0, 23),
    "players": _among(12_000, 36_000),
    "member_count": _among(1, 12_000),
    "size": _among(1, 256),
}

_DOUBLES: dict[str, tuple[float, float]] = {
    "security_status": (-1.0, 1.0),
    "standing": (-10.0, 10.0),
    "standing_level": (-10.0, 10.0),
    "threshold": (-10.0, 10.0),
    "tax_rate": (0.0, 1.0),
    "tax": (0.0, 1.0),
    "chance": (0.0, 1.0),
    "influence": (0.0, 1.0),
    "probability": (0.0, 1.0),
    "cost_index": (0.001, 0.2),
    "efficiency": (0.3, 0.5),
    "latitude": (0.0, 3.14),
    "longitude": (0.0, 6.28),
    "x": (-4e12, 4e12),
    "y": (-4e12, 4e12),
    "z": (-4e12, 4e12),
}


def make_value(
    schema: Schema, draw: random.Random, name: str = "", depth: int = 0
) -> object:
    """Make a value that fits a schema.

    Args:
        schema: What it must be.
        draw: Where chance comes from.
        name: The field's name, from which a plausible range follows.
        depth: How many objects and lists lie around it.
    """
    schema = resolve(schema)
    if schema.one_of:
        return make_value(draw.choice(schema.one_of), draw, name, depth)
    if schema.enum:
        return draw.choice(schema.enum)
    if schema.type == "object":
        return make_object(schema, draw, {}, depth)
    if schema.type == "array":
        return _list(schema, draw, name, depth)
    return _scalar(schema, draw, name)


def _scalar(schema: Schema, draw: random.Random, name: str) -> object:
    match schema.type:
        case "integer":
            return _integer(schema, draw, name)
        case "number":
            return _number(schema, draw, name)
        case "boolean":
            return draw.random() < _SHARE_OF_TRUE
        case _:
            return _string(schema, draw, name)


def make_object(
    schema: Schema,
    draw: random.Random,
    fixed: Mapping[str, object],
    depth: int = 0,
) -> dict[str, object]:
    """Make an object that fits a schema, some fields of which are given.

    An optional boolean is left out unless it is true, as ESI does.
    """
    made: dict[str, object] = {}
    for name, inner in schema.properties.items():
        shape = resolve(inner)
        if name in fixed:
            made[name] = fixed[name]
        elif name in schema.required:
            made[name] = make_value(shape, draw, name, depth + 1)
        elif depth < _DEEPEST and draw.random() < _SHARE_OF_OPTIONALS:
            value = make_value(shape, draw, name, depth + 1)
            if value is not False:
                made[name] = value
    if schema.extra is not None and not schema.properties:
        for _ in range(draw.randint(1, 2)):
            key = universe.name_of("key", draw.getrandbits(32)).lower()
            made[key] = make_value(schema.extra, draw, key, depth + 1)
    return made


def _list(schema: Schema, draw: random.Random, name: str, depth: int) -> list[object]:
    if schema.items is None or depth >= _DEEPEST:
        return []
    count = draw.randint(max(schema.min_items or 0, 1), min(schema.max_items or 6, 6))
    rows = [make_value(schema.items, draw, name, depth + 1) for _ in range(count)]
    return list(dict.fromkeys(rows)) if schema.unique and _is_plain(rows) else rows


def _is_plain(rows: list[object]) -> bool:
    return not any(isinstance(row, dict | list) for row in rows)


def _integer(schema: Schema, draw: random.Random, name: str) -> int:
    made = _by_ending(_INTEGERS, name)
    value = made(draw) if made else max(int(draw.lognormvariate(4.0, 2.0)), 1)
    return int(_bounded(schema, value))


def _number(schema: Schema, draw: random.Random, name: str) -> float:
    span = _by_ending(_DOUBLES, name)
    value = draw.uniform(*span) if span else draw.lognormvariate(12.0, 2.5)
    return round(_bounded(schema, value), 2 if span is None else 4)


def _bounded(schema: Schema, value: float) -> float:
    if schema.minimum is not None:
        value = max(value, schema.minimum)
    if schema.maximum is not None:
        value = min(value, schema.maximum)
    return value


def _by_ending(table: Mapping[str, _Value], name: str) -> _Value | None:
    if name in table:
        return table[name]
    endings = [ending for ending in table if name.endswith(ending) and len(ending) > 1]
    return table[max(endings, key=len)] if endings else None


def _string(schema: Schema, draw: random.Random, name: str) -> str:
    instant = _TODAY - draw.randrange(_YEAR)
    match schema.format:
        case "date-time":
            return iso_date(instant)
        case "date":
            return iso_date(instant)[:10]
        case "uuid":
            return str(UUID(int=draw.getrandbits(128), version=4))
    return _fitted(schema, _words(draw, name))


def _words(draw: random.Random, name: str) -> str:
    if "hash" in name:
        return f"{draw.getrandbits(160):040x}"
    if name.startswith("px") or name == "url":
        return f"https://images.evetech.net/types/{draw.randint(1, 60000)}/icon"
    if name.endswith("_id"):
        return f"{draw.getrandbits(128):032x}"
    if "color" in name:
        return f"#{draw.getrandbits(24):06x}"
    if name == "ticker":
        return "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4))
    text = universe.name_of(name, draw.getrandbits(48))
    return f"<b>{text}</b> \u2014 made up." if name == "description" else text


def _fitted(schema: Schema, text: str) -> str:
    text = text.ljust(schema.min_length or 0, "x")
    return text[: schema.max_length]
