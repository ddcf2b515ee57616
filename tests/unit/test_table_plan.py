"""How a route's answers become columns, and what a caller can want of them."""

from datetime import UTC, date, datetime

import pytest

from pyesi import _core, catalog
from pyesi.catalog import Schema, UncheckedRoute
from pyesi.columns import _plan
from pyesi.columns._plan import plan_table, shape_of
from pyesi.errors import InvalidRequest

ORDERS = catalog.find("/markets/{region_id}/orders")
SYSTEM = catalog.find("/universe/systems/{system_id}")
PROJECTS = catalog.find("/corporations/{corporation_id}/projects")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)

INTEGER = Schema(type="integer")
NUMBER = Schema(type="number")
TEXT = Schema(type="string")


def column(schema, name="x"):
    return _plan._column(name, schema)


def fields(**properties):
    return Schema(type="object", properties=properties)


def given_names(plan):
    return [spec[0] for spec, _ in plan.arguments["given"]]


def shown(plan):
    return [name for name, kind, *_ in plan.arguments["columns"] if kind != "skipped"]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (INTEGER, "int64"),
        (Schema(type="integer", format="int32"), "int64"),
        (Schema(type="integer", enum=(1, 2)), "int64"),
        (NUMBER, "double"),
        (Schema(type="boolean"), "bool"),
        (TEXT, "string"),
        (Schema(type="string", format="uuid"), "string"),
        (Schema(type="string", format="date-time"), "timestamp"),
        (Schema(type="string", format="date"), "date"),
    ],
)
def test_a_scalar_is_a_column_of_its_kind(schema, kind):
    """Type and format say the kind; a number's width and known values do not."""
    assert column(schema) == ("x", kind, False, None)


def test_known_strings_are_a_dictionary():
    """An enum's values are what the column's dictionary begins with."""
    schema = Schema(type="string", enum=("station", "region"))
    assert column(schema) == ("x", "dictionary", False, ("station", "region"))


def test_what_may_be_anything_is_json_and_may_be_null():
    """Neither no type nor an object without anything known makes columns."""
    assert column(Schema()) == ("x", "json", True, None)
    assert column(Schema(type="object")) == ("x", "json", True, None)


def test_a_list_has_one_item():
    """The item is a column of its own, which null may stand in if the schema says."""
    assert column(Schema(type="array", items=INTEGER)) == (
        ("x", "list", False, ("item", "int64", False, None))
    )
    nullable = Schema(type="integer", nullable=True)
    assert column(Schema(type="array", items=nullable))[3][2] is True
    assert column(Schema(type="array"))[3] == ("item", "json", True, None)


def test_fields_may_be_absent_unless_they_are_required():
    """A column is nullable where its field may be absent or null."""
    schema = Schema(
        type="object",
        properties={
            "always": INTEGER,
            "sometimes": INTEGER,
            "emptied": Schema(type="integer", nullable=True),
        },
        required=("always", "emptied"),
    )
    assert column(schema) == (
        "x",
        "struct",
        False,
        (
            ("always", "int64", False, None),
            ("sometimes", "int64", True, None),
            ("emptied", "int64", True, None),
        ),
    )


def test_an_object_of_any_names_is_keyed():
    """What the values are stands in the column's detail."""
    schema = Schema(type="object", extra=Schema(type="array", items=TEXT))
    item = ("item", "string", False, None)
    assert column(schema) == ("x", "keyed", False, ("value", "list", False, item))


def test_variants_are_one_struct_of_all_their_fields():
    """Of objects of which one comes, each field may be absent."""
    required = Schema(type="object", properties={"isk": NUMBER}, required=("isk",))
    union = Schema(one_of=(required, fields(plex=INTEGER), fields(isk=NUMBER)))
    assert column(union) == (
        "x",
        "struct",
        False,
        (("isk", "double", True, None), ("plex", "int64", True, None)),
    )


def test_a_field_that_variants_see_differently_is_json():
    """The others keep their kinds, and no third variant brings the field's back."""
    union = Schema(
        one_of=(fields(a=NUMBER, b=TEXT), fields(a=INTEGER), fields(a=NUMBER))
    )
    assert column(union)[3] == (
        ("a", "json", True, None),
        ("b", "string", True, None),
    )


@pytest.mark.parametrize("other", [INTEGER, Schema(type="object"), Schema()])
def test_variants_that_are_not_all_objects_are_json(other):
    """One column cannot hold an object's fields and something else."""
    union = Schema(one_of=(fields(a=NUMBER), other))
    assert column(union) == ("x", "json", True, None)


def test_null_for_a_variant_is_null_for_the_whole():
    """A union may be null where one of its variants may."""
    union = Schema(
        one_of=(
            fields(a=NUMBER),
            Schema(type="object", properties={"b": TEXT}, nullable=True),
        )
    )
    assert column(union)[2] is True


