"""A market of many orders that changes a little in each window."""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from pyesi.simulator._chance import chance, share, tag_of
from pyesi.simulator._clock import iso_date
from pyesi.simulator._universe import base_price, market_types, stations_of

ROWS_PER_PAGE = 1000
THE_FORGE = 10000002

# Of ten neighbouring orders three buy and seven sell, at fixed places: so the pages
# of one side can be cut without making those before.
_SIDES = {
    "all": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    "buy": (2, 5, 8),
    "sell": (0, 1, 3, 4, 6, 7, 9),
}
_BLOCK = 10

# Orders are dated before this instant, whatever the clock says: the same seed gives
# the same market on any day. 2026-08-01.
_ISSUED_BEFORE = 1785542400
_DAYS_90 = 90 * 86400
_POOL = 4096
_CHANGED_ROWS = 120
_REPLACED_ROWS = 20
_KEPT_PAGES = 6
_RANGES = ("region", "station", "solarsystem", "1", "5", "10", "40")
_DURATIONS = ("90", "30", "365", "14", "7")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the orders are asked for."""

    side: str = "all"
    type_id: int | None = None


@dataclass(slots=True)
class _Columns:
    """The orders of one page, a list for each field that may change."""

    types: list[int]
    order_ids: list[int]
    prices: list[float]
    totals: list[int]
    remains: list[int]
    issued: list[str]


class Market:
    """The orders of one region: so many pages of a thousand.

    A page's rows follow from the seed; in each window some pages change, and in such
    a page about one row in eight.
    """

    def __init__(
        self, seed: int, region_id: int, pages: int, change_share: float
    ) -> None:
        self._name = (seed, region_id)
        self._seed = seed
        self._region_id = region_id
        self._change_share = change_share
        self._rows: OrderedDict[tuple[int, int], list[str]] = OrderedDict()
        last_page = 200 + int(share(*self._name, "last page") * 800)
        self.orders = (pages - 1) * ROWS_PER_PAGE + last_page

    def version(self, page: int, generation: int) -> int:
        """Say since which generation a page of all orders is as it is."""
        for candidate in range(generation, 0, -1):
            if share(*self._name, "change", page, candidate) < self._change_share:
                return candidate
        return 0

    def pages(self, choice: Choice) -> int:
        """Count the pages of a choice; an empty one has one page."""
        return max(math.ceil(self._count(choice) / ROWS_PER_PAGE), 1)

    def tag(self, choice: Choice, page: int, generation: int) -> str:
        """Make the entity tag: the same while the page's rows are the same."""
        sources = sorted({place // ROWS_PER_PAGE for place in self._span(choice, page)})
        versions = [(source, self.version(source, generation)) for source in sources]
        return tag_of(*self._name, choice.side, choice.type_id, page, versions)

    def body(self, choice: Choice, page: int, generation: int) -> bytes:
        """Write a page of a choice as JSON."""
        rows: list[str] = []
        if choice == Choice():
            rows = self._page_rows(page - 1, generation)
        else:
            for place in self._places(choice, page):
                source, row = divmod(place, ROWS_PER_PAGE)
                rows.append(self._page_rows(source, generation)[row])
        return f"[{','.join(rows)}]".encode()

    def _count(self, choice: Choice) -> int:
        if choice.type_id is not None:
            return len(self._places_of_type(choice))
        blocks, rest = divmod(self.orders, _BLOCK)
        places = _SIDES[choice.side]
        return blocks * len(places) + sum(place < rest for place in places)

    def _span(self, choice: Choice, page: int) -> list[int]:
        """Places of the page, enough of them to name every page they lie on."""
        places = self._places(choice, page)
        if choice.type_id is not None:
            return places
        return [*places[::100], *places[-1:]]

    def _places(self, choice: Choice, page: int) -> list[int]:
        start = (page - 1) * ROWS_PER_PAGE
        if choice.type_id is not None:
            return self._places_of_type(choice)[start : start + ROWS_PER_PAGE]
        places = _SIDES[choice.side]
        stop = min(start + ROWS_PER_PAGE, self._count(choice))
        return [
            index // len(places) * _BLOCK + places[index % len(places)]
            for index in range(start, stop)
        ]

    def _places_of_type(self, choice: Choice) -> list[int]:
        places = self._by_type.get(choice.type_id or 0, [])
        wanted = _SIDES[choice.side]
        return [place for place in places if place % _BLOCK in wanted]

    @cached_property
    def _by_type(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for page in range(math.ceil(self.orders / ROWS_PER_PAGE)):
            for row, type_id in enumerate(self._types_on(page)):
                found[type_id].append(page * ROWS_PER_PAGE + row)
        return dict(found)

    @cached_property
    def _weights(self) -> list[float]:
        count = len(market_types(self._seed, self._region_id))
        return list(accumulate(1 / (place + 4) ** 0.8 for place in range(count)))

    @cached_property
    def _placements(self) -> tuple[list[str], list[float]]:
        """Text of location and system, and how often each is met."""
        pairs = stations_of(self._region_id)
        texts = [
            f'"location_id":{station},"min_volume":1,|"system_id":{system},'
            for system, station in pairs
        ]
        return texts, list(
            accumulate(1 / (place + 1) ** 1.6 for place in range(len(pairs)))
        )

    def _types_on(self, page: int) -> list[int]:
        count = min(ROWS_PER_PAGE, self.orders - page * ROWS_PER_PAGE)
        return chance(*self._name, "types", page).choices(
            market_types(self._seed, self._region_id),
            cum_weights=self._weights,
            k=count,
        )

    def _page_rows(self, page: int, generation: int) -> list[str]:
        key = (page, self.version(page, generation))
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = self._write(*key)
            if len(self._rows) > _KEPT_PAGES:
                self._rows.popitem(last=False)
        return rows

    def _write(self, page: int, version: int) -> list[str]:
        columns = self._draw(page)
        if version:
            self._change(columns, page, version)
        draw = chance(*self._name, "places", page)
        count = len(columns.types)
        texts, weights = self._placements
        places = [
            text.split("|")
            for text in draw.choices(texts, cum_weights=weights, k=count)
        ]
        ranges = draw.choices(_RANGES, k=count)
        durations = draw.choices(_DURATIONS, cum_weights=(70, 80, 90, 95, 100), k=count)
        return [
            f'{{"duration":{duration},"is_buy_order":true,"issued":"{issued}",'
            f'{place[0]}"order_id":{order_id},"price":{price:.2f},"range":"{reach}",'
            f'{place[1]}"type_id":{type_id},"volume_remain":{remain},'
            f'"volume_total":{total}}}'
            if row % _BLOCK in _SIDES["buy"]
            else f'{{"duration":{duration},"is_buy_order":false,"issued":"{issued}",'
            f'{place[0]}"order_id":{order_id},"price":{price:.2f},"range":"region",'
            f'{place[1]}"type_id":{type_id},"volume_remain":{remain},'
            f'"volume_total":{total}}}'
            for row, (
                type_id,
                order_id,
                price,
                total,
                remain,
                issued,
                place,
                reach,
                duration,
            ) in enumerate(
                zip(
                    columns.types,
                    columns.order_ids,
                    columns.prices,
                    columns.totals,
                    columns.remains,
                    columns.issued,
                    places,
                    ranges,
                    durations,
                    strict=True,
                )
            )
        ]

    def _draw(self, page: int) -> _Columns:
        types = self._types_on(page)
        count = len(types)
        draw = chance(*self._name, "rows", page)
        totals = draw.choices(_volumes(self._seed), k=count)
        first_id = 6_900_000_000 + page * ROWS_PER_PAGE * 64
        return _Columns(
            types=types,
            order_ids=[
                first_id + row * 64 + draw.getrandbits(5) for row in range(count)
            ],
            prices=[
                self._price(type_id, row, draw.random())
                for row, type_id in enumerate(types)
            ],
            totals=totals,
            remains=[max(int(total * draw.random()), 1) for total in totals],
            issued=draw.choices(_instants(self._seed), k=count),
        )

    def _price(self, type_id: int, row: int, luck: float) -> float:
        """Sellers ask more than the base price, buyers bid less; most of them near."""
        base = base_price(self._seed, type_id)
        if row % _BLOCK in _SIDES["buy"]:
            return max(base * (0.997 - 0.5 * luck**3), 0.01)
        return base * (1.003 + 0.9 * luck**3) + 0.01

    def _change(self, columns: _Columns, page: int, version: int) -> None:
        draw = chance(*self._name, "changes", page, version)
        count = len(columns.types)
        for row in draw.sample(range(count), min(_CHANGED_ROWS, count)):
            columns.prices[row] = self._price(columns.types[row], row, draw.random())
            columns.remains[row] = max(int(columns.totals[row] * draw.random()), 1)
            columns.issued[row] = iso_date(_ISSUED_BEFORE + version)
        for row in draw.sample(range(count), min(_REPLACED_ROWS, count)):
            columns.order_ids[row] += 32
            columns.remains[row] = columns.totals[row]


@lru_cache(maxsize=4)
def _volumes(seed: int) -> tuple[int, ...]:
    draw = chance(seed, "volumes")
    return tuple(max(int(draw.lognormvariate(3.2, 2.2)), 1) for _ in range(_POOL))


@lru_cache(maxsize=4)
def _instants(seed: int) -> tuple[str, ...]:
    draw = chance(seed, "instants")
    return tuple(
        iso_date(_ISSUED_BEFORE - draw.randrange(_DAYS_90)) for _ in range(_POOL)
    )
