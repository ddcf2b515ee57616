"""Many requests at once: what is asked, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pyesi import _core
from pyesi.catalog import UncheckedRoute
from pyesi.errors import ESIError, InvalidRequest, StatusError

from ._base import BaseClient, Route, checked_method, checked_route, tell_route
from ._identity import Auth, Bearer
from ._options import NO_WISHES, Wishes, merged

if TYPE_CHECKING:
    from pyesi._core import Response

BatchRequest: TypeAlias = (
    Route
    | tuple[Route, Mapping[str, Any]]
    | tuple[str, Route, Mapping[str, Any]]
    | Mapping[str, Any]
)
"""A route; with its parameters; with a method before it; or a mapping with `route`,
and perhaps `method`, `params` and the options of a request."""

BYTE_WINDOW = 67_108_864
"""Bytes of a stream that may have come and not be taken, if nothing else is said."""

_OPTION_NAMES = frozenset(
    {"json", "headers", "auth", "timeout", "deadline", "priority", "cache_mode"}
)
_NAMES = _OPTION_NAMES | {"route", "method", "params"}


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of the requests of one batch, in the order asked for.

    Attributes:
        results: The response of each, or None where it ended as an error.
        errors: The error of each that has one, by its place from 0 on.
        elapsed: Seconds from asking until the last had ended.
    """

    results: list[Response | None]
    errors: dict[int, ESIError] = field(default_factory=dict)
    elapsed: float = 0.0

    @property
    def total(self) -> int:
        """How many requests there were."""
        return len(self.results)

    @property
    def successful(self) -> int:
        """How many have a result."""
        return self.total - self.failed

    @property
    def failed(self) -> int:
        """How many have an error."""
        return len(self.errors)

    @property
    def average_time(self) -> float:
        """Seconds that a request with a result took, its waiting included: the mean."""
        times = [result.elapsed for result in self.results if result is not None]
        return sum(times) / len(times) if times else 0.0

    def raise_for_errors(self) -> None:
        """Raise an ExceptionGroup of all errors, if there is one."""
        if self.errors:
            message = f"{self.failed} of {self.total} requests failed"
            errors = [self.errors[index] for index in sorted(self.errors)]
            raise ExceptionGroup(message, errors)

    def json(self, type: Any = Any) -> list[Any]:
        """The JSON value of each result; None where there is no result or no body.

        Raises:
            DecodeFailed: A body is not JSON, or does not fit `type`.
        """
        return [
            None
            if result is None or not len(result.content)
            else result.json(type=type)
            for result in self.results
        ]

    def __repr__(self) -> str:
        """The counts."""
        return (
            f"<pyesi.Batch {self.successful} of {self.total} successful, "
            f"{self.elapsed:.3f} s>"
        )

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import batch_html

        return batch_html(self)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one request of a batch that is streamed.

    Attributes:
        index: Its place among the requests, from 0 on.
        response: The response, or None where it ended as an error.
        error: The error, if it ended as one.
    """

    index: int
    response: Response | None
    error: ESIError | None

    def result(self) -> Response:
        """The response.

        Raises:
            ESIError: It ended as one.
        """
        if self.error is not None:
            raise self.error
        assert self.response is not None
        return self.response

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import batch_result_html

        return batch_result_html(self)


class Item(NamedTuple):
    """One request of a batch; a tuple, since a batch may hold a hundred thousand.

    Attributes:
        method: In capitals.
        route: Template, operation id or unchecked route.
        parameters: By name.
        wishes: Options of its own.
    """

    method: str
    route: Route
    parameters: dict[str, Any]
    wishes: Wishes = NO_WISHES


def read_item(request: object) -> Item:
    """One request in any of the forms that a batch takes.

    Raises:
        InvalidRequest: It is none of them.
    """
    if isinstance(request, str | UncheckedRoute):
        return Item("GET", request, {})
    if isinstance(request, tuple | list):
        return _of_tuple(request)
    if isinstance(request, Mapping):
        return _of_mapping(request)
    raise _no_request(request)


def _of_tuple(request: Sequence[Any]) -> Item:
    if len(request) == 2:
        return Item("GET", request[0], _parameters(request[1]))
    if len(request) == 3:
        return Item(checked_method(request[0]), request[1], _parameters(request[2]))
    raise _no_request(request)


def _parameters(given: Any) -> dict[str, Any]:
    return given if type(given) is dict else merged(given, {})


def _no_request(request: object) -> InvalidRequest:
    message = (
        "A request of a batch is a route, (route, parameters), (method, route, "
        f"parameters) or a mapping, not {type(request).__name__}."
    )
    return InvalidRequest(message)


def _of_mapping(request: Mapping[str, Any]) -> Item:
    unknown = sorted(str(name) for name in request.keys() - _NAMES)
    if unknown or "route" not in request:
        wrong = f"has no meaning for {unknown[0]}" if unknown else "needs a route"
        message = f"A request of a batch {wrong}: it takes {', '.join(sorted(_NAMES))}."
        raise InvalidRequest(message)
    options = {name: request[name] for name in _OPTION_NAMES & request.keys()}
    return Item(
        checked_method(request.get("method", "GET")),
        request["route"],
        merged(request.get("params"), {}),
        Wishes(**options) if options else NO_WISHES,
    )


class BatchPlan:
    """The items of a batch on their way to the core and back.

    Thread: any one at a time.
    """

    def __init__(
        self, client: BaseClient, requests: Iterable[Any], wishes: Wishes
    ) -> None:
        client._connected()  # noqa: SLF001  (a closed client is no item's error)
        self._client = client
        self._wishes = wishes
        self._total = 0
        self._errors: dict[int, ESIError] = {}
        self._read: list[tuple[int, Item, Auth | None]] = []
        self._sent: list[tuple[int, Item]] = []
        self._usual_auth: dict[tuple[str, Route], Auth | None] = {}
        for index, request in enumerate(requests):
            self._total = index + 1
            try:
                item = read_item(request)
                self._check_cache_mode(item)
                self._read.append((index, item, self._source_of(item)))
            except ESIError as error:
                self._errors[index] = error

    def _check_cache_mode(self, item: Item) -> None:
        asked = item.wishes if item.wishes.cache_mode is not None else self._wishes
        self._client._check_cache_mode(  # noqa: SLF001  (its part)
            item.method, item.route, asked
        )

    def _source_of(self, item: Item) -> Auth | None:
        """What gives the item's token; each route is looked up once."""
        if item.wishes.auth is not None:
            return item.wishes.auth
        key = item.method, checked_route(item.route)
        if key not in self._usual_auth:
            self._usual_auth[key] = self._client._auth_for(  # noqa: SLF001  (its part)
                item.method, item.route, self._wishes
            )
        return self._usual_auth[key]

    @property
    def sources(self) -> list[Auth]:
        """What must be asked for a token, each once."""
        needed = (source for _, _, source in self._read if source is not None)
        return list({id(source): source for source in needed}.values())

    def on_token_failure(self, source: Auth, error: ESIError) -> None:
        """Items that need this token end with the error."""
        failed = {index for index, _, needed in self._read if needed is source}
        self._errors.update(dict.fromkeys(failed, error))
        self._read = [entry for entry in self._read if entry[0] not in failed]

    def items(self, bearers: Mapping[int, Bearer]) -> list[_core.BatchItem]:
        """What is sent; `bearers` are by the id of their source."""
        shared: dict[int, _core.Options | None] = {}
        made: list[_core.BatchItem] = []
        for index, item, source in self._read:
            bearer = None if source is None else bearers[id(source)]
            try:
                options = self._options(item, bearer, shared)
            except ESIError as error:
                self._errors[index] = error
                continue
            plain = item.method, item.route, item.parameters
            made.append(plain if options is None else (*plain, options))
            self._sent.append((index, item))
        return made

    def _options(
        self,
        item: Item,
        bearer: Bearer | None,
        shared: dict[int, _core.Options | None],
    ) -> _core.Options | None:
        """None where the batch's own options do; those of a token are made once."""
        if item.wishes is NO_WISHES and bearer is None:
            return None
        make = self._client._options  # noqa: SLF001  (a part of the client)
        if item.wishes is not NO_WISHES:
            return make(item.method, self._wishes_of(item), bearer)
        if id(bearer) not in shared:
            shared[id(bearer)] = make("GET", self._wishes, bearer)
        return shared[id(bearer)]

    def _wishes_of(self, item: Item) -> Wishes:
        """The item's own where it has any, else the batch's."""
        own = {
            name: getattr(item.wishes, name)
            for name in _OPTION_NAMES
            if getattr(item.wishes, name) is not None
        }
        return replace(self._wishes, **own)

    def batch(
        self,
        results: Sequence[Response | None],
        errors: Mapping[int, Exception],
        elapsed: float,
    ) -> Batch:
        """What came back, at the places where it was asked for."""
        placed: list[Response | None] = [None] * self._total
        for (index, _), result in zip(self._sent, results, strict=True):
            placed[index] = result
        for place, error in errors.items():
            index, item = self._sent[place]
            if isinstance(error, StatusError) and self._keeps_bad_answers:
                placed[index] = error.response
            elif isinstance(error, ESIError):
                tell_route(error, item.route)
                self._errors[index] = error
        return Batch(placed, dict(sorted(self._errors.items())), elapsed)

    def order(self, *, in_order: bool) -> ResultOrder:
        """Gives the ends of a stream their places; after `items`."""
        return ResultOrder(
            [index for index, _ in self._sent],
            dict(sorted(self._errors.items())),
            self._result_of,
            in_order=in_order,
        )

    def _result_of(
        self, place: int, response: Response | None, error: Exception | None
    ) -> BatchResult:
        index, item = self._sent[place]
        if isinstance(error, StatusError) and self._keeps_bad_answers:
            return BatchResult(index, error.response, None)
        if isinstance(error, ESIError):
            tell_route(error, item.route)
            return BatchResult(index, None, error)
        return BatchResult(index, response, None)

    @property
    def _keeps_bad_answers(self) -> bool:
        return self._wishes.raise_for_status is False


