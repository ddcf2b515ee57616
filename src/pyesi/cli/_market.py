"""What a trader looks at in an order book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]
    from rich.table import Table


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


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a type's book, the best price first.

    Attributes:
        prices: Of its orders.
        volumes: How many units there are at each price and all better ones.
    """

    prices: list[float]
    volumes: list[int]


def most_traded(orders: pyarrow.Table, count: int) -> list[TypeSummary]:
    """The books of the types with most orders, the largest first."""
    counted = orders.group_by("type_id").aggregate([([], "count_all")])
    largest = counted.sort_by([("count_all", "descending"), ("type_id", "ascending")])
    bids = _best(orders, buying=True)
    asks = _best(orders, buying=False)
    return [
        TypeSummary(type_id, row["count_all"], bids.get(type_id), asks.get(type_id))
        for row in largest.slice(0, count).to_pylist()
        for type_id in [row["type_id"]]
    ]


def _best(orders: pyarrow.Table, *, buying: bool) -> dict[int, float]:
    kind = "max" if buying else "min"
    best = _one_side(orders, buying=buying).group_by("type_id")
    rows = best.aggregate([("price", kind)]).to_pylist()
    return {row["type_id"]: row[f"price_{kind}"] for row in rows}


def _one_side(orders: pyarrow.Table, *, buying: bool) -> pyarrow.Table:
    import pyarrow.compute as pc  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return orders.filter(pc.equal(orders["is_buy_order"], buying))


def book_of(orders: pyarrow.Table, type_id: int) -> tuple[Side, Side]:
    """Those who buy a type and those who sell it."""
    import pyarrow.compute as pc  # type: ignore[import-not-found, import-untyped, unused-ignore]

    its = orders.filter(pc.equal(orders["type_id"], type_id))
    return _side(its, buying=True), _side(its, buying=False)


def _side(orders: pyarrow.Table, *, buying: bool) -> Side:
    import pyarrow.compute as pc  # type: ignore[import-not-found, import-untyped, unused-ignore]

    order = "descending" if buying else "ascending"
    side = _one_side(orders, buying=buying).sort_by([("price", order)])
    volumes = pc.cumulative_sum(side["volume_remain"])
    return Side(side["price"].to_pylist(), volumes.to_pylist())


def book_table(summaries: Iterable[TypeSummary], names: Mapping[int, str]) -> Table:
    """The books as rich shows them, names in front."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    shown.add_column("Type", overflow="ellipsis")
    for heading in ("Orders", "Best bid (ISK)", "Best ask (ISK)", "Spread"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for one in summaries:
        shown.add_row(
            Text(name_of(one.type_id, names)),
            f"{one.orders:,}",
            _isk(one.bid),
            _isk(one.ask),
            "" if one.spread is None else f"{one.spread:.1%}",
        )
    return shown


def name_of(type_id: int, names: Mapping[int, str]) -> str:
    """A type's name, or its number."""
    return names.get(type_id, f"type {type_id}")


def _isk(price: float | None) -> str:
    return "" if price is None else f"{price:,.2f}"
