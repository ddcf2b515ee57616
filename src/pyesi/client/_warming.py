"""Requests whose answers are kept fresh in the cache before anybody asks."""

# A part of the clients, apart for length.
# ruff: noqa: SLF001

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pyesi import _core
from pyesi.config import checked_seconds
from pyesi.errors import ConfigurationError, ESIError, InvalidRequest

from ._batch import Item, read_item
from ._options import NO_WISHES

if TYPE_CHECKING:
    from ._async_flow import AsyncFlow
    from ._base import BaseClient
    from ._blocking_flow import BlockingFlow
    from ._identity import Auth, Bearer

_WISHES = frozenset({"headers", "auth", "timeout"})
_OTHER_WISHES = ("json", "deadline", "priority", "cache_mode")

# A blocked thread looks so often whether its engine is there still, and at signals.
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmingReport:
    """What a warming has done so far.

    Attributes:
        requests: How many are to be kept warm.
        requested: How often ESI was asked: the sum of the next three.
        revalidated: How often what was kept was still true.
        changed: How often there was a new answer.
        failed: How often there was an error, or no answer.
        fresh: How often one was looked at and was fresh.
        skipped: How often one had expired and nobody had used it.
        idle: How many nobody uses now.
        dropped: How many were given up, since ESI says no to them.
        running: Whether it goes on.
    """

    requests: int
    requested: int
    revalidated: int
    changed: int
    failed: int
    fresh: int
    skipped: int
    idle: int
    dropped: int
    running: bool


class _Settings(NamedTuple):
    """How a warming goes, checked."""

    every: float | None
    max_operations: int
    warming_threshold: int


def checked_settings(
    every: object, max_operations: object, warming_threshold: object
) -> _Settings:
    """The settings of a warming.

    Raises:
        InvalidRequest: One cannot be used.
    """
    seconds = None if every is None else _seconds(every)
    return _Settings(
        seconds,
        _count("max_operations", max_operations),
        _count("warming_threshold", warming_threshold),
    )


def _seconds(every: object) -> float:
    try:
        seconds = checked_seconds("every", every)
    except ConfigurationError as error:
        raise InvalidRequest(str(error)) from None
    if seconds < 1:
        raise InvalidRequest(f"every must be at least 1 second, not {every!r}.")
    return seconds


