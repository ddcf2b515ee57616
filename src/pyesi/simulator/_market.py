"""A market of many orders that changes a little in each window."""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, groupby
from typing import NamedTuple

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
_IS_BUY = tuple(place in _SIDES["buy"] for place in range(_BLOCK)) * 100
_BUYS = tuple("true" if is_buy else "false" for is_buy in _IS_BUY)
_ROW = (
    '{"duration":%s,"is_buy_order":%s,"issued":"%s","location_id":%d,'
    '"min_volume":1,"order_id":%d,"price":%.2f,"range":"%s","system_id":%d,'
    '"type_id":%d,"volume_remain":%d,"volume_total":%d}'
)

# Orders are dated before this instant, whatever the clock says: the same seed gives
# the same market on any day. 2026-08-01.
_ISSUED_BEFORE = 1785542400
_DAYS_90 = 90 * 86400
_CHANGED_ROWS = 120
_REPLACED_ROWS = 20
_KEPT_PAGES = 6
_ID_STEP = 64

# Two random bytes look up a prepared word: drawing numbers one by one took three times
# as long, and so did words too many for the processor's cache.
_POOL = 4096
_LAST = _POOL - 1
_TYPES_POOL = 65536
_RANGES = ("region", "station", "solarsystem", "1", "5", "10", "40")
_DURATIONS = ((90, 70), (365, 10), (30, 10), (14, 5), (7, 5))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the orders are asked for."""

    side: str = "all"
    type_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """What a market's rows are made of, each kind drawn from a list."""

    types: list[int]
    prices: dict[int, float]
    bids: list[float]
    asks: list[float]
    volumes: list[int]
    instants: list[str]
    starts: list[int]
    places: list[int]
    systems: list[int]
    ranges: list[str]


