"""ESI's limits, kept end to end: nothing is sent that would be refused."""

import asyncio
import time

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    ends_of,
    make_blocking_client,
    make_client,
    told,
    turned,
)
from pyesi import errors
from pyesi.metrics._exposition import exposition
from pyesi.testing import make_token, turn_clock

STATUS = "/status"
GROUPED = "market-order"


def statuses(simulator):
    return simulator.counters()["by_status"]


def patient(simulator, **settings):
    """A client whose requests bear that time is turned while they wait."""
    timeout = pyesi.Timeout(pool=36_000, total=36_000)
    return make_client(simulator.base_url, timeout=timeout, **settings)


def ungrouped(number):
    """A request that only the error limit is for, and that ESI answers with 404."""
    return SYSTEM, {"system_id": 1 + number}


def group_of(route):
    return pyesi.catalog.find(route).rate_limit_group


@pytest.mark.parametrize("tokens", [10, 100])
def test_a_small_window_is_never_overrun(make_simulator, either_loop, tokens):
    """
    Far more pages than the window has tokens: they go through as tokens return, and ESI
    never has to say 429.
    """
    simulator = make_simulator(pages=120, windows={GROUPED: (tokens, 20)})
    pages = tokens + 20

    async def story():
        async with patient(simulator) as esi:
            await esi.get(ORDERS, page=1, **FORGE)  # learns how small the window is
            asked = [(ORDERS, {"page": page, **FORGE}) for page in range(1, pages + 1)]
            return await turned(esi.batch_request(asked), simulator, esi, step=5)

    batch = either_loop(story())

    batch.raise_for_errors()
    assert statuses(simulator) == {"200": pages}
    assert simulator.counters()["tokens"][GROUPED] == 2 * pages


def test_waits_for_a_window_are_told_by_its_group(make_simulator, loop):
    """
    Whoever waits for a group's window counts to it and to no other, as often and as
    long as to the gate; and both series say what the statistics do.
    """
    simulator = make_simulator(pages=30, windows={GROUPED: (10, 20)})

    async def story():
        async with patient(simulator) as esi:
            await esi.get(ORDERS, page=1, **FORGE)
            asked = [(ORDERS, {"page": page, **FORGE}) for page in range(1, 21)]
            asked += [(TYPE, {"type_id": number}) for number in TYPES[:5]]
            await turned(esi.batch_request(asked), simulator, esi, step=5)
            return esi.statistics(), exposition({"app": esi.engine})

    seen, text = loop(story())

    (limits,) = seen["limits"]
    (waited,) = limits["group_waits"]
    assert waited["group"] == GROUPED
    assert waited["count"] >= 10
    assert waited["seconds"] >= 200
    (gate,) = [row for row in seen["waits"] if row["gate"] == "rate_limit_window"]
    assert waited["count"] == gate["count"]
    assert waited["seconds"] == pytest.approx(gate["seconds"], rel=0.01)
    labels = f'client="app",upstream="{limits["origin"]}",group="{GROUPED}"'
    assert f"pyesi_rate_limit_waits_total{{{labels}}} {float(waited['count'])}" in text
    line = f"pyesi_rate_limit_wait_seconds_total{{{labels}}} {waited['seconds']!r}"
    assert line in text


def test_a_window_is_learned_from_the_first_answers(make_simulator, loop):
    """
    A window smaller than the catalog knows costs at most what was in flight when its
    headers came, and everything is answered in the end.
    """
    simulator = make_simulator(pages=120, windows={GROUPED: (40, 20)})

    async def story():
        async with patient(simulator) as esi:
            asked = [(ORDERS, {"page": page, **FORGE}) for page in range(1, 121)]
            return await turned(esi.batch_request(asked), simulator, esi, step=5)

    batch = loop(story())

    batch.raise_for_errors()
    assert statuses(simulator).get("429", 0) <= 20
    assert statuses(simulator)["200"] == 120


