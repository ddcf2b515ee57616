"""Do file and Redis do what they are there for?"""

from __future__ import annotations

from ._figures import Seen, count, counted, share
from ._finding import Finding

_LEAST_FAULTS = 5
_SHARE_OF_FAULTS = 0.01


def file_faults(seen: Seen) -> Finding | None:
    """The cache's file fails, or does not take what comes."""
    faults, damaged, dropped, pending = (
        count(seen, "cache", "file", name)
        for name in ("faults", "damaged", "dropped", "pending")
    )
    # What waits to be written waits for milliseconds, unless writing fails.
    lost = dropped + (pending if faults else 0)
    used = _used(seen, "file")
    if not _is_much(faults + damaged + lost, used):
        return None
    return Finding(
        rule="file_faults",
        severity="warning",
        says=(
            f"The cache's file failed {counted(faults, 'time')}, did not take "
            f"{counted(lost, 'answer')}, and {damaged:,.0f} in it could not be read, "
            f"in {counted(used, 'use')}: a restart asks ESI for them anew."
        ),
        numbers={"faults": faults, "lost": lost, "damaged": damaged, "uses": used},
        setting="cache",
        change="Give cache= a file on a disk that has room and may be written.",
        page="how-to/keep-answers-in-a-file.md",
    )


def redis_faults(seen: Seen) -> Finding | None:
    """The Redis that answers are shared by fails, or answers too late."""
    faults = count(seen, "cache", "redis", "faults")
    dropped = count(seen, "cache", "redis", "dropped")
    used = _used(seen, "redis")
    if not _is_much(faults + dropped, used):
        return None
    cache = seen["cache"]
    is_away = cache["redis"].get("reachable") is False
    now = "is not reachable" if is_away else "is reachable now"
    return Finding(
        rule="redis_faults",
        severity="warning",
        says=(
            f"Redis {now}, failed or was late {counted(faults, 'time')} and did not "
            f"get {counted(dropped, 'answer')}, in {counted(used, 'use')} "
            f"({share(faults + dropped, used)}): each was a miss."
        ),
        numbers={"faults": faults, "dropped": dropped, "uses": used},
        setting="cache" if is_away else "redis_timeout",
        change=(
            "Start that Redis, or name one in cache= that answers."
            if is_away
            else "Raise redis_timeout if Redis is far away, else look what keeps it."
        ),
        page="how-to/share-a-cache-between-machines.md",
    )


def _used(seen: Seen, tier: str) -> float:
    names = ("hits", "misses", "stored", "dropped")
    return sum(count(seen, "cache", tier, name) for name in names)


def _is_much(faults: float, used: float) -> bool:
    return faults >= _LEAST_FAULTS and faults >= used * _SHARE_OF_FAULTS
