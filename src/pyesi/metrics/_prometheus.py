"""The engine's counters, as prometheus_client asks for them."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyesi._version import VERSION
from pyesi.errors import ClientClosed, ConfigurationError

from ._families import FAMILIES, REQUESTS
from ._family import Family
from ._snapshot import Statistics
from ._statistics import HasStatistics

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.core import (
        CounterMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )

BUILD_NAME = "pyesi_build"  # shown as pyesi_build_info
BUILD_MEANING = "1, with the versions of pyesi and Python as labels."
DURATION_NAME = "pyesi_request_duration_seconds"
DURATION_MEANING = "How long requests took, fresh hits apart."


class PrometheusCollector:
    """Shows the counters of clients or engines to Prometheus.

        prometheus_client.REGISTRY.register(PrometheusCollector(esi))

    Each scrape reads one snapshot; nothing is kept here. The label `client` is the
    keyword that a client was given by, else the first word of its user agent. Clients
    that share an engine share its counters, and are shown once, by the first's name.
    (prometheus_client's multiprocess mode ignores collectors: show each process.)

    Raises:
        ConfigurationError: prometheus_client is not installed, or there is no client.

    Thread-safe.
    """

    def __init__(self, *clients: HasStatistics, **named: HasStatistics) -> None:
        _families_module()
        if not clients and not named:
            message = "PrometheusCollector needs a client: PrometheusCollector(esi)."
            raise ConfigurationError(message)
        self._clients = _labelled(clients, named)

    def collect(self) -> Iterator[Metric]:
        """All series at this moment; a client that was closed has none."""
        snapshots = self._snapshots()
        yield _build()
        yield _histogram(snapshots)
        for family in FAMILIES:
            yield _filled(family, snapshots)

    def describe(self) -> Iterator[Metric]:
        """Names and meanings, so that registering asks no client."""
        yield _build()
        yield _histogram({})
        for family in FAMILIES:
            yield _filled(family, {})

    @property
    def request_counter(self) -> CounterMetricFamily:
        """``pyesi_requests_total`` at this moment."""
        counter: CounterMetricFamily = _filled(REQUESTS, self._snapshots())
        return counter

    @property
    def request_duration(self) -> HistogramMetricFamily:
        """``pyesi_request_duration_seconds`` at this moment."""
        return _histogram(self._snapshots())

    def _snapshots(self) -> dict[str, Statistics]:
        found: dict[str, Statistics] = {}
        for label, client in self._clients.items():
            try:
                found[label] = client.statistics()
            except ClientClosed:
                continue
        return found


def _families_module() -> Any:
    try:
        from prometheus_client import core
    except ImportError as error:
        message = (
            "PrometheusCollector needs prometheus_client: "
            "pip install 'pyesi-eve[prometheus]'"
        )
        raise ConfigurationError(message) from error
    return core


def _labelled(
    clients: tuple[HasStatistics, ...], named: dict[str, HasStatistics]
) -> dict[str, HasStatistics]:
    labelled = dict(named)
    engines = {id(_engine_of(client)) for client in named.values()}
    for client in clients:
        engine = _engine_of(client)
        if id(engine) not in engines:
            engines.add(id(engine))
            labelled[_free_label(_label_of(client), labelled)] = client
    return labelled


def engines_by_label(
    clients: tuple[HasStatistics, ...], named: dict[str, HasStatistics]
) -> dict[str, Any]:
    """The engines that are shown, each once, by the label `client`."""
    labelled = _labelled(clients, named)
    return {label: _engine_of(client) for label, client in labelled.items()}


def _engine_of(client: HasStatistics) -> object:
    return getattr(client, "engine", client)


def _label_of(client: HasStatistics) -> str:
    config = getattr(client, "config", None)
    words: list[str] = getattr(config, "user_agent", "").split()
    return words[0].partition("/")[0] if words else type(client).__name__.lower()


def _free_label(label: str, taken: dict[str, HasStatistics]) -> str:
    number, free = 1, label
    while free in taken:
        number += 1
        free = f"{label}-{number}"
    return free


def _filled(family: Family, snapshots: dict[str, Statistics]) -> Any:
    core = _families_module()
    kinds = {"counter": core.CounterMetricFamily, "gauge": core.GaugeMetricFamily}
    labels = ("client", *family.labels)
    metric = kinds[family.kind](family.name, family.meaning, labels=labels)
    for client, seen in snapshots.items():
        for values, number in family.samples(seen):
            metric.add_metric((client, *values), number)
    return metric


def _build() -> InfoMetricFamily:
    """Of the process, not of a client: so it can be joined to any series of it."""
    metric: InfoMetricFamily = _families_module().InfoMetricFamily(
        BUILD_NAME, BUILD_MEANING
    )
    metric.add_metric((), {"version": VERSION, "python": platform.python_version()})
    return metric


def _histogram(snapshots: dict[str, Statistics]) -> HistogramMetricFamily:
    metric: HistogramMetricFamily = _families_module().HistogramMetricFamily(
        DURATION_NAME, DURATION_MEANING, labels=("client", "route")
    )
    for client, seen in snapshots.items():
        for one in seen["durations"]:
            buckets = [(repr(float(le)), count) for le, count in one["buckets"]]
            buckets.append(("+Inf", one["count"]))
            metric.add_metric((client, one["route"]), buckets, one["sum"])
    return metric
