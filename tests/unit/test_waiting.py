"""How the two clients wait: loops, threads, cancelling, closing."""

import asyncio
import gc
import threading
import time
from contextlib import aclosing, suppress

import pytest

from pyesi import Engine, ESIClient, SyncESIClient, errors
from unit.conftest import USER_AGENT
from unit.fake_core import FakeResponse

STATUS = "/status"


def make(**settings):
    return ESIClient(user_agent=USER_AGENT, **settings)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    """Runs coroutines on each kind of loop."""
    factory = asyncio.new_event_loop
    if request.param == "uvloop":
        factory = pytest.importorskip("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        yield runner.run


def test_everything_of_asyncio_takes_a_get(run, network):
    """
    create_task, gather, TaskGroup, wait_for and timeout work on it.
    """

    async def scenario():
        async with make() as esi:
            task = asyncio.create_task(esi.get(STATUS))
            assert (await task).status == 200
            assert len(await asyncio.gather(*(esi.get(STATUS) for _ in range(5)))) == 5
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(esi.get(STATUS)) for _ in range(5)]
            assert all(t.result().status == 200 for t in tasks)
            assert (await asyncio.wait_for(esi.get(STATUS), 5)).status == 200
            async with asyncio.timeout(5):
                await esi.get(STATUS)

    run(scenario())
    assert len(network.asked) == 13


def test_giving_up_cancels_the_request(run, network):
    """
    A cancelled task raises CancelledError, and the core is told.
    """

    async def scenario():
        async with make() as esi:
            network.held = True
            task = asyncio.create_task(esi.get(STATUS))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert network.cancelled == [1]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(esi.get(STATUS), 0.01)
            assert network.cancelled == [1, 2]
            assert esi._in_flight == {}
            network.release()

    run(scenario())


def test_an_end_that_comes_after_the_cancel_disturbs_nobody(run, network):
    """
    The future of a cancelled request stays as it is.
    """

    async def scenario():
        async with make() as esi:
            network.held = True
            tasks = [asyncio.create_task(esi.get(STATUS)) for _ in range(3)]
            await asyncio.sleep(0.01)
            tasks[1].cancel()
            network.release()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(ended[1], asyncio.CancelledError)
            assert [ended[0].status, ended[2].status] == [200, 200]

    run(scenario())


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
def test_closing_ends_what_is_in_flight(run, network, shared):
    """
    Each waiting request raises ClientClosed, on an own engine and on a shared one.
    """

    async def scenario():
        engine = Engine() if shared else None
        esi = make(engine=engine)
        network.held = True
        tasks = [asyncio.create_task(esi.get(STATUS)) for _ in range(3)]
        await asyncio.sleep(0.01)
        await esi.aclose()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ended] == [errors.ClientClosed] * 3
        if engine is not None:
            assert not engine.closed
            await engine.aclose()

    run(scenario())


