"""The script of faults: who is hit, how often, and what is refused."""

import random

import pytest

from pyesi.simulator._delivery import bomb_pieces
from pyesi.simulator._faults import FaultScript, Occasion, read_rules

STATUS = Occasion("GET", "/status", 1, template="/status", operation="GetStatus")
ORDERS = Occasion(
    "GET",
    "/markets/10000002/orders",
    7,
    reused=True,
    template="/markets/{region_id}/orders",
    operation="GetMarketsRegionIdOrders",
)


def script(*rules):
    made = FaultScript(random.Random(1))
    made.add(read_rules(list(rules)))
    return made


def kinds(made, *occasions):
    faults = [made.next(occasion) for occasion in occasions]
    return [fault and fault.kind for fault in faults]


@pytest.mark.parametrize(
    "match",
    [
        {"path": "/markets/10000002/orders"},
        {"path": "/markets/{region_id}/orders"},
        {"path": "/markets/*"},
        {"operation": "GetMarketsRegionIdOrders"},
        {"page": 7},
        {"reused": True},
        {"method": "GET", "page": 7, "token": False},
    ],
)
def test_a_rule_hits_what_it_names(match):
    """
    A rule hits the request that fits all its words.
    """
    made = script({"match": match, "fault": {"kind": "latency"}})

    assert kinds(made, ORDERS) == ["latency"]


@pytest.mark.parametrize(
    "match",
    [
        {"path": "/status/"},
        {"method": "POST"},
        {"page": 2},
        {"reused": True},
        {"token": True},
        {"operation": "GetMarketsRegionIdOrders"},
    ],
)
def test_a_rule_misses_what_it_does_not_name(match):
    """
    One word that does not fit is enough to be spared.
    """
    made = script({"match": match, "fault": {"kind": "latency"}})

    assert kinds(made, STATUS) == [None]


def test_a_rule_is_used_up():
    """
    A rule hits as often as it says, once by default.
    """
    made = script(
        {"fault": {"kind": "latency"}}, {"fault": {"kind": "truncate"}, "times": 2}
    )

    assert kinds(made, *[STATUS] * 4) == ["latency", "truncate", "truncate", None]


def test_a_rule_without_end_hits_for_ever():
    """
    Times that are null never run out.
    """
    made = script({"fault": {"kind": "latency"}, "times": None})

    assert kinds(made, *[STATUS] * 50) == ["latency"] * 50


def test_a_rule_can_let_some_pass_first():
    """
    The first matching requests pass unharmed, others do not count.
    """
    made = script(
        {"match": {"path": "/status"}, "fault": {"kind": "latency"}, "after": 2}
    )

    assert kinds(made, STATUS, ORDERS, STATUS, ORDERS, STATUS) == [
        None,
        None,
        None,
        None,
        "latency",
    ]


def test_chance_hits_about_its_share():
    """
    A rule with a chance hits that share of requests, the same ones for one seed.
    """
    rule = {"fault": {"kind": "latency"}, "times": None, "chance": 0.25}
    first = kinds(script(rule), *[STATUS] * 400)

    assert 60 < first.count("latency") < 140
    assert kinds(script(rule), *[STATUS] * 400) == first


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": {"kind": "meteor"}},
        {"fault": {"kind": "latency", "second": 1}},
        {"fault": {"kind": "latency"}, "match": {"route": "/status"}},
        {"match": {"path": "/status"}},
        {"fault": {"kind": "latency"}, "times": "always"},
    ],
)
def test_a_misspelt_rule_is_refused(rule):
    """
    A rule that would never do what its author meant is an error at once.
    """
    with pytest.raises(ValueError, match=r"kind|field|enum|str"):
        read_rules([rule])


def test_a_bomb_is_small_and_what_it_says_when_unpacked():
    """
    A bomb of ten megabytes is ten kilobytes of valid gzip.
    """
    import gzip

    size = 10 * 2**20 + 12345
    packed = b"".join(bomb_pieces(size))

    assert len(packed) < 20_000
    assert len(gzip.decompress(packed)) == size
