"""Telling somebody how far a sweep or batch is."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol, TypeAlias

from pyesi.errors import ConfigurationError

Progress: TypeAlias = bool | Callable[[int, int], object]
"""True for a bar on standard error, or what is called with (done, total)."""


class _Bar(Protocol):
    """What is used of a bar of tqdm, which has no types of its own."""

    n: int
    total: int

    def update(self, n: int) -> object: ...
    def close(self) -> None: ...


class ProgressBar:
    """A bar of tqdm, which is imported when the first part has come.

    Thread: any one at a time.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: _Bar | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` have come."""
        if self._bar is None:
            self._bar = _make_bar(self._unit, total)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


class Listener:
    """Somebody who is told, whatever `progress=` was.

    They are told in the context of the call that they listen to. An event loop would
    do so in that of whoever used the client first: in Jupyter the bar would belong to
    another cell.

    Thread: any one at a time.
    """

    __slots__ = ("_close", "_context", "_tell")

    def __init__(self, progress: Progress, unit: str) -> None:
        self._context = copy_context()
        self._close: Callable[[], None] | None = None
        self._tell: Callable[[int, int], object] | None = None
        if progress is True:
            bar = ProgressBar(unit)
            self._tell, self._close = bar, bar.close
        elif callable(progress):
            self._tell = progress

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return self._tell is not None

    def __call__(self, done: int, total: int) -> None:
        """Tell."""
        if self._tell is not None:
            self._context.run(self._tell, done, total)

    def __enter__(self) -> Listener:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the terminal."""
        if self._close is not None:
            self._close()


def _make_bar(unit: str, total: int) -> _Bar:
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError as error:
        message = "progress=True needs tqdm: pip install tqdm"
        raise ConfigurationError(message) from error
    bar: _Bar = tqdm(total=total, unit=unit, dynamic_ncols=True)
    return bar
