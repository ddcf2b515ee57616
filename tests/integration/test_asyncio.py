"""Requests as coroutines, on asyncio's loop and on uvloop's."""

import asyncio
import contextvars
import gc
import random
import threading

import pytest

import pyesi
from integration.conftest import LOOPS
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    ends_of,
    in_flight,
    make_client,
    no_descriptor_left,
    told,
    until,
)
from pyesi import errors
from pyesi.testing import make_token, turn_clock

JITA = {"system_id": 30000142}
LATE = {"kind": "latency", "seconds": 0.3}


def test_a_get_is_a_coroutine_like_any(simulator, either_loop):
    """
    create_task, TaskGroup, gather, wait, shield and as_completed take it as it is.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            task = asyncio.create_task(esi.get(SYSTEM, **JITA))
            async with asyncio.TaskGroup() as group:
                grouped = [
                    group.create_task(esi.get(TYPE, type_id=number))
                    for number in TYPES[:5]
                ]
            gathered = await asyncio.gather(
                *(esi.get(TYPE, type_id=number) for number in TYPES[5:10])
            )
            done, _ = await asyncio.wait(
                [asyncio.ensure_future(esi.get(TYPE, type_id=n)) for n in TYPES[10:12]]
            )
            shielded = await asyncio.shield(esi.get(TYPE, type_id=TYPES[12]))
            completed = [
                await one
                for one in asyncio.as_completed(
                    [esi.get(TYPE, type_id=n) for n in TYPES[13:15]]
                )
            ]
            async with asyncio.timeout(20):
                timed = await esi.get(TYPE, type_id=TYPES[15])
            waited = await asyncio.wait_for(esi.get(TYPE, type_id=TYPES[16]), 20)
            return [
                await task,
                *(one.result() for one in grouped),
                *gathered,
                *(one.result() for one in done),
                shielded,
                *completed,
                timed,
                waited,
            ]

    with no_descriptor_left():
        answers = either_loop(story())

    assert [answer.status for answer in answers] == [200] * 18


@pytest.mark.parametrize("ask", ["get", "get_pages", "batch_request", "stream_pages"])
def test_a_timeout_ends_the_wait_and_frees_the_slot(simulator, either_loop, ask):
    """
    asyncio.timeout and wait_for end any request in time; what it held is given back.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])

    async def first_of(stream):
        return await anext(stream)

    def asked(esi):
        return {
            "get": lambda: esi.get(SYSTEM, **JITA),
            "get_pages": lambda: esi.get_pages(ORDERS, **FORGE),
            "batch_request": lambda: esi.batch_request([(SYSTEM, JITA)] * 5),
            "stream_pages": lambda: first_of(esi.stream_pages(ORDERS, **FORGE)),
        }[ask]()

    async def story():
        async with make_client(simulator.base_url, cache=None) as esi:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await asked(esi)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asked(esi), 0.1)
            await until(lambda: in_flight(esi) == 0)
            simulator.faults([], clear=True)
            return (await esi.get(SYSTEM, **JITA)).status

    assert either_loop(story()) == 200


