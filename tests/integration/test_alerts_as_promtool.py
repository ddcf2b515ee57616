"""Do alerts in the process say what Prometheus says of series that nobody chose?"""

import random
from dataclasses import dataclass, field

import pytest

from integration.prometheus_world import needs_prometheus, promtool
from pyesi.alerts import RULES
from unit import shipped_alerts
from unit.watched_series import fired

pytestmark = needs_prometheus

INTERVAL = 15
MOMENTS = 280  # an hour and ten minutes
SEEDS = range(6)
ORIGINS = ("https://esi.evetech.net", "https://mirror.example.com")
OURS = {"client": "app", "instance": "a:9108", "job": "app"}


@dataclass
class Drawn:
    """Made-up series of one process."""

    series: list = field(default_factory=list)

    def add(self, name, values, **labels):
        self.series.append((name, {**OURS, **labels}, values))


def spells(chance, *choices):
    """Values that stay for a while, from moments to a quarter of an hour."""
    values = []
    while len(values) < MOMENTS:
        values += [chance.choice(choices)] * chance.choice([1, 2, 5, 20, 60])
    return values[:MOMENTS]


def summed(steps):
    """A counter that grows by these."""
    total, values = 0, []
    for step in steps:
        total += step
        values.append(total)
    return values


def drawn(seed):
    """A process with spells of each kind of trouble."""
    chance, case = random.Random(seed), Drawn()
    busy = spells(chance, 0, 2, 50)
    bad = spells(chance, 0, 0, 0.002, 0.05, 0.5)
    spared = spells(chance, 0.2, 0.6, 0.8, 0.95)
    failed = [round(20 * n * share) for n, share in zip(busy, bad, strict=True)]
    ended = [20 * n for n in busy]
    fine = [n - f for n, f in zip(ended, failed, strict=True)]
    avoided = [int(n * share) for n, share in zip(fine, spared, strict=True)]
    for outcome, steps in (("server_error", failed), ("network", fine)):
        case.add("pyesi_requests_total", summed(steps), outcome=outcome)
    case.add("pyesi_avoided_requests_total", summed(avoided))
    add_durations(case, spells(chance, 0, 0, 3, 30), spells(chance, 0, 0.01, 0.2))
    case.add("pyesi_cache_bytes", spells(chance, 100, 700, 810, 990))
    case.add("pyesi_cache_max_bytes", [1000] * MOMENTS)
    case.add("pyesi_max_waiting_requests", [1000] * MOMENTS)
    for route in ("GetStatus", "GetWars"):
        reloads = summed(spells(chance, 0, 0, 0, 0, 0, 1))
        case.add("pyesi_cache_reloads_total", reloads, route=route, early="true")
    for origin in ORIGINS:
        add_upstream(case, chance, origin)
    return case


def add_durations(case, waited, slow):
    name = "pyesi_request_duration_seconds"
    late = [round(n * share) for n, share in zip(waited, slow, strict=True)]
    soon = [n - more for n, more in zip(waited, late, strict=True)]
    case.add(f"{name}_bucket", summed(soon), le="1.0")
    case.add(f"{name}_bucket", summed(waited), le="5.0")
    case.add(f"{name}_bucket", summed(waited), le="+Inf")
    case.add(f"{name}_count", summed(waited))


def add_upstream(case, chance, origin):
    at = {"upstream": origin}
    opened = spells(chance, 0, 0, 1)
    case.add("pyesi_upstream_waiting_requests", spells(chance, 0, 500, 900), **at)
    case.add("pyesi_error_limit_left", spells(chance, 100, 100, 100, 60, 20, 19), **at)
    case.add("pyesi_limits_alone", spells(chance, 0, 0, 1), **at)
    case.add("pyesi_circuit_breaker_phase", opened, phase="open", **at)
    case.add("pyesi_upstream_ejected", spells(chance, 0, 0, 0, 1), **at)
    case.add("pyesi_upstream_share", spells(chance, 1, 1, 0.5, 0), **at)
    for group in ("status", "market"):
        of_it = {"group": group, **at}
        case.add("pyesi_rate_limit_tokens", [600] * MOMENTS, **of_it)
        left = spells(chance, 600, 300, 65, 64, 0)
        case.add("pyesi_rate_limit_left_tokens", left, **of_it)


def steady(moments):
    """What each rule says, of a late half where it says so lately and will still.

    What changes with the very reading is Prometheus's to extrapolate.
    """
    for place in range(MOMENTS // 2, MOMENTS - 3, 7):
        at = moments[place][0]
        around = [moments[near][1] for near in range(place - 3, place + 4)]
        for name in RULES:
            said = [{about(one) for one in of if one.rule == name} for of in around]
            if all(one == said[0] for one in said):
                yield at, name, said[0]


def about(alert):
    return alert.rule, alert.severity, *sorted(alert.labels.items())


EXTRA = {
    "circuit_breaker_open": {"phase": "open"},
    "early_refetch": {"early": "true"},
}
ALONE = ("cache_nearly_full", "queue_nearly_full", "limits_alone", "early_refetch")
BY_INSTANCE = {*ALONE, "circuit_breaker_open", "upstream_left_out"}


def shipped(rule):
    return "Pyesi" + rule.title().replace("_", "")


def sample(told):
    """An alert as Prometheus shows it."""
    rule, severity, *labels = told
    of_process = {"instance": OURS["instance"]} if rule in BY_INSTANCE else {}
    shown = {
        "alertname": shipped(rule),
        "alertstate": "firing",
        "severity": severity,
        "job": OURS["job"],
        **dict(labels),
        **of_process,
        **EXTRA.get(rule, {}),
    }
    return written(shown)


def written(labels):
    return ", ".join(f'{name}="{value}"' for name, value in labels.items())


def yaml_of(case, answers):
    """A file of promtool's, with these answers."""
    lines = [
        f"rule_files: [{shipped_alerts.HERE / 'alerts.yml'}]",
        f"evaluation_interval: {INTERVAL}s",
        "tests:",
        f"  - interval: {INTERVAL}s",
        "    input_series:",
    ]
    for name, labels, values in case.series:
        lines.append(f"      - series: '{name}{{{written(labels)}}}'")
        lines.append(f"        values: '{' '.join(map(str, values))}'")
    lines.append("    promql_expr_test:")
    for at, name, firing in answers:
        of_rule = f'alertstate="firing", alertname="{shipped(name)}"'
        lines.append(f"      - expr: ALERTS{{{of_rule}}}")
        lines.append(f"        eval_time: {at}s")
        lines.append("        exp_samples:" + ("" if firing else " []"))
        for told in sorted(firing):
            lines.append(f"          - labels: 'ALERTS{{{sample(told)}}}'")
            lines.append("            value: 1")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_fires_is_what_prometheus_says(tmp_path, seed):
    """
    Of a process in every kind of trouble both tell the same alerts, moment by moment.
    """
    case = drawn(seed)
    answers = [*steady(fired(case, INTERVAL))]
    file = tmp_path / "drawn_test.yml"
    file.write_text(yaml_of(case, answers))

    assert len(answers) > 100
    assert "SUCCESS" in promtool("test", "rules", file)


def test_the_drawn_processes_have_every_alert():
    """
    Each rule is compared where it fires and where it is silent.
    """
    answers = {
        (name, bool(firing))
        for seed in SEEDS
        for _, name, firing in steady(fired(drawn(seed), INTERVAL))
    }
    assert answers == {(name, said) for name in RULES for said in (True, False)}
