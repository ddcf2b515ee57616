"""Bodies that must agree with each other or look like the real ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from types import MappingProxyType

from pyesi.catalog import Schema, answer, resolve, routes
from pyesi.simulator import _universe as universe
from pyesi.simulator._answers import make_object
from pyesi.simulator._chance import chance
from pyesi.simulator._checks import is_known, path_values
from pyesi.simulator._compatibility import DATES
from pyesi.simulator._question import Question
from pyesi.simulator._request import Refusal
from pyesi.simulator._universe import market_types

# Fields that name a row, in the order in which they are looked for.
_KEYS = (
    "order_id", "item_id", "contract_id", "transaction_id", "killmail_id", "job_id",
    "record_id", "id", "extraction_id", "office_id", "structure_id", "starbase_id",
)  # fmt: skip
_FIRST_KEYS = {"killmail_id": 120_000_000, "item_id": 1_000_000_000_000}
_HISTORY_DAYS = 412
_PRICED_TYPES = 12565
_CATEGORIES = MappingProxyType(
    {
        "character_id": "character",
        "corporation_id": "corporation",
        "alliance_id": "alliance",
        "region_id": "region",
        "constellation_id": "constellation",
        "system_id": "solar_system",
        "station_id": "station",
        "type_id": "inventory_type",
    }
)


def killmail_hash(seed: int, killmail_id: int) -> str:
    """Make the hash without which a killmail cannot be read."""
    return sha1(f"{seed}:{killmail_id}".encode(), usedforsecurity=False).hexdigest()


def known_fields(question: Question) -> dict[str, object]:
    """Say which fields of the answer the question itself settles."""
    fields = path_values(question.route, question.values)
    if question.route.path.endswith("}"):
        name = list(question.values)[-1]
        kind = name.removesuffix("_id")
        fields["id"] = fields[name]
        fields["name"] = named(question, universe.name_of(kind, fields[name]))
    return fields


def named(question: Question, name: str) -> str:
    """Write a name in the language asked for: a mark is enough to tell them apart."""
    if question.route.localised and question.language != "en":
        return f"{name} [{question.language}]"
    return name


def row_fields(seed: int, schema: Schema, ordinal: int) -> dict[str, object]:
    """Give the n-th row an id that no other row has."""
    for name in _KEYS:
        shape = schema.properties.get(name)
        if shape is not None and resolve(shape).type == "integer":
            number = _FIRST_KEYS.get(name, 600_000_000) + ordinal * 7
            fields: dict[str, object] = {name: number}
            if name == "killmail_id":
                fields["killmail_hash"] = killmail_hash(seed, number)
            return fields
    return {}


def _status(seed: int, question: Question) -> object:
    now = datetime.fromtimestamp(question.now, UTC)
    started = now.replace(hour=11, minute=2, second=14, microsecond=0)
    if started > now:
        started -= timedelta(days=1)
    draw = chance(seed, "status", question.generation)
    return {
        "players": draw.randint(14_000, 33_000),
        "server_version": "3142455",
        "start_time": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "vip": False,
    }


def _prices(seed: int, _question: Question) -> object:
    rows = []
    for number in universe.types()[:_PRICED_TYPES]:
        price = universe.base_price(seed, number)
        rows.append(
            {
                "adjusted_price": round(price * 0.97, 2),
                "average_price": round(price, 2),
                "type_id": number,
            }
        )
    return rows


def _history(seed: int, question: Question) -> object:
    type_id = question.number("type_id", 0)
    if not universe.is_type(type_id):
        raise Refusal(404, "Type not found!")
    today = datetime.fromtimestamp(question.now, UTC).toordinal()
    if question.window is not None:
        today = datetime.fromtimestamp(question.window.last_modified, UTC).toordinal()
    region = question.values["region_id"]
    price = universe.base_price(seed, type_id)
    days = range(today - _HISTORY_DAYS, today)
    return [_day(chance(seed, region, type_id, day).gauss, price, day) for day in days]


def _day(gauss: Callable[[float, float], float], price: float, day: int) -> object:
    average = price * math.exp(gauss(0.0, 0.03))
    orders = max(int(math.exp(gauss(6.0, 0.6))), 1)
    return {
        "average": round(average, 2),
        "date": datetime.fromordinal(day).strftime("%Y-%m-%d"),
        "highest": round(average * 1.04, 2),
        "lowest": round(average * 0.96, 2),
        "order_count": orders,
        "volume": orders * max(int(math.exp(gauss(5.0, 1.0))), 1),
    }


def _made(seed: int, question: Question, fixed: Mapping[str, object]) -> object:
    """Make an answer from its schema, some fields given."""
    schema = answer(question.route.operation_id) or Schema()
    draw = chance(seed, question.route.operation_id, sorted(question.values.items()))
    return make_object(schema, draw, {**known_fields(question), **fixed})


def _region(seed: int, question: Question) -> object:
    constellations = universe.constellations_in(int(question.values["region_id"]))
    return _made(seed, question, {"constellations": constellations})


def _constellation(seed: int, question: Question) -> object:
    number = int(question.values["constellation_id"])
    systems = universe.systems_in(number)
    region = universe.region_of(number)
    return _made(seed, question, {"systems": systems, "region_id": region})


def _system(seed: int, question: Question) -> object:
    number = int(question.values["system_id"])
    constellation = universe.constellation_of(number)
    pairs = universe.stations_of(universe.region_of(constellation))
    fixed: dict[str, object] = {
        "constellation_id": constellation,
        "stations": [station for system, station in pairs if system == number],
    }
    if number == universe.JITA:
        fixed |= {"security_status": 0.9459131360054016, "star_id": 40009076}
    return _made(seed, question, fixed)


def _type(seed: int, question: Question) -> object:
    return _made(seed, question, {"published": True})


def _killmail(seed: int, question: Question) -> object:
    number = int(question.values["killmail_id"])
    if question.values["killmail_hash"] != killmail_hash(seed, number):
        raise Refusal(422, "Invalid killmail_id and/or killmail_hash")
    return _made(seed, question, {"killmail_id": number})


def _names(_seed: int, question: Question) -> object:
    numbers = question.body if isinstance(question.body, list) else []
    return [_name_row(number) for number in numbers]


def _name_row(number: int) -> object:
    for parameter, category in _CATEGORIES.items():
        if is_known(parameter, number):
            name = universe.name_of(parameter.removesuffix("_id"), number)
            return {"category": category, "id": number, "name": name}
    raise Refusal(404, "Ensure all IDs are valid before resolving.")


def _ids(_seed: int, question: Question) -> object:
    wanted = set(question.body if isinstance(question.body, list) else [])
    fields = {
        "solar_system": "systems",
        "inventory_type": "inventory_types",
        "region": "regions",
        "constellation": "constellations",
        "station": "stations",
    }
    found: dict[str, list[object]] = {}
    for number, name in universe.NAMES.items():
        if name in wanted:
            row = _name_row(number)
            category = str(row["category"]) if isinstance(row, dict) else ""
            found.setdefault(fields[category], []).append({"id": number, "name": name})
    return found


def _affiliation(seed: int, question: Question) -> object:
    numbers = question.body if isinstance(question.body, list) else []
    if not all(is_known("character_id", number) for number in numbers):
        raise Refusal(404, "Invalid character ID!")
    return _rows_for("character_id", seed, question)


def _item_rows(seed: int, question: Question) -> object:
    return _rows_for("item_id", seed, question)


def _rows_for(key: str, seed: int, question: Question) -> object:
    """Make one row for each id of the body."""
    schema = answer(question.route.operation_id) or Schema()
    shape = resolve(schema.items or Schema())
    numbers = question.body if isinstance(question.body, list) else []
    return [
        make_object(shape, chance(seed, key, number), {key: number})
        for number in numbers
    ]


def _route(_seed: int, question: Question) -> object:
    start = int(question.values["origin_system_id"])
    stop = int(question.values["destination_system_id"])
    step = 7 if stop > start else -7
    return {"route": [*range(start, stop, step), stop]}


def _dates(_seed: int, _question: Question) -> object:
    return {"compatibility_dates": list(DATES)}


def _meta_status(_seed: int, _question: Question) -> object:
    return {
        "routes": [
            {"method": route.method, "path": route.path, "status": "OK"}
            for route in routes()
        ]
    }


def _all_regions(_seed: int, _question: Question) -> object:
    return list(universe.REGIONS)


def _all_constellations(_seed: int, _question: Question) -> object:
    return list(universe.CONSTELLATIONS)


def _all_systems(_seed: int, _question: Question) -> object:
    return list(universe.SYSTEMS)


def _all_types(_seed: int, _question: Question) -> list[int]:
    return list(universe.types())


def _all_groups(_seed: int, _question: Question) -> list[int]:
    return list(range(1, 1540))


def _traded_types(seed: int, question: Question) -> list[int]:
    return sorted(market_types(seed, int(question.values["region_id"])))


SPECIAL: Mapping[str, Callable[[int, Question], object]] = MappingProxyType(
    {
        "GetKillmailsKillmailIdKillmailHash": _killmail,
        "GetMarketsPrices": _prices,
        "GetMarketsRegionIdHistory": _history,
        "GetMetaCompatibilityDates": _dates,
        "GetMetaStatus": _meta_status,
        "GetStatus": _status,
        "GetUniverseConstellations": _all_constellations,
        "GetUniverseConstellationsConstellationId": _constellation,
        "GetUniverseRegions": _all_regions,
        "GetUniverseRegionsRegionId": _region,
        "GetUniverseSystems": _all_systems,
        "GetUniverseSystemsSystemId": _system,
        "GetUniverseTypesTypeId": _type,
        "PostCharactersAffiliation": _affiliation,
        "PostCharactersCharacterIdAssetsLocations": _item_rows,
        "PostCharactersCharacterIdAssetsNames": _item_rows,
        "PostCorporationsCorporationIdAssetsLocations": _item_rows,
        "PostCorporationsCorporationIdAssetsNames": _item_rows,
        "PostRoute": _route,
        "PostUniverseIds": _ids,
        "PostUniverseNames": _names,
    }
)
"""Operations whose body is not made from its schema alone."""

LISTS: Mapping[str, Callable[[int, Question], list[int]]] = MappingProxyType(
    {
        "GetMarketsRegionIdTypes": _traded_types,
        "GetUniverseGroups": _all_groups,
        "GetUniverseTypes": _all_types,
    }
)
"""Paged operations that list the numbers of something."""

ALWAYS_NEW = frozenset({"GetStatus", "GetMarketsRegionIdHistory"})
"""Operations whose body differs in each generation."""
