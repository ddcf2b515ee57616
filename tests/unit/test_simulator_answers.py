"""What the simulator answers to each of ESI's operations."""

import re
from uuid import UUID

import pytest

from pyesi import catalog
from unit.simulated_requests import (
    Asker,
    body_of,
    headers_of,
    json_of,
    target_of,
    token,
)

every_route = pytest.mark.parametrize(
    "route", catalog.routes(), ids=lambda route: route.operation_id
)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TYPES = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": int | float,
    "object": dict,
    "string": str,
}


@pytest.fixture(scope="module")
def asker():
    return Asker(pages=3, rate_limits=False)


@pytest.fixture(scope="module")
def twin():
    return Asker(pages=3, rate_limits=False)


def answer_of(asker, route):
    return asker.ask(route.method, target_of(route), headers_of(route), body_of(route))


def misfits(schema, value, place="$"):
    """Where a value does not fit its schema."""
    schema = catalog.resolve(schema)
    if schema.one_of:
        fits = [shape for shape in schema.one_of if not list(misfits(shape, value))]
        return [] if len(fits) >= 1 else [f"{place}: {value!r} is none of the shapes"]
    if not isinstance(value, TYPES.get(schema.type, object)):
        return [f"{place}: {value!r} is no {schema.type}"]
    if schema.enum and value not in schema.enum:
        return [f"{place}: {value!r} is not in the enum"]
    if schema.type == "object":
        return list(object_misfits(schema, value, place))
    if schema.type == "array":
        return [
            misfit
            for index, row in enumerate(value)
            for misfit in misfits(schema.items, row, f"{place}[{index}]")
        ]
    return list(scalar_misfits(schema, value, place))


def object_misfits(schema, value, place):
    for name in schema.required:
        if name not in value:
            yield f"{place}: {name} is missing"
    for name, inner in value.items():
        shape = schema.properties.get(name, schema.extra)
        if shape is None:
            yield f"{place}: {name} is unknown"
        else:
            yield from misfits(shape, inner, f"{place}.{name}")


def scalar_misfits(schema, value, place):
    if schema.format == "date-time" and not DATE_TIME.fullmatch(value):
        yield f"{place}: {value!r} is no date-time"
    if schema.format == "date" and not DATE.fullmatch(value):
        yield f"{place}: {value!r} is no date"
    if schema.format == "uuid":
        UUID(value)
    if schema.minimum is not None and value < schema.minimum:
        yield f"{place}: {value!r} is too small"
    if schema.maximum is not None and value > schema.maximum:
        yield f"{place}: {value!r} is too great"


@every_route
def test_answers_as_the_schema_says(asker, route):
    """
    Each operation answers a good status with a body that fits its schema.
    """
    reply = answer_of(asker, route)

    assert reply.status in route.success
    if reply.status == 204:
        assert reply.body == b""
    else:
        assert not misfits(catalog.answer(route.operation_id), json_of(reply))


@every_route
def test_the_same_seed_answers_the_same(asker, twin, route):
    """
    Two simulators of one seed answer byte for byte alike, whatever they did before.
    """
    assert answer_of(asker, route).body == answer_of(twin, route).body


def test_there_are_as_many_operations_as_esi_has():
    """
    All 233 operations of the catalog are tried here.
    """
    assert len(catalog.routes()) == 233


def test_a_body_belongs_to_its_character(asker):
    """
    The private data of two characters differ, and each stays the same.
    """
    bodies = {
        asker.ask(
            "GET",
            f"/characters/{character}/wallet",
            {
                "X-Compatibility-Date": "2026-08-18",
                "Authorization": f"Bearer {token(character, expires=asker.now * 2)}",
            },
        ).body
        for character in (90000001, 90000001, 90000002)
    }

    assert len(bodies) == 2


def test_jita_is_where_it_is(asker):
    """
    Jita lies in Kimotoro, which lies in The Forge, and each names the other.
    """
    system = json_of(asker.get("/universe/systems/30000142"))
    constellation = json_of(asker.get("/universe/constellations/20000020"))
    region = json_of(asker.get("/universe/regions/10000002"))

    assert system["name"] == "Jita"
    assert system["constellation_id"] == 20000020
    assert 60003760 in system["stations"]
    assert 30000142 in constellation["systems"]
    assert constellation["region_id"] == 10000002
    assert region["name"] == "The Forge"
    assert 20000020 in region["constellations"]


def test_names_and_ids_lead_to_each_other(asker):
    """
    An id resolves to a name that resolves to the id.
    """
    names = asker.ask("POST", "/universe/names", body=b"[30000142, 10000002, 34]")
    rows = json_of(names)
    assert [(row["name"], row["category"]) for row in rows] == [
        ("Jita", "solar_system"),
        ("The Forge", "region"),
        ("Tritanium", "inventory_type"),
    ]

    ids = asker.ask("POST", "/universe/ids", body=b'["Jita", "Tritanium", "Nowhere"]')
    assert json_of(ids) == {
        "systems": [{"id": 30000142, "name": "Jita"}],
        "inventory_types": [{"id": 34, "name": "Tritanium"}],
    }


def test_one_unknown_id_fails_the_whole_batch(asker):
    """
    A single id that nothing bears makes ESI answer 404 to all of them.
    """
    reply = asker.ask("POST", "/universe/names", body=b"[30000142, 7999999999]")

    assert reply.status == 404


def test_a_listed_killmail_can_be_read(asker):
    """
    A hash from a listing opens its killmail, another hash is a 422.
    """
    listed = json_of(asker.get("/wars/5/killmails"))[3]
    path = f"/killmails/{listed['killmail_id']}"

    killmail = json_of(asker.get(f"{path}/{listed['killmail_hash']}"))
    assert killmail["killmail_id"] == listed["killmail_id"]
    assert asker.get(f"{path}/{'0' * 40}").status == 422


def test_a_type_has_a_year_of_history(asker):
    """
    History lists each day up to yesterday once, with prices in their order.
    """
    rows = json_of(asker.get("/markets/10000002/history?type_id=34"))

    assert len({row["date"] for row in rows}) == len(rows) > 365
    assert rows == sorted(rows, key=lambda row: row["date"])
    assert all(row["lowest"] <= row["average"] <= row["highest"] for row in rows)


def test_prices_are_log_normal_rather_than_all_alike(asker):
    """
    Prices span many orders of magnitude, and Tritanium's is that of Tritanium.
    """
    prices = {
        row["type_id"]: row["average_price"]
        for row in json_of(asker.get("/markets/prices"))
    }

    assert len(prices) == 12565
    assert max(prices.values()) / min(prices.values()) > 1e6
    assert 3 < prices[34] < 6


def test_names_come_in_the_language_asked_for(asker):
    """
    A localised route says its language, and its names differ between two.
    """
    english = asker.get("/universe/systems/30000142")
    german = asker.get("/universe/systems/30000142", Accept_Language="de")

    assert english.headers["Content-Language"] == "en"
    assert german.headers["Content-Language"] == "de"
    assert json_of(english)["name"] != json_of(german)["name"]
