"""Routes that the catalog does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass

# RFC 3986 §3.3: what a path segment may hold, percent-encoded or as it is.
_LITERAL = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_PLACEHOLDER = r"\{[A-Za-z_][A-Za-z0-9_-]*\}"
_SEGMENT = rf"(?:{_LITERAL}|{_PLACEHOLDER})+"
_TEMPLATE = re.compile(rf"/|(?:/{_SEGMENT})+/?")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(/|\Z)")


@dataclass(frozen=True, slots=True)
class UncheckedRoute:
    """A route newer than the catalog, or of another server.

    Values for its ``{placeholders}`` go into the path, all others into the query;
    neither names nor types are checked.

    Attributes:
        template: The path, such as ``/new/route/{id}``; no query.

    Raises:
        InvalidRequest: The template is not a path with whole placeholders.
    """

    template: str

    def __post_init__(self) -> None:
        """Refuse what could not be sent as one path."""
        reason = _fault_of(self.template)
        if reason is not None:
            from pyesi.errors import InvalidRequest

            message = f"An UncheckedRoute's template {reason}."
            raise InvalidRequest(message)

    def __str__(self) -> str:
        """The template."""
        return self.template


def _fault_of(template: str) -> str | None:
    if not template.startswith("/"):
        return "must start with '/'"
    if _TEMPLATE.fullmatch(template) is None:
        return (
            "must be a path: no empty segment, blank, control character, '?' or "
            "'#', and each placeholder a whole {name}"
        )
    if _DOT_SEGMENT.search(template) is not None:
        return "must not hold the segments '.' and '..'"
    names = re.findall(_PLACEHOLDER, template)
    if len(names) != len(set(names)):
        return "must not hold a placeholder twice"
    return None
