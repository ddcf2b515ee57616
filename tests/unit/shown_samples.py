"""Responses, tables and counters as a notebook may be asked to show them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from pyesi._types import Source
from pyesi.errors import DecodeFailed

NOON = datetime(2026, 8, 18, 12, 0, tzinfo=UTC)
ORDERS = "/markets/{region_id}/orders"


class FakePhase(NamedTuple):
    """Something that a request waited for."""

    name: str
    seconds: float
    detail: str = ""


class FakeTimeline(tuple):
    """All that it waited for, and when it began."""

    started_at = NOON


def timeline(*phases, begin=0.0):
    made = FakeTimeline(FakePhase(*phase) for phase in phases)
    made.started_at = NOON + timedelta(seconds=begin)
    return made


FRESH = timeline(("look_up", 0.0))


@dataclass
class ShownResponse:
    """What the HTML of a response is made from."""

    status: int = 200
    body: bytes = b'{"players": 30000}'
    method: str = "GET"
    route: str = ORDERS
    operation_id: str = "get_markets_region_id_orders"
    url: str = "https://esi.evetech.net/markets/10000002/orders?order_type=all&page=1"
    source: Any = Source.NETWORK
    age: float = 0.0
    attempts: int = 1
    elapsed: float = 0.25
    pages: int | None = None
    last_modified: Any = NOON
    expires_at: Any = NOON + timedelta(minutes=5)
    timeline: Any = field(default_factory=lambda: FRESH)

    @property
    def content(self):
        return memoryview(self.body)

    @property
    def is_success(self):
        return self.status < 300

    def json(self):
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise DecodeFailed(str(error)) from error


class FakeColumn(NamedTuple):
    """A column of a table."""

    name: str
    type: str
    nullable: bool


@dataclass
class ShownTable:
    """What the HTML of a table is made from."""

    schema: tuple
    values: list
    route: str = ORDERS
    consistent: bool = True
    last_modified: Any = NOON
    pages: int = 12
    rounds: int = 0
    repeats: int = 0
    misfits: int = 0
    unknown_fields: tuple = ()
    unknown_values: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    nbytes: int = 1_234_567

    def __len__(self):
        return len(self.values)

    def rows(self, start, stop):
        return self.values[start:stop]

    def to_arrow(self):
        raise NotImplementedError


def orders(count=11_750):
    """A table of market orders."""
    row = {
        "order_id": 6_900_000_001,
        "price": 5.25,
        "is_buy_order": True,
        "range": "region",
        "issued": NOON,
        "min_volume": None,
    }
    schema = (
        FakeColumn("order_id", "int64", False),
        FakeColumn("price", "double", False),
        FakeColumn("is_buy_order", "bool", False),
        FakeColumn("range", "dictionary<string>", False),
        FakeColumn("issued", "timestamp[ms, UTC]", False),
        FakeColumn("min_volume", "int64", True),
    )
    return ShownTable(
        schema, [{**row, "order_id": row["order_id"] + i} for i in range(count)]
    )


def limits(**changed):
    """The limits of one upstream at one moment."""
    seen = {
        "origin": "https://esi.evetech.net",
        "waiting": 3,
        "in_flight": 20,
        "max_in_flight": 20,
        "circuit_breaker": {"phase": "closed", "opens_for": 0.0, "times_opened": 0},
        "health": None,
        "error_limit": {
            "left": 37,
            "in_flight": 0,
            "resets_in": 41.0,
            "closed_for": 0.0,
        },
        "windows": [
            {
                "group": "market-order",
                "identity": "ip",
                "tokens": 12000,
                "left": 11976,
                "in_flight": 0,
                "window": 900.0,
                "closed_for": 0.0,
            },
            {
                "group": "char-wallet",
                "identity": "5f0c7a12e5f0c7a12e",
                "tokens": 150,
                "left": 15,
                "in_flight": 0,
                "window": 900.0,
                "closed_for": 12.5,
            },
        ],
        "group_waits": [{"group": "char-wallet", "count": 3, "seconds": 40.0}],
        "ceilings": [
            {
                "route": "get_markets_region_id_history",
                "requests": 300,
                "left": 120,
                "window": 60.0,
                "closed_for": 0.0,
            }
        ],
        "sharing": None,
    }
    return [{**seen, **changed}]
