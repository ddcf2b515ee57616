"""What becomes of a kept answer (RFC 9111 §3.1, §4.1, §4.3, §4.4), written to be read.

The core's `cache::as_stored`, `cache::matches_variant`, `cache::merge_not_modified`,
`cache::compare_head`, `cache::outdated_urls` and `cache::describe` and this must agree
on every input.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from properties.reference_freshness import (
    Facts,
    Headers,
    date_of,
    field,
    fields_of,
    staleness,
)

Fields = list[tuple[str, str]]

OF_CONNECTION = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
OF_BODY = {"content-encoding", "content-length", "content-range", "content-type"}
IN_KEY = {
    "accept-encoding",
    "accept-language",
    "authorization",
    "x-compatibility-date",
    "x-tenant",
}


def names_in(headers: Headers, field_name: str) -> list[str]:
    """The names in a field that lists some, in lower case."""
    values = (value for name, value in headers if name.lower() == field_name)
    names = (name.strip(" \t").lower() for value in values for name in value.split(","))
    return [name for name in names if name]


def received(headers: Headers) -> Fields:
    """The answer without what belonged to its connection (§3.1)."""
    dropped = OF_CONNECTION | set(names_in(headers, "connection"))
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def kept(headers: Headers, facts: Facts) -> Fields:
    """What may be stored of it (§5.2.2.4, §5.2.2.7)."""
    dropped = set(map(str.lower, fields_of(received(headers), "no-cache") or ()))
    if facts.shared:
        dropped |= set(map(str.lower, fields_of(received(headers), "private") or ()))
    return [
        (name, value)
        for name, value in received(headers)
        if name.lower() not in dropped
    ]


def matches_variant(headers: Headers, original: Headers, request: Headers) -> bool:
    """§4.1: each field that Vary names is alike in both requests, or in neither."""

    def of(fields: Headers, wanted: str) -> str | None:
        values = [value for name, value in fields if name.lower() == wanted]
        return ", ".join(values) if values else None

    names = (name for name in names_in(headers, "vary") if name not in IN_KEY)
    return all(of(original, name) == of(request, name) for name in names)


def opaque(tag: str | None) -> str | None:
    """A tag without its weak mark and quotes; None if there is none to be read."""
    text = (tag or "").strip(" \t")
    bare = text[2:] if text[:2] in {"W/", "w/"} else text
    if len(bare) >= 2 and bare[0] == bare[-1] == '"':
        inner = bare[1:-1]
        return None if '"' in inner else inner
    return None if not bare or any(sign in bare for sign in '", ') else bare


def is_about_another(stored: Headers, newer: Headers) -> bool:
    """§4.3.4: whether the validators of a 304 select another answer than this."""
    ours, theirs = opaque(field(stored, "etag")), opaque(field(newer, "etag"))
    if ours is not None:
        return theirs is not None and ours != theirs
    modified = [date_of(field(each, "last-modified")) for each in (stored, newer)]
    return None not in modified and modified[0] != modified[1]


def merged(stored: Headers, newer: Headers, arrived: int) -> Fields | None:
    """§4.3.4 with §3.2: the stored answer with a 304's fields over it.

    None if the 304 is about another one. Date, Age and a past Expires belonged to the
    earlier arrival.
    """
    stored, newer = received(stored), received(newer)
    if is_about_another(stored, newer):
        return None
    date = date_of(field(newer, "date"))
    now = arrived if date is None else date
    comes = [(name, value) for name, value in newer if name.lower() not in OF_BODY]
    gone = {name.lower() for name, _ in comes} | {"age", "date"}
    stays = [
        (name, value)
        for name, value in stored
        if name.lower() not in gone
        and not (name.lower() == "expires" and (date_of(value) or 0) <= now)
    ]
    return stays + comes


def head_verdict(stored: Headers, head: Headers) -> str:
    """§4.3.5: what a HEAD says of a stored answer to a GET."""
    stored, matches = received(stored), set()
    if opaque(field(head, "etag")) is not None:
        ours = opaque(field(stored, "etag"))
        matches.add(ours == opaque(field(head, "etag")))
    if date_of(field(head, "last-modified")) is not None:
        matches.add(
            date_of(field(stored, "last-modified"))
            == date_of(field(head, "last-modified"))
        )
    lengths = [field(each, "content-length") for each in (stored, head)]
    codings = [field(each, "content-encoding") for each in (stored, head)]
    if None not in lengths and codings[0] == codings[1]:
        matches.add(lengths[0] == lengths[1])
    if False in matches:
        return "outdates"
    return "refreshes" if matches else "says_nothing"


def outdated(url: str, method: str, status: int, headers: Headers) -> list[str]:
    """§4.4: the URLs whose stored answers a change outdates."""
    if method in {"GET", "HEAD"} or not 200 <= status < 400:
        return []
    urls = list(dict.fromkeys([url, url.partition("?")[0]]))
    for name in ("location", "content-location"):
        reference = field(headers, name)
        if reference is None:
            continue
        named = urljoin(url, reference.partition("#")[0])
        if origin(named) == origin(url) and named not in urls:
            urls.append(named)
    return urls


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port (RFC 6454 §4)."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual


@dataclass(frozen=True, slots=True)
class Passage:
    """What happened to a request. `answer` is "found", new headers, or None."""

    found: Headers | None
    answer: Headers | str | None
    resident: int
    method: str = "GET"
    bypassed: bool = False
    matches_found: bool = True
    sent: bool = False
    collapsed: bool = False
    status: int | None = None
    stored: bool = False


def cache_status(passage: Passage, facts: Facts) -> str:
    """RFC 9211 §2."""
    words = ["pyesi"]
    if not passage.sent and passage.answer is not None:
        words.append("hit")
    if passage.sent:
        words.append(f"fwd={forward_reason(passage, facts)}")
        if passage.status is not None:
            words.append(f"fwd-status={passage.status}")
    if passage.answer is not None:
        words.append(f"ttl={ttl(passage, facts)}")
    if passage.sent and passage.stored:
        words.append("stored")
    if passage.sent and passage.collapsed:
        words.append("collapsed")
    return "; ".join(words)


def forward_reason(passage: Passage, facts: Facts) -> str:
    """RFC 9211 §2.2."""
    if passage.bypassed:
        return "bypass"
    if passage.method not in {"GET", "HEAD"}:
        return "method"
    if passage.found is None:
        return "uri-miss"
    if not passage.matches_found:
        return "vary-miss"
    is_fresh = staleness(passage.found, facts, passage.resident) < 0
    return "request" if is_fresh else "stale"


def ttl(passage: Passage, facts: Facts) -> int:
    """RFC 9211 §2.4: what is left of the freshness of the answer."""
    if passage.answer == "found":
        return -staleness(passage.found, facts, passage.resident)
    return -staleness(passage.answer, facts, 0)


def dynamic_lifetime(settings: dict, uses: list[int], now: int) -> float:
    """A lifetime that grows with use, each use fading by half in each `decay`."""

    def faded(count: float, seconds: int) -> float:
        return count * 0.5 ** (max(seconds, 0) / settings["decay"])

    popularity, latest = 0.0, 0
    for use in uses:
        popularity = faded(popularity, use - latest) + 1
        latest = max(use, latest)
    popularity = faded(popularity, now - latest)
    wanted = settings["base_ttl"] * (1 + settings["popularity_factor"] * popularity)
    return min(wanted, settings["max_ttl"])
