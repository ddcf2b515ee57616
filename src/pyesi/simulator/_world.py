"""The bodies of all operations: which rows there are, and what they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from pyesi.catalog import Schema, answer, resolve
from pyesi.simulator import _special as special
from pyesi.simulator._answers import make_object, make_value
from pyesi.simulator._chance import chance, share, tag_of
from pyesi.simulator._cursor import cursor_rows, from_id_numbers
from pyesi.simulator._market import THE_FORGE, Choice, Market
from pyesi.simulator._question import Content, Question
from pyesi.simulator._request import Refusal
from pyesi.simulator._settings import Settings

_PAGE_ROWS = {
    "GetCharactersCharacterIdWalletJournal": 2500,
    "GetCorporationsCorporationIdWalletsDivisionJournal": 2500,
    "GetWarsWarIdKillmails": 2000,
    "GetCharactersCharacterIdContacts": 1024,
    "GetCorporationsCorporationIdStructures": 250,
    "GetCorporationsCorporationIdContacts": 200,
}
_MOST_PAGES = 4
# A route that lives longer than this seldom changes, so here it never does.
_RESTLESS = 600
# Paged routes that declare no 404, so their gateway wraps it (esi-reference.md §5).
_WRAPS_PAGE_END = frozenset(
    {
        "GetContractsPublicBidsContractId",
        "GetContractsPublicItemsContractId",
        "GetContractsPublicRegionId",
        "GetCorporationsCorporationIdContracts",
        "GetUniverseGroups",
        "GetUniverseTypes",
    }
)
PAGE_END = "Requested page does not exist!"
WRAPPED_PAGE_END = f"Undefined 404 response. Original message: {PAGE_END}"


@dataclass(slots=True)
class World:
    """Everything that the simulated ESI could tell; it follows from the seed."""

    settings: Settings
    forge_pages: int
    _markets: dict[tuple[int, int], Market] = field(default_factory=dict)

    def content(self, question: Question) -> Content:
        """Find the answer to a question.

        Raises:
            Refusal: There is no such page or thing.
        """
        route = question.route
        if route.success == (204,):
            return Content("", bytes, status=204)
        if route.operation_id == "GetMarketsRegionIdOrders":
            return self._orders(question)
        if route.pagination == "x-pages":
            return self._paged(question)
        if route.pagination == "cursor":
            return self._content(question, lambda: cursor_rows(self, question))
        if route.pagination == "from-id":
            return self._content(question, lambda: self._from_id(question))
        return self._content(question, lambda: self.value(question))

    def value(self, question: Question) -> object:
        """Make the body of an answer that is not paged."""
        made = special.SPECIAL.get(question.route.operation_id)
        if made is not None:
            return made(self.settings.seed, question)
        schema = answer(question.route.operation_id)
        draw = chance(*self._name(question), self.version(question))
        if schema is None:
            return None
        if schema.type == "object":
            return make_object(schema, draw, special.known_fields(question))
        return make_value(schema, draw, _plain_name(question))

    def version(self, question: Question) -> int:
        """Say since which generation the body is as it is."""
        route = question.route
        if route.operation_id in special.ALWAYS_NEW:
            return question.window.last_modified if question.window else 0
        if route.cache_seconds is None or route.cache_seconds > _RESTLESS:
            return 0
        name = (*self._name(question), "change")
        for candidate in range(question.generation, 0, -1):
            if share(*name, candidate) < self.settings.change_share:
                return candidate
        return 0

    def row(self, question: Question, schema: Schema, ordinal: int) -> object:
        """Make the n-th row of a list."""
        draw = chance(*self._name(question), "row", ordinal, self.version(question))
        shape = resolve(schema)
        if shape.type != "object":
            return make_value(shape, draw, _plain_name(question))
        fixed = special.row_fields(self.settings.seed, shape, ordinal)
        return make_object(shape, draw, fixed)

    def market(self, region_id: int) -> Market:
        """Find the market of a region."""
        seed = self.settings.seed
        pages = self.forge_pages
        if region_id != THE_FORGE:
            pages = 1 + int(share(seed, "market pages", region_id) ** 3 * 80)
        key = (region_id, pages)
        if key not in self._markets:
            self._markets[key] = Market(
                seed, region_id, pages, self.settings.change_share
            )
        return self._markets[key]

    def _orders(self, question: Question) -> Content:
        market = self.market(int(question.values["region_id"]))
        type_text = question.request.first("type_id")
        choice = Choice(
            question.request.first("order_type") or "all",
            None if type_text is None else int(type_text),
        )
        page = _page_within(question, market.pages(choice))
        generation = question.generation
        return Content(
            market.tag(choice, page, generation),
            lambda: market.body(choice, page, generation),
            market.pages(choice),
        )

    def _paged(self, question: Question) -> Content:
        operation = question.route.operation_id
        listed = special.LISTS.get(operation)
        if listed is not None:
            return self._listed(question, listed(self.settings.seed, question))
        if (
            204 in question.route.success
            and int(question.values["contract_id"]) % 5 == 0
        ):
            return Content("", bytes, status=204)
        schema = answer(operation)
        name = self._name(question)
        size = _PAGE_ROWS.get(operation, 1000)
        pages = 1 + int(share(*name, "pages") * _MOST_PAGES)
        page = _page_within(question, pages)
        count = size if page < pages else 1 + int(share(*name, "rows") * size)
        rows = range((page - 1) * size, (page - 1) * size + count)
        shape = Schema() if schema is None or schema.items is None else schema.items
        made = self._content(
            question, lambda: [self.row(question, shape, row) for row in rows]
        )
        return Content(made.tag, made.write, pages)

    def _listed(self, question: Question, numbers: list[int]) -> Content:
        size = 1000
        pages = max(-(-len(numbers) // size), 1)
        page = _page_within(question, pages)
        rows = numbers[(page - 1) * size : page * size]
        made = self._content(question, lambda: rows)
        return Content(made.tag, made.write, pages)

    def _from_id(self, question: Question) -> object:
        schema = answer(question.route.operation_id)
        numbers = from_id_numbers(question)
        if schema is None or schema.items is None or question.route.page_field is None:
            return numbers
        name = question.route.page_field
        rows = []
        for number in numbers:
            row = self.row(question, schema.items, number)
            rows.append({**row, name: number} if isinstance(row, dict) else number)
        return rows

    def _content(self, question: Question, make: Callable[[], object]) -> Content:
        status = question.route.success[0]
        tag = tag_of(
            self.settings.seed,
            # ESI has one tag for all its static data (esi-reference.md §2).
            *(("static",) if self._shares_tag(question) else self._name(question)),
            "" if question.route.expires_daily else question.request.target,
            question.language if question.route.localised else "",
            self.version(question),
            question.generation if question.route.pagination == "cursor" else 0,
        )
        return Content(tag, lambda: msgspec.json.encode(make()), status=status)

    def _shares_tag(self, question: Question) -> bool:
        route = question.route
        return route.expires_daily and route.path.startswith("/universe/")

    def _name(self, question: Question) -> tuple[object, ...]:
        return (
            self.settings.seed,
            question.route.operation_id,
            tuple(sorted(question.values.items())),
            tuple(
                pair
                for pair in sorted(question.request.query)
                if pair[0]
                not in {"page", "limit", "before", "after", "compatibility_date"}
                and pair[0] != question.route.page_parameter
            ),
        )


def _page_within(question: Question, pages: int) -> int:
    page = question.number("page", 1)
    if page <= pages:
        return page
    if question.route.operation_id in _WRAPS_PAGE_END:
        raise Refusal(500, WRAPPED_PAGE_END)
    raise Refusal(404, PAGE_END)


def _plain_name(question: Question) -> str:
    """Name what a list of bare numbers holds, from the route's last word."""
    last = question.route.path.rstrip("/").rpartition("/")[2]
    return {
        "alliances": "alliance_id",
        "corporations": "corporation_id",
        "members": "character_id",
        "npccorps": "corporation_id",
        "implants": "type_id",
        "structures": "structure_id",
        "graphics": "graphic_id",
        "attributes": "attribute_id",
        "effects": "effect_id",
    }.get(last, last)
