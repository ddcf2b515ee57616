"""One moment of an engine: its counters, for programs, people and files."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from rich.table import Table

    from ._kpis import Kpis
    from ._statistics import (
        Attempts,
        BytesCounted,
        CacheCounted,
        Durations,
        LimitsSeen,
        Percentiles,
        PoolCounted,
        QueueCounted,
        RequestsEnded,
        Retries,
        SettingsSeen,
        TablesCounted,
        TokenCalls,
        Waits,
    )


class Statistics(dict[str, Any]):
    """All counters of one engine at one moment: plain dicts and lists by name.

    `str()` is a summary for people. A plain dict of its own: nothing in it changes
    when the engine goes on counting.
    """

    @overload  # type: ignore[override]
    def __getitem__(self, name: Literal["requests"]) -> list[RequestsEnded]: ...
    @overload
    def __getitem__(self, name: Literal["durations"]) -> list[Durations]: ...
    @overload
    def __getitem__(self, name: Literal["attempts"]) -> list[Attempts]: ...
    @overload
    def __getitem__(self, name: Literal["retries"]) -> list[Retries]: ...
    @overload
    def __getitem__(self, name: Literal["waits"]) -> list[Waits]: ...
    @overload
    def __getitem__(self, name: Literal["percentiles"]) -> list[Percentiles]: ...
    @overload
    def __getitem__(self, name: Literal["limits"]) -> list[LimitsSeen]: ...
    @overload
    def __getitem__(self, name: Literal["tables"]) -> list[TablesCounted]: ...
    @overload
    def __getitem__(self, name: Literal["token_calls"]) -> list[TokenCalls]: ...
    @overload
    def __getitem__(self, name: Literal["cache"]) -> CacheCounted: ...
    @overload
    def __getitem__(self, name: Literal["bytes"]) -> BytesCounted: ...
    @overload
    def __getitem__(self, name: Literal["pool"]) -> PoolCounted: ...
    @overload
    def __getitem__(self, name: Literal["queue"]) -> QueueCounted: ...
    @overload
    def __getitem__(self, name: Literal["settings"]) -> SettingsSeen: ...
    @overload
    def __getitem__(self, name: Literal["started_at", "taken_at", "cpu"]) -> float: ...
    def __getitem__(self, name: str) -> Any:
        """One part of them."""
        return super().__getitem__(name)

    @property
    def started_at(self) -> datetime:
        """When the engine began to count, in UTC."""
        return datetime.fromtimestamp(self["started_at"], UTC)

    @property
    def taken_at(self) -> datetime:
        """When this was seen, in UTC."""
        return datetime.fromtimestamp(self["taken_at"], UTC)

    @property
    def seconds(self) -> float:
        """For how long what is counted here was counted; never negative."""
        return max(self["taken_at"] - self["started_at"], 0.0)

    def since(self, earlier: Statistics) -> Statistics:
        """What was counted after an earlier moment of the same engine.

        Counters are differences; what holds at a moment (connections, queue, limits,
        what the cache has) is as it was at the later one.

        Raises:
            ValueError: The other is of another engine, or later than this one.
        """
        from ._difference import difference

        return Statistics(difference(self, earlier))

    def kpis(self) -> Kpis:
        """How fast, how spared, how full and how faulty, and whether that is well.

        Of what was counted lately, say `esi.statistics(since=earlier).kpis()`.
        """
        from ._kpis import kpis

        return kpis(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them to a file of JSON, whole or not at all.

        Args:
            path: Where to; what was there is replaced.

        Raises:
            OSError: It cannot be written; what was there before is there still.
        """
        from ._saved import save

        save(self, path)

    def __str__(self) -> str:
        """What a person wants to know first, a line for each."""
        from ._summary import summary

        return summary(self)

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        from pyesi.notebook import statistics_html

        return statistics_html(self)

    def __rich__(self) -> Table:
        """As `rich.print` shows it."""
        from ._rich import statistics_table

        return statistics_table(self)
