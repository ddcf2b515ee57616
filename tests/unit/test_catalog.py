"""The shipped tables, and how they are asked."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pyesi import catalog
from pyesi.errors import InvalidRequest

# What a request method of the client takes beside ESI's parameters. `body` is not
# among them: JSON goes in by `json`.
CLIENT_OPTIONS = {
    "add",
    "auth",
    "batch_size",
    "byte_window",
    "cache_mode",
    "columns",
    "consistent",
    "deadline",
    "errors",
    "headers",
    "json",
    "method",
    "misfits",
    "over",
    "params",
    "priority",
    "progress",
    "provenance",
    "raise_for_status",
    "route",
    "self",
    "timeout",
    "wait_for_refresh",
}


def test_holds_every_operation_of_its_date():
    """The counts are those of the reference, esi-reference.md §8."""
    routes = catalog.routes()
    methods = Counter(route.method for route in routes)

    assert len(routes) == 233
    assert methods == {"GET": 198, "POST": 21, "PUT": 7, "DELETE": 7}
    assert len({route.path for route in routes}) == 218


def test_holds_every_rate_limit_group():
    """171 operations spend from 46 groups, whose sizes agree in every member."""
    grouped = [route for route in catalog.routes() if route.rate_limit_group]
    sizes = {
        (r.rate_limit_group, r.rate_limit_tokens, r.rate_limit_window) for r in grouped
    }

    assert len(grouped) == 171
    assert len(sizes) == len({r.rate_limit_group for r in grouped}) == 46
    assert {window for _, _, window in sizes} == {900}
    assert ("market-order", 12000, 900) in sizes
    assert ("char-notification", 15, 900) in sizes


def test_holds_every_kind_of_pagination():
    """40 routes count pages, 12 have a cursor, 5 walk by id."""
    kinds = Counter(route.pagination for route in catalog.routes())
    assert kinds == {"x-pages": 40, "cursor": 12, "from-id": 5, None: 176}


@pytest.mark.parametrize(
    ("path", "parameter", "field"),
    [
        ("/characters/{character_id}/calendar", "from_event", "event_id"),
        ("/characters/{character_id}/mail", "last_mail_id", "mail_id"),
        (
            "/characters/{character_id}/wallet/transactions",
            "from_id",
            "transaction_id",
        ),
        (
            "/corporations/{corporation_id}/wallets/{division}/transactions",
            "from_id",
            "transaction_id",
        ),
        ("/wars", "max_war_id", None),
    ],
)
def test_from_id_routes_say_how_they_are_walked(path, parameter, field):
    """The next request's parameter, and the field of a row that it is taken from."""
    route = catalog.find(path)
    answer = catalog.answer(route.operation_id)
    row = catalog.resolve(answer.items)

    assert (route.page_parameter, route.page_field) == (parameter, field)
    assert field in row.properties if field else row.type == "integer"


def test_cursor_routes_say_where_their_rows_are():
    """The field of rows is a list in the answer, beside the cursor."""
    for route in catalog.routes():
        if route.pagination == "cursor":
            answer = catalog.answer(route.operation_id)
            assert catalog.resolve(answer.properties[route.rows]).type == "array"
            assert "cursor" in answer.properties


def row_of(route):
    """The shape of one row of a listing."""
    answer = catalog.answer(route.operation_id)
    if route.rows is not None:
        answer = catalog.resolve(answer.properties[route.rows])
    return catalog.resolve(answer.items)


def test_each_row_key_is_an_id_in_the_rows_of_a_listing():
    """A key is a whole number or a free text in the rows of a paginated route."""
    keyed = [route for route in catalog.routes() if route.row_key is not None]
    fields = [
        catalog.resolve(row_of(route).properties[route.row_key]) for route in keyed
    ]

    assert all(route.pagination for route in keyed)
    assert {(field.type, bool(field.enum)) for field in fields} == {
        ("integer", False),
        ("string", False),
    }


def test_listings_without_a_row_key_are_those_that_have_none():
    """Four list bare ids, and six what no single field tells apart."""
    listings = [r for r in catalog.routes() if r.pagination and not r.row_key]
    bare = [r for r in listings if row_of(r).type == "integer"]

    assert sum(bool(route.row_key) for route in catalog.routes()) == 47
    assert len(bare) == 4
    assert sorted(r.operation_id for r in listings if r not in bare) == [
        "GetCharactersCharacterIdMining",
        "GetCorporationCorporationIdMiningExtractions",
        "GetCorporationCorporationIdMiningObserversObserverId",
        "GetCorporationsCorporationIdContainersLogs",
        "GetCorporationsCorporationIdMedalsIssued",
        "GetCorporationsCorporationIdRolesHistory",
    ]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/markets/{region_id}/orders", "order_id"),
        ("/characters/{character_id}/assets", "item_id"),
        ("/contracts/public/{region_id}", "contract_id"),
        ("/contracts/public/items/{contract_id}", "record_id"),
        ("/freelance-jobs", "id"),
        ("/universe/types", None),
        ("/markets/{region_id}/history", None),
    ],
)
def test_listings_say_by_which_field_a_row_is_known(path, key):
    """The id that names the row itself, not one of those that it refers to."""
    assert catalog.find(path).row_key == key


