"""A batch of small GETs by pyesi: so many sent at once, so many in its queue."""

from __future__ import annotations

from typing import Any

import pyesi

from .clients import USER_AGENT
from .measured import Meter, run, settings

AT_ONCE = 64


def _types(numbers: range) -> list[tuple[str, dict[str, int]]]:
    return [("/universe/types/{type_id}", {"type_id": number}) for number in numbers]


async def main(told: dict[str, Any]) -> dict[str, float]:
    count = told["count"]
    asked = _types(range(1_001, 1_001 + count))
    async with pyesi.ESIClient(
        user_agent=USER_AGENT,
        base_url=told["base_url"],
        ca_file=told["ca_file"],
        max_in_flight=AT_ONCE,
        cache=None,
    ) as esi:
        await esi.batch_request(_types(range(1, 1_000)), batch_size=AT_ONCE)
        meter = Meter()
        batch = await esi.batch_request(asked, batch_size=AT_ONCE + told["waiting"])
        figures = meter.read(count)
        batch.raise_for_errors()
        return figures


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
