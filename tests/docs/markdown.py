"""Reads the documentation: code blocks, tables, links, headings."""

import re
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
TOP_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")

_FENCE = re.compile(r"```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass
class Example:
    """A block of Python and, where the page shows it, what it prints."""

    source: str
    line: int
    output: str | None = field(default=None)


def pages():
    """Every page that is ours, the top ones first."""
    tops = [REPOSITORY / name for name in TOP_PAGES]
    return [*tops, *sorted(DOCS.rglob("*.md"))]


def name_of(page):
    return str(page.relative_to(REPOSITORY))


def read(page):
    return (REPOSITORY / page).read_text(encoding="utf-8")


def examples(text):
    """The Python blocks in order; a text block after one is its output."""
    found = []
    for fence in _FENCE.finditer(text):
        language, body = fence.groups()
        if language == "python":
            line = text.count("\n", 0, fence.start()) + 1
            found.append(Example(body, line))
        elif language == "text" and found:
            found[-1].output = body
    return found


def without_code(text):
    return _CODE.sub("", _FENCE.sub("", text))


def links(text):
    return _LINK.findall(without_code(text))


def anchors(text):
    """The headings as GitHub names them in links."""
    plain = _FENCE.sub("", text)
    return {_anchor(heading) for heading in _HEADING.findall(plain)}


def _anchor(heading):
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def section(text, heading):
    """What stands under a heading of the second level, to the next one."""
    _, _, rest = text.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def code_words(text):
    """All that stands in backticks outside of blocks."""
    return set(_CODE.findall(_FENCE.sub("", text)))


def rows(text):
    """The cells of all table rows, headings and rules left out."""
    found = []
    for line in _FENCE.sub("", text).splitlines():
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def output_pattern(output):
    """A pattern for what must be printed, in which `…` stands for anything."""
    parts = [re.escape(part) for part in output.strip().split("…")]
    return re.compile(".*".join(parts), re.DOTALL)
