"""What a URL, a route or a mix file stands for."""

from itertools import islice

import pytest

from pyesi import errors
from pyesi.bench import Wanted, read_mix, target_of
from pyesi.bench import _quantities as quantities
from pyesi.bench._mix import mix_of
from pyesi.bench._request import draws
from pyesi.catalog import UncheckedRoute

ORDERS = "/markets/{region_id}/orders"
HOME = "http://127.0.0.1:8080"


def target(text, *, bare=False, **parameters):
    return target_of(text, parameters, bare=bare)


@pytest.mark.parametrize(
    "name",
    ["/markets/prices", "GetMarketsPrices", "get_markets_prices", "/markets/prices/"],
)
def test_a_route_has_several_names(name):
    """
    Template, operation id and that in small letters are one route of a simulator.
    """
    found = target(name)

    assert found.base_url is None
    assert found.wanted == Wanted(route="/markets/prices", name="GetMarketsPrices")


def test_a_path_is_taken_apart():
    """
    Its values are those of the template's places, of their kinds, and so is its query.
    """
    found = target("/markets/10000002/orders?order_type=all&page=2").wanted

    assert found.route == ORDERS
    assert found.fixed == {"region_id": 10000002, "order_type": "all", "page": 2}


@pytest.mark.parametrize("base", ["", "/latest", "/a/b"])
def test_a_url_is_a_server_and_a_route(base):
    """
    What stands before the route's path is part of the base URL, and the query counts.
    """
    found = target(f"{HOME}{base}/markets/10000002/orders/?order_type=all")

    assert found.base_url == f"{HOME}{base}"
    assert found.wanted.route == ORDERS
    assert found.wanted.fixed == {"region_id": 10000002, "order_type": "all"}


def test_a_url_that_the_catalog_does_not_know_is_asked_as_it_stands():
    """
    A server of one's own may have other paths; what comes twice in a query is a list.
    """
    found = target(f"{HOME}/my/own?x=1&y=2&y=3&z=")

    assert found.base_url == HOME
    assert found.wanted.route == UncheckedRoute("/my/own")
    assert found.wanted.fixed == {"x": "1", "y": ["2", "3"], "z": ""}


