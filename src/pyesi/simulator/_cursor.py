"""Cursor and from-id pagination."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pyesi.catalog import Schema, answer, resolve
from pyesi.simulator._chance import share
from pyesi.simulator._clock import iso_date
from pyesi.simulator._question import Question
from pyesi.simulator._request import ErrorDetail, Refusal

if TYPE_CHECKING:
    from pyesi.simulator._world import World

_DEFAULT_LIMIT = 10
_FEWEST = 23
_SPREAD = 140
# 2026-05-01: the oldest record of every feed is of that day.
_FIRST_CHANGE = 1777593600
_BETWEEN_CHANGES = 977

# How many rows there are, how many come at once, the newest id, the step between two.
_FEEDS = {
    "from_id": (5200, 2500, 6_500_000_000, 3),
    "from_event": (120, 50, 1_900_000, 7),
    "last_mail_id": (130, 50, 390_000_000, 11),
    "max_war_id": (4500, 2000, 760_000, 1),
}


def from_id_numbers(question: Question) -> list[int]:
    """List the ids that come next, the newest first.

    `from_id` itself is among them (docs: from-id pagination); of the others only
    smaller ones are listed.
    """
    name = question.route.page_parameter or "from_id"
    count, size, newest, step = _FEEDS[name]
    numbers = range(newest, newest - count * step, -step)
    start = question.number(name, newest + 1)
    if name == "from_id":
        start += 1
    return [number for number in numbers if number < start][:size]


def cursor_rows(world: World, question: Question) -> object:
    """Make one stretch of a feed whose records are ordered from old to new.

    The feed grows by one record in each generation.

    Raises:
        Refusal: 400 for both cursors at once or one that is none.
    """
    rows_field = question.route.rows or "items"
    start, stop = _stretch(question, _length(world, question))
    schema = answer(question.route.operation_id)
    shape = Schema() if schema is None else resolve(schema.properties[rows_field])
    rows = [
        _dated(world.row(question, shape.items or Schema(), number), number)
        for number in range(start, stop)
    ]
    if not rows:
        after = question.request.first("after")
        return {rows_field: [], **({"cursor": {"after": after}} if after else {})}
    cursor = {"before": _token(start), "after": _token(stop)}
    return {rows_field: rows, "cursor": cursor}


def _length(world: World, question: Question) -> int:
    seed = world.settings.seed
    draw = share(seed, "feed", question.request.path)
    return _FEWEST + int(draw * _SPREAD) + question.generation


def _stretch(question: Question, length: int) -> tuple[int, int]:
    limit = question.number("limit", _DEFAULT_LIMIT)
    after = question.request.first("after")
    before = question.request.first("before")
    if after is not None and before is not None:
        detail = ErrorDetail("query", "before and after exclude each other")
        raise Refusal(400, "Bad request: invalid parameters", (detail,))
    if after is not None:
        start = min(0 if after == "0" else _place(after, "after"), length)
        return start, min(start + limit, length)
    stop = length
    if before not in {None, "0"}:
        stop = min(_place(before or "", "before"), length)
    return max(stop - limit, 0), stop


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode().rstrip("=")


def _place(token: str, name: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("place:"))
    except ValueError as error:
        detail = ErrorDetail(f"query.{name}", "invalid cursor", token)
        raise Refusal(400, "Bad request: invalid parameters", (detail,)) from error


def _dated(row: object, number: int) -> object:
    if isinstance(row, dict) and "last_modified" in row:
        row["last_modified"] = iso_date(_FIRST_CHANGE + number * _BETWEEN_CHANGES)
    return row
