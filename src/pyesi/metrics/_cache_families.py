"""What Prometheus sees of the cache."""

from __future__ import annotations

from collections.abc import Iterator

from ._family import Family, Sample
from ._snapshot import Statistics
from ._statistics import FileCounted, RedisCounted


def _lookups(seen: Statistics) -> Iterator[Sample]:
    cache = seen["cache"]
    yield ("hit",), cache["hits"]
    yield ("miss",), cache["misses"]
    yield ("revalidated",), cache["revalidated"]
    yield ("coalesced",), cache["coalesced"]


def _negative_hits(seen: Statistics) -> Iterator[Sample]:
    for one in seen["cache"]["routes"]:
        if one["negative_hits"]:
            yield (one["route"],), one["negative_hits"]


def _reloads(seen: Statistics) -> Iterator[Sample]:
    for one in seen["cache"]["routes"]:
        if one["reloads"]:
            yield (one["route"], "true"), one["early_reloads"]
            yield (one["route"], "false"), one["reloads"] - one["early_reloads"]


def _avoided(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["avoided"]


def _cache_entries(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["entries"]


def _cache_bytes(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["bytes"]


def _max_entries(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["max_entries"]


def _max_bytes(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["max_bytes"]


def _cache_evicted(seen: Statistics) -> Iterator[Sample]:
    yield ("expired",), seen["cache"]["evicted_expired"]
    yield ("entries",), seen["cache"]["evicted_for_entries"]
    yield ("bytes",), seen["cache"]["evicted_for_bytes"]


def _evicted_missed(seen: Statistics) -> Iterator[Sample]:
    yield (), seen["cache"]["evicted_missed"]


def _cache_refused(seen: Statistics) -> Iterator[Sample]:
    yield ("oversize",), seen["cache"]["refused_oversize"]
    yield ("large",), seen["cache"]["refused_large"]


def _slow_tiers(
    seen: Statistics,
) -> Iterator[tuple[str, FileCounted | RedisCounted]]:
    if seen["cache"]["file"] is not None:
        yield "file", seen["cache"]["file"]
    if seen["cache"]["redis"] is not None:
        yield "redis", seen["cache"]["redis"]


def _file_entries(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["file"] is not None:
        yield ("file",), seen["cache"]["file"]["entries"]


def _file_bytes(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["file"] is not None:
        yield ("file",), seen["cache"]["file"]["bytes"]


def _file_max_bytes(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["file"] is not None:
        yield ("file",), seen["cache"]["file"]["max_bytes"]


def _tier_look_ups(seen: Statistics) -> Iterator[Sample]:
    for tier, counted in _slow_tiers(seen):
        yield (tier, "hit"), counted["hits"]
        yield (tier, "miss"), counted["misses"]


def _tier_losses(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["file"] is not None:
        yield ("file", "evicted"), seen["cache"]["file"]["evicted"]
    for tier, counted in _slow_tiers(seen):
        yield (tier, "dropped"), counted["dropped"]
        yield (tier, "damaged"), counted["damaged"]


def _tier_faults(seen: Statistics) -> Iterator[Sample]:
    for tier, counted in _slow_tiers(seen):
        yield (tier,), counted["faults"]


def _doubted(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["redis"] is not None:
        yield (), seen["cache"]["redis"]["doubted"]


def _reachable(seen: Statistics) -> Iterator[Sample]:
    if seen["cache"]["redis"] is not None:
        yield (), seen["cache"]["redis"]["reachable"]


def _warmed(seen: Statistics) -> Iterator[Sample]:
    warming = seen["cache"]["warming"]
    yield ("revalidated",), warming["revalidated"]
    yield ("changed",), warming["changed"]
    yield ("failed",), warming["failed"]
    yield ("skipped",), warming["skipped"]


CACHE_FAMILIES = (
    Family(
        "counter",
        "pyesi_cache_lookups_total",
        "What requests met in the cache.",
        ("outcome",),
        _lookups,
    ),
    Family(
        "counter",
        "pyesi_cache_negative_hits_total",
        "Requests that a kept 403 or 404 ended.",
        ("route",),
        _negative_hits,
    ),
    Family(
        "counter",
        "pyesi_cache_reloads_total",
        "Requests of cache_mode='reload', by whether a kept answer had not expired.",
        ("route", "early"),
        _reloads,
    ),
    Family(
        "counter",
        "pyesi_avoided_requests_total",
        "Requests that ESI never saw.",
        (),
        _avoided,
    ),
    Family("gauge", "pyesi_cache_entries", "Answers kept.", (), _cache_entries),
    Family("gauge", "pyesi_cache_bytes", "Bytes of them.", (), _cache_bytes),
    Family(
        "gauge",
        "pyesi_cache_max_entries",
        "Answers that may be kept.",
        (),
        _max_entries,
    ),
    Family(
        "gauge",
        "pyesi_cache_max_bytes",
        "Bytes that they may have.",
        (),
        _max_bytes,
    ),
    Family(
        "counter",
        "pyesi_cache_evictions_total",
        "Answers dropped to make room: expired ones, or for a bound that was met.",
        ("reason",),
        _cache_evicted,
    ),
    Family(
        "counter",
        "pyesi_cache_evicted_misses_total",
        "Look-ups of answers that had gone to make room and were of use yet.",
        (),
        _evicted_missed,
    ),
    Family(
        "counter",
        "pyesi_cache_refusals_total",
        "Answers not taken in: too heavy at all, or while room is scarce.",
        ("reason",),
        _cache_refused,
    ),
    Family(
        "gauge",
        "pyesi_cache_tier_entries",
        "Answers kept below memory.",
        ("tier",),
        _file_entries,
    ),
    Family(
        "gauge",
        "pyesi_cache_tier_bytes",
        "Bytes that they use there.",
        ("tier",),
        _file_bytes,
    ),
    Family(
        "gauge",
        "pyesi_cache_tier_max_bytes",
        "Bytes that they may use there.",
        ("tier",),
        _file_max_bytes,
    ),
    Family(
        "counter",
        "pyesi_cache_tier_lookups_total",
        "What memory did not have and was looked up below.",
        ("tier", "result"),
        _tier_look_ups,
    ),
    Family(
        "counter",
        "pyesi_cache_tier_losses_total",
        "Answers that went to make room, were not written, or could not be read.",
        ("tier", "reason"),
        _tier_losses,
    ),
    Family(
        "counter",
        "pyesi_cache_tier_faults_total",
        "Failures of what lies below memory; each was a miss at most.",
        ("tier",),
        _tier_faults,
    ),
    Family(
        "counter",
        "pyesi_cache_doubted_total",
        "Answers in memory that another process may have a newer one of.",
        (),
        _doubted,
    ),
    Family(
        "gauge",
        "pyesi_cache_redis_reachable",
        "Whether Redis can be asked: 1 or 0.",
        (),
        _reachable,
    ),
    Family(
        "counter",
        "pyesi_warming_total",
        "Expired answers that a warming met, by what became of them.",
        ("result",),
        _warmed,
    ),
)
