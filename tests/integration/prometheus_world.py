"""Debian's promtool, a prometheus of a test's own, and clients that it may scrape."""

import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pytest
from prometheus_client import CollectorRegistry, start_http_server

from integration import processes
from integration.processes import ending_with_us
from integration.worlds import free_port
from pyesi.metrics import PrometheusCollector

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="prometheus is not installed",
)

# Prometheus looks once a second, so nothing is true at once.
until = partial(processes.until, seconds=60, pause=0.05)

CONFIGURATION = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: {rules}
scrape_configs:
  - job_name: app
    static_configs:
      - targets: {targets}
"""


def promtool(*words, told=""):
    """What it wrote, once it has found nothing to say against it."""
    ended = subprocess.run(
        ["promtool", *map(str, words)],
        input=told,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@contextmanager
def served(*clients, **named):
    """Where the metrics of these clients are shown, as host and port."""
    registry = CollectorRegistry()
    registry.register(PrometheusCollector(*clients, **named))
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Prometheus:
    """A running server that each second scrapes targets and evaluates rules.

    It listens on loopback, at a port of its own, and keeps its samples in the folder.
    """

    def __init__(self, folder, targets, rules=()):
        file = folder / "prometheus.yml"
        # A JSON list of strings is one of YAML too.
        file.write_text(
            CONFIGURATION.format(
                targets=json.dumps([*targets]), rules=json.dumps([*map(str, rules)])
            )
        )
        address = f"127.0.0.1:{free_port()}"
        self._url = f"http://{address}"
        self._open = build_opener(ProxyHandler({})).open
        self._process = subprocess.Popen(
            ending_with_us(
                "prometheus",
                *("--config.file", file, "--storage.tsdb.path", folder / "samples"),
                *("--web.listen-address", address, "--log.level", "error"),
            ),
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self):
        try:
            until(self._is_ready)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)

    def query(self, expression):
        """The samples of this moment: labels and number of each."""
        found = self._ask("query", query=expression)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def by(self, label, expression):
        """The numbers of this moment by one label."""
        return {labels[label]: number for labels, number in self.query(expression)}

    def rules(self):
        """All rules, as it has read them."""
        groups = self._ask("rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def firing(self):
        """The alerts that fire at this moment."""
        alerts = self._ask("alerts")["alerts"]
        return [alert for alert in alerts if alert["state"] == "firing"]

    def wait_for_scrapes(self, count=1):
        """Until every target was scraped so often, each time begun after this."""
        for _ in range(count):
            self._wait_for_scrape(time.time())

    def _wait_for_scrape(self, moment):
        scraped = "timestamp(up) and up == 1"

        def last():
            return min((number for _, number in self.query(scraped)), default=0.0)

        until(lambda: last() > moment)

    def _is_ready(self):
        assert self._process.poll() is None, "prometheus has ended"
        try:
            with self._open(f"{self._url}/-/ready", timeout=10):
                return True
        except OSError:
            return False

    def _ask(self, what, **parameters):
        url = f"{self._url}/api/v1/{what}?{urlencode(parameters)}"
        with self._open(url, timeout=30) as answer:
            return json.load(answer)["data"]
