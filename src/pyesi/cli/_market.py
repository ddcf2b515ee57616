"""What a trader looks at in an order book."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec


class Order(msgspec.Struct, frozen=True, gc=False):
    """One market order, as ESI writes it."""

    order_id: int
    type_id: int
    is_buy_order: bool
    price: float
    volume_remain: int
    volume_total: int
    min_volume: int
    location_id: int
    system_id: int
    range: str
    issued: str
    duration: int


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """The book of one type.

    Attributes:
        type_id: The type.
        orders: How many orders there are.
        bid: The highest price that somebody pays; None if nobody buys.
        ask: The lowest price that somebody takes; None if nobody sells.
    """

    type_id: int
    orders: int
    bid: float | None
    ask: float | None

    @property
    def spread(self) -> float | None:
        """The way from bid to ask, as a share of the ask."""
        if self.bid is None or self.ask is None or self.ask <= 0:
            return None
        return (self.ask - self.bid) / self.ask


def most_traded(orders: Sequence[Order], count: int) -> list[TypeSummary]:
    """The books of the types with most orders, the largest first."""
    counted = Counter(order.type_id for order in orders).most_common(count)
    wanted = {type_id for type_id, _ in counted}
    bids: dict[int, float] = {}
    asks: dict[int, float] = {}
    for order in orders:
        if order.type_id not in wanted:
            continue
        if order.is_buy_order:
            bids[order.type_id] = max(order.price, bids.get(order.type_id, order.price))
        else:
            asks[order.type_id] = min(order.price, asks.get(order.type_id, order.price))
    return [
        TypeSummary(type_id, number, bids.get(type_id), asks.get(type_id))
        for type_id, number in counted
    ]


def write_csv(path: Path, orders: Iterable[Order]) -> None:
    """Write one line an order, under the names of ESI's fields."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Order.__struct_fields__)
        writer.writerows(map(msgspec.structs.astuple, orders))


def table(summaries: Iterable[TypeSummary], names: dict[int, str]) -> list[str]:
    """The books as lines of text, names in front."""
    head = f"{'type':<28} {'orders':>7} {'best bid':>18} {'best ask':>18} {'spread':>8}"
    lines = [head, "-" * len(head)]
    for one in summaries:
        name = names.get(one.type_id, f"type {one.type_id}")[:28]
        spread = "" if one.spread is None else f"{one.spread:.1%}"
        lines.append(
            f"{name:<28} {one.orders:>7,} {_isk(one.bid):>18} {_isk(one.ask):>18} "
            f"{spread:>8}"
        )
    return lines


def _isk(price: float | None) -> str:
    return "" if price is None else f"{price:,.2f}"
