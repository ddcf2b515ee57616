"""The text of the core beside that of prometheus_client: two ways that must agree."""

from contextlib import closing
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

import pyesi
from integration.worlds import SYSTEM, make_blocking_client
from pyesi.metrics import PrometheusCollector, serve_metrics

# Read at different moments, so it may have grown between them.
MOVING = {"pyesi_core_cpu_seconds"}


def samples(text):
    """What Prometheus would take in, without what moves by itself."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        if family.name not in MOVING
        for sample in family.samples
    }


def families(text):
    """Each family's kind and meaning."""
    return {
        one.name: (one.type, one.documentation)
        for one in text_string_to_metric_families(text)
    }


@pytest.fixture
def esi(simulator):
    """A client that has met hits, refusals, reloads, a table and a source of tokens."""
    with make_blocking_client(simulator.base_url) as esi:
        for _ in range(3):
            esi.get(SYSTEM, system_id=30000142)
            with pytest.raises(pyesi.NotFound):
                esi.get(SYSTEM, system_id=1)
        for _ in range(2):
            esi.get("/markets/prices", cache_mode="reload")
        esi.get_table("/markets/prices")
        esi.get("/status", auth=lambda: "token")
        yield esi


def test_both_ways_show_the_same_series(esi):
    """
    A scrape of serve_metrics and one through prometheus_client have equal samples.
    """
    registry = CollectorRegistry()
    registry.register(PrometheusCollector(app=esi))
    with serve_metrics(0, app=esi) as server, closing(urlopen(server.url)) as answer:
        ours = answer.read().decode()
    theirs = generate_latest(registry).decode()

    assert samples(ours) == samples(theirs)
    assert families(ours) == families(theirs)
    names = {name for name, _ in samples(ours)}
    assert {
        "pyesi_requests_total",
        "pyesi_cache_negative_hits_total",
        "pyesi_cache_reloads_total",
        "pyesi_request_duration_seconds_bucket",
        "pyesi_tables_total",
        "pyesi_token_calls_total",
    } <= names


def test_percentiles_are_told_for_all_and_by_route(esi):
    """
    Each window has its percentiles, in order, for the routes that were asked.
    """
    rows = esi.statistics()["percentiles"]

    assert {row["window"] for row in rows} == {"minute", "ten_minutes", "all"}
    assert {row["route"] for row in rows} >= {None, "GetMarketsPrices"}
    for row in rows:
        shares = [row[name] for name in ("p50", "p90", "p95", "p99", "p99_9")]
        assert shares == sorted(shares)
        assert row["count"] > 0
        assert row["mean"] > 0


def test_the_past_has_what_was_counted(esi):
    """
    Minutes and ten-minute periods add up to the requests that ended.
    """
    past = esi.engine.native().history()
    ended = sum(row["count"] for row in esi.statistics()["requests"])

    assert sum(row["requests"] for row in past["minutes"]) == ended
    assert sum(row["requests"] for row in past["ten_minutes"]) == ended
    assert all(row["begin"] % 60 == 0 for row in past["minutes"])


def test_what_was_counted_outlives_the_process_beside_the_caches_file(
    simulator, tmp_path
):
    """
    The next client with that file has the past of the one before.
    """

    def client():
        file = str(tmp_path / "answers.sqlite3")
        return make_blocking_client(simulator.base_url, cache=file)

    with client() as esi:
        esi.get("/markets/prices")
        esi.engine.advance_clock(3600)
        esi.get("/markets/prices")
        before = esi.engine.native().history()["minutes"]
    assert len(before) == 2
    with client() as esi:
        esi.get("/status")
        now = esi.engine.native().history()["minutes"]

    assert now[0] == before[0]
    assert (tmp_path / "answers.sqlite3.history").stat().st_mode & 0o077 == 0


def test_a_program_that_starts_again_and_again_keeps_its_past(simulator, tmp_path):
    """
    Runs that begin in the period in which the last one ended go on with it.
    """
    file = str(tmp_path / "answers.sqlite3")
    for number in range(1, 6):
        with make_blocking_client(simulator.base_url, cache=file) as esi:
            esi.get(SYSTEM, system_id=30000141 + number)
            past = esi.engine.native().history()
        assert sum(row["requests"] for row in past["ten_minutes"]) == number
        begins = [row["begin"] for row in past["minutes"]]
        assert begins == sorted(set(begins))


def test_waits_and_retries_are_counted(simulator):
    """
    An attempt that had to be repeated says why, and one held back says by what.
    """
    failing = {"kind": "status", "code": 503}
    match = {"path": "/status"}
    with make_blocking_client(simulator.base_url, max_in_flight=1) as esi:
        simulator.faults([{"fault": failing, "times": 1, "match": match}])
        esi.get("/status")
        esi.batch_request(
            [("GET", SYSTEM, {"system_id": 30000142 + n}) for n in range(6)]
        )
        seen = esi.statistics()

    (retries,) = seen["retries"]
    assert retries == {
        "route": "GetStatus",
        "reason": "server_error",
        "count": 1,
        "well": 1,
    }
    waits = {row["gate"]: row for row in seen["waits"]}
    assert waits["concurrency"]["count"] >= 1
    assert waits["concurrency"]["seconds"] > 0
    assert seen["cpu"] > 0
