"""A core without threads or sockets, behind the face that `_core.pyi` describes.

`Network` says what is answered and remembers what was asked. Everything else is as
thin as the face allows.
"""

import itertools
import os
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pyesi import catalog, errors
from pyesi._types import Source


@dataclass
class FakeResponse:
    """What a response shows."""

    status: int = 200
    value: Any = None
    route: str = "/status"
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    source: Any = Source.NETWORK
    attempts: int = 1
    elapsed: float = 0.25
    last_modified: Any = None
    expires_at: Any = None

    @property
    def content(self):
        if isinstance(self.value, bytes):
            return memoryview(self.value)
        return memoryview(
            b"" if self.value is None else msgspec.json.encode(self.value)
        )

    @property
    def is_success(self):
        return 200 <= self.status < 300

    @property
    def not_modified(self):
        return self.source == Source.REVALIDATED

    def json(self, type=Any):
        return msgspec.json.decode(self.content, type=type)


class Network:
    """What lies beyond the fake core.

    `answer(method, route, parameters)` gives a response or an exception. While `held`,
    nothing ends until `release`.
    """

    def __init__(self, answer=None):
        self.answer = answer or (lambda *_: FakeResponse())
        self.asked = []
        self.options = []
        self.profiles = []
        self.cancelled = []
        self.fresh = {}
        self.engines = []
        self.abandoned_limits = 0
        self.held = False
        self.held_ends = []
        self.tags = itertools.count(1)
        self.pages = [FakeResponse(value=[1, 2])]
        self.last_modified = None

    def release(self):
        self.held = False
        for end in self.held_ends:
            end()
        self.held_ends.clear()

    def ask(self, method, route, parameters, options):
        self.asked.append((method, str(route), parameters))
        self.options.append(options)
        return self.answer(method, str(route), parameters)

    def deliver(self, end):
        if self.held:
            self.held_ends.append(end)
        else:
            end()


class Bridge:
    """Completions for one loop or one thread."""

    def __init__(self, loop=None):
        self.reader, self.writer = os.pipe()
        self.come = threading.Condition()
        self.queue = deque()
        self.closed = False

    def fileno(self):
        return self.reader

    def pending(self):
        return len(self.queue)

    def push(self, tag, event, settle):
        with self.come:
            self.queue.append((tag, event, settle))
            self.come.notify_all()
        if not self.closed:
            os.write(self.writer, b"x")

    def drain(self):
        os.read(self.reader, 4096)
        while self.queue:
            _, event, settle = self.queue.popleft()
            settle(event)

    def wait(self, tag):
        with self.come:
            while True:
                for entry in list(self.queue):
                    if entry[0] == tag:
                        self.queue.remove(entry)
                        return self._raised(entry[1])
                self.come.wait(5)

    def _raised(self, event):
        if event[0] == "done" and isinstance(event[1], Exception):
            raise event[1]
        return event

    def close(self):
        if not self.closed:
            self.closed = True
            os.close(self.reader)
            os.close(self.writer)


