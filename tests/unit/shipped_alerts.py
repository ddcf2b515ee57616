"""Reads docs/how-to/monitoring: the rules, and the cases that they are tested with.

By patterns that know how these two files are written, since they are the only YAML.
"""

import re
from dataclasses import dataclass
from itertools import accumulate, repeat
from pathlib import Path

HERE = Path(__file__).parents[2] / "docs" / "how-to" / "monitoring"
UNITS = {"s": 1, "m": 60, "h": 3600}
PIECE = re.compile(r"(_|[\d.]+)(?:([+-][\d.]+))?(?:x(\d+))?")


@dataclass
class ShippedRule:
    """A rule as it stands in the file."""

    name: str
    expr: str
    for_: float
    severity: str
    summary: str


@dataclass
class Case:
    """Made-up series, and which alerts fire at which seconds."""

    name: str
    interval: float
    series: list
    firing: list


def seconds(text):
    """A length of time such as 10m30s."""
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([smh])", text))


def labels_of(text):
    return dict(re.findall(r'(\w+)="([^"]*)"', text))


def snake(name):
    """PyesiErrorRate as error_rate."""
    return re.sub(r"(?<=.)(?=[A-Z])", "_", name.removeprefix("Pyesi")).lower()


def rules():
    """All rules of alerts.yml, by the names that they have in Python."""
    text = (HERE / "alerts.yml").read_text("utf-8")
    found = [_rule(block) for block in text.split("- alert: ")[1:]]
    return {snake(rule.name): rule for rule in found}


def _rule(block):
    def told(pattern):
        found = re.search(pattern, block, re.DOTALL)
        return found.group(1) if found else ""

    return ShippedRule(
        name=block.splitlines()[0].strip(),
        expr=" ".join(told(r"expr: \|\n(.*?)\n        (?:for|labels):").split()),
        for_=seconds(told(r"\n        for: (\w+)")),
        severity=told(r"severity: (\w+)"),
        summary=told(r'summary: "(.*?)"\n'),
    )


def cases():
    """All cases of alerts_test.yml."""
    text = (HERE / "alerts_test.yml").read_text("utf-8")
    return [_case(block) for block in text.split("\n  - name: ")[1:]]


def _case(block):
    return Case(
        name=block.splitlines()[0],
        interval=seconds(re.search(r"interval: (\w+)", block).group(1)),
        series=[
            (name, labels_of(labels), values_of(values))
            for name, labels, values in re.findall(
                r"series: '(\w+)\{(.*?)\}'\n\s+values: '(.*?)'", block
            )
        ],
        firing=[
            (seconds(at), [labels_of(one) for one in re.findall("ALERTS{(.*)}'", told)])
            for at, told in re.findall(
                r"eval_time: (\w+)\n(.*?)(?=\n      - expr|\Z)", block, re.DOTALL
            )
        ],
    )


def values_of(text):
    """The values of a series in promtool's notation; None where one is missing."""
    values = []
    for piece in text.split():
        first, step, times = PIECE.fullmatch(piece).groups()
        if first == "_":
            values += [None] * int(times or 1)
            continue
        steps = repeat(float(step or 0), int(times or 0))
        values += accumulate(steps, initial=float(first))
    return values
