"""Markup that nothing from outside can break: what is not markup is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain

# Grey that is see-through, and text in the page's own colour: both read on light and
# on dark ground. The three tones are dark enough for white and light enough for black.
GROUND = "rgba(128,128,128,.25)"
FADED = "opacity:.65"
TONES = {"good": "#2e9e5b", "fair": "#c98500", "bad": "#d9483b", "plain": "#888"}

_BOX = "max-width:100%;overflow-x:auto;line-height:1.4"
_TABLE = "border-collapse:collapse;margin:.3em 0;border:none"
_PROSE = "padding:.1em .9em .1em 0;vertical-align:top;border:none"
_CELL = f"{_PROSE};white-space:nowrap"
_HEAD = f"{_CELL};font-weight:600;border-bottom:1px solid {GROUND}"
_PRE = "margin:.3em 0;padding:.4em .6em;border-radius:4px;overflow-x:auto"
_DOT = "display:inline-block;width:.6em;height:.6em;border-radius:50%"
_BAR = "display:inline-block;width:160px;height:.6em;border-radius:3px;overflow:hidden"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, *parts: object, style: str = "", **attributes: str) -> Markup:
    """One element; parts that are no `Markup` are escaped, None is left out."""
    given = {**attributes, "style": style} if style else attributes
    told = "".join(f' {key}="{escaped(value)}"' for key, value in given.items())
    return Markup(f"<{name}{told}>{''.join(map(escaped, parts))}</{name}>")


def escaped(part: object) -> str:
    """A part as it may stand in HTML."""
    if part is None:
        return ""
    if isinstance(part, Markup):
        return part
    # A lone surrogate could not be sent to the browser; other control characters are
    # none of HTML's.
    text = str(part).encode("utf-8", "replace").decode()
    return escape("".join(" " if _is_control(letter) else letter for letter in text))


def _is_control(letter: str) -> bool:
    return (letter < " " and letter not in "\n\t") or "\x7f" <= letter <= "\x9f"


def box(*parts: object) -> str:
    """What a `_repr_html_` gives."""
    return str(element("div", *parts, style=_BOX))


def title(*parts: object) -> Markup:
    """The first line."""
    return element("div", *separated(parts), style="margin-bottom:.2em")


def separated(parts: Iterable[object]) -> Iterator[object]:
    """The parts with blanks between them."""
    return chain.from_iterable((part, " ") for part in parts if part is not None)


def strong(text: object) -> Markup:
    """What it is about."""
    return element("strong", text)


def faded(*parts: object) -> Markup:
    """What is beside the point."""
    return element("span", *parts, style=FADED)


def code(text: object) -> Markup:
    """A name or a path."""
    return element("code", text, style="background:none;color:inherit;padding:0")


def block(text: str) -> Markup:
    """Lines as they are."""
    return element("pre", text, style=f"{_PRE};background:{GROUND};color:inherit")


def state(tone: str, word: object) -> Markup:
    """A word with a dot whose colour says how good that is."""
    dot = element("span", style=f"{_DOT};background:{TONES[tone]}")
    return element("span", dot, " ", word)


def bar_of_rest(left: float, total: float, word: str) -> Markup:
    """How much of something is left, as a bar that warns and in words."""
    share = left / total if total > 0 else 0.0
    return bar(share, "good" if share > 0.5 else "fair" if share > 0.2 else "bad", word)


def bar(filled: float, tone: str, word: str) -> Markup:
    """A share, as a bar and in words."""
    share = min(max(filled, 0.0), 1.0)
    inner = f"width:{share:.1%};height:100%;background:{TONES[tone]}"
    outer = element(
        "span",
        element("span", style=f"display:block;{inner}"),
        style=f"{_BAR};background:{GROUND}",
        role="img",
        title=f"{share:.0%}",
    )
    return element("span", outer, " ", word)


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and what they are, a line each; what is None is left out."""
    lines = (
        element(
            "tr",
            element("td", name, style=f"{_CELL};text-align:left;{FADED}"),
            element("td", value, style=f"{_PROSE};text-align:left"),
        )
        for name, value in pairs
        if value is not None
    )
    return element("table", *lines, style=_TABLE)


def grid(
    headings: Sequence[object],
    rows: Iterable[Sequence[object]],
    numbers: frozenset[int] = frozenset(),
) -> Markup:
    """A table with a heading; the columns in `numbers` stand to the right."""
    sides = [
        "text-align:right" if place in numbers else "text-align:left"
        for place in range(len(headings))
    ]
    top = _line("th", headings, [f"{_HEAD};{side}" for side in sides])
    cells = [f"{_CELL};{side}" for side in sides]
    body = (_line("td", row, cells) for row in rows)
    return element(
        "table", element("thead", top), element("tbody", *body), style=_TABLE
    )


def _line(name: str, row: Sequence[object], styles: Sequence[str]) -> Markup:
    cells = (
        element(name, cell, style=style)
        for cell, style in zip(row, styles, strict=True)
    )
    return element("tr", *cells)
