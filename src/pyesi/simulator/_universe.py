"""Facts of the simulated universe that must agree from answer to answer.

Ids lie in the ranges that ESI uses. Which system lies in which constellation and
region is a rule of arithmetic; a few places and types bear their real names.
"""

from __future__ import annotations

import math
from functools import lru_cache

from pyesi.simulator._chance import chance, share

JITA = 30000142
JITA_STATION = 60003760

_FIRST_SYSTEM = 30000009
_FIRST_CONSTELLATION = 20000001
_FIRST_REGION = 10000001
_SYSTEMS_EACH = 7
_CONSTELLATIONS_EACH = 11
_REGIONS = 67
_CONSTELLATIONS = _REGIONS * _CONSTELLATIONS_EACH
_SYSTEMS = _CONSTELLATIONS * _SYSTEMS_EACH

REGIONS = range(_FIRST_REGION, _FIRST_REGION + _REGIONS)
CONSTELLATIONS = range(_FIRST_CONSTELLATION, _FIRST_CONSTELLATION + _CONSTELLATIONS)
SYSTEMS = range(_FIRST_SYSTEM, _FIRST_SYSTEM + _SYSTEMS)

NAMES = {
    10000002: "The Forge",
    10000030: "Heimatar",
    10000032: "Sinq Laison",
    10000042: "Metropolis",
    10000043: "Domain",
    20000020: "Kimotoro",
    30000142: "Jita",
    30000144: "Perimeter",
    30000145: "New Caldari",
    60003760: "Jita IV - Moon 4 - Caldari Navy Assembly Plant",
    34: "Tritanium",
    35: "Pyerite",
    36: "Mexallon",
    37: "Isogen",
    38: "Nocxium",
    39: "Zydrine",
    40: "Megacyte",
    587: "Rifter",
    11399: "Morphite",
    16274: "Helium Isotopes",
    29668: "Legacy Pilot's License Extension",
    40519: "Skill Extractor",
    40520: "Large Skill Injector",
    44992: "PLEX",
}

# The most traded types first: they stand on nearly every page of the market.
_TRADED = {
    44992: 5_400_000.0,
    34: 4.1,
    35: 16.0,
    36: 62.0,
    37: 190.0,
    38: 860.0,
    39: 1450.0,
    40: 3100.0,
    40520: 890_000_000.0,
    40519: 465_000_000.0,
    11399: 42_000.0,
    16274: 720.0,
}
_TRADED_TYPES = 4000
_LAST_TYPE = 60000
_SYLLABLES = (
    "ka",
    "ri",
    "no",
    "ve",
    "tas",
    "ul",
    "mei",
    "sho",
    "dra",
    "an",
    "el",
    "or",
)


def constellation_of(system_id: int) -> int:
    """Say in which constellation a system lies."""
    return _FIRST_CONSTELLATION + (system_id - _FIRST_SYSTEM) // _SYSTEMS_EACH


def region_of(constellation_id: int) -> int:
    """Say in which region a constellation lies."""
    return _FIRST_REGION + (constellation_id - _FIRST_CONSTELLATION) // (
        _CONSTELLATIONS_EACH
    )


def constellations_in(region_id: int) -> list[int]:
    """List the constellations of a region."""
    first = _FIRST_CONSTELLATION + (region_id - _FIRST_REGION) * _CONSTELLATIONS_EACH
    return list(range(first, first + _CONSTELLATIONS_EACH))


def systems_in(constellation_id: int) -> list[int]:
    """List the systems of a constellation."""
    first = _FIRST_SYSTEM + (constellation_id - _FIRST_CONSTELLATION) * _SYSTEMS_EACH
    return list(range(first, first + _SYSTEMS_EACH))


def is_type(type_id: int) -> bool:
    """Say whether there is such a type: about half of the numbers are one."""
    if type_id in _TRADED or type_id in NAMES:
        return type_id < _LAST_TYPE
    return 0 < type_id < _LAST_TYPE and type_id * 2654435761 % 2**32 < 2**32 * 0.59


@lru_cache(maxsize=1)
def types() -> tuple[int, ...]:
    """List all types."""
    return tuple(number for number in range(1, _LAST_TYPE) if is_type(number))


def name_of(kind: str, number: object) -> str:
    """Give a thing its name, always the same one."""
    if isinstance(number, int) and number in NAMES:
        return NAMES[number]
    draw = chance("name", kind, number)
    words = (
        "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 3))).capitalize()
        for _ in range(draw.randint(1, 2))
    )
    return " ".join(words)


@lru_cache(maxsize=65536)
def base_price(seed: int, type_id: int) -> float:
    """Say around which price a type is traded; prices are log-normal."""
    if type_id in _TRADED:
        return _TRADED[type_id]
    return math.exp(min(chance(seed, "price", type_id).gauss(12.0, 2.6), 23.0))


@lru_cache(maxsize=16)
def market_types(seed: int, region_id: int) -> tuple[int, ...]:
    """List the types of a region's market, the most traded first."""
    others = [number for number in types() if number not in _TRADED]
    picked = chance(seed, "traded", region_id).sample(others, _TRADED_TYPES)
    return (*_TRADED, *picked)


@lru_cache(maxsize=128)
def stations_of(region_id: int) -> tuple[tuple[int, int], ...]:
    """List (system, station) pairs of a region, the busiest first."""
    pairs = [
        (system, 60000004 + (system - _FIRST_SYSTEM) * 2)
        for constellation in constellations_in(region_id)
        for system in systems_in(constellation)
        if share("station", system) < 0.4 and system != JITA
    ]
    if region_id == region_of(constellation_of(JITA)):
        pairs.insert(0, (JITA, JITA_STATION))
    return tuple(pairs)
