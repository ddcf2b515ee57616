"""Makes the requests of a load, and has them counted."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sized
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from pyesi.errors import ESIError, InvalidRequest

from ._request import Drawn
from ._schedule import Load, Turns, intended_start, number_at
from ._tally import Tally


class Answered(Protocol):
    """The part of a response that is counted."""

    @property
    def content(self) -> Sized: ...
    @property
    def source(self) -> Any: ...


Ask: TypeAlias = Callable[[Drawn], Awaitable[Answered]]
"""Asks for one request and waits for its end."""

Result = TypeVar("Result")

# After so many requests that begin without a pause the loop sees to all others.
_IN_A_ROW = 32


@dataclass(frozen=True, slots=True)
class Clock:
    """How time is told and waited for.

    Attributes:
        now: An instant in seconds.
        sleep: Waits for so many of them.
    """

    now: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep


@dataclass(slots=True)
class Run:
    """One load under way.

    Attributes:
        load: How much is asked.
        requests: What, one after the other.
        ask: How.
        clock: By which time.
        tally: What came of it so far.
    """

    load: Load
    requests: Iterator[Drawn]
    ask: Ask
    clock: Clock = field(default_factory=Clock)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.tally = Tally(self.clock.now())

    async def drive(self) -> None:
        """Make all requests, and wait until the last one has ended.

        Raises:
            InvalidRequest: One of them cannot be sent as it is.
        """
        self.tally = Tally(self.clock.now())
        if self.load.rate is None:
            await self._by_workers()
        else:
            await self._at_a_rate()

    async def _by_workers(self) -> None:
        turns = Turns(self.load, self.tally.began_at)
        async with _Together() as together:
            for _ in range(self.load.workers):
                together.begin(self._work(turns))

    async def _work(self, turns: Turns) -> None:
        clock, requests, is_alone = self.clock, self.requests, self.load.workers == 1
        while turns.try_take(started_at := clock.now()):
            self.tally.begun += 1
            await self._ask(next(requests), started_at)
            if not is_alone:
                # A hit does not suspend: else one worker's run of them would be what
                # another one's single request has waited for.
                await clock.sleep(0)

    async def _at_a_rate(self) -> None:
        """Begin each request at its time, whatever became of those before it."""
        clock, load, began_at = self.clock, self.load, self.tally.began_at
        bound = asyncio.Semaphore(load.concurrency) if load.concurrency else None
        async with _Together() as together:
            for number in range(number_at(load)):
                due_at = intended_start(load, began_at, number)
                wait = due_at - clock.now()
                if wait > 0:
                    await clock.sleep(wait)
                elif number % _IN_A_ROW == 0:
                    await clock.sleep(0)
                together.refuse_to_go_on()
                self.tally.begun += 1
                together.begin(self._due(next(self.requests), due_at, bound))

    async def _due(
        self, request: Drawn, due_at: float, bound: asyncio.Semaphore | None
    ) -> None:
        self.tally.lateness.add(self.clock.now() - due_at)
        async with nullcontext() if bound is None else bound:
            await self._ask(request, due_at)

    async def _ask(self, request: Drawn, intended_at: float) -> None:
        try:
            answer = await self.ask(request)
            # A body that is kept compressed is inflated here: who asks wants to read.
            size = len(answer.content)
        except InvalidRequest:
            raise
        except ESIError as error:
            self.tally.on_error(error, intended_at, self.clock.now())
        else:
            self.tally.on_answer(answer.source, size, intended_at, self.clock.now())


class _Together:
    """Tasks that end together: the first that fails, or who gives up, ends all.

    What failed is raised as it is, and not in a group.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_end)

    def refuse_to_go_on(self) -> None:
        """Raise what a task has failed with."""
        if self._failed is not None:
            raise self._failed

    async def __aenter__(self) -> _Together:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            while kind is None and self._tasks and self._failed is None:
                await asyncio.wait(
                    list(self._tasks), return_when=asyncio.FIRST_EXCEPTION
                )
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if kind is None:
            self.refuse_to_go_on()

    def _on_end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failed = self._failed or task.exception()


def run_timely(work: Coroutine[Any, Any, Result]) -> Result:
    """Run on a loop whose pauses end on time.

    epoll and uvloop count in milliseconds, which is a thousand times what a hit
    takes; select counts in microseconds. It does for the few descriptors of a client,
    whose sockets are the core's.
    """

    def make_loop() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(selectors.SelectSelector())

    with asyncio.Runner(loop_factory=make_loop) as runner:
        return runner.run(work)
