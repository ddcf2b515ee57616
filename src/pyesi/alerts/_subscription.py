"""Somebody who wants to be told of one rule, and how he is told."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias

from ._alert import Alert
from ._history import History
from ._rules import Rule
from ._standing import Standing

Callback: TypeAlias = Callable[[Alert], object]

_LOGGER = logging.getLogger("pyesi")


class Subscription:
    """One callback for one rule, until `cancel()` or the client's end.

    Thread-safe.
    """

    def __init__(
        self, rule: Rule, teller: Teller, *, client: str, interval: float
    ) -> None:
        """Made by `Alerts.on`."""
        self._rule = rule
        self._teller = teller
        self._standing = Standing(rule, client)
        self._interval = interval
        self._cancelled = False

    @property
    def rule(self) -> Rule:
        """The rule, with the threshold and the patience that hold here."""
        return self._rule

    @property
    def interval(self) -> float:
        """Seconds between two looks, or less if another subscription wants that."""
        return self._interval

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What is firing by this rule."""
        return () if self._cancelled else self._standing.firing

    @property
    def cancelled(self) -> bool:
        """Whether nothing more is told."""
        return self._cancelled

    def cancel(self) -> None:
        """Tell nothing more, also not that a firing alert is resolved."""
        self._cancelled = True

    def look(self, history: History, moment: datetime) -> None:
        """Tell what has changed by the latest reading; pyesi's own."""
        if self._cancelled:
            return
        found = self._rule.active(history, moment)
        for alert in self._standing.advance(found, history.latest.at, moment):
            if not self._cancelled:
                self._teller.tell(alert, self)

    def __repr__(self) -> str:
        """The rule, and whether it was cancelled."""
        state = " cancelled" if self._cancelled else ""
        return f"<pyesi.alerts.Subscription {self._rule.name}{state}>"


class Teller:
    """Calls a callback in the thread that looks.

    Thread: any one at a time.
    """

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self._complained: set[tuple[tuple[str, str], ...]] = set()

    def tell(self, alert: Alert, _: Subscription) -> None:
        """Call it; what it raises goes to the log."""
        try:
            self._callback(alert)
        except BaseException:  # sys.exit() here would end all alerts
            self.complain(alert)

    def complain(self, alert: Alert) -> None:
        """Log what the callback has raised just now, once for each alert."""
        about = tuple(alert.labels.items())
        if about not in self._complained:
            _LOGGER.exception("A callback of alerts has failed. %s", alert.summary)
        if alert.state == "firing":
            self._complained.add(about)
        else:
            self._complained.discard(about)


class LoopTeller(Teller):
    """Calls a callback on an event loop, and awaits there what it gives.

    Thread-safe.
    """

    def __init__(self, callback: Callback, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(callback)
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, alert: Alert, subscription: Subscription) -> None:
        """Have it called there. A loop that was closed ends the subscription."""
        try:
            self._loop.call_soon_threadsafe(self._call, alert, subscription)
        except RuntimeError:
            subscription.cancel()

    def _call(self, alert: Alert, subscription: Subscription) -> None:
        if subscription.cancelled:
            return
        try:
            given: Any = self._callback(alert)
        except Exception:
            self.complain(alert)
            return
        if inspect.isawaitable(given):
            task = self._loop.create_task(self._awaited(given, alert))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _awaited(self, given: Awaitable[object], alert: Alert) -> None:
        try:
            await given
        except Exception:
            self.complain(alert)
