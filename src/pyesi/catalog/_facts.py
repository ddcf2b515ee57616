"""The facts themselves, each table's line as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Location = Literal["path", "query"]
Pagination = Literal["x-pages", "cursor", "from-id"]
CacheMode = Literal["ttl-based", "event-based", "not-cached"]
Type = Literal["integer", "number", "string", "boolean", "array", "object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One path or query parameter of a route.

    Attributes:
        name: As it stands in the path template or the query.
        location: ``path`` or ``query``. ESI's header parameters are not listed.
        type: What a value must be; ``array`` is a list of `items`.
        items: The type of a list's items.
        format: ``int32``, ``int64``, ``double`` or ``uuid``; of a list's items.
        required: Whether a request must carry it.
        enum: The only strings allowed; of a list's items. Empty if any are.
        minimum: The least number allowed.
        maximum: The greatest number allowed.
        min_length: How many characters a string has at least.
        max_length: How many characters a string has at most.
        min_items: How many items a list has at least.
        max_items: How many items a list has at most.
        unique: Whether a list's items must differ.
        default: What ESI takes if it is absent. pyesi sends it where the
            parameter is required.
        explode: Whether a list repeats the key (else its items share one, with
            commas).
    """

    name: str
    location: Location
    type: Type
    items: Type | None = None
    format: str | None = None
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False
    default: str | int | float | bool | None = None
    explode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the JSON body of a route must be. Its whole schema: `catalog.body`.

    Attributes:
        type: ``array`` or ``object``.
        items: The type of a list's items.
        required: Whether a request must carry one.
        min_items: How many items a list has at least.
        max_items: How many items a list has at most.
        unique: Whether a list's items must differ.
    """

    type: Type
    items: Type | None = None
    required: bool = False
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An ESI operation.

    Attributes:
        method: ``GET``, ``POST``, ``PUT`` or ``DELETE``.
        path: The template, such as ``/markets/{region_id}/orders``.
        operation_id: ESI's own name for it, also the `route` label of metrics.
        since: The compatibility date that brought it.
        success: The statuses of a good answer.
        parameters: Path parameters in the path's order, then the query's by name.
        body: What the JSON body must be, if there is one.
        cache_seconds: How long ESI says that an answer may be reused.
        cache_mode: What ends an answer's life on ESI's side.
        expires_daily: Whether all answers expire at 11:05 UTC.
        rate_limit_group: The group whose tokens it spends; None: the error limit
            guards it.
        rate_limit_tokens: The group's tokens in one window.
        rate_limit_window: The window's length in seconds.
        pagination: How further rows are reached.
        page_parameter: The query parameter that turns pages (``page``, or the
            from-id family's own); None for a cursor, which has two.
        page_field: from-id: the field of a row whose least value is the next
            `page_parameter`; None if the row itself is.
        rows: cursor: the field of the answer that holds the rows.
        row_key: The field by which a row of a listing is known, so that one that came
            on two pages counts once; None if no single field is, and where the row
            is a bare id.
        scopes: What the token must allow.
        roles: What the character must be in the corporation; one of them.
        secured: Whether it needs a token.
        localised: Whether names come in the language asked for.
    """

    method: str
    path: str
    operation_id: str
    since: str
    success: tuple[int, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    cache_seconds: int | None = None
    cache_mode: CacheMode | None = None
    expires_daily: bool = False
    rate_limit_group: str | None = None
    rate_limit_tokens: int | None = None
    rate_limit_window: int | None = None
    pagination: Pagination | None = None
    page_parameter: str | None = None
    page_field: str | None = None
    rows: str | None = None
    row_key: str | None = None
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    secured: bool = False
    localised: bool = False

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The shape of a JSON value.

    Attributes:
        ref: The name of a shared schema that stands here: see `catalog.resolve`.
            Nothing else is set then.
        type: What the value is; None where `one_of` says it or it may be anything.
        format: ``int64``, ``double``, ``date``, ``date-time`` or ``uuid``.
        nullable: Whether null may stand here.
        enum: The values known at the tables' date; ESI may add some without a
            new date.
        items: The shape of a list's items.
        properties: The shapes of an object's fields.
        required: The fields that are always there.
        extra: The shape of all fields that `properties` does not name.
        one_of: Shapes of which exactly one holds. ESI's are objects of one field.
        minimum: The least number.
        maximum: The greatest number.
        min_length: How many characters a string has at least.
        max_length: How many characters a string has at most.
        min_items: How many items a list has at least.
        max_items: How many items a list has at most.
        unique: Whether a list's items differ.
        default: What ESI takes if it is absent.
    """

    ref: str | None = None
    type: Type | None = None
    format: str | None = None
    nullable: bool = False
    enum: tuple[str | int, ...] = ()
    items: Schema | None = None
    properties: dict[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    extra: Schema | None = None
    one_of: tuple[Schema, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False
    default: str | int | float | bool | None = None
