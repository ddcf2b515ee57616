"""Fresh answers that memory has no room for: each is had from Redis."""

from __future__ import annotations

from typing import Any

from .clients import USER_AGENT
from .measured import Meter, run, settings

# nginx gives it an hour; each language is an answer of its own.
FRESH_TYPE = 34
LANGUAGES = ("en", "de", "fr", "ja", "ru", "zh", "ko", "es")
ROUTE = "/universe/types/{type_id}"


async def _hits(told: dict[str, Any]) -> dict[str, float]:
    import pyesi

    with pyesi.Engine(cache=told["redis"], cache_entries=1) as engine:
        clients = [
            pyesi.ESIClient(
                user_agent=USER_AGENT,
                base_url=told["base_url"],
                language=language,
                engine=engine,
            )
            for language in LANGUAGES
        ]
        for client in clients:
            await client.get(ROUTE, type_id=FRESH_TYPE)
        meter = Meter()
        for number in range(told["count"]):
            response = await clients[number % 8].get(ROUTE, type_id=FRESH_TYPE)
            if response.source != pyesi.Source.FRESH:
                raise RuntimeError("it was no hit")
        figures = meter.read(told["count"])
        if engine.statistics()["cache"]["redis"]["hits"] < told["count"]:
            raise RuntimeError("they were not had from Redis")
        for client in clients:
            await client.aclose()
        return figures


if __name__ == "__main__":
    run(_hits(settings()), settings()["loop"])
