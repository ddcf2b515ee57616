"""Pages of market orders for nginx to hand out, compressed as ESI's are.

The orders are the simulator's: 1,000 a page, 236 kB, with as much chance in them as The
Forge's. At gzip's level 3 a page shrinks to 37 kB, as ESI's do; at 6 it would be 31.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from pyesi.simulator._market import Choice, Market

from .nginx import PAGE_COUNTS

ROWS_A_PAGE = 1_000

WHOLE = 10000002  # The Forge
QUICK = 10000030  # Heimatar
ONE_PAGE = 10000043  # Domain

# One for all pages: they are one snapshot. 2026-11-01 11:55.
_LAST_MODIFIED = 1793534100


def pages_of(region_id: int) -> int:
    """How many pages its orders have."""
    return PAGE_COUNTS.get(region_id, 1)


def write_pages(home: Path, region_id: int) -> None:
    """Write a region's pages where nginx looks for them; each of them is full."""
    folder = home / "markets" / str(region_id) / "orders"
    folder.mkdir(parents=True)
    pages = pages_of(region_id)
    market = Market(1, region_id, pages + 1, 0.0)
    for page in range(1, pages + 1):
        body = market.body(Choice(), page, 0)
        file = folder / f"{page}.json.gz"
        file.write_bytes(gzip.compress(body, compresslevel=3, mtime=0))
        os.utime(file, (_LAST_MODIFIED, _LAST_MODIFIED))
