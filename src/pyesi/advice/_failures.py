"""Does what is done about failures help?"""

from __future__ import annotations

from ._figures import (
    ANSWERED,
    FAILED,
    Seen,
    count,
    counted,
    number,
    outcomes,
    outcomes_by_route,
    rows,
    setting,
    share,
    sum_of,
    total,
)
from ._finding import Finding

_LEAST_RETRIES = 10
_LEAST_ENDED = 3
_SHARE_WELL = 0.05

_LEAST_REQUESTS = 50
_HALF = 0.5
_SHARE_LATE = 0.05

# Nobody develops for that long, and so much.
_IN_USE_SECONDS = 3600.0
_IN_USE_REQUESTS = 5000


def vain_retries(seen: Seen) -> Finding | None:
    """Attempts are repeated, and it never helps."""
    return _by_reason(seen) or _by_route(seen)


def _by_reason(seen: Seen) -> Finding | None:
    """Of one reason for a retry, where the statistics tell reasons."""
    in_vain = [
        row
        for row in rows(seen, "retries")
        if count(row, "count") >= _LEAST_RETRIES
        and (well := number(row, "well")) is not None
        and well < count(row, "count") * _SHARE_WELL
    ]
    if not in_vain:
        return None
    worst = max(in_vain, key=lambda row: count(row, "count"))
    reason, times, well = worst.get("reason"), count(worst, "count"), worst["well"]
    return _retries_found(
        seen,
        f"{counted(times, 'retry', 'retries')} after {reason} made "
        f"{counted(well, 'request')} end well",
        {"reason": str(reason), "retries": times, "well": well},
    )


def _by_route(seen: Seen) -> Finding | None:
    """Of a route that has no good answer at all."""
    never_well = {
        route: ended.total()
        for route, ended in outcomes_by_route(seen).items()
        if ended.total() >= _LEAST_ENDED and not sum_of(ended, ANSWERED)
    }
    in_vain = [
        row
        for row in rows(seen, "attempts")
        if count(row, "retries") >= _LEAST_RETRIES and row.get("route") in never_well
    ]
    if not in_vain:
        return None
    worst = max(in_vain, key=lambda row: count(row, "retries"))
    route, times = str(worst.get("route")), count(worst, "retries")
    asked = never_well[route]
    return _retries_found(
        seen,
        f"{counted(times, 'retry', 'retries')} for {route} made none of "
        f"{counted(asked, 'request')} end well",
        {"route": route, "retries": times, "requests": asked},
    )


def _retries_found(seen: Seen, told: str, numbers: dict[str, float | str]) -> Finding:
    every = total(rows(seen, "attempts"), "retries")
    most = number(seen, "settings", "retry_attempts")
    sent = "" if most is None else f", where each GET may be sent {most} times"
    return Finding(
        rule="vain_retries",
        severity="warning",
        says=f"{told}, of {counted(every, 'retry', 'retries')} in all{sent}.",
        numbers={**numbers, "all_retries": every},
        setting="retry_attempts",
        change="Find out why it fails; until then set retry_attempts=1.",
        page="how-to/handle-errors.md",
    )


def unfit_preset(seen: Seen) -> Finding | None:
    """The preset is for something else than what is done."""
    if setting(seen, "preset") is None:
        return None
    return _without_breaker(seen) or _too_short(seen) or _still_developing(seen)


def _without_breaker(seen: Seen) -> Finding | None:
    ended = outcomes(seen)
    sent = sum_of(ended, (*ANSWERED, *FAILED, "client_error", "limited"))
    failed = sum_of(ended, FAILED)
    is_off = setting(seen, "circuit_breaker") is False
    if not is_off or sent < _LEAST_REQUESTS or failed < sent * _HALF:
        return None
    preset = setting(seen, "preset")
    return Finding(
        rule="unfit_preset",
        severity="warning",
        says=(
            f"{failed:,} of {sent:,} requests ({share(failed, sent)}) failed at ESI, "
            f"and all were sent: the preset {preset} is in force, and no circuit "
            "breaker."
        ),
        numbers={"failed": failed, "sent": sent, "preset": preset},
        setting="preset",
        change='Set preset="balanced", which leaves alone who answers nobody.',
        page="reference/client.md",
    )


def _too_short(seen: Seen) -> Finding | None:
    ended = outcomes(seen)
    late, asked = ended["deadline_exceeded"], ended.total()
    preset = setting(seen, "preset")
    if asked < _LEAST_REQUESTS or late < asked * _SHARE_LATE:
        return None
    is_patient = preset == "production"
    return Finding(
        rule="unfit_preset",
        severity="warning",
        says=(
            f"{late:,} of {asked:,} requests ({share(late, asked)}) took longer than "
            f"they may, with the preset {preset}."
        ),
        numbers={"deadline_exceeded": late, "requests": asked, "preset": preset},
        setting="timeout" if is_patient else "preset",
        change=(
            "Give a longer timeout=, or ask for less at once."
            if is_patient
            else 'Set preset="production", whose requests may take 60 s, or a longer '
            "timeout=."
        ),
        page="reference/client.md",
    )


def _still_developing(seen: Seen) -> Finding | None:
    asked = outcomes(seen).total()
    seconds = count(seen, "taken_at") - count(seen, "started_at")
    is_in_use = asked >= _IN_USE_REQUESTS and seconds >= _IN_USE_SECONDS
    if setting(seen, "preset") != "development" or not is_in_use:
        return None
    return Finding(
        rule="unfit_preset",
        severity="note",
        says=(
            f"{asked:,} requests in {seconds / 3600:,.3g} h had the preset "
            "development, by which no kept answer stands in for an error."
        ),
        numbers={"requests": asked, "seconds": seconds, "preset": "development"},
        setting="preset",
        change='Set preset="production".',
        page="reference/client.md",
    )
