"""Who is told of alerts, where, and until when."""

import asyncio
import gc
import logging
import queue
import threading
import weakref
from datetime import UTC, datetime
from functools import partial

import pytest

from pyesi import ESIClient, SyncESIClient, errors
from pyesi.alerts import RULES, Alerts
from pyesi.alerts._watch import Watch
from unit.conftest import USER_AGENT
from unit.fake_core import FakeResponse
from unit.watched_samples import errors_left, statistics, upstream

WELL = statistics()
LOW = statistics(limits=[upstream(error_limit=errors_left(3))])


class Counted:
    """A client whose statistics are said by the test."""

    def __init__(self, seen=WELL):
        self.closed = False
        self.now = seen
        self.looks = 0

    @property
    def engine(self):
        return self

    def seen(self):
        self.looks += 1
        return self.now


class Told(queue.SimpleQueue):
    """A callback that keeps what it is told, and where."""

    def __call__(self, alert):
        self.thread = threading.current_thread()
        self.put(alert)

    def next(self):
        return self.get(timeout=10)


def alerts_of(client, name="app"):
    return Alerts(client, name, on_loop=False)


def look(alerts):
    """Have the thread look now."""
    alerts._watch._wake.set()


def ended(thread):
    thread.join(10)
    return not thread.is_alive()


def test_a_callback_is_told_when_it_begins_and_when_it_is_over():
    """
    It is called in a thread of pyesi's, once each, and `active` says the same.
    """
    client, told = Counted(LOW), Told()
    alerts = alerts_of(client)

    subscription = alerts.on("error_limit_low", told)
    alert = told.next()

    assert told.thread.name == "pyesi-alerts"
    assert told.thread.daemon
    assert (alert.rule, alert.state, alert.value) == ("error_limit_low", "firing", 3)
    assert alert.labels == {"client": "app", "upstream": "https://esi.evetech.net"}
    assert abs((alert.since - datetime.now(UTC)).total_seconds()) < 60
    assert alerts.active == subscription.firing == (alert,)
    client.now = statistics(at=121)
    look(alerts)
    over = told.next()
    assert over.state == "resolved"
    assert alerts.active == ()
    assert told.empty()
    alerts.end()


def test_a_decorated_function_stays_what_it_is():
    """
    Without a callback `on` is a decorator.
    """
    client, told = Counted(LOW), Told()
    alerts = alerts_of(client)

    @alerts.on("error_limit_low", threshold=10)
    def tell(alert):
        told.put(alert)

    assert told.next().value == 3
    assert tell.__name__ == "tell"
    alerts.end()


def test_an_unknown_rule_is_a_value_error_that_names_the_known():
    """
    Whoever mistypes sees what there is.
    """
    with pytest.raises(ValueError, match="'error_rates'") as refused:
        alerts_of(Counted()).on("error_rates", print)

    for name in RULES:
        assert name in str(refused.value)


@pytest.mark.parametrize("interval", [0.05, 61, 0, -1, True, float("nan")])
def test_an_interval_has_bounds(interval):
    """
    Looks come neither without pause nor too seldom for the windows.
    """
    with pytest.raises(errors.InvalidRequest, match="interval="):
        alerts_of(Counted()).on("error_rate", print, interval=interval)


def test_thresholds_are_each_subscription_s_own():
    """
    Two callbacks for one rule are told by their own thresholds; active names it once.
    """
    client, mild, strict, usual = Counted(LOW), Told(), Told(), Told()
    alerts = alerts_of(client)

    alerts.on("error_limit_low", mild, threshold=3)
    first = alerts.on("error_limit_low", strict, threshold=4)
    second = alerts.on("error_limit_low", usual)

    assert strict.next().value == usual.next().value == 3
    assert mild.empty()
    assert first.firing == second.firing == alerts.active
    assert len(alerts.active) == 1
    assert (first.rule.threshold, second.rule.threshold) == (4, 20)
    alerts.end()