def test_holds_who_may_ask():
    """145 operations need a token with exactly one scope, 34 a role."""
    secured = [route for route in catalog.routes() if route.secured]

    assert len(secured) == 145
    assert all(len(route.scopes) == 1 for route in secured)
    assert len({route.scopes for route in secured}) == 72
    assert sum(bool(route.roles) for route in catalog.routes()) == 34
    assert not any(r.scopes for r in catalog.routes() if not r.secured)


def test_holds_how_long_answers_live():
    """Lifetimes, modes, daily expiry and languages are counted as the reference."""
    routes = catalog.routes()
    modes = Counter(route.cache_mode for route in routes)

    assert sum(route.cache_seconds is not None for route in routes) == 146
    assert modes == {"ttl-based": 118, "event-based": 39, "not-cached": 1, None: 75}
    assert sum(route.expires_daily for route in routes) == 43
    assert sum(route.localised for route in routes) == 17


def test_holds_when_each_route_came():
    """191 operations are as old as the oldest date, 8 came with the newest."""
    since = Counter(route.since for route in catalog.routes())

    assert since["2020-01-01"] == 191
    assert since[catalog.COMPATIBILITY_DATE] == 8
    assert max(since) == catalog.COMPATIBILITY_DATE


def test_lists_the_facts_of_market_orders():
    """One route, whole."""
    route = catalog.find("/markets/{region_id}/orders")
    order_type = route.parameter("order_type")

    assert route.operation_id == "GetMarketsRegionIdOrders"
    assert (route.cache_seconds, route.cache_mode) == (300, "ttl-based")
    assert [p.name for p in route.parameters] == [
        "region_id",
        "order_type",
        "page",
        "type_id",
    ]
    assert (order_type.required, order_type.default) == (True, "all")
    assert order_type.enum == ("buy", "sell", "all")
    assert route.parameter("page").minimum == 1


def test_lists_what_bodies_must_be():
    """The bulk routes' limits are those of the reference, §5."""
    limits = {
        route.path: route.body.max_items
        for route in catalog.routes()
        if route.body is not None and route.body.type == "array"
    }

    assert limits["/universe/names"] == limits["/characters/affiliation"] == 1000
    assert limits["/universe/ids"] == 500
    assert limits["/characters/{character_id}/cspa"] == 100
    assert min(limits.values()) == 100
    assert sum(route.body is not None for route in catalog.routes()) == 22


def test_no_parameter_bears_the_name_of_an_option():
    """Keywords of a request can thus be told apart: ESI's or the client's."""
    names = {p.name for route in catalog.routes() for p in route.parameters}

    assert names
    assert not names & CLIENT_OPTIONS


def test_parameters_are_keywords():
    """Every name may be written as a Python keyword argument, or in a path."""
    for route in catalog.routes():
        in_path = [p.name for p in route.parameters if p.location == "path"]
        assert all(p.name.isidentifier() for p in route.parameters)
        assert [route.path.index("{" + name + "}") for name in in_path] == sorted(
            route.path.index("{" + name + "}") for name in in_path
        )
        assert route.path.count("{") == len(in_path)


def test_lists_no_header_parameter():
    """The client sets ESI's headers on its own account."""
    locations = {p.location for route in catalog.routes() for p in route.parameters}
    assert locations == {"path", "query"}


def test_holds_no_prose():
    """Only facts of ESI are shipped, none of CCP's descriptions."""
    answers = Path(catalog.__file__).with_name(
        f"answers-{catalog.COMPATIBILITY_DATE}.json"
    )
    for text in (catalog.table_text(), answers.read_bytes()):
        for word in (b'"description":"', b'"summary":', b'"example":', b'"title":"'):
            assert word not in text


def test_every_route_is_found_by_template_and_by_operation_id():
    """Both names of a route find it."""
    for route in catalog.routes():
        assert catalog.find(route.path, route.method) is route
        assert catalog.find(route.operation_id, route.method.lower()) is route


