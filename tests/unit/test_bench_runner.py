"""How a bench makes its requests, on time that jumps."""

import asyncio
from dataclasses import dataclass

import pytest

from pyesi import errors
from pyesi.bench import Load, Wanted
from pyesi.bench._request import draws
from pyesi.bench._runner import Run
from unit.virtual_time import run_virtually

MANY = [Wanted(route="/status", name="GetStatus")]


@dataclass
class Answer:
    content: bytes = b"{}"
    source: str = "network"


class Server:
    """Answers after so many seconds, and remembers when it was asked."""

    def __init__(self, clock, seconds_of=lambda _: 0.01):
        self.clock = clock
        self.seconds_of = seconds_of
        self.asked_at = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, _request):
        number = len(self.asked_at)
        self.asked_at.append(self.clock.now())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.clock.sleep(self.seconds_of(number))
        finally:
            self.at_once -= 1
        return Answer()


def drive(load, seconds_of=lambda _: 0.01, make=Server):
    async def work(clock):
        server = make(clock, seconds_of)
        run = Run(load, draws(MANY, 1), server, clock)
        await run.drive()
        return server, run.tally

    return run_virtually(work)


def test_a_rate_is_kept_whatever_the_answers_take():
    """
    Requests begin at their times, however long those before them take.
    """
    server, tally = drive(Load(rate=100, seconds=1), lambda _: 3.0)

    assert server.asked_at == pytest.approx([n / 100 for n in range(100)])
    assert server.most_at_once == 100
    assert tally.latencies.percentile(0.5) == pytest.approx(3.0, rel=0.01)
    assert tally.seconds == pytest.approx(3.99)


def test_a_stall_is_in_the_latency_of_all_that_it_delayed():
    """
    Where one request may be under way, a stall of a second is waited for by each that
    was to begin in it, and is no single slow request.
    """
    load = Load(rate=100, seconds=2, concurrency=1)
    server, tally = drive(load, lambda number: 1.0 if number == 50 else 0.0)

    assert server.most_at_once == 1
    slow = 1 - 100 / 200
    assert tally.latencies.greatest == pytest.approx(1.0, rel=0.01)
    assert tally.latencies.percentile(slow + 0.25) == pytest.approx(0.5, rel=0.02)
    assert tally.latencies.count == 200


def test_workers_do_not_see_a_stall_that_they_wait_for():
    """
    Workers begin the next request after the last one's end, so that the same stall is
    one slow request of theirs: this is what the rate is for.
    """
    load = Load(concurrency=1, requests=200)
    _, tally = drive(load, lambda number: 1.0 if number == 50 else 0.0)

    assert tally.latencies.percentile(0.99) == pytest.approx(0.0, abs=1e-6)
    assert tally.latencies.greatest == pytest.approx(1.0, rel=0.01)


def test_a_bench_that_is_late_itself_counts_that_too():
    """
    What keeps the loop busy delays requests, and they are as slow as that.
    """

    class Busy(Server):
        async def __call__(self, request):
            if len(self.asked_at) == 10:
                asyncio.get_running_loop()._jumping.now += 1.0
            return await super().__call__(request)

    _, tally = drive(Load(rate=100, seconds=1), lambda _: 0.0, make=Busy)

    assert tally.lateness.greatest == pytest.approx(0.99, rel=0.02)
    assert tally.latencies.percentile(0.6) > 0.4


def test_as_many_workers_ask_as_were_wanted():
    """
    Never more requests are under way, and each worker goes on until the time is over.
    """
    server, tally = drive(Load(concurrency=7, seconds=1), lambda _: 0.125)

    assert server.most_at_once == 7
    assert tally.latencies.count == 56
    assert tally.seconds == pytest.approx(1.0)


@pytest.mark.parametrize("rate", [None, 50.0])
def test_exactly_as_many_are_made_as_were_wanted(rate):
    """
    A number of requests is kept by workers and by a rate.
    """
    server, tally = drive(Load(concurrency=8, requests=101, rate=rate))

    assert len(server.asked_at) == tally.latencies.count == tally.begun == 101


def test_errors_are_counted_by_what_they_are_and_in_the_latencies():
    """
    A request that fails has taken its time as well.
    """
    kinds = (errors.ConnectFailed("no"), errors.ReadTimedOut("no"), None, None)

    class Failing(Server):
        async def __call__(self, request):
            number = len(self.asked_at)
            await super().__call__(request)
            if kinds[number % 4] is not None:
                raise kinds[number % 4]
            return Answer()

    _, tally = drive(Load(concurrency=1, requests=8), make=Failing)

    assert tally.errors == {"ConnectFailed": 2, "ReadTimedOut": 2}
    assert tally.sources == {"network": 4}
    assert tally.latencies.count == 8
    assert tally.latencies.least == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("load", [Load(requests=9), Load(requests=9, rate=10)])
def test_a_request_that_cannot_be_sent_ends_all(load):
    """
    An invalid request is the caller's fault and no figure: it is raised as it is.
    """

    class Refusing(Server):
        async def __call__(self, request):
            await super().__call__(request)
            raise errors.InvalidRequest("no such parameter")

    with pytest.raises(errors.InvalidRequest):
        drive(load, make=Refusing)


@pytest.mark.parametrize("load", [Load(seconds=60), Load(seconds=60, rate=10)])
def test_what_was_measured_so_far_stays_when_it_is_cancelled(load):
    """
    Cancelling ends what is under way, and the tally has what had ended.
    """

    async def work(clock):
        server = Server(clock, lambda _: 0.25)
        run = Run(load, draws(MANY, 1), server, clock)
        driving = asyncio.ensure_future(run.drive())
        await clock.sleep(3.1)
        driving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await driving
        return server, run.tally

    server, tally = run_virtually(work)

    assert server.at_once == 0
    assert 0 < tally.latencies.count < tally.begun <= len(server.asked_at)


def test_hits_of_one_worker_are_no_wait_of_another():
    """
    Workers whose answers come at once take turns, request by request.
    """
    order = []

    async def work(clock):
        async def ask(request):
            order.append(asyncio.current_task())
            return Answer(source="fresh")

        await Run(Load(concurrency=3, requests=30), draws(MANY, 1), ask, clock).drive()

    run_virtually(work)

    assert all(len(set(order[n : n + 3])) == 3 for n in range(0, 30, 3))
