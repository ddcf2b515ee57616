"""The face of alerts: `esi.alerts`."""

from __future__ import annotations

import asyncio
import inspect
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar, overload

from pyesi.errors import ClientClosed, InvalidRequest

from ._alert import Alert
from ._rules import RULES, Rule
from ._subscription import Callback, LoopTeller, Subscription, Teller
from ._watch import Watch, Watched

INTERVAL = 5.0
"""Seconds between two looks, unless a subscription says otherwise."""

_INTERVALS = (0.1, 60.0)

_Called = TypeVar("_Called", bound=Callback)


class Alerts:
    """Tells callbacks when a client is not well, and when it is well again.

    While anybody is subscribed a thread takes the client's statistics now and then.
    What is firing or pending does not outlive a fork: a child subscribes anew.

    Thread-safe.
    """

    def __init__(self, client: Watched, name: str, *, on_loop: bool) -> None:
        """Made by the client, which it does not keep alive."""
        self._client = weakref.ref(client)
        self._name = name
        self._on_loop = on_loop
        self._lock = threading.Lock()
        self._watch: Watch | None = None

    @overload
    def on(
        self,
        rule: str,
        callback: Callback,
        /,
        *,
        threshold: float | None = None,
        for_: float | None = None,
        interval: float = INTERVAL,
    ) -> Subscription: ...
    @overload
    def on(
        self,
        rule: str,
        /,
        *,
        threshold: float | None = None,
        for_: float | None = None,
        interval: float = INTERVAL,
    ) -> Callable[[_Called], _Called]: ...
    def on(
        self,
        rule: str,
        callback: Callback | None = None,
        /,
        *,
        threshold: float | None = None,
        for_: float | None = None,
        interval: float = INTERVAL,
    ) -> Subscription | Callable[[_Called], _Called]:
        """Have a callback told when a rule begins to fire, and when it is resolved.

        For an `ESIClient` it is called on the running event loop, and may be a
        coroutine function; for a `SyncESIClient` in a thread of pyesi's. What it raises
        is logged. One that takes long delays alerts, and no request.

        Args:
            rule: One of `pyesi.alerts.RULES`.
            callback: What is called with each `Alert`. Without it this is a decorator.
            threshold: What the value must pass, in place of the rule's.
            for_: Seconds that it must last, in place of the rule's.
            interval: Seconds between two looks, 0.1 to 60.

        Returns:
            A subscription that can be cancelled.

        Raises:
            InvalidRequest: There is no such rule, a number cannot be used, or there is
                no event loop to call the callback on.
            ClientClosed: The client was closed.
        """
        wanted = _rule(rule).changed(threshold, for_)
        seconds = _checked_interval(interval)
        if callback is not None:
            return self._subscribe(wanted, callback, seconds)

        def decorate(function: _Called) -> _Called:
            self._subscribe(wanted, function, seconds)
            return function

        return decorate

    @property
    def active(self) -> tuple[Alert, ...]:
        """What is firing now by the rules that somebody is subscribed to."""
        watch = self._watch
        return () if watch is None or watch.is_inherited else watch.firing

    def end(self) -> None:
        """Tell nobody anything more, as when the client is closed.

        In a forked child the parent's watch is left alone: another thread may have held
        its lock.
        """
        watch, self._watch = self._watch, None
        if watch is None:
            return
        if watch.is_inherited:
            self._lock = threading.Lock()
            watch.forget()
        else:
            watch.end()

    def _subscribe(
        self, rule: Rule, callback: Callback, interval: float
    ) -> Subscription:
        subscription = Subscription(
            rule, self._teller(callback), client=self._name, interval=interval
        )
        with self._lock:
            client = self._client()
            if client is None or client.closed:
                raise ClientClosed("The client was closed")
            if self._watch is None or not self._watch.add(subscription):
                self._watch = Watch(self._client)
                self._watch.add(subscription)
        return subscription

    def _teller(self, callback: Callback) -> Teller:
        if self._on_loop:
            return LoopTeller(callback, _running_loop())
        if inspect.iscoroutinefunction(callback):
            message = (
                "SyncESIClient has no event loop on which a callback could be awaited: "
                "give a function, or use ESIClient."
            )
            raise InvalidRequest(message)
        return Teller(callback)

    def __repr__(self) -> str:
        """What is firing."""
        firing = ", ".join(alert.rule for alert in self.active) or "nothing"
        return f"<pyesi.alerts.Alerts: {firing} firing>"


def _rule(name: str) -> Rule:
    if name not in RULES:
        message = f"There is no rule {name!r}: the rules are {', '.join(RULES)}."
        raise InvalidRequest(message)
    return RULES[name]


def _checked_interval(interval: float) -> float:
    least, most = _INTERVALS
    if isinstance(interval, bool) or not least <= interval <= most:
        message = f"interval= must be {least:g} to {most:g} seconds, not {interval!r}."
        raise InvalidRequest(message)
    return float(interval)


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        message = (
            "alerts.on() of an ESIClient is called where its event loop runs, which "
            "then calls the callback."
        )
        raise InvalidRequest(message) from None
