"""How often an idle client is woken, its connections open."""

from __future__ import annotations

import asyncio
from typing import Any

from .clients import CLIENTS
from .measured import run, settings, sleeps


async def _woken(seconds: float) -> float:
    before = sleeps()
    await asyncio.sleep(seconds)
    return (sleeps() - before) / seconds


async def main(told: dict[str, Any]) -> dict[str, float]:
    bare = await _woken(told["seconds"])
    async with CLIENTS["pyesi"](told) as get:
        await asyncio.gather(*(get(number) for number in range(1, 65)))
        await asyncio.sleep(0.2)
        idle = await _woken(told["seconds"])
    return {"per_second": idle - bare}


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
