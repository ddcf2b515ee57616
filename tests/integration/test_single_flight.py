"""Equal requests are one request, whoever in a process asks: loops and threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

import pyesi
from integration.worlds import (
    ends_of,
    make_blocking_client,
    make_client,
    until,
    without_frames,
)
from properties.answering_server import answering_server
from pyesi import errors

THING = pyesi.UncheckedRoute("/thing")
WALLET = "/characters/{character_id}/wallet"
KEPT = [("Cache-Control", "max-age=300")]
NOT_KEPT = [("Cache-Control", "no-store")]


class Gate:
    """Answers each request when it is opened, and says who asked."""

    def __init__(self, status=200, headers=KEPT):
        self.status = status
        self.headers = headers
        self.opened = threading.Event()

    def __call__(self, seen):
        if not self.opened.wait(20):
            raise TimeoutError("nobody opened the gate")
        body = f'"{seen.headers.get("authorization", "nobody")}"'.encode()
        return self.status, self.headers, body


@contextmanager
def gated(**settings):
    """A server that answers nobody before its gate is opened."""
    with answering_server() as server:
        gate = server.answering = Gate(**settings)
        try:
            yield server, gate
        finally:
            gate.opened.set()


def under_way(engine, count):
    """So many have joined the one that leads them."""
    return lambda: engine.statistics()["cache"]["coalesced"] >= count


class Crowd:
    """Asks from several event loops and from threads, all on one engine."""

    def __init__(self, base_url, engine, *, wanted=None, **settings):
        self._base_url = base_url
        self._route, self._parameters = wanted or (THING, {})
        self._settings = {"engine": engine, **settings}

    def ask(self, *, loops, each, threads):
        """Begin; gives a function that waits for the ends."""
        pool = ThreadPoolExecutor(loops + threads)
        asked = [pool.submit(self._ask_in_loop, each) for _ in range(loops)]
        client = make_blocking_client(self._base_url, **self._settings)
        single = [pool.submit(self._ask_blocking, client) for _ in range(threads)]

        def ends():
            together = [end for one in asked for end in one.result(60)]
            together += [one.result(60) for one in single]
            client.close()
            pool.shutdown()
            return together

        return ends

    def _ask_in_loop(self, count):
        async def story():
            async with make_client(self._base_url, **self._settings) as esi:
                return await ends_of(
                    esi.get(self._route, **self._parameters) for _ in range(count)
                )

        return asyncio.run(story())

    def _ask_blocking(self, client):
        try:
            return client.get(self._route, **self._parameters)
        except pyesi.ESIError as error:
            return without_frames(error)


@pytest.fixture
def engine():
    """One engine for all who ask; it is closed at the end."""
    with pyesi.Engine() as shared:
        yield shared


def wait_for(condition):
    asyncio.run(until(condition))


def test_a_thousand_misses_of_loops_and_threads_are_one_request(engine):
    """
    Five event loops and a hundred blocked threads ask at once; one request is sent, and
    all have its answer.
    """
    with gated() as (server, gate):
        ends = Crowd(server.base_url, engine).ask(loops=5, each=180, threads=100)
        wait_for(under_way(engine, 999))
        gate.opened.set()
        answers = ends()

    assert len(answers) == 1000
    assert {answer.json() for answer in answers} == {"nobody"}
    assert len(server.seen) == 1
    assert engine.statistics()["cache"]["coalesced"] == 999


def test_a_leader_that_leaves_ends_nobody_else(engine):
    """
    Who asked first is cancelled in its own loop; those in other loops and threads get
    the answer to the request that it began.
    """

    async def lead(server, gate):
        async with make_client(server.base_url, engine=engine) as esi:
            leader = asyncio.create_task(esi.get(THING))
            await until(lambda: len(server.seen) == 1)
            ends = Crowd(server.base_url, engine).ask(loops=2, each=10, threads=10)
            await until(under_way(engine, 30))
            leader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leader
            gate.opened.set()
            return await asyncio.to_thread(ends)

    with gated() as (server, gate):
        answers = asyncio.run(lead(server, gate))

    assert {answer.json() for answer in answers} == {"nobody"}
    assert len(server.seen) == 1


def test_a_leader_that_fails_fails_all_who_wait_and_is_not_asked_again_for_each(
    engine,
):
    """
    Each waiter is told of the one failure; who asks afterwards sends a request of his
    own and has its answer.
    """
    with gated(status=501, headers=[]) as (server, gate):
        ends = Crowd(server.base_url, engine).ask(loops=2, each=20, threads=10)
        wait_for(under_way(engine, 49))
        gate.opened.set()
        failures = ends()
        sent = len(server.seen)

        server.answering = lambda _seen: (200, KEPT, b'"later"')
        with make_blocking_client(server.base_url, engine=engine) as esi:
            later = esi.get(THING)

    assert {type(failure) for failure in failures} == {errors.ServerError}
    assert {failure.response.status for failure in failures} == {501}
    assert sent == 1
    assert later.json() == "later"


def test_an_answer_that_must_not_be_kept_is_for_those_who_waited(engine):
    """
    They share it, since they asked before it came; who comes later asks anew, and
    nobody waits in a row behind those answers.
    """
    with gated(headers=NOT_KEPT) as (server, gate):
        ends = Crowd(server.base_url, engine).ask(loops=2, each=20, threads=10)
        wait_for(under_way(engine, 49))
        gate.opened.set()
        answers = ends()
        with make_blocking_client(server.base_url, engine=engine) as esi:
            later = [esi.get(THING).source for _ in range(3)]

    assert {answer.json() for answer in answers} == {"nobody"}
    assert set(later) == {pyesi.Source.NETWORK}
    assert len(server.seen) == 1 + 3


def test_other_identities_are_other_requests(engine):
    """
    Each identity's crowd shares one request of its own, and none sees another's answer.
    """
    scopes = ["esi-wallet.read_character_wallet.v1"]
    tokens = [
        pyesi.testing.make_token(number, scopes=scopes)
        for number in (90000001, 90000002)
    ]
    wanted = (WALLET, {"character_id": 90000001})
    with gated() as (server, gate):
        crowds = [
            Crowd(server.base_url, engine, wanted=wanted, auth=token)
            for token in tokens
        ]
        ends = [crowd.ask(loops=2, each=20, threads=10) for crowd in crowds]
        wait_for(under_way(engine, 2 * 49))
        gate.opened.set()
        answers = [end() for end in ends]

    for mine, token in zip(answers, tokens, strict=True):
        assert {answer.json() for answer in mine} == {f"Bearer {token}"}
    assert len(server.seen) == 2
