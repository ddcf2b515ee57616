"""Small GETs, each awaited by itself; so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from .clients import CLIENTS, Get
from .measured import Meter, run, settings

LEAST_BODY = 900


async def _ask(get: Get, numbers: Iterator[int]) -> None:
    for number in numbers:
        if await get(number) < LEAST_BODY:
            raise RuntimeError("an answer is not the one expected")


async def _ask_all(get: Get, numbers: range, at_once: int) -> None:
    shared = iter(numbers)
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_ask(get, shared))


async def main(told: dict[str, Any]) -> dict[str, float]:
    count, at_once = told["count"], told["at_once"]
    warm_up = 10 * at_once
    async with CLIENTS[told["client"]](told) as get:
        await _ask_all(get, range(1, 1 + warm_up), at_once)
        meter = Meter()
        await _ask_all(get, range(1 + warm_up, 1 + warm_up + count), at_once)
        return meter.read(count)


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