def test_a_callback_that_raises_is_logged_once_an_alert(caplog):
    """
    The record says which alert; the others are told all the same, sys.exit or not.
    """
    client, told = Counted(LOW), Told()
    alerts = alerts_of(client)

    def fail(alert):
        raise SystemExit(f"no {alert.rule}")

    alerts.on("error_limit_low", fail)
    alerts.on("error_limit_low", told)
    told.next()
    client.now = statistics(at=121)
    look(alerts)
    told.next()
    client.now = statistics(at=122, limits=LOW["limits"])
    look(alerts)
    told.next()

    alerts.end()
    records = [one for one in caplog.records if one.name == "pyesi"]
    assert [one.levelno for one in records] == [logging.ERROR] * 2
    assert "3 errors left" in records[0].getMessage()
    assert records[0].exc_info[0] is SystemExit


def test_what_is_cancelled_is_told_nothing_more():
    """
    Neither that it is resolved nor anything else, and the others go on.
    """
    client, first, second = Counted(LOW), Told(), Told()
    alerts = alerts_of(client)
    subscription = alerts.on("error_limit_low", first)
    alerts.on("error_limit_low", second)
    first.next(), second.next()

    subscription.cancel()
    subscription.cancel()

    assert subscription.cancelled
    assert subscription.firing == ()
    client.now = statistics(at=121)
    look(alerts)
    assert second.next().state == "resolved"
    assert first.empty()
    assert "cancelled" in repr(subscription)
    alerts.end()


def test_the_thread_ends_with_the_last_subscription_and_begins_anew():
    """
    Nobody is watched for nobody.
    """
    client, told = Counted(LOW), Told()
    alerts = alerts_of(client)
    subscription = alerts.on("error_limit_low", told)
    told.next()
    first = alerts._watch.thread

    subscription.cancel()
    look(alerts)
    assert ended(first)

    alerts.on("error_limit_low", told)
    assert told.next().state == "firing"
    assert alerts._watch.thread is not first
    alerts.end()


def test_the_most_eager_subscription_says_how_often_is_looked():
    """
    One thread looks for all.
    """
    client = Counted()
    watch = Watch(weakref.ref(client))
    assert watch.look() is None

    watch = Watch(weakref.ref(client))
    watch._start = lambda: None
    alerts = alerts_of(client)
    alerts._watch = watch
    slow = alerts.on("error_rate", print, interval=60)
    fast = alerts.on("error_rate", print, interval=0.5)
    assert watch.look() == 0.5
    fast.cancel()
    assert watch.look() == 60
    slow.cancel()
    assert watch.look() is None


def speak_of(client, told, alert):
    told.put((client.looks, alert))


def test_a_client_that_is_gone_ends_its_thread():
    """
    The thread keeps no client alive, also not one that its callbacks speak of.
    """
    client, told = Counted(LOW), Told()
    alerts = client.alerts = alerts_of(client)
    alerts.on("error_limit_low", partial(speak_of, client, told))
    told.next()
    thread, gone = alerts._watch.thread, weakref.ref(client)

    del client, alerts
    gc.collect()

    assert ended(thread)
    assert gone() is None


def test_a_client_that_was_closed_has_no_alerts():
    """
    To subscribe is refused, by alerts that outlive their client as well.
    """
    client = Counted()
    alerts = alerts_of(client)
    alerts.on("error_rate", print)
    client.closed = True
    look(alerts)
    assert ended(alerts._watch.thread)
    with pytest.raises(errors.ClientClosed):
        alerts.on("error_rate", print)
    del client
    gc.collect()
    with pytest.raises(errors.ClientClosed):
        alerts.on("error_rate", print)
    assert alerts.active == ()
    assert "nothing firing" in repr(alerts)


def test_a_client_that_closes_while_it_is_seen_ends_its_thread():
    """
    Whatever comes between the question and the look is an end like any.
    """
    client = Counted()

    def closing():
        raise errors.ClientClosed("The engine was closed")

    client.seen = closing
    alerts = alerts_of(client)
    alerts.on("error_rate", print)

    assert ended(alerts._watch.thread)


# Of both clients.


@pytest.fixture
def low(network):
    """A network whose statistics tell of an error limit that is nearly spent."""
    network.answer = lambda *_: FakeResponse()
    network.statistics = dict(LOW)
    return network


def test_nothing_starts_an_engine_but_its_use(low):
    """
    To subscribe makes no engine, and what was not used has no alerts.
    """
    with SyncESIClient(user_agent=USER_AGENT) as esi:
        told = Told()
        esi.alerts.on("error_limit_low", told, interval=60)
        watch = esi.alerts._watch
        assert watch.look() is not None
        assert low.engines == []
        esi.get("/status")
        look(esi.alerts)
        assert told.next().labels["client"] == "tests"
        thread = watch.thread
    assert ended(thread)
    assert told.empty()


