"""`pyesi routes`."""

from __future__ import annotations

from pyesi import catalog


def print_routes(word: str) -> int:
    """Print the facts of all routes that have the words; 1 if there is none."""
    found = catalog.search(word)
    for route in found:
        print(f"{route.method:<6} {route.path}")
        print(f"       {'; '.join(_facts(route))}")
    if not found:
        print(f"No route has {word!r} in path, operation id, scope or group.")
        return 1
    date = catalog.COMPATIBILITY_DATE
    print(f"{len(found)} routes of ESI at {date}.")
    return 0


def _facts(route: catalog.Route) -> list[str]:
    facts = [route.operation_id]
    if route.cache_seconds is not None:
        facts.append(f"cached {route.cache_seconds} s")
    if route.expires_daily:
        facts.append("expires daily at 11:05 UTC")
    if route.rate_limit_group is not None:
        facts.append(
            f"{route.rate_limit_group} {route.rate_limit_tokens} tokens "
            f"in {route.rate_limit_window} s"
        )
    if route.pagination is not None:
        facts.append(f"pages by {route.pagination}")
    facts.extend(route.scopes)
    return facts
