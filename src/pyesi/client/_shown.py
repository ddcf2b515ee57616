"""What a notebook shows of a client; `pyesi.notebook` makes it once it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pyesi._core import Response
    from pyesi.columns import Table
    from pyesi.metrics import LimitsSeen

    from ._base import BaseClient
    from ._batch import Batch, BatchResult
    from ._pages import Pages

    Timed: TypeAlias = (
        Pages | Batch | BatchResult | Response | Table | Iterable[Response]
    )
    _Limits = list[LimitsSeen]
else:
    _Limits = list


class Limits(_Limits):
    """The limits of all upstreams: a plain list, but that a notebook shows it as bars.

    Thread: any one at a time.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import limits_html

        return limits_html(self)


class ShownInNotebooks:
    """The part of a client that is for somebody who looks on.

    Thread-safe, but for matplotlib.
    """

    def plot_timeline(self, sweep: Timed, *, ax: Axes | None = None) -> Axes:
        """Draw a bar for each request, split into what it waited for.

        Args:
            sweep: Pages, a Batch, a response, or several in a list.
            ax: Where to draw; by default a figure of its own.

        Raises:
            InvalidRequest: There is no response to draw. A table keeps none.
            ConfigurationError: matplotlib is not installed.
        """
        from pyesi.notebook import plot_timeline

        return plot_timeline(sweep, ax=ax)

    def _repr_html_(self: BaseClient) -> str:  # type: ignore[misc]  # its base
        """As a notebook shows it."""
        from pyesi.notebook import client_html

        return client_html(self)