def test_a_task_group_that_fails_cancels_its_requests(simulator, either_loop):
    """
    One request that fails ends those beside it, as a task group does.
    """
    simulator.faults(
        [{"fault": {"kind": "no_answer"}, "times": None, "match": {"path": "/status"}}]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(ExceptionGroup) as failure:
                async with asyncio.timeout(10), asyncio.TaskGroup() as group:
                    waiting = group.create_task(esi.get("/status"))
                    group.create_task(esi.get(SYSTEM, system_id=3))
            assert waiting.cancelled()
            return [type(error) for error in failure.value.exceptions]

    assert either_loop(story()) == [errors.NotFound]


# Equal requests are one request.


def test_a_thousand_equal_gets_are_one_request(simulator, either_loop):
    """
    All get the one answer, and share its bytes.
    """
    simulator.faults([{"fault": LATE}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            answers = await asyncio.gather(
                *(esi.get(SYSTEM, **JITA) for _ in range(1000))
            )
            return answers, esi.statistics()["cache"]["coalesced"]

    answers, coalesced = either_loop(story())

    assert simulator.counters()["requests"] == 1
    assert coalesced == 999
    assert {bytes(answer.content) for answer in answers} == {bytes(answers[0].content)}
    assert {answer.attempts for answer in answers} == {1}


@pytest.mark.parametrize("cache", ["memory", None])
def test_a_cancelled_leader_does_not_cancel_the_others(simulator, either_loop, cache):
    """
    Who asked first may leave: the flight goes on for those who joined it.
    """
    simulator.faults([{"fault": LATE}])

    async def story():
        async with make_client(simulator.base_url, cache=cache) as esi:
            tasks = [asyncio.create_task(esi.get(SYSTEM, **JITA)) for _ in range(20)]
            await asyncio.sleep(0.1)
            for task in tasks[:10]:
                task.cancel()
            return await ends_of(tasks)

    ends = either_loop(story())

    assert [type(end) for end in ends[:10]] == [asyncio.CancelledError] * 10
    assert [end.status for end in ends[10:]] == [200] * 10
    assert simulator.counters()["requests"] == 1


def test_a_failed_flight_fails_each_of_its_callers_once(simulator, either_loop):
    """
    Each caller gets an error of its own, with the same facts.
    """
    system = {"path": "/universe/systems/30000142"}
    simulator.faults(
        [
            {"fault": LATE, "match": {"path": "/status"}},
            {"fault": {"kind": "redirect"}, "times": None, "match": system},
        ]
    )

    async def story():
        async with make_client(simulator.base_url, max_in_flight=1) as esi:
            first = asyncio.create_task(esi.get("/status"))
            await until(lambda: in_flight(esi) == 1)
            ends = await ends_of(esi.get(SYSTEM, **JITA) for _ in range(50))
            assert (await first).status == 200
            return ends

    ends = either_loop(story())

    assert {type(end) for end in ends} == {errors.RedirectRefused}
    assert len({id(end) for end in ends}) == 50
    assert simulator.counters()["requests"] == 2


def test_who_joins_keeps_a_deadline_of_their_own(simulator, either_loop):
    """
    One who joins a flight is neither ended with its impatient leader nor kept past the
    own deadline.
    """
    slow = {"kind": "latency", "seconds": 1.0}
    simulator.faults([{"fault": slow, "times": None, "match": {"path": "/status"}}])

    async def story():
        async with make_client(simulator.base_url, max_in_flight=1) as esi:
            first = asyncio.create_task(esi.get("/status"))
            await until(lambda: in_flight(esi) == 1)
            queued = [
                asyncio.create_task(esi.get(SYSTEM, timeout=seconds, **JITA))
                for seconds in (0.2, 20, 0.4, 20)
            ]
            ends = await ends_of(queued)
            assert (await first).status == 200
            return ends

    ends = either_loop(story())

    assert [getattr(end, "status", type(end)) for end in ends] == [
        errors.DeadlineExceeded,
        200,
        errors.DeadlineExceeded,
        200,
    ]
    assert simulator.targets()["GET /universe/systems/30000142"] == 1


def test_who_joins_one_under_way_may_leave_before_it_ends(simulator, either_loop):
    """
    The deadline of one who joined ends that wait alone.
    """
    slow = {"kind": "latency", "seconds": 0.6}
    simulator.faults([{"fault": slow}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await ends_of(
                esi.get(SYSTEM, timeout=seconds, **JITA) for seconds in (0.2, 20, 0.3)
            )

    early, whole, late = either_loop(story())

    assert type(early) is type(late) is errors.DeadlineExceeded
    assert whole.status == 200
    assert early.attempts == 1


# Identities.

WALLET = "/characters/{character_id}/wallet"
CLONES = "/characters/{character_id}/clones"
SCOPES = {"esi-wallet.read_character_wallet.v1", "esi-clones.read_clones.v1"}
CHARACTERS = range(90000001, 90000007)


@pytest.mark.parametrize("seed", range(3))
def test_a_body_is_its_own_characters(simulator, either_loop, seed):
    """
    In any mix of gets, batches, cancelled and cached requests each answer is the one
    that its own token was given.
    """
    chance = random.Random(seed)
    tokens = {
        (character, application): make_token(character, SCOPES, application=application)
        for character in CHARACTERS
        for application in ("one", "two")
    }
    simulator.faults([{"fault": LATE, "chance": 0.2, "times": None}])

    async def whoami(esi, character, application):
        """The answer of a route whose body is the token's character's."""
        answer = await esi.get(
            CLONES,
            character_id=character,
            auth=tokens[character, application],
            raise_for_status=False,
        )
        return character, application, answer

    async def story():
        seen = []
        async with make_client(simulator.base_url) as esi:
            for _ in range(6):
                tasks = [
                    asyncio.create_task(whoami(esi, *chance.choice([*tokens])))
                    for _ in range(40)
                ]
                await asyncio.sleep(chance.random() * 0.1)
                for task in chance.sample(tasks, 10):
                    task.cancel()
                seen += [
                    end
                    for end in await ends_of(tasks)
                    if not isinstance(end, asyncio.CancelledError)
                ]
                turn_clock(simulator, esi, chance.choice([1, 60, 130]))
        return seen

    seen = either_loop(story())

    by_character = {}
    for character, _, answer in seen:
        assert answer.status == 200
        by_character.setdefault(character, set()).add(bytes(answer.content))
    bodies = [body for bodies in by_character.values() for body in bodies]
    assert len(bodies) == len(set(bodies)) >= len(CHARACTERS) - 1
    assert simulator.counters()["early"] == 0


def test_different_identities_never_share_a_flight(simulator, either_loop):
    """
    The same URL asked for with two tokens, and with none, is three requests; with a
    renewed token of the same character it is one.
    """
    simulator.faults([{"fault": LATE, "times": None}])
    mine = make_token(90000001)
    renewed = make_token(90000001, expires=4102444800)
    other = make_token(90000002)

    async def story():
        async with make_client(simulator.base_url) as esi:
            auths = [mine, renewed, other, None, "opaque-one", "opaque-two"] * 3
            await asyncio.gather(*(esi.get(SYSTEM, auth=a, **JITA) for a in auths))
            first = simulator.counters()["requests"]
            again = await asyncio.gather(
                *(esi.get(SYSTEM, auth=a, **JITA) for a in auths)
            )
            return first, again

    first, again = either_loop(story())

    assert first == 5
    assert simulator.counters()["requests"] == 5
    assert {answer.source for answer in again} == {pyesi.Source.FRESH}


def test_a_write_is_never_shared(simulator, either_loop):
    """
    Equal posts at the same time are as many requests.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await asyncio.gather(*(esi.post(NAMES, json=[34]) for _ in range(20)))

    either_loop(story())

    assert [write["times"] for write in simulator.counters()["writes"]] == [20]


# Loops.


def test_several_loops_in_threads_share_one_client(simulator):
    """
    Each loop gets its own requests' ends, and equal ones are still one request.
    """
    simulator.faults([{"fault": LATE, "times": None}])
    found = []
    with no_descriptor_left():
        esi = make_client(simulator.base_url)

        def live(factory):
            async def story():
                return await asyncio.gather(
                    *(
                        esi.get(TYPE, type_id=number)  # noqa: F821 (deleted below)
                        for number in TYPES[:30]
                    )
                )

            with asyncio.Runner(loop_factory=factory) as runner:
                found.append(runner.run(story()))

        threads = [
            threading.Thread(target=live, args=(factory,))
            for factory in [*LOOPS.values()] * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        asyncio.run(esi.aclose())
        del esi

    assert [len(answers) for answers in found] == [30] * 6
    for answers in found:
        assert [answer.json()["type_id"] for answer in answers] == [*TYPES[:30]]
    assert simulator.counters()["requests"] == 30


@pytest.mark.parametrize("factory", LOOPS.values(), ids=LOOPS)
def test_a_loop_that_was_closed_with_requests_in_flight_hurts_no_later_one(
    simulator, factory
):
    """
    What was under way on the closed loop goes nowhere; a new loop works at once.
    """
    simulator.faults([{"fault": LATE, "times": None}])
    with no_descriptor_left():
        esi = make_client(simulator.base_url)
        for round_ in range(5):
            loop = factory()
            tasks = [
                loop.create_task(esi.get(TYPE, type_id=TYPES[10 * round_ + number]))
                for number in range(10)
            ]
            loop.run_until_complete(asyncio.sleep(0.05 * (round_ % 3)))
            for task in tasks:
                task._log_destroy_pending = False
            loop.close()
        with asyncio.Runner(loop_factory=factory) as runner:
            answers = runner.run(
                ends_of([esi.get(TYPE, type_id=number) for number in TYPES[:50]])
            )
            runner.run(esi.aclose())
        del esi, tasks, task, loop
        gc.collect()

    assert [answer.status for answer in answers] == [200] * 50


def test_a_loop_of_hits_starves_nobody(simulator, either_loop):
    """
    Of hits in a row each 128th gives way to the loop's other tasks.
    """

    async def story():
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, **JITA)
            beside = asyncio.create_task(other())
            for _ in range(128 * 40):
                answer = await esi.get(SYSTEM, **JITA)
                assert answer.source == pyesi.Source.FRESH
            seen = turns
            beside.cancel()
        return seen

    assert either_loop(story()) >= 39
    assert simulator.counters()["requests"] == 1


def test_a_fresh_hit_does_not_suspend(simulator, either_loop):
    """
    A hit is there without a turn of the loop.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, **JITA)
            hit = esi.get(SYSTEM, **JITA)
            with pytest.raises(StopIteration) as end:
                hit.send(None)
            return end.value.value

    assert either_loop(story()).source == pyesi.Source.FRESH


def test_ten_thousand_at_once_all_end(simulator, either_loop):
    """
    A great crowd of requests ends to the last one, in any order.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            asked = [TYPES[number % 300] for number in range(10_000)]
            answers = await asyncio.gather(
                *(esi.get(TYPE, type_id=number) for number in asked)
            )
            return asked, answers

    asked, answers = either_loop(story())

    assert all(
        answer.json()["type_id"] == number
        for number, answer in zip(asked, answers, strict=True)
    )
    assert simulator.counters()["requests"] == 300


def test_progress_that_raises_ends_its_request(simulator, either_loop):
    """
    What a progress callback raises is raised from the sweep, which is cancelled.
    """

    def refuse(_done, _total):
        raise KeyError("enough")

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(KeyError, match="enough"):
                await esi.get_pages(ORDERS, progress=refuse, **FORGE)
            with pytest.raises(KeyError, match="enough"):
                await esi.batch_request([(SYSTEM, JITA)], progress=refuse)
            return len(await esi.get_pages(ORDERS, **FORGE))

    assert either_loop(story()) == 8


def test_progress_is_told_in_the_context_of_its_call(simulator, either_loop):
    """
    Whoever used the client first lends its context to nobody: in Jupyter, where a cell
    is one, each bar stands under its own.
    """
    cell = contextvars.ContextVar("cell")
    seen = set()

    def told(_done, _total):
        seen.add(cell.get(None))

    async def story():
        async with make_client(simulator.base_url) as esi:
            cell.set("first")
            await esi.get(SYSTEM, **JITA)
            cell.set("second")
            await esi.get_pages(ORDERS, progress=told, **FORGE)
            assert seen == {"second"}
            cell.set("third")
            await esi.batch_request([(SYSTEM, JITA), NAMES], progress=told)
            assert seen == {"second", "third"}

    either_loop(story())


def test_a_coroutine_that_is_never_awaited_sends_nothing(simulator, either_loop):
    """
    A coroutine is lazy: closing it unsent leaves no trace.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            esi.get(SYSTEM, **JITA).close()
            esi.get_pages(ORDERS, **FORGE).close()

    either_loop(story())

    assert simulator.counters()["requests"] == 0


def test_an_error_tells_its_story(simulator, loop):
    """
    An error names what failed, where and how often, and what to do.
    """
    simulator.faults([{"fault": {"kind": "reset_before"}, "times": None}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            with pytest.raises(errors.ConnectionLost) as failure:
                await esi.get(SYSTEM, **JITA)
            return told(failure)

    text = str(loop(story()))

    assert SYSTEM in text
    assert "3 attempts" in text
    assert "Try again later" in text
