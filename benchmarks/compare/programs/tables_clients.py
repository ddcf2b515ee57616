"""A page by each client, with the settings that suit it best here.

Each decodes gzip by native code: wreq and pyreqwest in Rust, aiohttp by ISA-L, httpx by
zlib, which it has no choice about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from .clients import USER_AGENT


class Answer(NamedTuple):
    """A page.

    Attributes:
        body: In plain; bytes, or what lends them.
        pages: How many there are.
    """

    body: Any
    pages: int


Get = Callable[[str], Awaitable[Answer]]


@asynccontextmanager
async def wreq_client(at_once: int) -> AsyncIterator[Get]:
    import wreq

    client = wreq.Client(
        user_agent=USER_AGENT,
        http1_only=True,
        gzip=True,
        pool_max_size=at_once,
        no_proxy=True,
        raise_for_status=True,
    )

    async def get(url: str) -> Answer:
        async with client.get(url) as response:
            return Answer(await response.bytes(), int(response.headers["x-pages"]))

    yield get
    client.close()


@asynccontextmanager
async def pyreqwest_client(at_once: int) -> AsyncIterator[Get]:
    from pyreqwest.client import ClientBuilder

    builder = (
        ClientBuilder()
        .user_agent(USER_AGENT)
        .http1_only()
        .gzip(True)
        .max_connections(at_once)
        .pool_max_idle_per_host(at_once)
        .no_proxy()
        .error_for_status()
    )
    async with builder.build() as client:

        async def get(url: str) -> Answer:
            response = await client.get(url).build().send()
            return Answer(await response.bytes(), int(response.headers["x-pages"]))

        yield get


@asynccontextmanager
async def aiohttp_client(at_once: int) -> AsyncIterator[Get]:
    import aiohttp
    from isal import isal_zlib

    aiohttp.set_zlib_backend(isal_zlib)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=at_once),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        raise_for_status=True,
        read_bufsize=2**20,
    ) as session:

        async def get(url: str) -> Answer:
            async with session.get(url) as response:
                return Answer(await response.read(), int(response.headers["X-Pages"]))

        yield get


@asynccontextmanager
async def httpx_client(at_once: int) -> AsyncIterator[Get]:
    import httpx

    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(
        limits=limits, headers={"User-Agent": USER_AGENT}, trust_env=False, timeout=60
    ) as client:

        async def get(url: str) -> Answer:
            response = await client.get(url)
            response.raise_for_status()
            return Answer(response.content, int(response.headers["X-Pages"]))

        yield get


CLIENTS = {
    "wreq": wreq_client,
    "pyreqwest": pyreqwest_client,
    "aiohttp": aiohttp_client,
    "httpx": httpx_client,
}