class FakeCore:
    """The names of `pyesi._core` that the façade uses, bound to one network."""

    def __init__(self, network):
        self.network = network
        core = self

        class Options:
            def __init__(self, **given):
                self.given = given

        class RouteTable:
            def __init__(self, table):
                self.size = len(table)

        class Engine:
            def __init__(self, table, **settings):
                self.table, self.settings = table, settings
                self.closed = self.abandoned = False
                self.in_flight = {}
                self.clock = 0.0
                self.values = {}
                network.engines.append(self)

            def close(self):
                self.closed = True
                for end in list(self.in_flight.values()):
                    end(errors.ClientClosed("The engine was closed"))

            def abandon(self):
                self.abandoned = True

            def cancel(self, tag):
                network.cancelled.append(tag)
                end = self.in_flight.get(tag)
                if end is not None:
                    end(errors.Cancelled("cancelled"))

            def advance_clock(self, seconds):
                self.clock += seconds

            def statistics(self):
                if self.closed:
                    raise errors.ClientClosed("The engine was closed")
                return network.statistics

            def cache_get(self, key):
                return self.values.get(key)

            def cache_set(self, key, value, kind, expire):
                self.values[key] = (kind, value)
                self.expire = expire

            def cache_delete(self, key):
                return self.values.pop(key, None) is not None

            def cache_clear(self):
                self.values.clear()

            def cache_statistics(self):
                return {"entries": len(self.values)}

        class Profile:
            def __init__(self, engine, **about):
                self.engine, self.about = engine, about
                network.profiles.append(self)

            def try_fresh(self, route, parameters, identity=None, /):
                key = (str(route), tuple(sorted(parameters.items())), identity)
                return network.fresh.get(key)

            def needs_token(self, method, route, /):
                try:
                    return catalog.find(str(route), method).secured
                except errors.InvalidRequest:
                    return False

            def submit(self, bridge, future, method, route, parameters, options, /):
                if parameters.get("refused"):
                    raise errors.InvalidRequest("refused is not a parameter")

                def work():
                    return network.ask(method, route, parameters, options)

                return core.start(self.engine, bridge, future, work)

            def submit_batch(
                self, bridge, future, items, options, batch_size, on_event, /
            ):
                network.batch_size = batch_size

                def work():
                    results, failed = [], {}
                    for place, (method, route, parameters, *own) in enumerate(items):
                        end = network.ask(
                            method, route, parameters, own[0] if own else options
                        )
                        if not isinstance(end, Exception) and end.status >= 400:
                            end = errors.status_error(end)
                        if isinstance(end, Exception):
                            failed[place] = end
                        results.append(None if isinstance(end, Exception) else end)
                        if on_event is not None:
                            tell(("progress", place + 1, len(items)))
                    return results, failed

                tell = core.teller(bridge, future, on_event)
                return core.start(self.engine, bridge, future, work, tell.tag)

            def submit_sweep(
                self,
                bridge,
                future,
                route,
                parameters,
                options,
                consistent,
                stream,
                wait_for_refresh,
                on_event,
                /,
            ):
                network.sweep = (consistent, stream, wait_for_refresh)

                def work():
                    first = network.ask("GET", route, parameters, options)
                    if isinstance(first, Exception):
                        return first
                    for index, page in enumerate(network.pages):
                        if stream:
                            tell(("page", index, page))
                        elif on_event is not None:
                            tell(("progress", index + 1, len(network.pages)))
                    return {
                        "pages": [] if stream else list(network.pages),
                        "last_modified": network.last_modified,
                        "consistent": True,
                        "rounds": 1,
                    }

                tell = core.teller(bridge, future, on_event)
                return core.start(self.engine, bridge, future, work, tell.tag)

        self.Options = Options
        self.RouteTable = RouteTable
        self.Engine = Engine
        self.Profile = Profile
        self.Bridge = Bridge

    def abandon_limits_after_fork(self):
        self.network.abandoned_limits += 1

    def teller(self, bridge, future, on_event):
        tag = next(self.network.tags)

        def tell(event):
            settle = (lambda e: on_event(*e)) if future is not None else None
            bridge.push(tag, event, settle)

        tell.tag = tag
        return tell

    def start(self, engine, bridge, future, work, tag=None):
        """Run the work now and hand its end over, at once or when it is released."""
        if engine.closed:
            raise errors.ClientClosed("The engine was closed")
        tag = tag or next(self.network.tags)

        def end_as(value):
            if engine.in_flight.pop(tag, None) is not None:
                bridge.push(tag, ("done", value), lambda e: settle(future, e[1]))

        engine.in_flight[tag] = end_as
        # What it asks is asked now; what comes of it may be held.
        value = work()
        self.network.deliver(lambda: end_as(value))
        return tag


def settle(future, value):
    """Give the future its end, unless it was cancelled."""
    if future.done():
        return
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)


def install(monkeypatch, network):
    """Put the fake in the real core's place."""
    from pyesi import _core
    from pyesi.client import _engine

    fake = FakeCore(network)
    names = ("Options", "RouteTable", "Engine", "Profile", "Bridge")
    for name in (*names, "abandon_limits_after_fork"):
        monkeypatch.setattr(_core, name, getattr(fake, name), raising=False)
    _engine.route_table.cache_clear()
    monkeypatch.setattr(_engine, "route_table", lambda: fake.RouteTable(b""))
    return fake
