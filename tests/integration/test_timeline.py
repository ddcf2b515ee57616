"""What a response says of where its time went, held against what was done to it."""

import asyncio
import copy
import pickle
from datetime import UTC, datetime, timedelta

import pytest

import pyesi
from integration.worlds import FORGE, ORDERS, SYSTEM, make_client
from pyesi._timeline import PHASES

JITA = {"system_id": 30000142}
LATE = {"kind": "latency", "seconds": 0.3}


def adds_up(response):
    """The law: phases in order make up the whole, within five hundredths."""
    timeline = response.timeline
    assert timeline.elapsed == response.elapsed
    assert {phase.name for phase in timeline} <= set(PHASES)
    assert all(phase.seconds >= 0 for phase in timeline)
    return sum(phase.seconds for phase in timeline) == pytest.approx(
        response.elapsed, rel=0.05
    )


def names(response):
    return [phase.name for phase in response.timeline]


def longest(response):
    return max(response.timeline, key=lambda phase: phase.seconds)


def test_a_first_answer_connects_and_a_second_one_does_not(simulator, loop):
    """
    A connection is made once and told once; a fresh answer is a look-up of no length.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            first = await esi.get(SYSTEM, **JITA)
            second = await esi.get(SYSTEM, system_id=30000144)
            return first, second, await esi.get(SYSTEM, **JITA)

    first, second, fresh = loop(story())

    assert adds_up(first)
    assert adds_up(second)
    assert {"look_up", "connect", "wait", "store"} <= set(names(first))
    assert "connect" not in names(second)
    assert list(fresh.timeline) == [pyesi.Phase("look_up", 0.0)]
    assert fresh.timeline.elapsed == 0


def test_each_answer_of_a_crowd_adds_up(simulator, loop):
    """
    Of hundreds of requests, sent, coalesced and looked up, in a batch, a sweep and
    one by one, each one's phases make up its time.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            crowd = asyncio.gather(
                *(esi.get(SYSTEM, system_id=30000142 + n % 40) for n in range(200))
            )
            requests = [(SYSTEM, {"system_id": 30000150 + n}) for n in range(50)]
            pages, batch, answers = await asyncio.gather(
                esi.get_pages(ORDERS, **FORGE), esi.batch_request(requests), crowd
            )
            return [*pages, *batch.results, *answers]

    responses = loop(story())

    assert all(adds_up(response) for response in responses)
    seen = {name for response in responses for name in names(response)}
    assert {"look_up", "coalesced", "gate", "wait", "decode", "store"} <= seen


def test_a_slow_answer_was_waited_for(simulator, blocking):
    """
    What the server takes before it answers is `wait`.
    """
    simulator.faults([{"fault": LATE}])

    response = blocking.get(SYSTEM, **JITA)

    assert adds_up(response)
    assert response.timeline.seconds("wait") >= 0.29
    assert longest(response).name == "wait"


def test_a_body_in_pieces_was_received(simulator, blocking):
    """
    What it takes to send the body is `receive`.
    """
    drip = {"kind": "slow_drip", "seconds": 0.3, "bytes": 50}
    simulator.faults([{"fault": drip}])

    response = blocking.get(SYSTEM, **JITA)

    assert adds_up(response)
    assert longest(response).name == "receive"


def test_who_waits_for_a_slot_is_told_so(simulator, loop):
    """
    With one slot the third of three slow requests waited for two others.
    """
    simulator.faults([{"fault": LATE, "times": None}])

    async def story():
        async with make_client(simulator.base_url, max_in_flight=1) as esi:
            gets = (esi.get(SYSTEM, system_id=30000142 + n) for n in range(3))
            return await asyncio.gather(*gets)

    *_, last = sorted(loop(story()), key=lambda response: response.elapsed)

    assert adds_up(last)
    assert longest(last)[::2] == ("gate", "concurrency")
    assert longest(last).seconds >= 0.55


def test_a_ceiling_is_named(simulator, loop):
    """
    A request that a ceiling holds back says so.
    """

    async def story():
        ceilings = {SYSTEM: (2, 1.0)}
        async with make_client(simulator.base_url, ceilings=ceilings) as esi:
            gets = (esi.get(SYSTEM, system_id=30000142 + n) for n in range(3))
            return await asyncio.gather(*gets)

    *_, last = sorted(loop(story()), key=lambda response: response.elapsed)

    assert adds_up(last)
    assert longest(last)[::2] == ("gate", "ceiling")


def test_a_retry_is_told_with_its_reason(simulator, blocking):
    """
    An attempt that failed stands before the one that did not, and a pause between.
    """
    simulator.faults([{"fault": {"kind": "status", "code": 503}}])

    response = blocking.get(SYSTEM, **JITA)

    assert response.attempts == 2
    assert adds_up(response)
    pause = next(phase for phase in response.timeline if phase.name == "pause")
    assert pause.detail == "503"
    assert names(response).count("wait") == 2


def test_who_joins_is_told_what_the_other_one_waited_in(simulator, loop):
    """
    Of two equal requests one is sent; the other was coalesced, and says with what.
    """
    simulator.faults([{"fault": LATE}])

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await asyncio.gather(
                esi.get(SYSTEM, **JITA), esi.get(SYSTEM, **JITA)
            )

    sent, joined = loop(story())

    assert "coalesced" not in names(sent)
    assert adds_up(joined)
    assert names(joined) == ["look_up", "coalesced"]
    assert joined.timeline[1].detail == "wait"


def test_a_handshake_is_told(make_simulator, authority, loop):
    """
    Over TLS the first answer has a handshake, and the second has none.
    """
    certificate, key = authority.issue("timeline", "DNS:localhost,IP:127.0.0.1")
    simulator = make_simulator(certificate=certificate, key=key)

    async def story():
        async with make_client(simulator.base_url, ca_file=authority.file) as esi:
            first = await esi.get(SYSTEM, **JITA)
            return first, await esi.get(SYSTEM, system_id=30000144)

    first, second = loop(story())

    assert adds_up(first)
    assert adds_up(second)
    assert first.timeline.seconds("tls") > 0
    assert second.timeline.seconds("tls") == 0


def test_a_timeline_goes_with_its_response(simulator, blocking):
    """
    It is the same object at each asking, and an equal one in a copy and a pickle; it
    begins when the request did.
    """
    before = datetime.now(UTC)
    response = blocking.get(SYSTEM, **JITA)
    fresh = blocking.get(SYSTEM, **JITA)
    after = datetime.now(UTC)

    for one in (response, fresh):
        timeline = one.timeline
        assert one.timeline is timeline
        assert pickle.loads(pickle.dumps(one)).timeline == timeline
        assert copy.copy(one).timeline == timeline
        assert before - timedelta(seconds=0.1) <= timeline.started_at
        assert timeline.started_at <= after + timedelta(seconds=0.1)
    assert response.timeline.started_at <= fresh.timeline.started_at


def test_an_error_has_the_timeline_of_its_answer(simulator, blocking):
    """
    The response of a StatusError tells its time as any other does.
    """
    with pytest.raises(pyesi.NotFound) as failure:
        blocking.get(SYSTEM, system_id=1)

    response = failure.value.response
    assert adds_up(response)
    ago = datetime.now(UTC) - response.timeline.started_at
    assert timedelta(0) <= ago < timedelta(seconds=20)
    assert "wait" in names(pickle.loads(pickle.dumps(failure.value)).response)
