"""A page about the past of a client: what was asked, how it fared, and plots of that.

`esi.write_report("report.html")` writes one, and so does `pyesi report FILE`. It is one
file that fetches nothing.
"""

from __future__ import annotations

from ._page import report_html, write_report
from ._plots import require_matplotlib

__all__ = ["report_html", "require_matplotlib", "write_report"]
