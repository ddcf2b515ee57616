"""The shipped rules and board, against a real Prometheus that scrapes real clients."""

import json
import random
import re
from collections import Counter
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from urllib.request import ProxyHandler, build_opener

import pytest
from prometheus_client.parser import text_string_to_metric_families

import pyesi
from docs.markdown import DOCS, REPOSITORY, rows
from integration import promql
from integration.prometheus_world import (
    Prometheus,
    needs_prometheus,
    promtool,
    served,
    until,
)
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    free_port,
    make_blocking_client,
)
from pyesi.config import EngineConfig
from pyesi.metrics._families import FAMILIES
from pyesi.simulator import SimulatorProcess

pytestmark = needs_prometheus

HERE = DOCS / "how-to" / "monitoring"
RULES = HERE / "alerts.yml"
BOARD = json.loads((HERE / "dashboard.json").read_text("utf-8"))
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
TARGETS = [
    pytest.param(target, id=f"{panel['title']}-{target['refId']}")
    for panel in PANELS
    for target in panel["targets"]
]
OUTCOMES = re.findall(
    r'return "(\w+)";', (REPOSITORY / "src/cpp/metrics/outcome.h").read_text("utf-8")
)
CHOSEN = {"$job": ".*", "$client": ".*", "$__rate_interval": "1m"}


def chosen(expression):
    """The expression, with the board's variables set to what shows everything."""
    for variable, value in CHOSEN.items():
        expression = expression.replace(variable, value)
    return expression


