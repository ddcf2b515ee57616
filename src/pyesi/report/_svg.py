"""Figures of matplotlib as elements of a page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from pyesi.notebook._markup import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"
"""Drawn in the text's own colour, whether that is black or white. No other line has
this one."""

_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(url\(#|href="#)([^")]*)')
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)


def svg(figure: Figure, name: str) -> Markup:
    """The figure as SVG that may stand in HTML beside others.

    Args:
        figure: What was drawn.
        name: A word that no other figure of the page has.
    """
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata=_METADATA)
    text = written.getvalue()
    # HTML knows neither the head of an XML file nor styles of one figure alone.
    text = _STYLE.sub("", text[text.index("<svg") :]).strip()
    return Markup(_with_own_ids(text, name).replace(INK, "currentColor"))


def _with_own_ids(text: str, name: str) -> str:
    """Only what is referred to keeps an id, and that is of this figure."""
    kept = {found[1] for found in _REFERENCE.findall(text)}

    def id_of(found: re.Match[str]) -> str:
        return f' id="{name}-{found[1]}"' if found[1] in kept else ""

    return _REFERENCE.sub(rf"\g<1>{name}-\g<2>", _ID.sub(id_of, text))