def test_a_url_alone_is_the_server_of_a_mix():
    """
    It needs no path, and one that it has is the base URL's.
    """
    assert target(f"{HOME}/latest", bare=True).base_url == f"{HOME}/latest"
    assert target(HOME, bare=True).wanted is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nosuchroute", "no route"),
        ("get_market_prices", "Did you mean GetMarketsPrices"),
        ("/market/prices", "Did you mean /markets/prices"),
        ("/universe/types/tritanium", "no route"),
        ("PostUniverseNames", "not for GET"),
        ("/characters/{character_id}/assets", "needs a token"),
        (HOME, "names no route"),
        (f"{HOME}/status#x", "nor a fragment"),
        ("http://me:secret@127.0.0.1/status", "password"),
        ("/markets/10000002/orders?order_kind=all", "no parameter order_kind"),
        ("/markets/10000002/orders?page=first", "of the kind integer"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_line(text, told):
    """
    It says what is wrong, and never repeats a password.
    """
    with pytest.raises(errors.ConfigurationError, match=told) as refused:
        target(text)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_parameter_may_be_several_values_to_choose_from():
    """
    A range and a list are any of their values, each of the parameter's kind.
    """
    found = target(ORDERS, region_id="10000002,10000043", page="1..400").wanted

    assert found.fixed == {}
    assert found.choices["region_id"] == [10000002, 10000043]
    assert found.choices["page"] == range(1, 401)


def test_a_parameter_goes_before_what_stands_in_the_path():
    """
    So one value of a path becomes several.
    """
    found = target("/markets/10000002/orders", region_id="1..3", page="7").wanted

    assert found.fixed == {"page": 7}
    assert found.choices == {"region_id": range(1, 4)}


def test_a_list_is_one_value_where_the_parameter_is_a_list():
    """
    Then a comma separates its items, and nothing is left to chance.
    """
    from pyesi.bench._values import values_of
    from pyesi.catalog import find

    route = find("/characters/{character_id}/search")

    assert values_of({"categories": "alliance,agent"}, route).fixed == {
        "categories": ["alliance", "agent"]
    }


def test_requests_follow_from_the_seed():
    """
    The same seed gives the same requests in the same order, and another one others.
    """
    wanted = [
        target(ORDERS, region_id="10000002", page="1..40").wanted,
        Wanted(route="/status", name="GetStatus"),
    ]

    def drawn(seed):
        return list(islice(draws(wanted, seed), 3000))

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert {one.parameters["page"] for one in drawn(1) if one.parameters} == {
        *range(1, 41)
    }


def test_weights_are_shares():
    """
    A request of three times the weight comes three times as often, chance aside.
    """
    wanted = [
        Wanted(route="/a", name="a", weight=3.0),
        Wanted(route="/b", name="b", weight=1.0),
    ]
    drawn = [one.route for one in islice(draws(wanted, 1), 10_000)]

    assert drawn.count("/a") == pytest.approx(7_500, rel=0.03)


MIX = """
[[request]]
route = "/markets/{region_id}/orders"
weight = 3
parameters = { region_id = 10000002, order_type = "all", page = "1..4" }

[[request]]
route = "get_universe_types_type_id"
parameters = { type_id = [34, 35] }
"""


def test_a_mix_has_routes_weights_and_parameters(tmp_path):
    """
    Each request of the file is one that comes by its weight.
    """
    path = tmp_path / "mix.toml"
    path.write_text(MIX)

    orders, types = read_mix(path)

    assert (orders.route, orders.weight) == (ORDERS, 3.0)
    assert orders.fixed == {"region_id": 10000002, "order_type": "all"}
    assert orders.choices == {"page": range(1, 5)}
    assert (types.name, types.weight) == ("GetUniverseTypesTypeId", 1.0)
    assert types.choices == {"type_id": [34, 35]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "one \\[\\[request\\]\\] or more"),
        ("request = 3", "one \\[\\[request\\]\\] or more"),
        ("request = [3]", "request 1 of the mix 'm' is no table"),
        ("[[request]]\nroute=", "no TOML"),
        ("[[request]]\nweight = 1", "needs a route"),
        ('[[request]]\nroute = "/status"\nparameters = 1', "needs a route"),
        ('[[request]]\nroute = "/status"\npath = 1', "has 'path'"),
        ('[[request]]\nroute = "/status"\nweight = 0', "weight .* above 0, not 0"),
        ('[[request]]\nroute = "/status"\nweight = inf', "above 0, not inf"),
        ('[[request]]\nroute = "/status"\nweight = true', "above 0, not True"),
        ('[[request]]\nroute = "/statuses"', "request 1 .* no route"),
        (
            '[[request]]\nroute = "/status"\n[[request]]\n'
            'route = "/universe/types/{type_id}"\nparameters = { type_id = [] }',
            "request 2 .* nothing to choose from",
        ),
        ('[[request]]\nroute = "/status"\n[other]\nx = 1', "and no others"),
    ],
)
def test_a_mix_that_cannot_be_used_says_where(text, told):
    """
    The line names the request by its number.
    """
    with pytest.raises(errors.ConfigurationError, match=told):
        mix_of(text, "m")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_mix_that_cannot_be_read_says_so(tmp_path, content):
    """
    A file that is not there, or no text, is one clear line.
    """
    path = tmp_path / "mix.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(errors.ConfigurationError, match=r"mix\.toml"):
        read_mix(path)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (quantities.rate, "500", 500.0),
        (quantities.rate, "500/s", 500.0),
        (quantities.rate, "0.5/s", 0.5),
        (quantities.seconds, "10", 10.0),
        (quantities.seconds, "10s", 10.0),
        (quantities.seconds, "500ms", 0.5),
        (quantities.seconds, "2m", 120.0),
        (quantities.seconds, "0", 0.0),
        (quantities.tolerance, "10%", 0.1),
        (quantities.tolerance, "0 %", 0.0),
        (quantities.count, "1_000", 1_000),
    ],
)
def test_quantities_are_read_as_people_write_them(read, text, value):
    """
    With their unit, or without where there is but one.
    """
    assert read(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *(
            (quantities.rate, text)
            for text in ("10s", "0", "-1", "", "5/m", "1e9", "x")
        ),
        *((quantities.seconds, text) for text in ("5/s", "-1", "", "1h", "inf", "nan")),
        *((quantities.seconds, text) for text in ("86401", "1e3")),
        (quantities.seconds_above_0, "0"),
        *((quantities.tolerance, text) for text in ("10", "0.1", "-5%", "%", "x%")),
        *((quantities.count, text) for text in ("0", "-1", "1.5", "", "٣")),
    ],
)
def test_a_quantity_of_another_kind_is_refused(read, text):
    """
    A length of time is no rate, and a number is no share.
    """
    with pytest.raises(ValueError, match=r"must|such as|not"):
        read(text)
