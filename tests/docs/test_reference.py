"""Does the reference say what the code does?"""

import dataclasses
import inspect
import re
import typing

import pytest

import pyesi
from docs import markdown
from pyesi import _timeline, advice, alerts, catalog, cli, config, errors, metrics
from pyesi.metrics import _families as families
from pyesi.simulator import Settings
from pyesi.simulator import _cli as simulator_cli
from pyesi.simulator import _control as simulator_control
from pyesi.simulator import _faults as simulator_faults
from pyesi.simulator._control import Controlled
from unit.advice_faults import FAULTS
from unit.advice_sample import healthy

REFERENCE = markdown.DOCS / "reference"
PARAMETER_KINDS = {
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
}


def page(name):
    return markdown.read(REFERENCE / f"{name}.md")


def words(*names):
    """All names that stand as code on the pages."""
    spans = set().union(*(markdown.code_words(page(name)) for name in names))
    return {word for span in spans for word in re.findall(r"[\w.-]+", span)}


def table(name, section=None):
    """The rows of a page or section whose first cell is code, by that code."""
    text = page(name) if section is None else markdown.section(page(name), section)
    found = {}
    for cells in markdown.rows(text):
        for word in re.findall(r"`([^`]+)`", cells[0]):
            found[word.partition("(")[0]] = cells[1:]
    return found


def fields_of(kind):
    return {field.name: field for field in dataclasses.fields(kind)}


def default_of(field):
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def keywords_of(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name for p in parameters if p.kind in PARAMETER_KINDS} - {"self"}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def options_of(parser):
    """The options of a parser, and of its commands, that its help shows."""
    found = set()
    for action in parser._actions:
        if action.help != "==SUPPRESS==":
            found |= {o for o in action.option_strings if o.startswith("--")}
        commands = action.choices if isinstance(action.choices, dict) else {}
        for command in commands.values():
            found |= options_of(command)
    return found


@pytest.mark.parametrize("name", pyesi.__all__)
def test_every_public_name_stands_in_the_reference(name):
    """
    What `pyesi` exports is written as code on a page of the reference.
    """
    pages = [path.stem for path in REFERENCE.glob("*.md")]
    known = words(*pages)

    assert name in known or f"pyesi.{name}" in known


@pytest.mark.parametrize("name", metrics.__all__)
def test_every_name_of_metrics_stands_in_its_page(name):
    """
    What `pyesi.metrics` exports is written as code on the page about metrics.
    """
    known = words("metrics")

    assert name in known or f"pyesi.metrics.{name}" in known


def test_every_rule_of_advice_is_told():
    """
    The table has each rule, in their order, with the settings that its findings name.
    """
    told = table("advice", "Rules")

    assert list(told) == list(advice.RULES)
    for fault, (changed, setting) in FAULTS.items():
        rule = fault.partition(",")[0]
        (found,) = advice.advise(healthy(**changed))
        assert found.severity in told[rule][0]
        assert f"`{setting}`" in told[rule][2]


def test_what_advice_is_made_of_is_told():
    """
    Its page names what the package has, and all that a finding and advice have.
    """
    known = words("advice")
    members = fields_of(advice.Finding).keys() | public(advice.Advice)
    members -= {"count", "index"}

    assert members - known == set()
    assert {f"pyesi.advice.{name}" for name in ("advise", "RULES")} - known == set()
    assert {"Advice", "Finding"} - known == set()


@pytest.mark.parametrize("name", catalog.__all__)
def test_every_name_of_the_catalog_stands_in_its_page(name):
    """
    What `pyesi.catalog` exports is written as code on the page about the catalog.
    """
    known = words("catalog")

    assert name in known or f"catalog.{name}" in known


@pytest.mark.parametrize("name", alerts.__all__)
def test_every_name_of_alerts_stands_in_its_page(name):
    """
    What `pyesi.alerts` exports is written as code on the page about alerts.
    """
    known = words("alerts")

    assert name in known or f"pyesi.alerts.{name}" in known


@pytest.mark.parametrize("kind", [alerts.Alerts, alerts.Subscription])
def test_every_member_of_alerts_is_told(kind):
    """
    What alerts and subscriptions offer stands on their page, but for pyesi's own.
    """
    assert public(kind) - {"look"} - words("alerts") == set()


def test_every_rule_stands_with_its_numbers():
    """
    The table of rules is the code's, and so are the fields of rule and alert.
    """
    told = {name: cells[1:] for name, cells in table("alerts", "Rules").items()}

    assert told.pop("rule", None) is None
    for name, rule in alerts.RULES.items():
        numbers = (
            "" if rule.threshold is None else f"{rule.threshold:g}",
            f"{rule.window:g}" if rule.window else "",
            f"{rule.for_:g}",
            f"{rule.least}" if rule.least else "",
            rule.severity,
        )
        assert told[name] == [*numbers]
    fields = fields_of(alerts.Rule).keys() | fields_of(alerts.Alert).keys()
    assert fields - words("alerts") - {"find"} == set()


