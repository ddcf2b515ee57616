"""What Prometheus sees of the core's counters."""

import platform
import re
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from pyesi import Engine, errors
from pyesi._version import VERSION
from pyesi.metrics import PrometheusCollector
from pyesi.metrics import _limit_families as limits
from unit.statistics_sample import seen

AT_ESI = 'upstream="https://esi.evetech.net"'
OF_ASSETS = f'group="char-asset",{AT_ESI}'


class Counted:
    """Something with counters."""

    def __init__(self, hits=3):
        self.hits = hits
        self.scrapes = 0

    def statistics(self):
        self.scrapes += 1
        return seen(self.hits)


def scraped(collector):
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def test_requests_are_counted_by_route_and_outcome():
    """
    pyesi_requests_total carries the core's numbers under client, route, outcome.
    """
    text = scraped(PrometheusCollector(app=Counted()))

    for route, outcome, count in (
        ("GetStatus", "network", 2),
        ("GetStatus", "fresh", 3),
        ("unchecked", "client_error", 1),
    ):
        labels = f'client="app",outcome="{outcome}",route="{route}"'
        assert f"pyesi_requests_total{{{labels}}} {count}.0" in text


def test_durations_are_a_histogram():
    """
    Buckets, their infinity, count and sum come as Prometheus wants them.
    """
    text = scraped(PrometheusCollector(app=Counted()))
    name, labels = "pyesi_request_duration_seconds", 'client="app",le="%s",route'

    for bound, count in (("0.1", 1), ("1.0", 4), ("+Inf", 5)):
        assert f'{name}_bucket{{{labels % bound}="GetStatus"}} {count}.0' in text
    assert f'{name}_sum{{client="app",route="GetStatus"}} 1.5' in text
    assert f'{name}_count{{client="app",route="GetStatus"}} 5.0' in text


