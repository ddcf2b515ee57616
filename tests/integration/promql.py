"""What a PromQL expression names, and whether an exposition has it.

Prometheus itself says nothing of a name that does not exist: the answer is empty.
"""

import re
from collections import defaultdict

_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
)
_WORD = re.compile(r"(?<![\w.$:])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}

# What Prometheus adds to everything that it scrapes.
SCRAPED = {"job", "instance"}


def shown_by(families):
    """The label values of each series: name to label to values."""
    shown = defaultdict(lambda: defaultdict(set))
    for family in families:
        for sample in family.samples:
            shown[sample.name].update({})
            for label, value in sample.labels.items():
                shown[sample.name][label].add(value)
    return shown


def metrics_in(expression):
    """The names of series in an expression."""
    bare = re.sub(r"\[[^\]]*\]", "", _GROUPING.sub("", expression))
    selected = {name for name, _ in _SELECTOR.findall(bare)}
    rest = _SELECTOR.sub("", bare)
    return selected | {word for word in _WORD.findall(rest) if word not in _KEYWORDS}


def labels_kept(expression):
    """The labels by which it aggregates; empty if it does not."""
    return _names_in(re.findall(r"\bby\s*\(([^)]*)\)", expression))


def breaches(expression, shown, known=()):
    """What the expression names and the exposition does not have.

    `known` are values of labels that exist beside those that are shown.
    """
    metrics = metrics_in(expression)
    found = {name for name in metrics if name not in shown}
    if not found:
        labels = SCRAPED.union(*(shown[name] for name in metrics))
        found |= _names_in(_GROUPING.findall(expression)) - labels
    for name, matchers in _SELECTOR.findall(expression):
        if name in shown:
            found |= _wrong_matchers(name, matchers, shown[name], known)
    return found


def _wrong_matchers(name, matchers, labels, known):
    found = set()
    for label, _, pattern in _MATCHER.findall(matchers):
        if label in SCRAPED:
            continue
        if label not in labels:
            found.add(f"{name}{{{label}}}")
        elif not pattern.startswith("$"):
            values = set(pattern.split("|"))
            found |= values - labels[label] - {*known}
    return found


def _names_in(lists):
    return {name.strip() for one in lists for name in one.split(",") if name.strip()}
