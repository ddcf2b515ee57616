"""Fresh hits, each by `await` of the public call, the body looked at."""

from __future__ import annotations

from typing import Any

from .clients import USER_AGENT
from .measured import Meter, run, settings

# nginx gives it an hour.
FRESH_TYPE = 34


async def _pyesi(told: dict[str, Any]) -> dict[str, float]:
    import pyesi

    async with pyesi.ESIClient(user_agent=USER_AGENT, base_url=told["base_url"]) as esi:
        await esi.get("/universe/types/{type_id}", type_id=FRESH_TYPE)
        meter = Meter()
        for _ in range(told["count"]):
            response = await esi.get("/universe/types/{type_id}", type_id=FRESH_TYPE)
            if not response.content:
                raise RuntimeError("a hit has no body")
        figures = meter.read(told["count"])
        _must(response.source == pyesi.Source.FRESH)
        return figures


async def _aiohttp_client_cache(told: dict[str, Any]) -> dict[str, float]:
    from aiohttp_client_cache import CacheBackend, CachedSession

    url = f"{told['base_url']}/universe/types/{FRESH_TYPE}"
    async with CachedSession(cache=CacheBackend(expire_after=3600)) as session:
        async with session.get(url) as response:
            await response.read()
        meter = Meter()
        for _ in range(told["count"]):
            async with session.get(url) as response:
                await response.read()
        figures = meter.read(told["count"])
        _must(response.from_cache)
        return figures


def _must(hit: bool) -> None:
    if not hit:
        raise RuntimeError("it was no hit")


CLIENTS = {"pyesi": _pyesi, "aiohttp-client-cache": _aiohttp_client_cache}

if __name__ == "__main__":
    run(CLIENTS[settings()["client"]](settings()), settings()["loop"])
