"""Metrics pages, made up."""

from pyesi.metrics import Statistics
from pyesi.top._reading import readings_of
from pyesi.top._text import samples_of
from unit.statistics_sample import seen

ROUTE = "GetStatus"


def page(client="app", *, fresh=0, network=0, failed=0, took=(), **gauges):
    """The text that a client has which ended so many requests.

    `took` are pairs of a bound and how many took no longer; `gauges` stand as they are.
    """
    ended = {"fresh": fresh, "network": network, "server_error": failed}
    told = f'client="{client}",route="{ROUTE}"'
    lines = [
        f'pyesi_requests_total{{{told},outcome="{outcome}"}} {count}'
        for outcome, count in ended.items()
    ]
    lines.append(f'pyesi_avoided_requests_total{{client="{client}"}} {fresh}')
    name = "pyesi_request_duration_seconds"
    lines += [f'{name}_bucket{{{told},le="{le}"}} {n}' for le, n in took]
    if took:
        lines.append(f"{name}_count{{{told}}} {took[-1][1]}")
        lines.append(f"{name}_sum{{{told}}} {took[-1][1] * 0.5}")
    lines += [f'pyesi_{name}{{client="{client}"}} {n}' for name, n in gauges.items()]
    return "\n".join(lines) + "\n"


def readings(text, at):
    """The clients of a page that was read at a moment."""
    return readings_of(samples_of(text), at)


def saved(started_at=100.0, taken_at=160.0, **hits):
    """Statistics with something in each part."""
    return Statistics(seen(**hits) | {"started_at": started_at, "taken_at": taken_at})