class ResultOrder:
    """Puts what never was sent among what comes from the core.

    Thread: any one at a time.
    """

    def __init__(
        self,
        places: list[int],
        errors: dict[int, ESIError],
        result_of: Callable[[int, Response | None, Exception | None], BatchResult],
        *,
        in_order: bool,
    ) -> None:
        self._places = places
        self._errors = errors
        self._result_of = result_of
        self._in_order = in_order

    def at_first(self) -> Iterator[BatchResult]:
        """What may be given before anything has come."""
        before = self._places[0] if self._in_order and self._places else None
        return self._unsent(before)

    def on_item(
        self, place: int, response: Response | None, error: Exception | None
    ) -> Iterator[BatchResult]:
        """An item of the core has ended: it, and what may be given after it."""
        yield self._result_of(place, response, error)
        if self._in_order:
            is_last = place + 1 == len(self._places)
            yield from self._unsent(None if is_last else self._places[place + 1])

    def _unsent(self, before: int | None) -> Iterator[BatchResult]:
        due = [index for index in self._errors if before is None or index < before]
        for index in due:
            yield BatchResult(index, None, self._errors.pop(index))


def checked_window(byte_window: object) -> int:
    """How many bytes of a stream may have come and not be taken.

    Raises:
        InvalidRequest: It is no count.
    """
    if (
        not isinstance(byte_window, int)
        or isinstance(byte_window, bool)
        or byte_window < 1
    ):
        message = (
            f"byte_window must be a whole number of at least 1, not {byte_window!r}."
        )
        raise InvalidRequest(message)
    return byte_window


def checked_size(batch_size: object) -> int:
    """How many of a batch run at once.

    Raises:
        InvalidRequest: It is no count.
    """
    if (
        not isinstance(batch_size, int)
        or isinstance(batch_size, bool)
        or batch_size < 1
    ):
        message = (
            f"batch_size must be a whole number of at least 1, not {batch_size!r}."
        )
        raise InvalidRequest(message)
    return batch_size
