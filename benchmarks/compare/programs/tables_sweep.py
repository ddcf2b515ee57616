"""All orders of a region, from compressed pages to one table in memory."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from .clients import USER_AGENT
from .measured import MemoryPeak, Meter, run, settings
from .tables_clients import CLIENTS, Get
from .tables_readers import READERS, Reader

ROUTE = "/markets/{region_id}/orders"

# Brings the table of that region's orders.
Sweep = Callable[[int], Awaitable[Any]]
# How many bytes a cache holds beside it.
Held = Callable[[], Awaitable[int]]


class _Passed:
    """What a table would be whose pages were let go of, one by one."""

    def __init__(self) -> None:
        self.nbytes = 0
        self._rows = 0

    def add(self, page: Any) -> None:
        self.nbytes += page.nbytes
        self._rows += len(page)

    def __len__(self) -> int:
        return self._rows


async def _let_pass(pages: AsyncIterator[Any]) -> _Passed:
    passed = _Passed()
    async for page in pages:
        passed.add(page.to_arrow())
    return passed


@asynccontextmanager
async def _pyesi(told: dict[str, Any]) -> AsyncIterator[tuple[Sweep, Held]]:
    """With the settings that a user gets, but for what the row says."""
    import pyarrow as pa

    import pyesi

    more = {} if told["cache"] else {"cache": None}
    async with pyesi.ESIClient(
        user_agent=USER_AGENT, base_url=told["base_url"], **more
    ) as esi:

        async def whole(region_id: int) -> Any:
            table = await esi.get_table(ROUTE, region_id=region_id, order_type="all")
            return table.to_arrow()

        async def streamed(region_id: int) -> Any:
            pages = esi.stream_table(ROUTE, region_id=region_id, order_type="all")
            return pa.concat_tables([page.to_arrow() async for page in pages])

        async def passed(region_id: int) -> Any:
            pages = esi.stream_table(ROUTE, region_id=region_id, order_type="all")
            return await _let_pass(pages)

        ways = {"get_table": whole, "stream_table": streamed, "passed": passed}

        async def held() -> int:
            return int((await esi.cache.statistics())["bytes"])

        yield ways[told["reader"]], held


@asynccontextmanager
async def _peer(told: dict[str, Any]) -> AsyncIterator[tuple[Sweep, Held]]:
    reader = READERS[told["reader"]]()
    at_once = told["at_once"]
    async with CLIENTS[told["client"]](at_once) as get:

        async def sweep(region_id: int) -> Any:
            url = f"{told['base_url']}/markets/{region_id}/orders?order_type=all&page="
            return await _sweep_by(get, reader, url, at_once)

        async def held() -> int:
            return 0

        yield sweep, held


async def _sweep_by(get: Get, reader: Reader, url: str, at_once: int) -> Any:
    first = await get(f"{url}1")
    parts: list[Any] = [reader.read(first.body), *[None] * (first.pages - 1)]

    async def read(pages: Iterator[int]) -> None:
        for page in pages:
            answer = await get(f"{url}{page}")
            parts[page - 1] = reader.read(answer.body)

    shared = iter(range(2, first.pages + 1))
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(read(shared))
    return reader.join(parts)


def _bytes_of(table: Any) -> int:
    if hasattr(table, "nbytes"):
        return int(table.nbytes)
    return int(table.memory_usage(deep=True).sum())


async def main(told: dict[str, Any]) -> dict[str, float]:
    client = _pyesi if told["client"] == "pyesi" else _peer
    async with client(told) as (sweep, held):
        await sweep(told["warm_up"])
        gc.collect()
        peak = MemoryPeak()
        meter = Meter()
        table = await sweep(told["region_id"])
        figures = meter.read(told["pages"])
        figures["peak_bytes"] = peak.read()
        figures["table_bytes"] = _bytes_of(table)
        figures["kept_bytes"] = figures["table_bytes"] + await held()
        if len(table) != told["rows"]:
            raise RuntimeError(f"{len(table)} rows came of {told['rows']}")
        return figures


if __name__ == "__main__":
    run(main(settings()), settings()["loop"])