class _Draws(NamedTuple):
    """Which words the rows of a page are made of: a column for each kind."""

    price: array[int]
    volume: array[int]
    left: array[int]
    instant: array[int]
    start: array[int]
    place: array[int]
    range: array[int]
    mark: array[int]


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
        self._written: OrderedDict[tuple[int, int], str] = OrderedDict()
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
        versions = [
            (source, self.version(source, generation))
            for source in self._sources(choice, page)
        ]
        return tag_of(*self._name, choice.side, choice.type_id, page, versions)

    def body(self, choice: Choice, page: int, generation: int) -> bytes:
        """Write a page of a choice as JSON."""
        if choice == Choice():
            return _as_list(self._lines(page - 1, generation))
        rows: list[str] = []
        by_source = groupby(self._places(choice, page), lambda n: n // ROWS_PER_PAGE)
        for source, places in by_source:
            lines = self._lines(source, generation).split("\n")
            rows.extend(lines[place % ROWS_PER_PAGE] for place in places)
        return _as_list("\n".join(rows))

    def _count(self, choice: Choice) -> int:
        if choice.type_id is not None:
            return len(self._places_of_type(choice))
        blocks, rest = divmod(self.orders, _BLOCK)
        places = _SIDES[choice.side]
        return blocks * len(places) + sum(place < rest for place in places)

    def _sources(self, choice: Choice, page: int) -> Sequence[int]:
        """Say on which pages of all orders this page's rows stand."""
        if choice == Choice():
            return (page - 1,)
        places = self._places(choice, page)
        if choice.type_id is None:
            places = [*places[::100], *places[-1:]]
        return sorted({place // ROWS_PER_PAGE for place in places})

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
    def _words(self) -> _Words:
        return _words_of(self._seed, self._region_id)

    def _types_on(self, page: int) -> list[int]:
        count = min(ROWS_PER_PAGE, self.orders - page * ROWS_PER_PAGE)
        draws = array("H", chance(*self._name, "types", page).randbytes(2 * count))
        types = self._words.types
        return [types[draw] for draw in draws]

    def _lines(self, page: int, generation: int) -> str:
        key = (page, self.version(page, generation))
        lines = self._written.get(key)
        if lines is None:
            lines = self._written[key] = self._write(*key)
            if len(self._written) > _KEPT_PAGES:
                self._written.popitem(last=False)
        return lines

    def _write(self, page: int, version: int) -> str:
        """Write the rows of a page, a line for each."""
        words = self._words
        types = self._types_on(page)
        count = len(types)
        draws = self._draw(page, version, count)
        volumes = [words.volumes[draw & _LAST] for draw in draws.volume]
        first_id = 6_900_000_000 + page * ROWS_PER_PAGE * _ID_STEP
        columns = (
            [words.starts[draw & _LAST] for draw in draws.start],
            _BUYS[:count],
            [words.instants[draw & _LAST] for draw in draws.instant],
            [words.places[draw & _LAST] for draw in draws.place],
            [first_id + n * _ID_STEP + (m & 63) for n, m in enumerate(draws.mark)],
            [
                words.prices[kind] * (words.bids if buys else words.asks)[draw & _LAST]
                for kind, buys, draw in zip(types, _IS_BUY, draws.price, strict=False)
            ],
            [
                words.ranges[draw & _LAST] if buys else "region"
                for buys, draw in zip(_IS_BUY, draws.range, strict=False)
            ],
            [words.systems[draw & _LAST] for draw in draws.place],
            types,
            [(v * part >> 16) + 1 for v, part in zip(volumes, draws.left, strict=True)],
            [volume + 1 for volume in volumes],
        )
        template = "\n".join([_ROW] * count)
        return template % tuple(chain.from_iterable(zip(*columns, strict=True)))

    def _draw(self, page: int, version: int, count: int) -> _Draws:
        source = chance(*self._name, "rows", page)
        draws = _Draws(
            *(array("H", source.randbytes(2 * count)) for _ in _Draws._fields)
        )
        if version:
            draw = chance(*self._name, "changes", page, version)
            for row in draw.sample(range(count), min(_CHANGED_ROWS, count)):
                draws.price[row] = draw.getrandbits(16)
                draws.left[row] = draw.getrandbits(16)
                draws.instant[row] = draw.getrandbits(16)
            for row in draw.sample(range(count), min(_REPLACED_ROWS, count)):
                draws.mark[row] ^= 32
        return draws


@lru_cache(maxsize=8)
def _words_of(seed: int, region_id: int) -> _Words:
    """Prepare what the rows of a region are drawn from.

    Sellers ask more than the base price, buyers bid less, most of them only little;
    so a market has a spread. The cheapest types cost a cent at least.
    """
    draw = chance(seed, "words", region_id)
    types = market_types(seed, region_id)
    pairs = stations_of(region_id)
    places = draw.choices(pairs, _falling(len(pairs), 1.6, 1), k=_POOL)
    durations, shares = zip(*_DURATIONS, strict=True)
    return _Words(
        types=draw.choices(types, _falling(len(types), 0.8, 4), k=_TYPES_POOL),
        prices={kind: max(base_price(seed, kind), 0.02) for kind in types},
        bids=[0.997 - 0.5 * draw.random() ** 3 for _ in range(_POOL)],
        asks=[1.003 + 0.9 * draw.random() ** 3 for _ in range(_POOL)],
        volumes=[int(draw.lognormvariate(3.2, 2.2)) for _ in range(_POOL)],
        instants=[
            iso_date(_ISSUED_BEFORE - draw.randrange(_DAYS_90)) for _ in range(_POOL)
        ],
        starts=draw.choices(durations, shares, k=_POOL),
        places=[station for _, station in places],
        systems=[system for system, _ in places],
        ranges=draw.choices(_RANGES, k=_POOL),
    )


def _as_list(lines: str) -> bytes:
    return f"[{lines.replace(chr(10), ',')}]".encode()


def _falling(count: int, power: float, start: int) -> list[float]:
    """Weigh the first most, the last least."""
    return [1 / (place + start) ** power for place in range(count)]