@pytest.mark.parametrize(
    "line",
    [
        'pyesi_attempts_total{client="app",route="GetStatus"} 4.0',
        'pyesi_retries_total{client="app",reason="timed_out",route="GetStatus"} 1.0',
        'pyesi_waits_total{client="app",gate="concurrency"} 71.0',
        'pyesi_wait_seconds_total{client="app",gate="pool"} 0.5',
        'pyesi_decode_seconds_total{client="app"} 0.75',
        'pyesi_core_cpu_seconds_total{client="app"} 1.25',
        'pyesi_cache_lookups_total{client="app",outcome="hit"} 3.0',
        'pyesi_cache_lookups_total{client="app",outcome="miss"} 2.0',
        'pyesi_cache_lookups_total{client="app",outcome="revalidated"} 1.0',
        'pyesi_avoided_requests_total{client="app"} 7.0',
        'pyesi_cache_entries{client="app"} 7.0',
        'pyesi_cache_bytes{client="app"} 700.0',
        'pyesi_cache_max_entries{client="app"} 100.0',
        'pyesi_cache_max_bytes{client="app"} 10000.0',
        'pyesi_cache_evictions_total{client="app",reason="entries"} 1.0',
        'pyesi_cache_evictions_total{client="app",reason="bytes"} 2.0',
        'pyesi_cache_evictions_total{client="app",reason="expired"} 1.0',
        'pyesi_cache_evicted_misses_total{client="app"} 81.0',
        'pyesi_cache_refusals_total{client="app",reason="oversize"} 0.0',
        'pyesi_cache_refusals_total{client="app",reason="large"} 5.0',
        'pyesi_cache_tier_entries{client="app",tier="file"} 11.0',
        'pyesi_cache_tier_bytes{client="app",tier="file"} 4096.0',
        'pyesi_cache_tier_max_bytes{client="app",tier="file"} 1e+06',
        'pyesi_cache_tier_lookups_total{client="app",result="hit",tier="file"} 6.0',
        'pyesi_cache_tier_lookups_total{client="app",result="miss",tier="file"} 8.0',
        'pyesi_cache_tier_losses_total{client="app",reason="evicted",tier="file"} 12.0',
        'pyesi_cache_tier_losses_total{client="app",reason="dropped",tier="file"} 13.0',
        'pyesi_cache_tier_losses_total{client="app",reason="damaged",tier="file"} 14.0',
        'pyesi_cache_tier_faults_total{client="app",tier="file"} 15.0',
        'pyesi_cache_tier_lookups_total{client="app",result="hit",tier="redis"} 31.0',
        'pyesi_cache_tier_lookups_total{client="app",result="miss",tier="redis"} 32.0',
        'pyesi_cache_tier_faults_total{client="app",tier="redis"} 36.0',
        'pyesi_cache_doubted_total{client="app"} 37.0',
        'pyesi_cache_redis_reachable{client="app"} 1.0',
        'pyesi_cache_negative_hits_total{client="app",route="GetStatus"} 1.0',
        'pyesi_cache_reloads_total{client="app",early="true",route="GetStatus"} 2.0',
        'pyesi_cache_reloads_total{client="app",early="false",route="GetStatus"} 3.0',
        'pyesi_received_bytes_total{client="app"} 1000.0',
        'pyesi_decoded_bytes_total{client="app"} 5000.0',
        'pyesi_pool_connections{client="app",state="active"} 2.0',
        'pyesi_pool_opened_connections_total{client="app"} 8.0',
        'pyesi_pool_waiting_requests{client="app"} 4.0',
        'pyesi_pool_reuses_total{client="app"} 9.0',
        'pyesi_waiting_requests{client="app",priority="normal"} 5.0',
        'pyesi_max_waiting_requests{client="app"} 1000.0',
        f'pyesi_upstream_waiting_requests{{client="app",{AT_ESI}}} 5.0',
        f'pyesi_max_in_flight_requests{{client="app",{AT_ESI}}} 20.0',
        f'pyesi_circuit_breaker_phase{{client="app",phase="open",{AT_ESI}}} 1.0',
        f'pyesi_circuit_breaker_phase{{client="app",phase="closed",{AT_ESI}}} 0.0',
        f'pyesi_circuit_breaker_openings_total{{client="app",{AT_ESI}}} 3.0',
        f'pyesi_in_flight_requests{{client="app",{AT_ESI}}} 2.0',
        'pyesi_tables_total{client="app",route="GetStatus"} 61.0',
        'pyesi_table_rows_total{client="app",route="GetStatus"} 62.0',
        'pyesi_table_json_bytes_total{client="app",route="GetStatus"} 63.0',
        'pyesi_table_misfits_total{client="app",route="GetStatus"} 64.0',
        'pyesi_table_unknown_total{client="app",route="GetStatus",what="field"} 65.0',
        'pyesi_table_unknown_total{client="app",route="GetStatus",what="value"} 66.0',
        'pyesi_token_calls_total{client="app",outcome="given"} 67.0',
        'pyesi_token_calls_total{client="app",outcome="cancelled"} 0.0',
        'pyesi_token_call_seconds_total{client="app",outcome="failed"} 6.8',
        f'pyesi_error_limit_left{{client="app",{AT_ESI}}} 98.0',
        f'pyesi_error_limit_closed_seconds{{client="app",{AT_ESI}}} 0.0',
        f'pyesi_rate_limit_tokens{{client="app",{OF_ASSETS}}} 1800.0',
        f'pyesi_rate_limit_left_tokens{{client="app",{OF_ASSETS}}} 30.0',
        f'pyesi_rate_limit_window_seconds{{client="app",{OF_ASSETS}}} 900.0',
        f'pyesi_rate_limit_closed_seconds{{client="app",{OF_ASSETS}}} 2.5',
        f'pyesi_rate_limit_waits_total{{client="app",{OF_ASSETS}}} 75.0',
        f'pyesi_rate_limit_wait_seconds_total{{client="app",{OF_ASSETS}}} 30.5',
    ],
)
def test_everything_counted_is_shown(line):
    """
    Each number of the core has its series.
    """
    assert line in scraped(PrometheusCollector(app=Counted())).splitlines()


@pytest.mark.parametrize("phase", limits.PHASES)
def test_a_circuit_breaker_is_in_one_phase(phase):
    """
    Every phase has a series, and that which holds alone is 1.
    """
    counted = Counted()
    snapshot = seen()
    snapshot["limits"][0]["circuit_breaker"]["phase"] = phase
    counted.statistics = lambda: snapshot

    lines = scraped(PrometheusCollector(app=counted)).splitlines()
    shown = [line for line in lines if line.startswith("pyesi_circuit_breaker_phase{")]
    assert len(shown) == len(limits.PHASES)
    assert [line for line in shown if line.endswith(" 1.0")] == [
        f'pyesi_circuit_breaker_phase{{client="app",phase="{phase}",{AT_ESI}}} 1.0'
    ]


