"""The simulator's market."""

import json

import pytest

from pyesi.simulator._market import THE_FORGE, Choice, Market

ALL = Choice()
FIELDS = {
    "duration",
    "is_buy_order",
    "issued",
    "location_id",
    "min_volume",
    "order_id",
    "price",
    "range",
    "system_id",
    "type_id",
    "volume_remain",
    "volume_total",
}


def market(pages=6, change_share=0.5, seed=1):
    return Market(seed, THE_FORGE, pages, change_share)


def orders(made, choice=ALL, generation=0):
    pages = range(1, made.pages(choice) + 1)
    return [
        row for page in pages for row in json.loads(made.body(choice, page, generation))
    ]


def test_the_same_seed_makes_the_same_market():
    """
    Two markets of one seed are equal byte for byte, also in later generations.
    """
    assert market().body(ALL, 3, 7) == market().body(ALL, 3, 7)


def test_another_seed_makes_another_market():
    """
    Markets of different seeds differ.
    """
    assert market(seed=1).body(ALL, 1, 0) != market(seed=2).body(ALL, 1, 0)


def test_a_full_page_has_a_thousand_orders_of_esis_twelve_fields():
    """
    Each row has the fields of the spec, and a page is about 240 kB.
    """
    body = market().body(ALL, 1, 0)
    rows = json.loads(body)

    assert len(rows) == 1000
    assert all(set(row) == FIELDS for row in rows)
    assert 225_000 < len(body) < 255_000


def test_no_order_is_listed_twice():
    """
    An order id is on one page only, in every generation.
    """
    made = market()
    for generation in (0, 5):
        ids = [row["order_id"] for row in orders(made, generation=generation)]
        assert len(ids) == len(set(ids)) == made.orders


def test_every_order_can_be_true():
    """
    Prices and volumes are positive, and no more is left than there was.
    """
    for row in orders(market()):
        assert row["price"] > 0
        assert 1 <= row["volume_remain"] <= row["volume_total"]
        assert row["issued"] < "2026-08-01T00:00:00Z"


@pytest.mark.parametrize("generation", [0, 4])
def test_the_sides_together_are_all_orders(generation):
    """
    What buyers and sellers offer is what the whole list has, no more and no less.
    """
    made = market()
    buys = orders(made, Choice("buy"), generation)
    sells = orders(made, Choice("sell"), generation)

    assert all(row["is_buy_order"] for row in buys)
    assert not any(row["is_buy_order"] for row in sells)
    whole = orders(made, generation=generation)
    assert sorted(map(repr, buys + sells)) == sorted(map(repr, whole))


def test_the_orders_of_a_type_are_those_of_the_whole_list():
    """
    A type's orders are exactly the rows that name it.
    """
    made = market()
    whole = [row for row in orders(made) if row["type_id"] == 44992]

    assert whole
    assert orders(made, Choice(type_id=44992)) == whole


def test_a_type_that_nobody_trades_has_one_empty_page():
    """
    An unknown type's list is empty rather than missing.
    """
    made = market()

    assert made.pages(Choice(type_id=3)) == 1
    assert made.body(Choice(type_id=3), 1, 0) == b"[]"


def test_no_buyer_bids_more_than_a_seller_asks():
    """
    The best bid lies below the best ask for the most traded types.
    """
    whole = orders(market())
    for kind in (34, 35, 44992):
        rows = [row for row in whole if row["type_id"] == kind]
        bids = [row["price"] for row in rows if row["is_buy_order"]]
        asks = [row["price"] for row in rows if not row["is_buy_order"]]
        assert max(bids) < min(asks)


def test_minerals_and_plex_are_among_the_most_traded():
    """
    The types that a trader looks at first have the most orders.
    """
    counts = {}
    for row in orders(market()):
        counts[row["type_id"]] = counts.get(row["type_id"], 0) + 1
    most = sorted(counts, key=counts.get, reverse=True)[:20]

    assert {34, 35, 36, 44992} <= set(most)


def test_some_pages_change_in_a_generation_and_some_stay():
    """
    From one generation to the next about the wanted share of pages changes.
    """
    made = market(pages=200, change_share=0.4)
    changed = sum(
        made.tag(ALL, page, 4) != made.tag(ALL, page, 5) for page in range(1, 201)
    )

    assert 50 < changed < 110


def test_tags_are_equal_exactly_when_pages_are():
    """
    A page has the same tag in two generations if and only if its bytes are the same.
    """
    made = market()
    for choice in (ALL, Choice("sell"), Choice("buy", 34)):
        for page in range(1, made.pages(choice) + 1):
            tags = [made.tag(choice, page, generation) for generation in range(4)]
            bodies = [made.body(choice, page, generation) for generation in range(4)]
            for earlier, later in zip(range(3), range(1, 4), strict=True):
                same_tag = tags[earlier] == tags[later]
                assert same_tag or bodies[earlier] != bodies[later]
                assert not same_tag or bodies[earlier] == bodies[later]


def test_a_changed_page_keeps_most_of_its_orders():
    """
    In a page that changed, most orders are still there and some are new.
    """
    made = market(change_share=1.0)
    before = {row["order_id"] for row in json.loads(made.body(ALL, 1, 0))}
    after = {row["order_id"] for row in json.loads(made.body(ALL, 1, 1))}

    assert 950 < len(before & after) < 1000


def test_a_market_that_never_changes_stays():
    """
    With a share of nothing all generations are equal.
    """
    made = market(change_share=0.0)

    assert made.tag(ALL, 1, 0) == made.tag(ALL, 1, 1000)
