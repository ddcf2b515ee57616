"""What the counters say about the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._markup import Markup, box, code, element, faded, state, strong, title

if TYPE_CHECKING:
    from pyesi.advice import Advice, Finding

_TONES = {"critical": "bad", "warning": "fair", "note": "plain"}


def advice_html(advice: Advice) -> str:
    """What was looked at, and for each finding what is so and what to change."""
    return box(title(strong("Advice"), advice.summary), *map(_finding, advice))


def _finding(finding: Finding) -> Markup:
    return element(
        "div",
        title(state(_TONES[finding.severity], strong(finding.rule)), finding.says),
        element(
            "div", finding.change, " ", faded("See "), code(f"docs/{finding.page}")
        ),
        style="margin:.4em 0",
    )
