"""A small GET by each client, with the settings that suit it best here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

# Asks for the type of that number, and gives the length of the body.
Get = Callable[[int], Awaitable[int]]

USER_AGENT = "pyesi-benchmarks/1.0 (bench@example.com)"


@asynccontextmanager
async def pyesi_client(told: dict[str, Any]) -> AsyncIterator[Get]:
    import pyesi

    async with pyesi.ESIClient(
        user_agent=USER_AGENT,
        base_url=told["base_url"],
        ca_file=told["ca_file"],
        max_in_flight=64,
        cache=None,
    ) as esi:

        async def get(number: int) -> int:
            response = await esi.get("/universe/types/{type_id}", type_id=number)
            return len(response.content)

        yield get


@asynccontextmanager
async def aiohttp_client(told: dict[str, Any]) -> AsyncIterator[Get]:
    import ssl

    import aiohttp

    base_url = told["base_url"]
    trust = ssl.create_default_context(cafile=told["ca_file"])
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64, ssl=trust),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        raise_for_status=True,
    ) as session:

        async def get(number: int) -> int:
            async with session.get(f"{base_url}/universe/types/{number}") as response:
                return len(await response.read())

        yield get


@asynccontextmanager
async def wreq_client(told: dict[str, Any]) -> AsyncIterator[Get]:
    import wreq

    base_url = told["base_url"]
    over_tls = base_url.startswith("https")
    client = wreq.Client(
        user_agent=USER_AGENT,
        http1_only=not over_tls,
        http2_only=over_tls,
        tls_verify=Path(told["ca_file"]),
        pool_max_size=64,
        no_proxy=True,
        raise_for_status=True,
    )

    async def get(number: int) -> int:
        async with client.get(f"{base_url}/universe/types/{number}") as response:
            return len(await response.bytes())

    yield get
    client.close()


CLIENTS = {"pyesi": pyesi_client, "aiohttp": aiohttp_client, "wreq": wreq_client}
