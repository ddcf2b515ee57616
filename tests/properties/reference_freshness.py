"""Freshness and reuse (RFC 9111, RFC 5861), written to be read rather than to be fast.

The core's `cache::freshness_lifetime`, `cache::decide_storable`, `cache::decide_reuse`,
`cache::may_serve_stale_on_error` and `cache::read_request_directives` and this must
agree on every input. Lengths and instants are whole seconds, by a wall clock for dates
and by a steady one else.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Headers: TypeAlias = Sequence[tuple[str, str]]

LONGEST = 10**9  # seconds; no lifetime and no age is longer

IMF_FIXDATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) "
    r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60) (?:GMT|UTC)",
    re.ASCII,
)
MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
EARLIEST, LATEST = 0, calendar.timegm((2199, 12, 31, 23, 59, 59))

ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?\Z))+', re.DOTALL)
DIGITS = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Facts:
    """What bears on a lifetime beside the answer's headers."""

    received_wall: int
    catalog_lifetime: int | None = None
    shared: bool = False
    override_lifetime: int | None = None
    dynamic_lifetime: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks of the cache (RFC 9111 §5.2.1)."""

    no_cache: bool = False
    only_if_cached: bool = False
    max_age: int | None = None
    min_fresh: int | None = None
    max_stale: int | None = None
    stale_if_error: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What bears on storing beside the answer's headers."""

    method: str = "GET"
    status: int = 200
    catalog_read: bool = False
    caller_no_store: bool = False
    has_identity: bool = False
    has_authorization: bool = False


def field(headers: Headers, name: str) -> str | None:
    """The first field of that name, without the blanks around it."""
    values = (value for key, value in headers if key.lower() == name)
    return next((value.strip(" \t") for value in values), None)


def elements(headers: Headers) -> list[tuple[str, str | None]]:
    """Cache-Control's directives in their order, a value only where one is given."""
    text = ", ".join(value for key, value in headers if key.lower() == "cache-control")
    found: list[tuple[str, str | None]] = []
    for element in ELEMENT.findall(text):
        name, equals, value = element.partition("=")
        told = unquoted(value.strip(" \t")) if equals else None
        found.append((name.strip(" \t").lower(), told))
    return found


def directives(headers: Headers) -> dict[str, str]:
    """Cache-Control's directives. Of a length that comes twice the first to be read."""
    found: dict[str, str] = {}
    for name, value in elements(headers):
        if length_of(found.get(name)) is None:
            found[name] = value or ""
    return found


def fields_of(headers: Headers, directive: str) -> list[str] | None:
    """The fields that `no-cache` or `private` is about; empty if it is about all.

    None if the directive is not there (RFC 9111 §5.2.2.4, §5.2.2.7).
    """
    lists = [
        [one.strip(" \t") for one in (value or "").split(",") if one.strip(" \t")]
        for name, value in elements(headers)
        if name == directive
    ]
    if not lists:
        return None
    return [] if [] in lists else [one for fields in lists for one in fields]


def asked(headers: Headers) -> dict[str, object]:
    """What a request's Cache-Control asks (RFC 9111 §5.2.1, RFC 5861 §4)."""
    control = directives(headers)
    flags = ("no-cache", "no-store", "only-if-cached")
    lengths = ("max-age", "min-fresh", "stale-if-error")
    found: dict[str, object] = {flag: flag in control for flag in flags}
    found |= {name: length_of(control.get(name)) for name in lengths}
    # §5.2.1.2: without a value it accepts a stale answer of any age.
    values = (value for name, value in elements(headers) if name == "max-stale")
    words = ("any" if value is None else length_of(value) for value in values)
    found["max-stale"] = next((word for word in words if word is not None), None)
    return {name.replace("-", "_"): value for name, value in found.items()}


