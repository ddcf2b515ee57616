"""Freshness and reuse (RFC 9111, RFC 5861), written to be read rather than to be fast.

The core's `cache::freshness_lifetime`, `cache::decide_storable`, `cache::decide_reuse`
and `cache::may_serve_stale_on_error` and this must agree on every input. Lengths and
instants are whole seconds, by a wall clock for dates and by a steady one else.
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks of the cache (RFC 9111 §5.2.1)."""

    no_cache: bool = False
    only_if_cached: bool = False
    max_age: int | None = None
    min_fresh: int | None = None
    max_stale: int | None = None


def field(headers: Headers, name: str) -> str | None:
    """The first field of that name, without the blanks around it."""
    values = (value for key, value in headers if key.lower() == name)
    return next((value.strip(" \t") for value in values), None)


def directives(headers: Headers) -> dict[str, str]:
    """Cache-Control's directives. Of a length that comes twice the first to be read."""
    text = ", ".join(value for key, value in headers if key.lower() == "cache-control")
    found: dict[str, str] = {}
    for element in ELEMENT.findall(text):
        name, _, value = element.partition("=")
        name, value = name.strip(" \t").lower(), unquoted(value.strip(" \t"))
        if length_of(found.get(name)) is None:
            found[name] = value
    return found


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
    """RFC 9111 §4.2.1, counted from Date; then the catalog; no heuristic."""
    control = directives(headers)
    if "no-cache" in control:
        return 0
    for name in ("s-maxage", "max-age") if facts.shared else ("max-age",):
        length = length_of(control.get(name))
        if length is not None:
            return min(length, LONGEST)

    expires = field(headers, "expires")
    if expires is not None:
        until = date_of(expires)
        if until is None:  # §5.3: what is no date is past
            return 0
        return max(0, min(until - response_date(headers, facts), LONGEST))
    if facts.catalog_lifetime is not None:
        return max(0, min(facts.catalog_lifetime, LONGEST))
    return 0


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
    forbids = {"must-revalidate", "no-cache"}
    if facts.shared:
        forbids.add("proxy-revalidate")
        if length_of(control.get("s-maxage")) is not None:
            return True
    return not forbids.isdisjoint(control)


def is_storable(headers: Headers, facts: Facts, *, has_identity: bool) -> bool:
    """RFC 9111 §3, for the whole success of a read."""
    control = directives(headers)
    if "no-store" in control and "must-understand" not in control:
        return False
    if "private" in control and facts.shared and not has_identity:
        return False
    if any(key.lower() == "vary" and "*" in value for key, value in headers):
        return False
    return (
        freshness_lifetime(headers, facts) > 0
        or field(headers, "etag") is not None
        or field(headers, "last-modified") is not None
        or length_of(control.get("stale-if-error")) is not None
    )


def staleness(headers: Headers, facts: Facts, resident: int) -> int:
    """Seconds since the end of freshness; 0 or more is stale. Grows with time only."""
    age = age_when_received(headers) + resident
    return age - freshness_lifetime(headers, facts)


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
    age = age_when_received(headers) + resident
    wants_newer = (
        asked.no_cache
        or (asked.max_age is not None and age > asked.max_age)
        or (asked.min_fresh is not None and -past < asked.min_fresh)
    )
    if wants_newer:
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


def may_serve_stale_on_error(
    headers: Headers, facts: Facts, usual: int, resident: int
) -> bool:
    """RFC 5861 §4: by the server's word, else as long as is usual here."""
    past = staleness(headers, facts, resident)
    if past < 0:
        return True
    if must_revalidate(headers, facts):
        return False
    window = length_of(directives(headers).get("stale-if-error"))
    return past < (usual if window is None else window)
