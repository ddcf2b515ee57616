"""Runs a plan."""

from __future__ import annotations

import asyncio
import inspect
import os
import random
import time
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pyesi._version import VERSION
from pyesi.client import Engine, ESIClient
from pyesi.config import EngineConfig

from ._figures import Figures, figures_of
from ._machine import peak_memory
from ._plan import Plan
from ._refusal import refuse_unless_all_allowed, refuse_unless_allowed
from ._request import Drawn, Wanted, draws
from ._runner import Answered, Ask, Clock, Run

_USUAL_POOL = 64
_USER_AGENT = f"pyesi-bench/{VERSION} (discord:pyesi-bench)"

# A bench neither reads nor fills what programs share, nor spends their limits.
_SHARED = {"PYESI_CACHE", "PYESI_LIMITS"}

_OPTIONS_OF_GET = frozenset(inspect.signature(ESIClient.get).parameters)


@asynccontextmanager
async def client_of(plan: Plan) -> AsyncIterator[ESIClient]:
    """A client for the plan, checked as a whole before it can send anything.

    Raises:
        ConfigurationError: A setting cannot be used, or somebody would be asked who
            must not be.
    """
    refuse_unless_allowed(plan.base_url, plan.mine)
    environment = {n: v for n, v in os.environ.items() if n not in _SHARED}
    at_once = plan.load.concurrency
    settings = EngineConfig.make(
        {
            "cache": "memory" if plan.keeps_answers else None,
            "max_in_flight": at_once,
            "pool_size": at_once if (at_once or 0) > _USUAL_POOL else None,
        },
        environment,
        scheme=plan.base_url.partition(":")[0],
    )
    with warnings.catch_warnings():
        # Plain http with another machine: no token goes along.
        warnings.simplefilter("ignore", UserWarning)
        client = ESIClient(
            user_agent=os.environ.get("PYESI_USER_AGENT") or _USER_AGENT,
            base_url=plan.base_url,
            allow_http=True,
            ceilings=_no_ceilings(plan) if plan.simulated else None,
            engine=Engine.of_config(settings),
        )
    refuse_unless_all_allowed(client.config, settings, plan.mine)
    async with client.engine, client:
        yield client


async def measure(
    plan: Plan,
    esi: ESIClient,
    *,
    clock: Clock | None = None,
    begin: Callable[[], None] | None = None,
) -> Figures:
    """Run a plan to its end, or until the task is cancelled.

    Who cancels gets the figures of what had ended by then.

    Args:
        plan: What to ask.
        esi: Who asks.
        clock: By which time.
        begin: Called once all is checked, before the first request.

    Raises:
        InvalidRequest: A request cannot be sent as it is; nothing was.
    """
    await _check(plan, esi)
    if begin is not None:
        begin()
    told = Clock() if clock is None else clock
    requests, ask = draws(plan.wanted, plan.seed), _asking(esi)
    run = Run(plan.load, requests, ask, told)
    interrupted = False
    seen, cpu = esi.statistics(), time.process_time()
    try:
        if plan.load.warm_up:
            await Run(plan.load.warming_up(), requests, ask, told).drive()
        seen, cpu = esi.statistics(), time.process_time()
        await run.drive()
    except asyncio.CancelledError:
        interrupted = True
        run.tally.ended_at = told.now()
        _take_back_cancelling()
    return figures_of(
        run.tally,
        esi.statistics(since=seen),
        cpu_seconds=time.process_time() - cpu,
        memory=peak_memory(),
        interrupted=interrupted,
    )


async def measure_alone(plan: Plan, begin: Callable[[], None] | None = None) -> Figures:
    """`measure`, by a client of its own.

    Raises:
        ConfigurationError, InvalidRequest: It cannot be measured; nothing was sent.
    """
    async with client_of(plan) as esi:
        return await measure(plan, esi, begin=begin)


async def _check(plan: Plan, esi: ESIClient) -> None:
    """Have the client look at one request of each kind, without sending it."""
    for one in plan.wanted:
        route, parameters = _one_of(one)
        await esi.explain(route, params=dict(parameters))


def _one_of(wanted: Wanted) -> Drawn:
    chance = random.Random(0)
    chosen = {name: chance.choice(values) for name, values in wanted.choices.items()}
    return Drawn(wanted.route, {**wanted.fixed, **chosen})


def _asking(esi: ESIClient) -> Ask:
    get = esi.get

    async def ask(request: Drawn) -> Answered:
        route, parameters = request
        if _OPTIONS_OF_GET.isdisjoint(parameters):
            return await get(route, **parameters)
        return await get(route, params=parameters)

    return ask


def _take_back_cancelling() -> None:
    """Let what follows wait again: asyncio's own time-outs look at this."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _no_ceilings(plan: Plan) -> dict[str, None]:
    return {one.route: None for one in plan.wanted if isinstance(one.route, str)}