def test_an_array_of_objects_is_a_row_each():
    """Market orders have a column for each field, in the catalog's order."""
    shape = shape_of(ORDERS.operation_id)

    assert (shape.many, shape.bare, shape.rows_field) == (True, False, "")
    assert (shape.key, shape.newest_wins) == ("order_id", False)
    assert shape.names() == list(
        catalog.resolve(catalog.answer(ORDERS.operation_id).items).properties
    )
    by_name = {spec[0]: spec for spec in shape.columns}
    assert by_name["issued"] == ("issued", "timestamp", False, None)
    assert by_name["price"] == ("price", "double", False, None)
    assert by_name["range"][1] == "dictionary"
    assert "station" in by_name["range"][3]


def test_an_array_of_ids_is_a_column_called_value():
    """Bare ids have no name of their own; in a listing each is there once."""
    listing = shape_of("GetUniverseTypes")
    plain = shape_of("GetUniverseRegions")

    assert listing.columns == plain.columns == (("value", "int64", False, None),)
    assert (listing.many, listing.bare) == (plain.many, plain.bare) == (True, True)
    assert (listing.key, plain.key) == ("value", "")


def test_an_object_is_one_row_and_a_scalar_one_cell():
    """A system's fields are columns, a wallet's balance is `value`."""
    system = shape_of(SYSTEM.operation_id)
    wallet = shape_of("GetCharactersCharacterIdWallet")

    assert (system.many, system.bare) == (False, False)
    assert ("system_id", "int64", False, None) in system.columns
    assert (wallet.many, wallet.bare) == (False, True)
    assert wallet.columns == (("value", "double", False, None),)


def test_a_cursor_route_has_the_rows_of_its_field():
    """The cursor itself is no column, and what comes later is newer."""
    shape = shape_of(PROJECTS.operation_id)

    assert (shape.rows_field, shape.many, shape.key) == ("projects", True, "id")
    assert shape.newest_wins
    assert "cursor" not in shape.names()


def test_no_body_is_no_columns():
    """204 and HEAD make a table without columns and rows."""
    assert shape_of("DeleteFleetsFleetIdMembersMemberId") == _plan.NOTHING
    plan = plan_table(ORDERS, method="HEAD")
    assert plan.arguments["columns"] == ()
    assert plan.arguments["key"] == ""


@pytest.mark.parametrize("route", catalog.routes(), ids=lambda r: r.operation_id)
@pytest.mark.parametrize("misfits", ["error", "null"])
def test_every_operation_has_a_plan_that_the_core_takes(route, misfits):
    """No operation of the catalog is without a table."""
    plan = plan_table(route, misfits=misfits)
    assert isinstance(plan.make(), _core.TablePlan)


def test_shapes_are_worked_out_once():
    """The second plan of an operation finds the first one's shape."""
    assert shape_of(ORDERS.operation_id) is shape_of(ORDERS.operation_id)


def test_each_table_has_a_plan_of_its_own():
    """Dictionaries grow with what a table brings, so no two tables share one."""
    plan = plan_table(ORDERS)
    assert plan.make() is not plan.make()


def test_a_route_outside_the_catalog_has_no_table():
    """Nobody knows what its answers hold; the message says what reads them."""
    with pytest.raises(InvalidRequest, match=r"/new/\{id\}.*json\(\)"):
        plan_table(UncheckedRoute("/new/{id}"))
    with pytest.raises(InvalidRequest, match="unchecked"):
        _plan.known_route("unchecked")


def test_a_response_names_its_route():
    """An operation's id is enough, whatever its method."""
    for route in catalog.routes():
        assert _plan.known_route(route.operation_id) is route


def test_a_selection_skips_all_others():
    """They stay known, so that they are not counted as new, and in their order."""
    plan = plan_table(ORDERS, columns=["price", "order_id"])

    assert shown(plan) == ["order_id", "price"]
    assert len(plan.arguments["columns"]) == len(shape_of(ORDERS.operation_id).columns)
    assert plan.arguments["key"] == "order_id"


def test_a_selection_without_the_key_tells_no_rows_apart():
    """What is not read cannot be compared."""
    assert plan_table(ORDERS, columns=["price"]).arguments["key"] == ""


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["prise"], 'no column "prise".*Did you mean price'),
        (["xyzzy"], "There are duration, is_buy_order"),
        (["price.amount"], "price"),
        ([], "names no column"),
        ("price", r"columns=\['price'\]"),
        (["page"], 'no column "page"'),
    ],
)
def test_a_selection_of_what_is_not_there_names_what_is(columns, told):
    """A wrong name is answered with the nearest right one, or with all."""
    with pytest.raises(InvalidRequest, match=told):
        plan_table(ORDERS, columns=columns)