def _count(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**31:
        return value
    message = f"{name} must be a whole number of at least 1, not {value!r}."
    raise InvalidRequest(message)


class WarmingPlan:
    """The requests of a warming on their way to the core.

    Thread: any one at a time.
    """

    def __init__(self, client: BaseClient, requests: Iterable[Any]) -> None:
        client._connected()  # a closed client is no request's error
        if not client.engine.config.cache:
            raise ConfigurationError("With cache=None there is nothing to keep warm.")
        self._client = client
        self._read: list[tuple[Item, Auth | None]] = []
        for place, request in enumerate(requests):
            try:
                item = _checked_item(request)
                source = client._auth_for(item.method, item.route, item.wishes)
            except InvalidRequest as error:
                raise _unwarmable(place, error) from None
            self._read.append((item, source))

    @property
    def sources(self) -> list[Auth]:
        """What must be asked for a token, each once."""
        needed = (source for _, source in self._read if source is not None)
        return list({id(source): source for source in needed}.values())

    def items(self, bearers: dict[int, Bearer]) -> list[_core.BatchItem]:
        """What is asked for; `bearers` are by the id of their source."""
        return [
            self._item(place, item, None if source is None else bearers[id(source)])
            for place, (item, source) in enumerate(self._read)
        ]

    def _item(self, place: int, item: Item, bearer: Bearer | None) -> _core.BatchItem:
        plain = item.method, item.route, item.parameters
        if item.wishes is NO_WISHES and bearer is None:
            return plain
        try:
            options = self._client._options(item.method, item.wishes, bearer)
        except InvalidRequest as error:
            raise _unwarmable(place, error) from None
        return plain if options is None else (*plain, options)


def _checked_item(request: object) -> Item:
    item = read_item(request)
    if item.method != "GET":
        raise InvalidRequest(f"only GET can be, not {item.method}.")
    for name in _OTHER_WISHES:
        if getattr(item.wishes, name) is not None:
            message = (
                f"{name} has no meaning for it; {', '.join(sorted(_WISHES))} have."
            )
            raise InvalidRequest(message)
    return item


def _unwarmable(place: int, error: InvalidRequest) -> InvalidRequest:
    return InvalidRequest(f"Request {place} cannot be warmed: {error}")


def _report(told: dict[str, Any]) -> WarmingReport:
    return WarmingReport(**told)


class SyncWarming:
    """Requests that are kept fresh, until `stop` or the client's close.

    Thread-safe.
    """

    def __init__(
        self, native: _core.Engine, core: _core.Warming, in_flight: dict[int, None]
    ) -> None:
        self._native = native
        self._core = core
        self._in_flight = in_flight

    def statistics(self) -> WarmingReport:
        """What it has done so far."""
        return _report(self._core.report())

    def stop(self) -> None:
        """Ask for nothing more, and wait until what is under way has ended.

        A second call has no effect.
        """
        self._native.cancel(self._core.tag)
        # An engine that was closed has ended it; one of a parent process never will.
        while not self._native.closed and not self._core.wait_for_end(_LOOK_EVERY):
            pass
        self._in_flight.pop(self._core.tag, None)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def __repr__(self) -> str:
        """What it has done."""
        return f"<pyesi.{type(self).__name__} {self.statistics()}>"


class Warming:
    """Requests that are kept fresh, until `stop` or the client's close.

    It belongs to the event loop that began it, and ends with that.
    """

    def __init__(
        self, native: _core.Engine, core: _core.Warming, task: asyncio.Task[None]
    ) -> None:
        self._native = native
        self._core = core
        self._task = task

    def statistics(self) -> WarmingReport:
        """What it has done so far."""
        return _report(self._core.report())

    async def stop(self) -> None:
        """Ask for nothing more, and wait until what is under way has ended.

        A second call has no effect.
        """
        if self._native.closed:  # it was ended; one of a parent process never will be
            return
        self._native.cancel(self._core.tag)
        await asyncio.wait([self._task])

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    def __repr__(self) -> str:
        """What it has done."""
        return f"<pyesi.{type(self).__name__} {self.statistics()}>"


def warm_blocking(
    client: BlockingFlow, requests: Iterable[Any], settings: _Settings
) -> SyncWarming | WarmingReport:
    """Begin a warming; without `every` wait for its one round."""
    plan = WarmingPlan(client, requests)
    items = plan.items({id(source): client._token(source) for source in plan.sources})
    bridge = client._engine.bridges.of_thread()
    core = client._connected().submit_warming(
        bridge, None, items, client._usual_options, settings._asdict()
    )
    if settings.every is None:
        return _report(client._settled(bridge, core.tag, None))
    bridge.forget(core.tag)  # it is looked at, and not waited for
    in_flight = client._in_flight
    in_flight[core.tag] = None
    return SyncWarming(client._engine.native(), core, in_flight)


async def warm(
    client: AsyncFlow, requests: Iterable[Any], settings: _Settings
) -> Warming | WarmingReport:
    """Begin a warming; without `every` wait for its one round."""
    plan = WarmingPlan(client, requests)
    bearers = {id(source): await client._token(source) for source in plan.sources}
    items = plan.items(bearers)
    loop = asyncio.get_running_loop()
    future: asyncio.Future[dict[str, Any]] = loop.create_future()
    core = client._connected().submit_warming(
        client._engine.bridges.of_loop(loop),
        future,
        items,
        client._usual_options,
        settings._asdict(),
    )
    if settings.every is None:
        return _report(await client._settled(None, core.tag, future))
    client._in_flight[core.tag] = future  # before the task begins: who closes ends it
    task = loop.create_task(_kept_going(client, core.tag, future))
    return Warming(client._engine.native(), core, task)


async def _kept_going(
    client: AsyncFlow, tag: int, future: asyncio.Future[dict[str, Any]]
) -> None:
    """Until the warming has ended; that it was stopped is no error of anybody's."""
    with suppress(ESIError):
        await client._settled(None, tag, future)