def test_head_finds_the_route_of_get():
    """HEAD asks for the headers of GET's answer, on the same route."""
    assert catalog.find("/status", "HEAD") is catalog.find("/status")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("/market/{region_id}/orders", "/markets/{region_id}/orders"),
        ("/latest/markets/{region_id}/orders/", "/markets/{region_id}/orders"),
        ("/v4/universe/systems/{id}/", "/universe/systems/{system_id}"),
        ("/markets/10000002/orders", "/markets/{region_id}/orders"),
        ("getmarketsregionidorders", "GetMarketsRegionIdOrders"),
        ("GetMarketRegionOrders", "GetMarketsRegionIdOrders"),
        ("/universe/names", "use POST"),
        ("/no/such/route/anywhere", "UncheckedRoute"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(name, hint):
    """The error names the route that was probably meant."""
    with pytest.raises(InvalidRequest, match=r"route|for GET|template") as refused:
        catalog.find(name)
    assert hint in str(refused.value)
    assert refused.value.route == name


def test_search_finds_by_word_in_any_case():
    """Several words must all be found; no word lists everything."""
    found = catalog.search("Market ORDERS")

    assert catalog.find("/markets/{region_id}/orders") in found
    assert catalog.find("/status") not in found
    assert catalog.search("esi-wallet.read_character_wallet.v1")
    assert catalog.search("no such word") == []
    assert len(catalog.search()) == 233


def test_nearest_is_best_first():
    """The likest candidate leads; what is like none gives none."""
    assert catalog.nearest("regionid", ["type_id", "region_id"])[0] == "region_id"
    assert catalog.nearest("xyz", ["type_id", "region_id"]) == []


def test_every_answer_with_a_body_has_a_shape():
    """Every route with a 200 or 201 has a shape; what has none answers 204 alone."""
    for route in catalog.routes():
        shape = catalog.answer(route.operation_id)
        assert (shape is None) == (set(route.success) == {204})


def test_every_reference_of_a_shape_leads_somewhere():
    """All shapes can be walked to their ends."""
    ends = 0
    waiting = [catalog.answer(r.operation_id) for r in catalog.routes()]
    waiting += [catalog.body(r.operation_id) for r in catalog.routes()]
    while waiting:
        shape = waiting.pop()
        if shape is None:
            continue
        shape = catalog.resolve(shape)
        waiting += [shape.items, shape.extra, *shape.properties.values(), *shape.one_of]
        ends += 1
        assert set(shape.required) <= set(shape.properties)
        assert (shape.type == "array") == (shape.items is not None)
    assert ends > 1000


def test_an_unknown_operation_has_no_shape():
    """Asking for the answer of no operation is an error, not an absence."""
    with pytest.raises(KeyError, match="GetNothing"):
        catalog.answer("GetNothing")
    with pytest.raises(KeyError, match="GetNothing"):
        catalog.body("GetNothing")
    assert catalog.body("GetStatus") is None


def test_facts_cannot_be_changed():
    """A route is a value: shared, so frozen."""
    route = catalog.find("/status")
    with pytest.raises(AttributeError):
        route.cache_seconds = 1
    assert hash(route) == hash(catalog.find("/status"))


def test_importing_reads_no_table():
    """Each table waits until it is asked for."""
    script = (
        "import sys, pyesi.catalog\n"
        "def tables_read():\n"
        "    caches = {'_table': '_table', '_answers': '_shapes'}\n"
        "    homes = {n: sys.modules.get('pyesi.catalog.' + n) for n in caches}\n"
        "    read = [n for n, home in homes.items() if home is not None\n"
        "            and getattr(home, caches[n]).cache_info().currsize]\n"
        "    return '+'.join(read) or 'none'\n"
        "print(tables_read())\n"
        "pyesi.catalog.routes(); print(tables_read())\n"
        "pyesi.catalog.answer('GetStatus'); print(tables_read())\n"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["none", "_table", "_table+_answers"]


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    """Names are resolved lazily, and only those that exist."""
    assert set(catalog.__all__) <= set(dir(catalog))
    assert all(getattr(catalog, name) for name in catalog.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = catalog.nothing


@pytest.mark.parametrize(
    "template",
    ["/", "/new/route/{id}", "/a/{b}-{c}/d", "/a%20b/", "/a.json", "/x:y/@z"],
)
def test_an_unchecked_route_is_a_path_with_placeholders(template):
    """What RFC 3986 lets stand in a path is taken as it is."""
    assert str(catalog.UncheckedRoute(template)) == template


@pytest.mark.parametrize(
    "template",
    [
        "",
        "new/route",
        "https://elsewhere.example/x",
        "//elsewhere.example/x",
        "/a//b",
        "/a/{b",
        "/a/b}",
        "/a/{}",
        "/a/{b c}",
        "/a/{{b}}",
        "/a/{b}/{b}",
        "/a?b=c",
        "/a#b",
        "/a b",
        "/a\r\nHost: elsewhere.example",
        "/a\x00",
        "/a\n",
        "/é",
        "/a%2",
        "/../a",
        "/a/./b",
        "/a/..",
    ],
)
def test_an_unchecked_route_that_is_no_path_is_refused(template):
    """Nothing but one path of this origin can be named."""
    with pytest.raises(InvalidRequest, match="template must"):
        catalog.UncheckedRoute(template)
