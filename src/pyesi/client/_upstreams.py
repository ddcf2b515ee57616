"""What the core is told of several upstreams."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from pyesi.config import ClientConfig

NONE_TRUSTED = (
    "it goes to trusted upstreams only, and none is: pyesi.Upstream(url, trusted=True)."
)


def several_upstreams(config: ClientConfig) -> dict[str, Any]:
    """The profile's arguments about them; none where there is one."""
    if len(config.upstreams) < 2:
        return {}
    check = config.health_check
    return {
        "upstreams": [astuple(one) for one in config.upstreams],
        "balancing": config.balancing,
        "health_check": None if check is None else astuple(check),
    }