def test_two_clients_never_spend_twice(make_simulator, loop):
    """
    Clients with engines of their own, one of them blocking, share what ESI allows.
    """
    simulator = make_simulator(pages=46, windows={GROUPED: (60, 3)})

    def ask_part(asked):
        timeout = pyesi.Timeout(pool=100, total=100)
        with make_blocking_client(simulator.base_url, timeout=timeout) as esi:
            return esi.batch_request(asked)

    async def story():
        asked = [(ORDERS, {"page": page, **FORGE}) for page in range(1, 46)]
        async with (
            make_client(
                simulator.base_url, timeout=pyesi.Timeout(pool=100, total=100)
            ) as one,
            make_client(simulator.base_url) as two,
        ):
            await one.get(ORDERS, page=46, **FORGE)
            return await asyncio.gather(
                one.batch_request(asked[:15]),
                two.batch_request(asked[15:30]),
                asyncio.to_thread(ask_part, asked[30:]),
            )

    for batch in loop(story()):
        batch.raise_for_errors()
    assert statuses(simulator) == {"200": 46}


def test_a_429_is_waited_out(simulator, either_loop):
    """
    Retry-After is obeyed to the second: nothing of that group is sent before, and then
    the request is answered.
    """
    refusal = {"kind": "status", "code": 429, "headers": {"Retry-After": "90"}}
    simulator.faults([{"fault": refusal}])
    began = simulator.now()

    async def story():
        async with patient(simulator) as esi:
            return await turned(
                esi.get(ORDERS, page=1, **FORGE), simulator, esi, step=10
            )

    answer = either_loop(story())

    assert answer.status == 200
    assert answer.attempts == 2
    first, second = (request["at"] for request in simulator.requests())
    assert second - first >= 90
    assert second - began < 130