def test_a_cancelled_close_still_closes(run, network):
    """
    The engine ends and every request with it, also when nobody waits for that.
    """

    async def scenario():
        esi = make()
        network.held = True
        task = asyncio.create_task(esi.get(STATUS))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(esi.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with suppress(asyncio.CancelledError):
            await closing
        with pytest.raises(errors.ClientClosed):
            await asyncio.wait_for(task, 5)
        assert network.engines[0].closed

    run(scenario())


def test_one_client_serves_loop_after_loop(network):
    """
    Each loop has a bridge; those of closed loops go when the next one comes.
    """
    esi = make()
    for _ in range(5):
        with asyncio.Runner() as runner:
            assert runner.run(esi.get(STATUS)).status == 200
    assert len(esi.engine.bridges._of_loop) == 1
    asyncio.run(esi.aclose())
    assert len(esi.engine.bridges._of_loop) == 0


def test_one_client_serves_several_loops_at_once(network):
    """
    Loops of several threads get their own answers.
    """
    network.answer = lambda _m, _r, p: FakeResponse(value=p["n"])
    esi = make()
    got = {}

    def work(thread):
        async def many():
            asked = (esi.get(STATUS, n=thread * 1000 + n) for n in range(20))
            return [r.json() for r in await asyncio.gather(*asked)]

        got[thread] = asyncio.run(many())

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    esi.engine.close()

    assert got == {t: [t * 1000 + n for n in range(20)] for t in range(4)}


class LoopWithoutReader(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, as Windows' proactor."""

    def add_reader(self, *args):
        raise NotImplementedError

    def remove_reader(self, *args):
        raise NotImplementedError


def test_a_loop_without_readers_is_woken_by_a_thread(network):
    """
    Requests end there as well, and the thread goes with the client.
    """

    async def scenario():
        async with make() as esi:
            responses = await asyncio.gather(*(esi.get(STATUS) for _ in range(50)))
            assert len(responses) == 50
            assert "pyesi-notifier" in {t.name for t in threading.enumerate()}

    # Its own self-pipe needs the reader that users do not get.
    loop = asyncio.SelectorEventLoop()
    loop.__class__ = LoopWithoutReader
    try:
        loop.run_until_complete(scenario())
    finally:
        loop.__class__ = asyncio.SelectorEventLoop
        loop.close()
    assert "pyesi-notifier" not in {t.name for t in threading.enumerate()}


def test_a_stream_that_is_left_early_is_cancelled(run, network):
    """
    Closing the generator cancels the sweep.
    """
    network.pages = [FakeResponse(value=[n]) for n in range(50)]

    async def scenario():
        async with make() as esi:
            network.held = True
            async with aclosing(esi.stream_pages("GetUniverseTypes")) as pages:
                async for page in pages:
                    assert page.json() == [0]
                    break
            assert network.cancelled == [1]
            network.release()

    run(scenario())


def test_a_blocking_stream_that_is_left_early_is_cancelled(network):
    """
    Closing the generator cancels the sweep.
    """
    network.pages = [FakeResponse(value=[n]) for n in range(5)]
    with SyncESIClient(user_agent=USER_AGENT) as esi:
        network.held = True
        for page in esi.stream_pages("GetUniverseTypes"):
            assert page.json() == [0]
            break
        gc.collect()
        assert network.cancelled == [1]


def test_ctrl_c_in_a_blocking_call_cancels_the_request(network, monkeypatch):
    """
    KeyboardInterrupt passes through, and the core is told.
    """
    with SyncESIClient(user_agent=USER_AGENT) as esi:
        bridge = esi.engine.bridges.of_thread()
        monkeypatch.setattr(type(bridge), "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            esi.get(STATUS)
        assert network.cancelled == [1]
        assert esi._in_flight == {}


def interrupted(_bridge, _tag):
    raise KeyboardInterrupt


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
def test_closing_ends_a_thread_that_waits(network, shared):
    """
    A blocking call of another thread raises ClientClosed.
    """
    engine = Engine() if shared else None
    esi = SyncESIClient(user_agent=USER_AGENT, engine=engine)
    network.held = True
    ended = []

    def work():
        try:
            esi.get(STATUS)
        except errors.ESIError as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    while not esi._in_flight:
        time.sleep(0.001)
    esi.close()
    thread.join(5)

    assert ended == [errors.ClientClosed]
    if engine is not None:
        assert not engine.closed
        engine.close()


def test_threads_get_their_own_answers(network):
    """
    One blocking client serves many threads.
    """
    network.answer = lambda _m, _r, p: FakeResponse(value=p["n"])
    got = {}
    with SyncESIClient(user_agent=USER_AGENT) as esi:

        def work(n):
            got[n] = [esi.get(STATUS, n=n * 100 + i).json() for i in range(20)]

        threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == {n: [n * 100 + i for i in range(20)] for n in range(5)}


def test_an_engine_is_a_context_of_either_kind(run, network):
    """
    with and async with close it.
    """

    async def scenario():
        async with Engine() as engine:
            engine.native()
        return engine

    assert run(scenario()).closed
    with Engine() as engine:
        engine.native()
    assert engine.closed
    assert [native.closed for native in network.engines] == [True, True]
