"""Hits in a file, each by `await` of the public call, one at a time.

One client fills the file; the one that is measured has an empty memory.
"""

from __future__ import annotations

import asyncio
from tempfile import TemporaryDirectory
from typing import Any

from .clients import USER_AGENT
from .measured import Meter, run, settings

ROUTE = "/universe/systems/{system_id}"


async def main(told: dict[str, Any]) -> dict[str, float]:
    import pyesi

    count = told["count"]
    with TemporaryDirectory(prefix="pyesi-bench-") as folder:

        def client() -> pyesi.ESIClient:
            return pyesi.ESIClient(
                user_agent=USER_AGENT,
                base_url=told["base_url"],
                max_in_flight=64,
                cache=f"{folder}/answers",
            )

        async with client() as esi:
            await asyncio.gather(*(esi.get(ROUTE, system_id=n) for n in range(count)))
        async with client() as esi:
            await esi.get(ROUTE, system_id=0)
            meter = Meter()
            for number in range(1, count):
                response = await esi.get(ROUTE, system_id=number)
                if response.source != pyesi.Source.FRESH or not response.content:
                    raise RuntimeError("it was no hit")
            return meter.read(count - 1)


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
