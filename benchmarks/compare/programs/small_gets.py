"""Small GETs of pyesi's, 64 at once, with and without what lies beside it.

That is a file for their answers, and what shares their limits with other processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

from .clients import USER_AGENT
from .measured import Meter, run, settings

AT_ONCE = 64
WARM_UP = 10 * AT_ONCE


async def _ask(esi: Any, route: str, numbers: Iterator[dict[str, int]]) -> None:
    for number in numbers:
        response = await esi.get(route, **number)
        if not response.content:
            raise RuntimeError("an answer has no body")


async def _ask_all(esi: Any, told: dict[str, Any], numbers: range) -> None:
    shared = ({told["parameter"]: number} for number in numbers)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_ask(esi, told["route"], shared))


async def main(told: dict[str, Any]) -> dict[str, float]:
    import pyesi

    count = told["count"]
    with TemporaryDirectory(prefix="pyesi-bench-") as folder:
        async with pyesi.ESIClient(
            user_agent=USER_AGENT,
            base_url=told["base_url"],
            max_in_flight=AT_ONCE,
            cache=f"{folder}/answers" if told.get("file") else "memory",
            limits=told.get("limits"),
        ) as esi:
            await _ask_all(esi, told, range(1, 1 + WARM_UP))
            meter = Meter()
            await _ask_all(esi, told, range(1 + WARM_UP, 1 + WARM_UP + count))
            return meter.read(count)


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
