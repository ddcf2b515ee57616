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
from unit import fake_columns


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
        self.taken = []
        self.fresh = {}
        self.engines = []
        self.abandoned_limits = 0
        self.held = False
        self.held_ends = []
        self.tags = itertools.count(1)
        self.pages = [FakeResponse(value=[1, 2])]
        self.pages_of = None  # parameters -> the pages of their sweep
        self.last_modified = None
        self.consistent = True
        self.readings = []
        self.statistics = None
        self.past = {"minutes": [], "ten_minutes": []}

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

    def __init__(self, _loop=None):
        self.reader, self.writer = os.pipe()
        self.come = threading.Condition()
        self.queue = deque()
        self.closed = False

    def watch(self, engine, tell):
        """Nothing becomes of the fake's upstreams."""

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

    def forget(self, tag):
        with self.come:
            left = [entry for entry in self.queue if entry[0] != tag]
            self.queue = deque(left)

    def _raised(self, event):
        if event[0] == "done" and isinstance(event[1], Exception):
            raise event[1]
        return event

    def close(self):
        if not self.closed:
            self.closed = True
            os.close(self.reader)
            os.close(self.writer)


class Options:
    """What one request has beyond its route."""

    def __init__(self, **given):
        self.given = given


class RouteTable:
    """The catalog; the fake asks the Python one instead."""

    def __init__(self, table):
        self.size = len(table)


class Engine:
    """Requests in flight, and the application's values."""

    network = None

    def __init__(self, table, **settings):
        self.table, self.settings = table, settings
        self.closed = self.abandoned = False
        self.in_flight = {}
        self.clock = 0.0
        self.values = {}
        self.network.engines.append(self)

    def start(self, bridge, future, work, tag=None):
        """Run the work now and hand its end over, at once or when it is released."""
        if self.closed:
            raise errors.ClientClosed("The engine was closed")
        tag = tag or next(self.network.tags)

        def end_as(value):
            if self.in_flight.pop(tag, None) is not None:
                bridge.push(tag, ("done", value), lambda e: settle(future, e[1]))

        self.in_flight[tag] = end_as
        # What it asks is asked now; what comes of it may be held.
        value = work()
        self.network.deliver(lambda: end_as(value))
        return tag

    def close(self):
        self.closed = True
        for end in list(self.in_flight.values()):
            end(errors.ClientClosed("The engine was closed"))

    def abandon(self):
        self.abandoned = True

    def cancel(self, tag):
        self.network.cancelled.append(tag)
        end = self.in_flight.get(tag)
        if end is not None:
            end(errors.Cancelled("cancelled"))

    def advance_clock(self, seconds):
        self.clock += seconds

    def statistics(self):
        return self.network.statistics

    def history(self):
        return self.network.past

    def cache_get(self, key, **_):
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


class Teller:
    """Hands events of one request to its bridge before its end."""

    def __init__(self, network, bridge, future, on_event):
        self.tag = next(network.tags)
        self._bridge = bridge
        self._settle = (lambda e: on_event(*e)) if future is not None else None

    def __call__(self, event):
        self._bridge.push(self.tag, event, self._settle)


