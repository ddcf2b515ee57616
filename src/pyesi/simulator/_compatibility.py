"""The dates by which clients choose a version of ESI."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pyesi.simulator._request import Refusal, Request

DATES = (
    "2026-08-18",
    "2026-08-04",
    "2026-07-21",
    "2026-07-17",
    "2026-06-09",
    "2026-05-19",
    "2025-12-16",
    "2025-11-06",
    "2025-09-30",
    "2025-09-26",
    "2025-08-26",
    "2025-04-02",
    "2025-04-01",
    "2020-01-01",
)
"""The published dates, the newest first."""

_DAY_BEGINS = timedelta(hours=11)


def effective_date(request: Request, now: float) -> str:
    """Find the newest published date at or before the one that is asked for.

    Raises:
        Refusal: 400: it is no date, in the future or before the first.
    """
    wanted = request.headers.get("X-Compatibility-Date")
    wanted = wanted or request.first("compatibility_date")
    if not wanted:
        return DATES[-1]
    today = (datetime.fromtimestamp(now, UTC) - _DAY_BEGINS).date().isoformat()
    try:
        date.fromisoformat(wanted)
    except ValueError as error:
        raise Refusal(400, f"Invalid compatibility date: {wanted}") from error
    if not DATES[-1] <= wanted <= max(today, DATES[0]):
        raise Refusal(400, f"Compatibility date out of range: {wanted}")
    return next(published for published in DATES if published <= wanted)
