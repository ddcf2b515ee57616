"""A response, the pages of a listing, and what became of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyesi.errors import DecodeFailed, ESIError

from ._markup import (
    Markup,
    block,
    box,
    code,
    element,
    facts,
    faded,
    grid,
    separated,
    state,
    strong,
    title,
)
from ._rows import rows_grid
from ._words import instant, length, plural, shortened, size, without_tokens

if TYPE_CHECKING:
    from pyesi._core import Response
    from pyesi.client import Batch, BatchResult, Pages

_FIRST_ROWS = 5
_LINES = 14
_LINE = 100
_TEXT = 600
_LARGEST_PREVIEW = 4_000_000
_FIRST_ITEMS = 10


def response_html(response: Response) -> str:
    """What was asked, how it was answered, and how the body begins."""
    content = response.content
    return box(
        title(
            _status(response.status),
            strong(f"{response.method} {response.route}"),
            faded(response.operation_id),
        ),
        facts(
            [
                ("url", code(shortened(without_tokens(response.url), 120))),
                ("source", _source(response)),
                ("body", size(len(content))),
                ("last modified", instant(response.last_modified)),
                ("expires", instant(response.expires_at)),
                ("pages", response.pages),
                ("took", _effort(response)),
            ]
        ),
        _preview(response),
    )


def pages_html(pages: Pages) -> str:
    """How many pages of which snapshot, where they came from, and the first rows."""
    first = pages[0] if len(pages) else None
    return box(
        title(
            _consistent(pages.consistent),
            strong(plural(len(pages), "page")),
            None if first is None else faded(f"{first.method} {first.route}"),
        ),
        facts(
            [
                ("snapshot", instant(pages.last_modified)),
                ("expires", instant(pages.expires_at)),
                ("sources", _counted(str(page.source) for page in pages)),
                ("rounds", pages.rounds or None),
            ]
        ),
        None if first is None else element("div", faded("The first page begins:")),
        None if first is None else _preview(first),
    )


def batch_html(batch: Batch) -> str:
    """How many have a result, and the first of them; errors before all else."""
    told = f"{batch.successful:,} of {plural(batch.total, 'request')} successful"
    results = [result for result in batch.results if result is not None]
    return box(
        title(state("bad" if batch.failed else "good", strong(told))),
        facts(
            [
                ("elapsed", length(batch.elapsed)),
                ("mean", length(batch.average_time) if results else None),
                ("statuses", _counted(str(one.status) for one in results)),
                ("sources", _counted(str(one.source) for one in results)),
                ("errors", _counted(type(e).__name__ for e in batch.errors.values())),
            ]
        ),
        _items(batch),
    )


def batch_result_html(result: BatchResult) -> str:
    """The response, or the error in its place."""
    if result.response is not None:
        return response_html(result.response)
    place = faded(f"request {result.index}")
    return box(title(place, _error(result.error)))


def _items(batch: Batch) -> Markup | None:
    places = [*sorted(batch.errors), *_places_of_results(batch)]
    rows = [_item(batch, place) for place in places[:_FIRST_ITEMS]]
    if not rows:
        return None
    more = len(places) - len(rows)
    return element(
        "div",
        grid(["", "request", "answer", "took"], rows, frozenset({0, 3})),
        faded(f"and {more:,} more") if more else None,
    )


def _places_of_results(batch: Batch) -> list[int]:
    return [place for place in range(batch.total) if place not in batch.errors]


def _item(batch: Batch, place: int) -> list[object]:
    response = batch.results[place]
    if response is None:
        error = batch.errors.get(place)
        return [place, None if error is None else error.route, _error(error), ""]
    answer = separated([_status(response.status), str(response.source)])
    return [
        place,
        shortened(f"{response.method} {_target(response)}", 90),
        element("span", *answer),
        length(response.elapsed),
    ]


def _target(response: Response) -> str:
    """Path and query: upstreams of a batch differ seldom, and paths always."""
    parts = urlsplit(response.url)
    told = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return without_tokens(told)


def _error(error: ESIError | None) -> Markup:
    kind = type(error).__name__ if error is not None else "no answer"
    told = "" if error is None else shortened(without_tokens(error.message), 120)
    return element("span", state("bad", strong(kind)), " ", told)


def _status(status: int) -> Markup:
    tone = "good" if status < 300 else "fair" if status < 400 else "bad"
    return state(tone, status)


def _source(response: Response) -> str:
    age = f", {length(response.age)} old" if response.age >= 1 else ""
    return f"{response.source}{age}"


def _effort(response: Response) -> str:
    if response.attempts == 0:
        return "nothing was sent"
    return f"{length(response.elapsed)}, {plural(response.attempts, 'attempt')}"


def _consistent(consistent: bool) -> Markup:
    return state(*(("good", "consistent") if consistent else ("bad", "not consistent")))


def _counted(words: Iterable[str]) -> str | None:
    counts = Counter(words).most_common()
    return ", ".join(f"{count:,} {word}" for word, count in counts) or None


def _preview(response: Response) -> Markup | None:
    """How the body begins: as rows where it has any, else as lines."""
    if not len(response.content):
        return None
    if not response.is_success:
        return block(shortened(without_tokens(_beginning(response)), _TEXT))
    if len(response.content) > _LARGEST_PREVIEW:
        return block(_beginning(response) + "…")
    try:
        value = response.json()
    except DecodeFailed:
        return block(shortened(_beginning(response), _TEXT))
    return _rows(value) or block(_lines(value))


def _beginning(response: Response) -> str:
    return bytes(response.content[: 4 * _TEXT]).decode("utf-8", "replace")[:_TEXT]


def _rows(value: Any) -> Markup | None:
    if not isinstance(value, list) or not value:
        return None
    first = value[:_FIRST_ROWS]
    if not all(isinstance(row, dict) for row in first):
        return None
    names = list(dict.fromkeys(name for row in first for name in row))
    more = len(value) - len(first)
    return element(
        "div",
        rows_grid(names, first),
        faded(f"{len(value):,} rows, of which these are the first") if more else None,
    )


def _lines(value: Any) -> str:
    import msgspec

    if isinstance(value, list) and len(value) > _LINES:
        head = msgspec.json.encode(value[:_LINES]).decode()
        return f"{shortened(head, _TEXT)}\n{len(value):,} values"
    told = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    lines = told.splitlines()
    kept = [shortened(line, _LINE) for line in lines[:_LINES]]
    return "\n".join([*kept, "…"] if len(lines) > _LINES else kept)