def unquoted(text: str) -> str:
    """RFC 9110 §5.6.4; what follows the closing quote is dropped."""
    if not text.startswith('"'):
        return text
    inside = re.match(r'"((?:[^"\\]|\\.)*)', text, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", inside[1], flags=re.DOTALL) if inside else ""


def length_of(text: str | None) -> int | None:
    """RFC 9111 §1.2.2: seconds, or nothing if they cannot be read."""
    if text is None or DIGITS.fullmatch(text) is None:
        return None
    return min(int(text), 2**31)


def date_of(text: str | None) -> int | None:
    """An IMF-fixdate (RFC 9110 §5.6.7), held between 1970 and 2199."""
    match = IMF_FIXDATE.fullmatch(text or "")
    if match is None or match[2] not in MONTHS:
        return None
    day, month, year = int(match[1]), MONTHS.index(match[2]) // 3 + 1, int(match[3])
    if not 1 <= day <= calendar.monthrange(max(year, 1), month)[1]:
        return None
    clock = int(match[4]), int(match[5]), int(match[6])
    return max(EARLIEST, min(calendar.timegm((year, month, day, *clock)), LATEST))


def freshness_lifetime(headers: Headers, facts: Facts) -> int:
    """What is told, or what the user wants where that is longer."""
    if fields_of(headers, "no-cache") == []:
        return 0
    return max(told_lifetime(headers, facts), bounded(facts.override_lifetime or 0))


def told_lifetime(headers: Headers, facts: Facts) -> int:
    """RFC 9111 §4.2.1, counted from Date; then the catalog; no heuristic."""
    control = directives(headers)
    for name in ("s-maxage", "max-age") if facts.shared else ("max-age",):
        length = length_of(control.get(name))
        if length is not None:
            return bounded(length)

    expires = field(headers, "expires")
    if expires is not None:
        until = date_of(expires)
        if until is None:  # §5.3: what is no date is past
            return 0
        return bounded(until - response_date(headers, facts))
    if facts.catalog_lifetime is not None:
        return bounded(facts.catalog_lifetime)
    return bounded(facts.dynamic_lifetime or 0)


def bounded(length: int) -> int:
    """No lifetime is below 0, and none above LONGEST."""
    return max(0, min(length, LONGEST))


def response_date(headers: Headers, facts: Facts) -> int:
    """Date, else the arrival (RFC 9110 §6.6.1)."""
    date = date_of(field(headers, "date"))
    return facts.received_wall if date is None else date


def age_when_received(headers: Headers) -> int:
    """The Age field, 0 if it cannot be read (RFC 9111 §5.1).

    The time under way is not added: it would make the client ask too early.
    """
    return min(length_of(field(headers, "age")) or 0, LONGEST)


def must_revalidate(headers: Headers, facts: Facts) -> bool:
    """Whether stale is never served, not even on error (RFC 9111 §4.2.4)."""
    control = directives(headers)
    if "must-revalidate" in control or fields_of(headers, "no-cache") == []:
        return True
    said_to_shared = (
        "proxy-revalidate" in control or length_of(control.get("s-maxage")) is not None
    )
    return facts.shared and said_to_shared


def storability(headers: Headers, facts: Facts, question: Question) -> str:
    """RFC 9111 §3: "storable", or the first thing that forbids it."""
    control = directives(headers)
    reads = {"GET", "HEAD"} | ({"POST"} if question.catalog_read else set())
    met_by_others = facts.shared and not question.has_identity
    forbidding = {
        "method": question.method not in reads,
        "status": question.status not in {200, 203, 204},
        "no_store": question.caller_no_store
        or ("no-store" in control and "must-understand" not in control),
        "private": met_by_others and fields_of(headers, "private") == [],
        "authorization": met_by_others
        and question.has_authorization
        and not lets_share(control),
        "varies": any(key.lower() == "vary" and "*" in value for key, value in headers),
        "nothing": not can_be_used(headers, facts),
    }
    return next((why for why, forbids in forbidding.items() if forbids), "storable")


def lets_share(control: dict[str, str]) -> bool:
    """RFC 9111 §3.5: what lets an answer to a token be shared."""
    return (
        "public" in control
        or "must-revalidate" in control
        or length_of(control.get("s-maxage")) is not None
    )


def can_be_used(headers: Headers, facts: Facts) -> bool:
    """Whether there is ever a use for the answer once it is kept."""
    return (
        freshness_lifetime(headers, facts) > 0
        or field(headers, "etag") is not None
        or field(headers, "last-modified") is not None
        or length_of(directives(headers).get("stale-if-error")) is not None
    )


def is_storable(headers: Headers, facts: Facts, *, has_identity: bool) -> bool:
    """RFC 9111 §3, for the whole success of a read."""
    question = Question(has_identity=has_identity)
    return storability(headers, facts, question) == "storable"


def staleness(headers: Headers, facts: Facts, resident: int) -> int:
    """Seconds since the end of freshness; 0 or more is stale. Grows with time only."""
    age = age_when_received(headers) + resident
    return age - freshness_lifetime(headers, facts)


def current_age(headers: Headers, resident: int) -> int:
    """RFC 9111 §4.2.3, less the time under way; it never shrinks."""
    return age_when_received(headers) + max(resident, 0)


def decide_reuse(headers: Headers, facts: Facts, asked: Asked, resident: int) -> str:
    """What to do with an answer that came `resident` seconds ago.

    serve, serve_stale, serve_then_revalidate, revalidate, not_cached.
    """
    reuse = reuse_if_all_may_be_asked(headers, facts, asked, resident)
    if not asked.only_if_cached:
        return reuse
    cached = {"revalidate": "not_cached", "serve_then_revalidate": "serve_stale"}
    return cached.get(reuse, reuse)


def reuse_if_all_may_be_asked(
    headers: Headers, facts: Facts, asked: Asked, resident: int
) -> str:
    """The same, before `only-if-cached` is looked at."""
    past = staleness(headers, facts, resident)
    if wants_newer(headers, facts, asked, resident):
        return "revalidate"
    if past < 0:
        return "serve"
    if must_revalidate(headers, facts):
        return "revalidate"
    if asked.max_stale is not None and past <= asked.max_stale:
        return "serve_stale"
    window = length_of(directives(headers).get("stale-while-revalidate"))
    if window is not None and past < window:
        return "serve_then_revalidate"
    return "revalidate"


def wants_newer(headers: Headers, facts: Facts, asked: Asked, resident: int) -> bool:
    """Whether the caller would not take the answer even if it is fresh."""
    age = current_age(headers, resident)
    left = -staleness(headers, facts, resident)
    return (
        asked.no_cache
        or (asked.max_age is not None and age > asked.max_age)
        or (asked.min_fresh is not None and left < asked.min_fresh)
    )


def may_serve_stale_on_error(
    headers: Headers,
    facts: Facts,
    usual: int,
    resident: int,
    asked: Asked | None = None,
) -> bool:
    """RFC 5861 §4: by the server's word, else the caller's, else as is usual here."""
    asked = asked or Asked()
    past = staleness(headers, facts, resident)
    if asked.stale_if_error is None and wants_newer(headers, facts, asked, resident):
        return False
    if past < 0:
        return True
    if must_revalidate(headers, facts):
        return False
    told = length_of(directives(headers).get("stale-if-error"))
    words = [word for word in (told, asked.stale_if_error) if word is not None]
    return past < min(words, default=usual)
