"""The thread that looks at a client now and then, while anybody wants to be told."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from pyesi.errors import ClientClosed

from ._alert import Alert
from ._history import History
from ._reading import Reading
from ._subscription import Subscription

if TYPE_CHECKING:
    from pyesi.metrics import Statistics


class Counts(Protocol):
    """An engine."""

    def seen(self) -> Statistics | None:
        """Its statistics; None if nothing was asked yet."""
        ...


class Watched(Protocol):
    """A client."""

    @property
    def closed(self) -> bool:
        """Whether there is nothing to be seen any more."""
        ...

    @property
    def engine(self) -> Counts:
        """What counts."""
        ...


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC)


class Watch:
    """The subscriptions of one client and the history that they are judged by.

    Its thread keeps hold of neither the client nor the watch, and ends with either,
    with the client's closing, and with the last subscription.

    Thread-safe.
    """

    def __init__(
        self,
        client: weakref.ref[Watched],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []
        self._history = History()
        self._ended = False
        self._wake = threading.Event()
        self._process = os.getpid()
        self.thread: threading.Thread | None = None

    @property
    def is_inherited(self) -> bool:
        """Whether it came by a fork: then its locks must not be touched."""
        return self._process != os.getpid()

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What is firing, once each."""
        with self._lock:
            subscriptions = [*self._subscriptions]
        once = {
            (alert.rule, *alert.labels.items()): alert
            for subscription in subscriptions
            for alert in subscription.firing
        }
        return tuple(once.values())

    def add(self, subscription: Subscription) -> bool:
        """One more; False if it has ended, and a new one is needed."""
        with self._lock:
            if self._ended:
                return False
            if self.thread is None:
                self.thread = self._start()
            self._subscriptions.append(subscription)
        self._wake.set()
        return True

    def _start(self) -> threading.Thread:
        me = weakref.ref(self, _waking(self._wake))
        thread = threading.Thread(
            target=_run, args=(me, self._wake), name="pyesi-alerts", daemon=True
        )
        thread.start()
        return thread

    def end(self) -> None:
        """Tell nobody anything more; the thread ends by itself."""
        with self._lock:
            self._ended = True
            subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            subscription.cancel()
        self._wake.set()

    def forget(self) -> None:
        """The same in a forked child, which has no thread, and locks that stay shut."""
        for subscription in self._subscriptions:
            subscription.cancel()

    def look(self) -> float | None:
        """Look once and tell what has changed.

        Returns:
            Seconds until the next look, or None if there is none.
        """
        seen, is_over = self._seen()
        if is_over:
            self.end()
        if seen is not None:
            self._history.add(Reading.of(seen))
            moment = self._clock()
            for subscription in self._left():
                subscription.look(self._history, moment)
        return min((one.interval for one in self._left()), default=None)

    def _seen(self) -> tuple[Statistics | None, bool]:
        """What the client has counted; whether it is gone."""
        client = self._client()
        if client is None or client.closed:
            return None, True
        try:
            return client.engine.seen(), False
        except ClientClosed:  # meanwhile
            return None, True

    def _left(self) -> list[Subscription]:
        """Those that were not cancelled. With the last of them it ends."""
        with self._lock:
            left = [one for one in self._subscriptions if not one.cancelled]
            self._subscriptions = left
            self._ended = self._ended or not left
            return [*left]


def _waking(wake: threading.Event) -> Callable[[object], None]:
    """Wakes the thread of a watch that is gone; in a forked child there is none."""
    process = os.getpid()

    def set_it(_: object) -> None:
        if os.getpid() == process:
            wake.set()

    return set_it


def _run(me: weakref.ref[Watch], wake: threading.Event) -> None:
    seconds: float | None = 0.0
    while seconds is not None:
        wake.wait(seconds)
        wake.clear()
        watch = me()
        seconds = None if watch is None else watch.look()
        del watch