class Profile:
    """Sends by asking the network at once."""

    network = None

    def __init__(self, engine, **about):
        self.engine, self.about = engine, about
        self.network.profiles.append(self)

    def try_fresh(self, route, parameters, identity=None, /):
        key = (str(route), tuple(sorted(parameters.items())), identity)
        return self.network.fresh.get(key)

    def needs_token(self, method, route, /):
        try:
            return catalog.find(str(route), method).secured
        except errors.InvalidRequest:
            return False

    def submit(self, bridge, future, *asked):
        method, route, parameters, options = asked
        if parameters.get("refused"):
            raise errors.InvalidRequest("refused is not a parameter")

        def work():
            return self.network.ask(method, route, parameters, options)

        return self.engine.start(bridge, future, work)

    def submit_batch(self, bridge, future, items, *asked):
        options, self.network.batch_size, on_event = asked
        tell = Teller(self.network, bridge, future, on_event)

        def work():
            ends = []
            for method, route, parameters, *own in items:
                used = own[0] if own else options
                ends.append(self.network.ask(method, route, parameters, used))
                if on_event is not None:
                    tell(("progress", len(ends), len(items)))
            return batch_end(ends)

        return self.engine.start(bridge, future, work, tell.tag)

    def submit_sweep(self, bridge, future, *asked):
        route, parameters, options, consistent, waits, on_event = asked
        self.network.sweep = (consistent, False, waits)
        tell = Teller(self.network, bridge, future, on_event)

        def hand_over(pages):
            if on_event is not None:
                for done in range(1, len(pages) + 1):
                    tell(("progress", done, len(pages)))
            return sweep_end(pages, self.network.last_modified)

        return self._sweep(
            bridge, future, (route, parameters, options), tell, hand_over
        )

    def stream_sweep(self, bridge, future, *asked):
        route, parameters, options, consistent, waits, byte_window, on_event = asked
        self.network.sweep = (consistent, True, waits)
        self.network.byte_window = byte_window
        tell = Teller(self.network, bridge, future, on_event)

        def hand_over(pages):
            for index, page in enumerate(pages):
                tell(("page", index, page, len(page.content)))
            return sweep_end([], self.network.last_modified)

        return self._sweep(
            bridge, future, (route, parameters, options), tell, hand_over
        )

    def _sweep(self, bridge, future, asked, tell, hand_over):
        def work():
            first = self.network.ask("GET", *asked)
            if isinstance(first, Exception):
                return first
            if self.network.pages_of is not None:
                return hand_over(self.network.pages_of(asked[1]))
            return hand_over(self.network.pages)

        return self.engine.start(bridge, future, work, tell.tag)

    def stream_batch(self, bridge, future, items, *asked):
        options, self.network.batch_size, in_order, byte_window, on_event = asked
        self.network.batch_stream = (in_order, byte_window)
        tell = Teller(self.network, bridge, future, on_event)

        def work():
            for place, (method, route, parameters, *own) in enumerate(items):
                used = own[0] if own else options
                end = self.network.ask(method, route, parameters, used)
                (result,), failed = batch_end([end])
                tell(("item", place, result, failed.get(0), 1))

        return self.engine.start(bridge, future, work, tell.tag)

    def submit_reading(self, bridge, future, plan, documents, /):
        self.network.readings.append([*documents])
        return self.engine.start(
            bridge, future, lambda: fake_columns.read(plan, documents)
        )

    def submit_table_sweep(self, bridge, future, *asked):
        route, parameters, options, plan, given, consistent, waits, on_event = asked
        self.network.sweep = (consistent, False, waits)
        tell = Teller(self.network, bridge, future, on_event)

        def hand_over(pages):
            if on_event is not None:
                for done in range(1, len(pages) + 1):
                    tell(("progress", done, len(pages)))
            return fake_columns.table_sweep_end(plan, given, pages, self.network)

        return self._sweep(
            bridge, future, (route, parameters, options), tell, hand_over
        )

    def stream_table_sweep(self, bridge, future, *asked):
        route, parameters, options, (plan, given), *how, on_event = asked
        consistent, waits, self.network.byte_window = how
        self.network.sweep = (consistent, True, waits)
        tell = Teller(self.network, bridge, future, on_event)

        def hand_over(pages):
            said_no = [page for page in pages if page.status >= 400]
            if said_no:
                return said_no[0]
            try:
                for event in fake_columns.rows_events(plan, given, pages):
                    tell(event)
            except errors.DecodeFailed as error:
                return error
            return sweep_end([], self.network.last_modified)

        return self._sweep(
            bridge, future, (route, parameters, options), tell, hand_over
        )

    def taken(self, tag, size):
        self.network.taken.append((tag, size))


def batch_end(ends):
    """Results and errors by place: a bad status is an error there."""
    ends = [
        errors.status_error(end) if getattr(end, "status", 0) >= 400 else end
        for end in ends
    ]
    failed = {n: end for n, end in enumerate(ends) if isinstance(end, Exception)}
    return [None if n in failed else end for n, end in enumerate(ends)], failed


def sweep_end(pages, last_modified):
    """What a sweep gives that went well."""
    return {
        "pages": list(pages),
        "last_modified": last_modified,
        "consistent": True,
        "rounds": 1,
    }


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

    def abandon_limits():
        network.abandoned_limits += 1

    fakes = {
        "Batch": fake_columns.Batch,
        "Batches": fake_columns.Batches,
        "Bridge": Bridge,
        "Engine": type("Engine", (Engine,), {"network": network}),
        "Options": Options,
        "Profile": type("Profile", (Profile,), {"network": network}),
        "RouteTable": RouteTable,
        "TablePlan": fake_columns.TablePlan,
        "abandon_limits_after_fork": abandon_limits,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(_core, name, fake, raising=False)
    monkeypatch.setattr(_engine, "route_table", lambda: RouteTable(b""))