def test_every_kpi_stands_with_its_bounds():
    """
    The table of KPIs is the code's.
    """
    told = table("metrics", "KPIs")

    for one in metrics.Statistics(unused()).kpis():
        bounds = [f"{bound:g}" for bound in (one.target, one.good, one.bad)]
        assert [told[one.name][0], *told[one.name][2:]] == [one.unit, *bounds]
    assert public(metrics.Kpi) - words("metrics") == set()


def test_every_member_of_the_past_is_told():
    """
    What a history, its rows, its hours and its trends have stands on their page.
    """
    for kind in (metrics.History, metrics.HistoryRow, metrics.HourOfDay, metrics.Trend):
        assert public(kind) - words("metrics") == set()
    names = {f"pyesi.report.{name}" for name in ("report_html", "write_report")}
    assert names - words("metrics") == set()


def unused():
    """Statistics of an engine that did nothing."""
    nothing = {"avoided": 0, "bytes": 0, "max_bytes": 0}
    moment = {"started_at": 0.0, "taken_at": 0.0}
    rows = {"requests": [], "durations": [], "percentiles": []}
    return {**rows, "cache": nothing, **moment}


def test_the_facts_of_a_route_are_all_told():
    """
    The catalog's page names every field of a route and of a parameter.
    """
    fields = fields_of(catalog.Route).keys() | fields_of(catalog.Parameter).keys()

    assert fields - words("catalog") == set()


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n != "status_error"])
def test_every_error_says_what_to_do(name):
    """
    Each error but the inner one has a row that says when and what to do.
    """
    if name in {"ESIError", "Cancelled"}:
        assert name in page("errors")
        return
    when, what_to_do = table("errors")[name]

    assert when
    assert what_to_do


def test_the_tree_of_errors_is_the_code_s():
    """
    The page shows the tree that the module's docstring shows.
    """
    tree = errors.__doc__[errors.__doc__.index("ESIError\n") :].strip()

    assert tree in page("errors")


def test_every_attribute_of_an_error_is_told():
    """
    What an error bears is on the page.
    """
    facts = {*vars(errors.ESIError("x")), "advice"}

    assert facts - table("errors").keys() == set()


def test_every_setting_of_a_client_stands_with_its_default():
    """
    The client's table has each field of its configuration and its default.
    """
    told = table("client", "Settings of a client")
    given = inspect.signature(pyesi.ESIClient).parameters.keys() - {"unknown"}
    given -= fields_of(config.EngineConfig).keys()
    assert given - told.keys() == set()

    for name in ("base_url", "compatibility_date", "language", "tenant"):
        default = fields_of(config.ClientConfig)[name].default
        assert told[name][0] == f'`"{default}"`'


def test_every_setting_of_an_engine_stands_with_its_default():
    """
    The engine's table has each of its arguments; numbers and flags are the code's.
    """
    told = table("client", "Settings of an engine")
    arguments = inspect.signature(pyesi.Engine).parameters.keys() - {"unknown"}
    assert arguments - told.keys() == set()

    fields = fields_of(config.EngineConfig)
    for name in arguments - {"cache", "ca_file", "limits", "preset", "proxy"}:
        shown = told[name][0].strip("`").replace("_", "")
        assert shown == str(fields[name].default)


def test_every_preset_stands_with_its_values():
    """
    The table of presets has each value of each of them, as the code has it.
    """
    told = table("client", "Presets")
    for name in fields_of(config.PRESETS["balanced"].__class__):
        values = [str(getattr(preset, name)) for preset in config.PRESETS.values()]
        assert told[name] == values


def test_every_time_out_stands_with_its_default():
    """
    The table of time-outs is the code's.
    """
    told = table("client", "`Timeout`")

    for name, field in fields_of(config.Timeout).items():
        assert told[name][0] == f"`{field.default}`"


@pytest.mark.parametrize(
    "method", ["request", "get_pages", "stream_pages", "batch_request"]
)
@pytest.mark.parametrize("client", [pyesi.ESIClient, pyesi.SyncESIClient])
def test_every_option_of_a_request_is_told(client, method):
    """
    Each keyword of the request methods stands on the client's page.
    """
    assert keywords_of(getattr(client, method)) - words("client") == set()


@pytest.mark.parametrize("method", ["get_table", "stream_table"])
@pytest.mark.parametrize("client", [pyesi.ESIClient, pyesi.SyncESIClient])
def test_every_option_of_a_table_is_told(client, method):
    """
    Each keyword of the table methods stands on the page about tables.
    """
    assert keywords_of(getattr(client, method)) - words("tables") == set()


def test_every_member_of_a_table_is_told():
    """
    What a table and its columns offer stands on their page.
    """
    fields = fields_of(pyesi.columns.Column).keys()

    assert (public(pyesi.Table) | fields) - words("tables") == set()


@pytest.mark.parametrize(
    "kind", [pyesi.ESIClient, pyesi.SyncESIClient, pyesi.ESIConnectionPool]
)
def test_every_member_of_a_client_is_told(kind):
    """
    What a client or its pool offers stands on the client's page.
    """
    assert public(kind) - words("client") == set()