def test_the_phases_are_those_of_the_core():
    """
    No phase that the core names goes without a series.
    """
    source = Path(__file__).parents[2] / "src/cpp/bindings/statistics_view.cpp"
    named = source.read_text("utf-8").partition("BreakerState::Phase phase")[2]
    known = re.findall(r'return "(\w+)";', named.partition("\n}\n")[0])

    assert {*limits.PHASES} == {*known}


def test_the_build_is_shown_once_for_all_clients():
    """
    The versions are the process's: a series without `client` joins with any other.
    """
    text = scraped(PrometheusCollector(app=Counted(), other=Counted()))

    python = platform.python_version()
    line = f'pyesi_build_info{{python="{python}",version="{VERSION}"}} 1.0'
    assert line in text.splitlines()
    assert text.count("pyesi_build_info{") == 1


def test_no_identity_is_a_label():
    """
    Whose bucket it is stays inside.
    """
    text = scraped(PrometheusCollector(app=Counted()))
    assert "alice" not in text
    assert "bob" not in text


def test_every_series_has_a_meaning_and_a_unit_or_total():
    """
    Names follow Prometheus's own rules, and each is explained.
    """
    families = list(PrometheusCollector(app=Counted()).collect())
    assert all(family.documentation for family in families)
    assert all(family.name.startswith("pyesi_") for family in families)
    assert len({family.name for family in families}) == len(families)


def test_registering_asks_no_client():
    """
    describe() tells the names without a snapshot; a scrape takes one.
    """
    client = Counted()
    registry = CollectorRegistry()
    collector = PrometheusCollector(app=client)
    registry.register(collector)
    assert client.scrapes == 0

    generate_latest(registry)
    assert client.scrapes == 1
    described = {family.name for family in collector.describe()}
    assert described == {family.name for family in collector.collect()}


def test_the_two_best_known_series_are_at_hand():
    """
    request_counter and request_duration are the series of these names, now.
    """
    collector = PrometheusCollector(app=Counted())

    assert collector.request_counter.name == "pyesi_requests"
    assert collector.request_duration.name == "pyesi_request_duration_seconds"
    assert sum(s.value for s in collector.request_counter.samples) == 6


def test_clients_are_named_by_their_application(both, network):
    """
    The label is the user agent's first word, numbered where two are alike.
    """
    network.statistics = seen()
    clients = [both.make(user_agent=f"{name}/1 (a@b.co)") for name in ("x", "x", "y")]
    collector = PrometheusCollector(*clients, other=Counted())

    text = scraped(collector)
    for label in ("x", "x-2", "y", "other"):
        assert f'pyesi_cache_entries{{client="{label}"}}' in text
    for client in clients:
        both.close(client)


def test_clients_of_one_engine_are_shown_once(both, network):
    """
    Shared counters under two names would be counted twice in a sum.
    """
    network.statistics = seen()
    with Engine() as engine:
        first, second = both.make(engine=engine), both.make(engine=engine)
        text = scraped(PrometheusCollector(first, second))
        assert text.count("pyesi_cache_entries{") == 1


def test_a_closed_client_is_left_out(both, network):
    """
    A scrape goes on without it.
    """
    network.statistics = seen()
    esi = both.make()
    collector = PrometheusCollector(esi, other=Counted())
    both.close(esi)

    assert scraped(collector).count("pyesi_cache_entries{") == 1


def test_it_needs_a_client_and_prometheus(monkeypatch):
    """
    Without either the words say what is missing.
    """
    with pytest.raises(errors.ConfigurationError, match="needs a client"):
        PrometheusCollector()
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(errors.ConfigurationError, match="pip install"):
        PrometheusCollector(app=Counted())


def test_the_pool_is_a_view_of_the_engine(both, network):
    """
    Settings as configured, counts as the core tells them.
    """
    network.statistics = seen()
    esi = both.make(pool_size=5)

    assert (esi.pool.pool_size, esi.pool.http2_connections) == (5, 2)
    assert (esi.pool.keep_alive_idle, esi.pool.keep_alive_life) == (60.0, 600.0)
    assert esi.pool.statistics()["reused"] == 9
    assert esi.statistics()["bytes"]["received"] == 1000
    both.close(esi)


def test_the_bound_of_the_queue_stands_beside_what_waits(both, network):
    """
    statistics() has the setting of the engine, so that a share of it can be told.
    """
    network.statistics = seen()
    with Engine(max_waiting=5) as engine:
        esi = both.make(engine=engine)
        assert esi.statistics()["queue"]["max_waiting"] == 5