def test_a_client_has_one_face_for_its_alerts(both, network):
    """
    It is the same each time, and closing the client ends it.
    """
    esi = both.make()

    assert esi.alerts is esi.alerts
    both.close(esi)
    assert esi.alerts.active == ()


def test_a_client_of_a_shared_engine_ends_its_own_alerts(low):
    """
    The other client of the engine is watched on.
    """
    from pyesi import Engine

    with Engine() as engine:
        first, second = (
            SyncESIClient(user_agent=USER_AGENT, engine=engine) for _ in range(2)
        )
        first.get("/status")
        told = Told(), Told()
        for esi, callback in zip((first, second), told, strict=True):
            esi.alerts.on("error_limit_low", callback, interval=60)
            callback.next()
        threads = [esi.alerts._watch.thread for esi in (first, second)]
        first.close()
        assert ended(threads[0])
        assert threads[1].is_alive()
    assert ended(threads[1])


def test_a_callback_of_the_asyncio_client_is_called_on_its_loop(low):
    """
    A function is called there, and a coroutine function awaited.
    """

    async def main():
        loop, told = asyncio.get_running_loop(), asyncio.Queue()

        def plain(alert):
            told.put_nowait((asyncio.get_running_loop(), alert.rule))

        async def awaited(alert):
            await asyncio.sleep(0)
            plain(alert)

        async with ESIClient(user_agent=USER_AGENT) as esi:
            await esi.get("/status")
            for callback in (plain, awaited):
                esi.alerts.on("error_limit_low", callback)
                assert await told.get() == (loop, "error_limit_low")
            thread = esi.alerts._watch.thread
        await asyncio.to_thread(thread.join, 10)
        assert not thread.is_alive()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_what_a_callback_raises_on_a_loop_is_logged(low, caplog):
    """
    At once or after an await, it disturbs neither the loop nor the others.
    """

    async def main():
        told = asyncio.Queue()

        def plain(alert):
            raise LookupError("plain")

        async def awaited(alert):
            await asyncio.sleep(0)
            told.put_nowait(alert)
            raise LookupError("awaited")

        async with ESIClient(user_agent=USER_AGENT) as esi:
            await esi.get("/status")
            for callback in (plain, awaited, told.put_nowait):
                esi.alerts.on("error_limit_low", callback)
            for _ in range(2):
                assert (await told.get()).state == "firing"
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 20))
    raised = {str(one.exc_info[1]) for one in caplog.records if one.exc_info}
    assert raised == {"plain", "awaited"}


def test_a_loop_that_is_gone_is_told_nothing(low):
    """
    The subscription ends, and with it the thread.
    """

    async def main():
        await esi.get("/status")
        return esi.alerts.on("error_limit_low", print, interval=60)

    esi = ESIClient(user_agent=USER_AGENT)
    low.statistics = dict(WELL)
    subscription = asyncio.run(main())
    thread = esi.alerts._watch.thread
    low.statistics = dict(LOW)
    look(esi.alerts)

    assert ended(thread)
    assert subscription.cancelled
    asyncio.run(esi.aclose())


def test_a_cancelled_callback_is_not_called_on_the_loop(low):
    """
    Also where the call was on its way already.
    """

    async def main():
        told = []
        async with ESIClient(user_agent=USER_AGENT) as esi:
            await esi.get("/status")
            subscription = esi.alerts.on("error_limit_low", told.append)
            while not subscription.firing:  # without a turn of the loop
                pass
            subscription.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return told

    assert asyncio.run(main()) == []


def test_where_no_loop_could_call_it_a_callback_is_refused(network):
    """
    The error says what to do in its place.
    """

    async def tell(alert):
        """Never called."""

    esi = ESIClient(user_agent=USER_AGENT)
    with pytest.raises(errors.InvalidRequest, match="where its event loop runs"):
        esi.alerts.on("error_rate", print)
    with SyncESIClient(user_agent=USER_AGENT) as blocking:
        with pytest.raises(errors.InvalidRequest, match="use ESIClient"):
            blocking.alerts.on("error_rate", tell)