def test_a_429_beyond_the_deadline_is_told_at_once(simulator, either_loop):
    """
    Where Retry-After passes the deadline the answer is raised, with the time attached;
    who comes later is refused unsent.
    """
    refusal = {"kind": "status", "code": 429, "headers": {"Retry-After": "90"}}
    simulator.faults([{"fault": refusal}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            began = time.monotonic()
            with pytest.raises(errors.RateLimited) as limited:
                await esi.get(ORDERS, page=1, **FORGE)
            with pytest.raises(errors.Refused) as refused:
                await esi.get(ORDERS, page=2, **FORGE)
            return told(limited), told(refused), time.monotonic() - began

    limited, refused, took = either_loop(story())

    assert limited.retry_after == 90
    assert limited.status == 429
    assert limited.attempts == 1
    assert type(refused) is errors.WindowClosed
    assert refused.attempts == 0
    assert refused.route == ORDERS
    assert 80 < refused.retry_after <= 100
    assert took < 2
    assert simulator.counters()["requests"] == 1


def test_a_503_says_when_to_come_back(simulator, either_loop):
    """
    Retry-After of a 503 is not shortened either.
    """
    down = {"kind": "status", "code": 503, "headers": {"Retry-After": "12"}}
    simulator.faults([{"fault": down}])

    async def story():
        async with patient(simulator) as esi:
            return await turned(esi.get(STATUS), simulator, esi, step=3)

    answer = either_loop(story())

    assert answer.attempts == 2
    first, second = (request["at"] for request in simulator.requests())
    assert second - first >= 12


def test_a_burst_in_one_group_does_not_starve_another(make_simulator, loop):
    """
    While one group waits for its window others are answered at once.
    """
    simulator = make_simulator(pages=60, windows={GROUPED: (10, 900)})

    async def story():
        async with patient(simulator) as esi:
            await esi.get(ORDERS, page=60, **FORGE)
            burst = [
                asyncio.create_task(esi.get(ORDERS, page=page, **FORGE))
                for page in range(1, 41)
            ]
            await asyncio.sleep(0.2)
            async with asyncio.timeout(5):
                others = await asyncio.gather(
                    *(esi.get(TYPE, type_id=number) for number in TYPES[:20])
                )
            for task in burst:
                task.cancel()
            await ends_of(burst)
            return others

    assert [answer.status for answer in loop(story())] == [200] * 20
    assert "429" not in statuses(simulator)


def test_characters_have_windows_of_their_own(make_simulator, loop):
    """
    What one character has spent does not hold up another.
    """
    route = "/characters/{character_id}/wallet"
    group = group_of(route)
    simulator = make_simulator(windows={group: (10, 900)})
    tokens = {
        character: make_token(character, ["esi-wallet.read_character_wallet.v1"])
        for character in (90000001, 90000002, 90000003)
    }

    async def story():
        async with make_client(simulator.base_url, cache=None) as esi:

            def ask(character):
                return esi.get(route, character_id=character, auth=tokens[character])

            spent = await ends_of([await_one(ask, 90000001) for _ in range(8)])
            fresh = [await ask(character) for character in (90000002, 90000003)]
            return spent, fresh

    async def await_one(ask, character):
        return await ask(character)

    spent, fresh = loop(story())

    assert [answer.status for answer in fresh] == [200, 200]
    assert "429" not in statuses(simulator)
    refused = [end for end in spent if isinstance(end, errors.ESIError)]
    assert {type(end) for end in refused} <= {errors.WindowClosed}


# The error limit.


def test_the_error_limit_is_never_spent(make_simulator, either_loop):
    """
    Of a storm of requests that fail, some are held back before ESI has to say 420.
    """
    simulator = make_simulator()

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await esi.batch_request(
                [ungrouped(number) for number in range(300)],
                deadline=time.monotonic() + 3,
            )

    batch = either_loop(story())

    assert batch.failed == 300
    kinds = {type(error) for error in batch.errors.values()}
    assert kinds == {errors.NotFound, errors.ErrorLimited}
    assert "420" not in statuses(simulator)
    # A window may end meanwhile, and another begin.
    assert statuses(simulator)["404"] <= 200


def test_some_errors_are_left_for_others(make_simulator, loop):
    """
    A reserve of the error limit stays untouched by what can wait.
    """
    simulator = make_simulator()

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.batch_request(
                [ungrouped(number) for number in range(300)],
                deadline=time.monotonic() + 2,
                priority=pyesi.Priority.BACKGROUND,
            )
            return esi.statistics()["limits"][0]["error_limit"]["left"]

    assert loop(story()) >= 15
    assert "420" not in statuses(simulator)


def test_a_420_closes_all_of_esi_until_it_ends(simulator, either_loop):
    """
    After a 420 nothing is sent, of no group, until the minute has ended; then one tries
    first, and the others follow.
    """
    refusal = {
        "kind": "status",
        "code": 420,
        "headers": {"X-ESI-Error-Limit-Remain": "0", "X-ESI-Error-Limit-Reset": "40"},
    }
    simulator.faults([{"fault": refusal}])

    async def story():
        async with patient(simulator) as esi:
            await ends_of([esi.get(STATUS, raise_for_status=False, timeout=5)])
            refused = await ends_of(
                [
                    esi.get(STATUS, timeout=5),
                    esi.get(ORDERS, page=1, timeout=5, **FORGE),
                    esi.get(TYPE, type_id=34, timeout=5),
                ]
            )
            waiting = asyncio.gather(
                esi.get(ORDERS, page=1, **FORGE),
                *(esi.get(TYPE, type_id=number) for number in TYPES[:10]),
            )
            answers = await turned(waiting, simulator, esi, step=5)
            return refused, answers

    refused, answers = either_loop(story())

    assert {type(error) for error in refused} == {errors.ErrorLimited}
    assert all(30 < error.retry_after <= 65 for error in refused)
    assert [answer.status for answer in answers] == [200] * 11
    first, second, *_ = (request["at"] for request in simulator.requests())
    assert second - first > 40


def test_other_processes_errors_are_seen_in_the_headers(simulator, loop):
    """
    An answer that tells that few errors are left holds back what could fail.
    """
    few = {
        "X-ESI-Error-Limit-Remain": "3",
        "X-ESI-Error-Limit-Reset": "30",
    }
    simulator.faults([{"fault": {"kind": "headers", "headers": few}}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, system_id=30000142)
            return await ends_of(
                esi.get(SYSTEM, system_id=30000143 + number, timeout=5)
                for number in range(20)
            )

    ends = loop(story())

    refused = [end for end in ends if isinstance(end, errors.ErrorLimited)]
    assert len(refused) >= 17
    assert {error.attempts for error in refused} == {0}


def test_headers_that_stop_coming_do_not_hold_for_ever(simulator, loop):
    """
    What was told once expires by itself: a client does not sleep for days on it.
    """
    few = {"X-ESI-Error-Limit-Remain": "1", "X-ESI-Error-Limit-Reset": "60"}
    gone = ["X-ESI-Error-Limit-Remain", "X-ESI-Error-Limit-Reset"]
    simulator.faults(
        [
            {"fault": {"kind": "headers", "headers": few}},
            {"fault": {"kind": "headers", "missing": gone}, "times": None},
        ]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, system_id=30000142)
            turn_clock(simulator, esi, 70)
            async with asyncio.timeout(10):
                return await ends_of(
                    esi.get(SYSTEM, system_id=30000143 + number) for number in range(30)
                )

    assert [end.status for end in loop(story())] == [200] * 30


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Ratelimit-Limit": "garbage", "X-Ratelimit-Remaining": "-5"},
        {"X-Ratelimit-Limit": "0/0s", "X-Ratelimit-Remaining": "99999999999999999999"},
        {"X-ESI-Error-Limit-Remain": "none", "X-ESI-Error-Limit-Reset": "soon"},
        {"Retry-After": "later", "X-Ratelimit-Group": ""},
    ],
    ids=["garbage", "absurd", "words", "empty"],
)
def test_garbled_limits_hold_nobody_back(simulator, loop, headers):
    """
    Headers that make no sense are nothing: requests go on.
    """
    simulator.faults(
        [{"fault": {"kind": "headers", "headers": headers}, "times": None}]
    )

    async def story():
        async with make_client(simulator.base_url) as esi, asyncio.timeout(10):
            answers = [
                await esi.get(ORDERS, page=page, **FORGE) for page in range(1, 9)
            ]
            answers += [await esi.get(SYSTEM, system_id=30000142 + n) for n in range(8)]
            return answers

    assert [answer.status for answer in loop(story())] == [200] * 16


def test_what_runs_at_once_is_bounded(make_simulator, either_loop):
    """
    Of one upstream at most max_in_flight requests run at once: batches, sweeps and gets
    together.
    """
    simulator = make_simulator(pages=30)
    simulator.faults([{"fault": {"kind": "latency", "seconds": 0.02}, "times": None}])

    async def story():
        async with make_client(simulator.base_url, max_in_flight=7) as esi:
            await asyncio.gather(
                esi.get_pages(ORDERS, **FORGE),
                esi.batch_request(
                    [(TYPE, {"type_id": number}) for number in TYPES[:60]],
                    batch_size=50,
                ),
                *(esi.get(SYSTEM, system_id=30000142 + n) for n in range(40)),
            )

    either_loop(story())

    assert simulator.counters()["most_in_flight"] == 7
    assert simulator.counters()["most_connections"] <= 8


def test_what_runs_at_all_upstreams_together_is_bounded(make_simulator, either_loop):
    """
    At several upstreams together at most max_in_flight_total requests run at once,
    however many each of them would take; all are answered, and `explain` tells of it.
    """
    ours, mirror = make_simulator(), make_simulator()
    slow = [{"fault": {"kind": "latency", "seconds": 0.02}, "times": None}]
    for simulator in (ours, mirror):
        simulator.faults(slow)
    places = [ours.base_url, mirror.base_url]

    async def story():
        async with (
            pyesi.Engine(max_in_flight_total=5) as engine,
            pyesi.ESIClient(
                user_agent="tests (t@x.org)", upstreams=places, engine=engine
            ) as esi,
        ):
            asked = [esi.get(TYPE, type_id=number) for number in TYPES[:60]]
            most, waits = 0, []
            answers = asyncio.ensure_future(asyncio.gather(*asked))
            while not answers.done():
                seen = esi.statistics()
                most = max(most, sum(one["in_flight"] for one in seen["limits"]))
                waits += (await esi.explain(SYSTEM, system_id=30000142)).waits
                await asyncio.sleep(0.001)
            assert esi.statistics()["queue"]["max_in_flight"] == 5
            return [one.status for one in await answers], most, waits

    statuses, most, waits = either_loop(story())

    assert statuses == [200] * 60
    assert most == 5
    assert set(waits) == {"5 requests of all upstreams in flight already"}
    served = [one.counters()["most_in_flight"] for one in (ours, mirror)]
    assert min(served) >= 1
    assert sum(served) >= 5


def test_priority_goes_first(simulator, loop):
    """
    Of requests that wait, those for somebody who looks on go before the others.
    """
    simulator.faults([{"fault": {"kind": "latency", "seconds": 0.05}, "times": None}])

    async def story():
        order = []

        async def ask(esi, number, priority):
            await esi.get(TYPE, type_id=number, priority=priority)
            order.append(priority)

        async with make_client(simulator.base_url, max_in_flight=1) as esi:
            await asyncio.gather(
                *(ask(esi, number, "background") for number in TYPES[:10]),
                *(ask(esi, number, "interactive") for number in TYPES[10:15]),
            )
        return order

    order = loop(story())

    assert order[1:6].count("interactive") >= 4