@pytest.mark.parametrize(
    ("kind", "inherited"),
    [
        (pyesi.Response, set()),
        (pyesi.Pages, {"count", "index"}),
        (pyesi.Batch, set()),
        (pyesi.Timeline, {"count", "index"}),
    ],
    ids=["Response", "Pages", "Batch", "Timeline"],
)
def test_every_member_of_an_answer_is_told(kind, inherited):
    """
    What a response, pages and a batch offer stands on their page.
    """
    assert public(kind) - inherited - words("response") == set()


def test_every_phase_and_gate_is_told():
    """
    The phases of a timeline, and the gates by name, are those of the two tables.
    """
    header = (markdown.REPOSITORY / "src/cpp/scheduler/held.h").read_text("utf-8")
    gates = set(re.findall(r'return "(\w+)";', header))

    assert gates
    assert {*_timeline.PHASES} | gates == table("response", "`Timeline`").keys() - {
        *public(pyesi.Timeline),
        *("len", "timeline[0]", "detail"),
    }


def test_every_source_and_priority_is_told():
    """
    The words of the two enumerations stand on their pages.
    """
    assert {*map(str, pyesi.Source)} == table("response", "`Source`").keys()
    assert {*map(str, pyesi.Priority)} - words("client") == set()


@pytest.mark.parametrize("kind", [pyesi.ESICache, pyesi.SyncESICache])
def test_every_method_of_the_cache_is_told(kind):
    """
    Each method of the cache has a row.
    """
    assert public(kind) - table("cache").keys() == set()


def test_the_counters_of_the_cache_are_told(simulator):
    """
    Each number that the cache counts stands on its page.
    """
    with pyesi.SyncESIClient(
        user_agent="tests/1.0 (tests@example.com)", base_url=simulator.base_url
    ) as esi:
        counted = esi.cache.statistics().keys()

    assert counted - words("cache") == set()


def test_every_series_stands_with_its_labels():
    """
    The table of series is that of the collector.
    """
    shown = {
        name: set(re.findall(r"`([^`]+)`", cells[0]))
        for name, cells in table("metrics").items()
        if name.startswith("pyesi_")
    }
    collected = {family.name: set(family.labels) for family in families.FAMILIES}
    collected["pyesi_request_duration_seconds"] = {"route"}
    collected["pyesi_build_info"] = {"version", "python"}

    assert shown == collected


def test_every_outcome_is_told():
    """
    The outcomes of the table are those of the core.
    """
    header = (markdown.REPOSITORY / "src/cpp/metrics/outcome.h").read_text("utf-8")
    named = set(re.findall(r'return "(\w+)";', header))

    assert named
    assert named - table("metrics").keys() == set()


def test_every_key_of_the_statistics_is_told():
    """
    Each key of each type of the statistics stands on the page about metrics, or on
    that about the cache.
    """
    known = words("metrics", "cache")
    kinds = [getattr(metrics, name) for name in metrics.__all__]
    for kind in filter(typing.is_typeddict, kinds):
        assert kind.__annotations__.keys() - known == set()


def test_every_command_and_option_stands_in_its_page():
    """
    The page about the command line has each command with each option.
    """
    text = page("command-line")
    known = words("command-line")

    ours = ("demo", "routes", "bench", "advice", "report", "top", "simulate")
    for command in ours:
        assert f"## `pyesi {command}`" in text
    options = options_of(cli._parser()) | options_of(simulator_cli._parser())
    assert options - known == set()


def test_every_variable_stands_with_what_it_sets():
    """
    The table of variables is that of all settings which the environment may set.
    """
    shown = {
        name: cells[0].strip("`")
        for name, cells in table("environment").items()
        if name.startswith("PYESI_")
    }
    settings = config.ENGINE_NAMES | config._client.CLIENT_NAMES

    assert shown == {f"PYESI_{name.upper()}": name for name in settings}


def test_every_setting_of_the_simulator_stands_with_its_default():
    """
    The table of the simulator's settings is the code's.
    """
    told = table("simulator", "Settings")

    for name, field in fields_of(Settings).items():
        assert told[name][0] == f"`{default_of(field)!r}`"


def test_every_control_of_the_simulator_is_told():
    """
    The page has each method and each word.
    """
    source = inspect.getsource(simulator_control.Control)
    in_code = set(re.findall(r'"(\w+)": self\._\1,', source))

    assert in_code
    assert (public(Controlled) | in_code) - words("simulator") == set()


def test_every_kind_of_fault_is_told():
    """
    The table of faults has each kind, and the page each field of rule and match.
    """
    kinds = set(typing.get_args(simulator_faults.Kind))
    fields = {
        *simulator_faults.Fault.__struct_fields__,
        *simulator_faults.Match.__struct_fields__,
        *simulator_faults.Rule.__struct_fields__,
    }

    assert kinds == table("simulator", "Faults").keys()
    assert fields - words("simulator") == set()
