"""Scrapes of all routes' counters, from the connection to the last byte.

The routes are asked of a simulator, so that there are limits to show. Who scrapes is a
process of its own, which is told a URL and how often.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from .all_routes import ask_each_route
from .clients import USER_AGENT
from .measured import Meter, settings, tell


@contextmanager
def _ours(esi: Any) -> Iterator[str]:
    from pyesi.metrics import serve_metrics

    with serve_metrics(0, app=esi) as server:
        yield server.url


@contextmanager
def _theirs(esi: Any) -> Iterator[str]:
    from prometheus_client import CollectorRegistry, start_http_server

    from pyesi.metrics import PrometheusCollector

    registry = CollectorRegistry()
    registry.register(PrometheusCollector(app=esi))
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()
    thread.join()


SERVERS = {"serve_metrics": _ours, "prometheus_client": _theirs}


def scrape(url: str) -> int:
    """Read it all, and give how many bytes that is."""
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=10)
    connection.request("GET", place.path)
    with connection.getresponse() as answer:
        text = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"a scrape was answered by {answer.status}")
    return len(text)


def _median_ms(call: Callable[[], object], count: int) -> float:
    lengths = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        lengths.append(time.perf_counter() - began)
    return statistics.median(lengths) * 1e3


def _scraped_from_elsewhere(url: str, count: int) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-m", "compare.programs.scrapes", url, str(count)],
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures


def main(told: dict[str, Any]) -> dict[str, float]:
    import pyesi
    from pyesi.simulator import SimulatorProcess

    count = told["count"]
    with (
        SimulatorProcess(pages=2, error_limit=None) as simulator,
        pyesi.SyncESIClient(user_agent=USER_AGENT, base_url=simulator.base_url) as esi,
    ):
        routes = ask_each_route(esi)
        native = esi.engine.native()
        with SERVERS[told["server"]](esi) as url:
            scrape(url)
            meter = Meter()
            figures = _scraped_from_elsewhere(url, count)
            cpu = meter.read(count)["cpu_us"] / 1e3
        return {
            **figures,
            "routes": routes,
            "cpu_ms": cpu,
            "text_ms": _median_ms(lambda: native.exposed("app"), count),
            "statistics_ms": _median_ms(esi.statistics, count),
        }


def _scrape_often(url: str, count: int) -> None:
    size = scrape(url)
    tell({"bytes": size, "ms": _median_ms(lambda: scrape(url), count)})


if __name__ == "__main__":
    if sys.argv[1].startswith("http"):
        _scrape_often(sys.argv[1], int(sys.argv[2]))
    else:
        tell(main(settings()))