def test_a_selection_may_name_what_is_added():
    """A given column is there whether it is selected or not."""
    plan = plan_table(
        ORDERS, columns=["price", "region"], add={"region": 1}, provenance=True
    )
    assert shown(plan) == ["price"]
    assert given_names(plan) == ["region", "page", "last_modified"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "bool"),
        (10000002, "int64"),
        (-(2**63), "int64"),
        (0.5, "double"),
        (float("nan"), "double"),
        ("Jita", "string"),
        ("", "string"),
        (NOON, "timestamp"),
    ],
)
def test_a_constant_has_the_kind_of_its_type(value, kind):
    """A constant is never null, and its value is what it was."""
    plan = plan_table(ORDERS, add={"added": value})

    assert plan.arguments["given"] == ((("added", kind, False, None), "caller"),)
    assert plan.given() == (value,)


@pytest.mark.parametrize(
    "value",
    [
        None,
        2**63,
        b"x",
        [1],
        {},
        NOON.replace(tzinfo=None),
        date(2026, 11, 29),
        "\udc80",
    ],
    ids=repr,
)
def test_a_constant_of_another_type_is_refused(value):
    """The message says what a constant can be."""
    with pytest.raises(InvalidRequest, match=r"for added: a constant is a bool"):
        plan_table(ORDERS, add={"added": value})


@pytest.mark.parametrize("name", ["", 5])
def test_a_constant_without_a_name_is_refused(name):
    """A column's name is a text that is not empty."""
    with pytest.raises(InvalidRequest, match="name"):
        plan_table(ORDERS, add={name: 1})


@pytest.mark.parametrize(
    "wishes",
    [
        {"add": {"price": 1.0}},
        {"add": {"page": 1}, "provenance": True},
        {"add": {"region_id": 1}, "over": ["region_id"]},
        {"over": ["region_id", "region_id"]},
        {"over": ["page"], "provenance": True},
    ],
)
def test_no_name_stands_for_two_columns(wishes):
    """A clash is refused, and the message says how to get out of it."""
    with pytest.raises(InvalidRequest, match="two columns"):
        plan_table(ORDERS, **wishes)


def test_a_field_left_out_makes_room_for_its_name():
    """Rows with a field `last_modified` can have provenance in its place."""
    with pytest.raises(InvalidRequest, match="last_modified"):
        plan_table(PROJECTS, provenance=True)

    plan = plan_table(PROJECTS, columns=["id", "name"], provenance=True)
    assert given_names(plan) == ["page", "last_modified"]
    assert isinstance(plan.make(), _core.TablePlan)


def test_provenance_is_page_and_date():
    """The page always is known; the date only where ESI said it."""
    assert plan_table(ORDERS, provenance=True).arguments["given"] == (
        (("page", "int64", False, None), "page"),
        (("last_modified", "timestamp", True, None), "last_modified"),
    )


def test_what_varies_is_a_column_of_its_parameter_s_kind():
    """Varying parameters come first, and null where a call leaves one out."""
    plan = plan_table(
        ORDERS,
        over={"region_id": [1, 2], "order_type": ["buy", "sell"]},
        add={"run": 7},
    )
    assert plan.arguments["given"] == (
        (("region_id", "int64", False, None), "caller"),
        (("order_type", "string", False, None), "caller"),
        (("run", "int64", False, None), "caller"),
    )
    assert plan.given({"region_id": 2, "order_type": "buy", "page": 3}) == (2, "buy", 7)


def test_a_parameter_left_out_is_null():
    """An optional parameter makes a nullable column."""
    structures = catalog.find("/universe/structures")
    plan = plan_table(structures, over=["filter"])

    assert plan.arguments["given"] == ((("filter", "string", True, None), "caller"),)
    assert plan.given({}) == (None,)
    assert plan.given({"filter": "market"}) == ("market",)


def test_a_parameter_that_the_rows_name_too_is_their_column():
    """It is read whether it was selected or not, and does not come twice."""
    plan = plan_table(SYSTEM, over=["system_id"], columns=["name"])

    assert shown(plan) == ["name", "system_id"]
    assert given_names(plan) == []
    assert plan.given({"system_id": 30000142}) == ()


def test_only_parameters_can_vary():
    """A name that the route does not take is answered with the nearest one."""
    with pytest.raises(InvalidRequest, match="Did you mean region_id"):
        plan_table(ORDERS, over=["region"])


def test_a_list_makes_no_column():
    """A parameter that is a list of values cannot be told in one cell."""
    search = catalog.find("/characters/{character_id}/search")
    with pytest.raises(InvalidRequest, match="list"):
        plan_table(search, over=["categories"])


def test_misfits_are_one_of_two():
    """Any other word is refused."""
    assert plan_table(ORDERS).arguments["misfits_to_null"] is False
    assert plan_table(ORDERS, misfits="null").arguments["misfits_to_null"] is True
    with pytest.raises(InvalidRequest, match="misfits"):
        plan_table(ORDERS, misfits="ignore")
