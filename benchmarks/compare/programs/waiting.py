"""What a request weighs that waits: the growth of this process, for each."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from .clients import USER_AGENT
from .measured import resident_bytes, run, settings

ROUTE = "/universe/types/{type_id}"


@asynccontextmanager
async def _silent_client(base_url: str) -> AsyncIterator[Any]:
    import pyesi

    async with pyesi.ESIClient(
        user_agent=USER_AGENT, base_url=base_url, cache=None
    ) as esi:
        yield esi


async def _grown_by(esi: Any, begin: Any) -> int:
    """How much memory what `begin` starts takes while it waits; it is cancelled."""
    gc.collect()
    before = resident_bytes()
    begun = begin()
    await asyncio.sleep(0.1)
    if esi is not None:
        esi.statistics()  # comes after all that was asked for
    grown = resident_bytes() - before
    for task in begun:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*begun)
    return grown


async def _batch(base_url: str, numbers: range) -> int:
    asked = [(ROUTE, {"type_id": number}) for number in numbers]
    async with _silent_client(base_url) as esi:

        def begin() -> list[asyncio.Task[Any]]:
            batch = esi.batch_request(asked, batch_size=len(asked), timeout=600)
            return [asyncio.create_task(batch)]

        return await _grown_by(esi, begin)


async def _awaited(base_url: str, numbers: range) -> int:
    async with _silent_client(base_url) as esi:

        def begin() -> list[asyncio.Task[Any]]:
            return [asyncio.create_task(esi.get(ROUTE, type_id=n)) for n in numbers]

        return await _grown_by(esi, begin)


async def _bare(_: str, numbers: range) -> int:
    """What asyncio alone needs: tasks that wait for a future each."""
    loop = asyncio.get_running_loop()

    async def wait() -> None:
        await loop.create_future()

    return await _grown_by(None, lambda: [loop.create_task(wait()) for _ in numbers])


KINDS = {"batch": _batch, "awaited": _awaited, "bare": _bare}


async def main(told: dict[str, Any]) -> dict[str, float]:
    count = told["count"]
    grown = await KINDS[told["kind"]](told["base_url"], range(1, 1 + count))
    return {"bytes": grown / count}


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
