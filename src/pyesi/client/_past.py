"""What clients and engines tell of their past."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyesi._core import Engine as NativeEngine
    from pyesi.metrics import History

    from ._engine import Engine


class _HasEngine(Protocol):
    @property
    def engine(self) -> Engine:
        """The engine."""
        ...


class _HasNative(Protocol):
    def native(self) -> NativeEngine:
        """The engine of the core."""
        ...


class _HasKeeper(Protocol):
    def _keeper(self) -> NativeEngine: ...


class _HasHistory(Protocol):
    def history(self, hours: float = 24) -> History:
        """The past."""
        ...


class _Past:
    __slots__ = ()

    def history(self: _HasKeeper, hours: float = 24) -> History:
        """What was counted in the last hours, period by period.

        With a file cache that goes back beyond this process.

        Args:
            hours: How far back, at most 168; up to 24 the rows are minutes, beyond ten
                minutes each.

        Raises:
            InvalidRequest: That many hours are not kept.
        """
        from pyesi.metrics._history import history_of

        return history_of(self._keeper().history(), hours, time.time())

    def write_report(
        self: _HasHistory,
        path: str | os.PathLike[str] = "report.html",
        *,
        hours: float = 168,
    ) -> None:
        """Write a page of HTML about the past, with plots.

        Args:
            path: Where to; what was there is replaced.
            hours: How far back, at most a week.

        Raises:
            InvalidRequest: That many hours are not kept.
            ConfigurationError: matplotlib is not installed.
            OSError: It cannot be written; what was there before is there still.
        """
        from pyesi.report import write_report

        write_report(self.history(hours), path)


class PastOfEngine(_Past):
    """The part of an engine that tells of its past.

    Thread-safe, but for matplotlib.
    """

    __slots__ = ()

    def _keeper(self: _HasNative) -> NativeEngine:
        return self.native()


class PastOfClient(_Past):
    """The part of a client that tells of its engine's past.

    Thread-safe, but for matplotlib.
    """

    __slots__ = ()

    def _keeper(self: _HasEngine) -> NativeEngine:
        return self.engine.native()
