"""A client and its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._limits import lowest_window
from ._markup import Markup, bar, box, code, facts, faded, state, strong, title
from ._words import plural, size

if TYPE_CHECKING:
    from pyesi.client import Engine
    from pyesi.client._base import BaseClient
    from pyesi.metrics import CacheCounted, Statistics


def client_html(client: BaseClient) -> str:
    """Where it asks, as whom, and what it has done; no token, and nothing starts."""
    config, seen = client.config, client.engine.seen()
    told = client.configuration()
    return box(
        title(_standing(client, seen), strong(type(client).__name__)),
        facts(
            [
                ("asks", _places(client)),
                ("as", config.user_agent),
                (
                    "variant",
                    f"{config.compatibility_date}, {config.language}, {config.tenant}",
                ),
                ("token", "given" if told["auth"] else "none"),
                ("cache", _cache_place(told)),
                ("limits shared by", code(told["limits"]) if told["limits"] else None),
                ("emergency", state("bad", "on") if told["emergency"] else None),
                *([] if seen is None else _counts(seen)),
            ]
        ),
    )


def cache_html(engine: Engine) -> str:
    """How full the cache is and what it was good for."""
    told, seen = engine.config.shown(), engine.seen()
    parts: list[tuple[str, object]] = [("kept in", _cache_place(told))]
    if seen is not None and told["cache"]:
        parts += _cache_counts(seen["cache"])
    standing = "closed" if engine.closed else "not used yet" if seen is None else None
    return box(
        title(strong("Cache"), None if standing is None else faded(standing)),
        facts(parts),
    )


def _standing(client: BaseClient, seen: Statistics | None) -> Markup:
    if client.closed:
        return state("plain", "closed")
    return state("good", "open") if seen is not None else state("plain", "not used yet")


def _places(client: BaseClient) -> Markup:
    places = [one.url for one in client.config.upstreams] or [client.config.base_url]
    return code(", ".join(places))


def _cache_place(told: dict[str, Any]) -> str:
    if not told["cache"]:
        return "nothing is kept"
    below = [place for place in (told["cache_path"], told["cache_redis"]) if place]
    return ", ".join(["memory", *below])


def _counts(seen: Statistics) -> list[tuple[str, object]]:
    sent = sum(one["attempts"] for one in seen["attempts"])
    waiting = sum(seen["queue"]["waiting"].values())
    under_way = f"{seen['queue']['in_flight']:,}, and {waiting:,} waiting"
    return [
        ("sent", f"{plural(sent, 'request')}, {size(seen['bytes']['received'])}"),
        ("avoided", plural(seen["cache"]["avoided"], "request")),
        ("under way", under_way),
        ("least left of", lowest_window(seen["limits"])),
    ]


def _cache_counts(cache: CacheCounted) -> list[tuple[str, object]]:
    return [
        ("answers", _filled(cache["entries"], cache["max_entries"], "{:,}".format)),
        ("bytes", _filled(cache["bytes"], cache["max_bytes"], size)),
        (
            "asked",
            f"{cache['hits']:,} hits, {cache['misses']:,} misses, "
            f"{cache['revalidated']:,} revalidated, {cache['stale']:,} stale",
        ),
        ("avoided", plural(cache["avoided"], "request")),
        ("file", _file(cache)),
        ("Redis", _redis(cache)),
    ]


def _filled(used: int, most: int, in_words: Any) -> Markup:
    share = used / most if most > 0 else 0.0
    return bar(share, "plain", f"{in_words(used)} of {in_words(most)}")


def _file(cache: CacheCounted) -> str | None:
    file = cache["file"]
    if file is None:
        return None
    return f"{plural(file['entries'], 'answer')}, {size(file['bytes'])}"


def _redis(cache: CacheCounted) -> Markup | None:
    redis = cache["redis"]
    if redis is None:
        return None
    reachable = redis["reachable"]
    return state(*(("good", "reachable") if reachable else ("bad", "not reachable")))