def ask_for_everything(esi, simulator):
    """Requests that end in several ways, tables, a reload, a refusal that is kept."""
    for number in range(40):
        esi.get(SYSTEM, system_id=30000142 + number % 20)
    esi.get(SYSTEM, system_id=30000142, cache_mode="reload")
    for _ in range(2):
        with suppress(pyesi.NotFound):
            esi.get(SYSTEM, system_id=3)
    esi.post(NAMES, json=[587])
    failing = {"kind": "status", "code": 503}
    simulator.faults([{"fault": failing, "times": 1, "match": {"path": "/status"}}])
    esi.get("/status")
    esi.get_table(ORDERS, **FORGE)
    row = {"solar_system_id": "Jita", "contested": "perhaps", "colour": "red"}
    body = {"kind": "status", "code": 200, "body": [row]}
    simulator.faults([{"fault": body, "times": 1, "match": {"path": "/fw/systems"}}])
    esi.get_table("/fw/systems", misfits="null")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Clients that have every series between them, and a Prometheus beside them."""
    folder = tmp_path_factory.mktemp("monitoring")
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(SimulatorProcess(pages=2)) for _ in range(2)
        )
        files = {
            "cache": str(folder / "answers.sqlite3"),
            "limits": str(folder / "limits.db"),
        }
        app = stack.enter_context(make_blocking_client(first.base_url, **files))
        # Nobody listens there: the series of Redis tell of that too.
        nobody = f"redis://127.0.0.1:{free_port()}/0"
        engine = pyesi.Engine(cache=nobody, max_in_flight_total=50)
        balanced = stack.enter_context(
            pyesi.SyncESIClient(
                user_agent="balanced/1.0 (tests@example.com)",
                upstreams=[first.base_url, second.base_url],
                engine=stack.enter_context(engine),
            )
        )
        ask_for_everything(app, first)
        for number in range(20):
            balanced.get(SYSTEM, system_id=30000142 + number)
        place = stack.enter_context(served(app=app, balanced=balanced))
        with build_opener(ProxyHandler({})).open(f"http://{place}/metrics") as answer:
            text = answer.read().decode()
        prometheus = stack.enter_context(Prometheus(folder, [place], [RULES]))
        prometheus.wait_for_scrapes(3)
        yield SimpleNamespace(
            app=app,
            text=text,
            shown=promql.shown_by(text_string_to_metric_families(text)),
            prometheus=prometheus,
        )


def test_promtool_has_nothing_to_say_against_the_exposition(world):
    """
    Names, units and helps of a live client are as Prometheus wants them.
    """
    assert promtool("check", "metrics", told=world.text) == ""


def test_the_world_shows_every_series(world):
    """
    No family goes unseen here, so a name that is not found is wrong.
    """
    assert {family.name for family in FAMILIES} - world.shown.keys() == set()


def test_prometheus_says_what_statistics_says(world):
    """
    Requests by outcome, asked for in PromQL, are those that the client has counted.
    """
    counted = Counter()
    for one in world.app.statistics()["requests"]:
        counted[one["outcome"]] += one["count"]
    world.prometheus.wait_for_scrapes()

    asked = 'sum by (outcome) (pyesi_requests_total{client="app"})'
    assert {"network", "fresh", "client_error"} <= counted.keys()
    assert world.prometheus.by("outcome", asked) == counted


def test_a_quantile_lies_within_its_buckets(world):
    """
    The histogram is one to Prometheus: its median lies between none and its largest.
    """
    quantile = (
        "histogram_quantile(0.5, sum by (le) (pyesi_request_duration_seconds_bucket))"
    )
    ((_, median),) = world.prometheus.query(quantile)
    assert 0 < median < 30


def test_the_rules_are_well_formed():
    """
    promtool reads them, templates included.
    """
    assert "11 rules found" in promtool("check", "rules", RULES)


def test_each_rule_fires_where_it_should_and_nowhere_else():
    """
    The shipped cases hold.
    """
    assert "SUCCESS" in promtool("test", "rules", HERE / "alerts_test.yml")


def test_each_rule_has_a_case_in_which_it_fires(world):
    """
    No rule is shipped that the cases do not know.
    """
    cases = (HERE / "alerts_test.yml").read_text("utf-8")
    for rule in world.prometheus.rules():
        assert f'ALERTS{{alertname="{rule["name"]}", alertstate="firing"' in cases


def test_each_rule_names_what_is_shown(world):
    """
    Prometheus evaluates each rule, and its series, labels and their values exist.
    """
    rules = world.prometheus.rules()
    assert len(rules) == 11
    until(lambda: all(rule["health"] == "ok" for rule in world.prometheus.rules()))
    for rule in rules:
        assert not promql.breaches(rule["query"], world.shown, OUTCOMES), rule["name"]


def test_each_alert_says_how_bad_it_is_and_what_to_do(world):
    """
    Severity, summary and description are there, and speak of labels that there are.
    """
    for rule in world.prometheus.rules():
        told = rule["annotations"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert told.keys() == {"summary", "description"}
        assert len(told["description"].split()) > 15
        spoken_of = set(re.findall(r"\$labels\.(\w+)", " ".join(told.values())))
        metrics = promql.metrics_in(rule["query"])
        has = promql.labels_kept(rule["query"]) or promql.SCRAPED.union(
            *(world.shown[name] for name in metrics)
        )
        assert spoken_of
        assert spoken_of - has == set(), rule["name"]


@pytest.mark.parametrize("target", TARGETS)
def test_each_question_of_the_board_has_an_answer(world, target):
    """
    What a panel asks names what is shown, and the answer has the labels of its legend.
    """
    expression = chosen(target["expr"])
    assert not promql.breaches(target["expr"], world.shown, OUTCOMES)

    world.prometheus.query(expression)
    # A filter at the end may leave nothing of a world that is well.
    found = world.prometheus.query(expression.removesuffix(" > 0"))
    legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert found
    for labels, _ in found:
        assert legend <= labels.keys()


def test_the_variables_of_the_board_name_what_is_shown(world):
    """
    Jobs and clients are found by series and labels that exist.
    """
    for variable in BOARD["templating"]["list"]:
        if variable["type"] == "query":
            inside = variable["query"]["query"].removeprefix("label_values(")
            selector, label = re.fullmatch(r"(.*), (\w+)\)", inside).groups()
            labels = {*world.shown["pyesi_cache_entries"], *promql.SCRAPED}
            assert not promql.breaches(selector, world.shown)
            assert label in labels


def test_the_board_asks_for_every_series(world):
    """
    What is shown can be seen on the board.
    """
    asked = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for panel in PANELS
        for target in panel["targets"]
        for name in promql.metrics_in(target["expr"])
    }
    known = {family.name for family in FAMILIES}
    assert known | {"pyesi_request_duration_seconds", "pyesi_build_info"} == asked


def test_the_board_is_laid_out_as_grafana_wants_it():
    """
    Numbers are given once, panels lie beside one another, and all take their data from
    where the reader says.
    """
    numbers = [panel["id"] for panel in BOARD["panels"]]
    assert len({*numbers}) == len(numbers)
    taken = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        place = {
            (at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])
        }
        assert not place & taken, panel["title"]
        taken |= place
    rows = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
    assert rows == [
        *("Traffic", "Latency", "Cache", "Limits", "Upstreams and pool", "Tables")
    ]
    sources = [
        one["datasource"] for panel in PANELS for one in [panel, *panel["targets"]]
    ]
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in sources)
    assert BOARD["templating"]["list"][0]["name"] == "datasource"
    assert (BOARD["id"], BOARD["uid"]) == (None, "pyesi")


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("pyesi_requests_total", "pyesi_request_total", "pyesi_request_total"),
        ("by (outcome)", "by (result)", "result"),
        ('client=~"$client"', 'klient="x"', "pyesi_requests_total{klient}"),
        ('job=~"$job"', 'outcome=~"network|late"', "late"),
        ("sum", "up + sum", "up"),
    ],
)
def test_a_wrong_word_in_a_question_is_found(world, right, wrong, found):
    """
    A series, label or value that does not exist is seen; to Prometheus all is well.
    """
    chosen_by = 'job=~"$job", client=~"$client"'
    question = f"sum by (outcome) (rate(pyesi_requests_total{{{chosen_by}}}[1m]))"
    assert promql.breaches(question, world.shown, OUTCOMES) == set()

    broken = question.replace(right, wrong)
    assert promql.breaches(broken, world.shown, OUTCOMES) == {found}
    world.prometheus.query(chosen(broken))


def test_an_alert_fires_and_is_resolved(tmp_path, simulator):
    """
    A cache that fills up brings its alert, with its words filled in; once there is room
    again, the alert ends.
    """
    # The shipped rules, but none waits to be sure.
    rules = tmp_path / "alerts.yml"
    rules.write_text(re.sub(r"for: \d+m", "for: 0s", RULES.read_text("utf-8")))
    with (
        make_blocking_client(
            simulator.base_url, cache=pyesi.CacheConfig(max_bytes=1_000_000)
        ) as esi,
        served(market=esi) as place,
        Prometheus(tmp_path, [place], [rules]) as prometheus,
    ):
        prometheus.wait_for_scrapes(2)
        assert prometheus.firing() == []

        for number in range(90):
            esi.cache.set(str(number), random.randbytes(10_000), 3600)
        until(prometheus.firing)
        (alert,) = prometheus.firing()
        assert alert["labels"]["alertname"] == "PyesiCacheNearlyFull"
        assert re.fullmatch(
            r"market: the cache has [89]\d\.?\d*% of the memory that it may have",
            alert["annotations"]["summary"],
        )

        esi.cache.clear()
        until(lambda: not prometheus.firing())
        assert prometheus.query('ALERTS{alertname="PyesiCacheNearlyFull"}') == []


def test_the_page_tells_every_rule(world):
    """
    The table of rules has each of them, with its severity.
    """
    page = (HERE / "index.md").read_text("utf-8")
    told = {cells[0].strip("`"): cells[2] for cells in rows(page) if len(cells) == 3}

    assert told.pop("alert") == "severity"
    assert told == {
        rule["name"]: rule["labels"]["severity"] for rule in world.prometheus.rules()
    }


def test_the_rules_know_what_is_reserved(world):
    """
    The tenth of a window and the last errors that the core keeps back are the rules'.
    """
    asked = {rule["name"]: rule["query"] for rule in world.prometheus.rules()}
    header = (REPOSITORY / "src/cpp/scheduler/error_limit.h").read_text("utf-8")
    (errors,) = re.findall(r"uint32_t reserve = (\d+);", header)

    assert asked["PyesiErrorLimitLow"].endswith(f" < {errors}")
    assert f" < {EngineConfig().reserve} * " in asked["PyesiTokenWindowEmpty"]
