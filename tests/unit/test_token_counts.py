"""What an engine counts of calls for tokens."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pyesi import Engine, errors
from pyesi.client import _engine, _token_counts
from pyesi.client._token_counts import TokenCounts
from pyesi.metrics import Statistics, load_statistics
from pyesi.metrics._families import FAMILIES
from unit.statistics_sample import seen

STATUS = "/status"
ASSETS = "/characters/{character_id}/assets"
TOKEN = "canary-4f1d0c6b7a"


@pytest.fixture(name="network")
def network_that_counts(network):
    """The world beyond a fake core that has statistics."""
    network.statistics = seen()
    return network


def counts(esi):
    """How many calls ended in which way."""
    rows = esi.statistics()["token_calls"]
    return {row["outcome"]: row["count"] for row in rows}


def ask(both, esi, **given):
    return both.run(esi.get(ASSETS, character_id=1, **given))


class LoginFailed(Exception):
    """What a source may raise."""


def failing():
    raise LoginFailed


async def awaited():
    return TOKEN


def test_a_call_is_counted_by_how_it_ended(both, network):
    """
    It gave a token, or failed: by what it raised, or by what it gave.
    """
    esi = both.make(auth=lambda: TOKEN)
    for _ in range(3):
        ask(both, esi)
    for wrong in ("", f"Bearer {TOKEN}", None):
        with pytest.raises(errors.InvalidRequest):
            ask(both, esi, auth=lambda wrong=wrong: wrong)
    with pytest.raises(LoginFailed):
        ask(both, esi, auth=failing)

    assert counts(esi) == {"given": 3, "failed": 4, "cancelled": 0}
    both.close(esi)


def test_an_awaitable_is_one_call(both, network):
    """
    What gives a coroutine has given a token once that has ended well, and has failed
    where nobody can await it.
    """
    esi = both.make(auth=awaited)
    if both.is_async:
        ask(both, esi)
    else:
        with pytest.raises(errors.InvalidRequest):
            ask(both, esi)

    outcome = "given" if both.is_async else "failed"
    nothing = {"given": 0, "failed": 0, "cancelled": 0}
    assert counts(esi) == {**nothing, outcome: 1}
    both.close(esi)


def test_what_calls_nobody_is_not_counted(both, network):
    """
    A token that is a string, a wrong one too, and a route that needs none.
    """
    esi = both.make(auth=TOKEN)
    ask(both, esi)
    ask(both, esi, auth="another")
    with pytest.raises(errors.InvalidRequest):
        ask(both, esi, auth="no token")
    both.run(esi.get(STATUS))

    assert {*counts(esi).values()} == {0}
    both.close(esi)


def test_a_batch_counts_the_one_call_that_it_makes(both, network):
    """
    All of its items share the token that was given.
    """
    esi = both.make(auth=lambda: TOKEN)
    both.run(esi.batch_request([(ASSETS, {"character_id": n}) for n in range(5)]))

    assert counts(esi)["given"] == 1
    both.close(esi)


def test_clients_of_one_engine_count_together(both, network):
    """
    The counts are the engine's, as all others are.
    """
    engine = Engine()
    first = both.make(engine=engine, auth=lambda: TOKEN)
    second = both.make(engine=engine, auth=lambda: TOKEN)
    for esi in (first, second):
        ask(both, esi)

    assert counts(first) == counts(engine)
    assert counts(engine)["given"] == 2
    engine.close()


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, GeneratorExit, asyncio.CancelledError]
)
def test_who_gives_up_is_no_failure(error):
    """
    A call that was cut off is counted as that, and what cut it off goes on.
    """
    counted = TokenCounts()
    with pytest.raises(error), counted.call():
        raise error

    rows = {row["outcome"]: row["count"] for row in counted.counted()}
    assert rows == {"given": 0, "failed": 0, "cancelled": 1}


def test_how_long_calls_took_is_summed_by_their_end(monkeypatch):
    """
    The time is that from the call to its end, by the clock that nobody sets.
    """
    moments = iter([10.0, 10.25, 20.0, 20.5, 30.0, 34.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr(_token_counts, "time", clock)
    counted = TokenCounts()
    for _ in range(2):
        with counted.call():
            pass
    with pytest.raises(LoginFailed), counted.call():
        failing()

    assert counted.counted() == [
        {"outcome": "given", "count": 2, "seconds": 0.75},
        {"outcome": "failed", "count": 1, "seconds": 4.0},
        {"outcome": "cancelled", "count": 0, "seconds": 0.0},
    ]


class Slow(float):
    """A time during whose addition other threads have their turn."""

    def __radd__(self, other):
        time.sleep(0)
        return float(other) + float(self)


def test_no_call_of_several_threads_is_lost():
    """
    However their turns fall, each call is one more, and its time is added.
    """
    counted = TokenCounts()

    def call_often(_):
        for _ in range(1000):
            counted.on_call("given", Slow(0.5))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(call_often, range(4)))

    given = {"outcome": "given", "count": 4000, "seconds": 2000.0}
    assert counted.counted()[0] == given


def test_a_forked_child_begins_at_nothing(both, network):
    """
    What the parent has called for is the parent's.
    """
    esi = both.make(auth=lambda: TOKEN)
    ask(both, esi)
    _engine._abandon_all()

    assert counts(esi)["given"] == 0
    both.close(esi)


def test_neither_token_nor_source_is_shown(both, network):
    """
    What is counted, saved and shown names no source and holds no token.
    """

    def name_of_a_source():
        return TOKEN

    esi = both.make(auth=name_of_a_source)
    ask(both, esi)
    told = json.dumps(esi.statistics()["token_calls"])
    both.close(esi)

    assert TOKEN not in told
    assert "name_of_a_source" not in told


# Differences and files.


def moment(at, given, *, without=()):
    """A moment of one engine, of which an older version may have left out parts."""
    rows = [{"outcome": "given", "count": given, "seconds": given / 4}]
    rows.append({"outcome": "failed", "count": 1, "seconds": 0.5})
    whole = {**seen(), "token_calls": rows, "started_at": 1.0, "taken_at": at}
    return Statistics({k: value for k, value in whole.items() if k not in without})


def test_a_difference_has_the_calls_since():
    """
    Calls and their time are subtracted, and an end that none had is left out.
    """
    lately = moment(9.0, 8).since(moment(5.0, 6))

    assert lately["token_calls"] == [{"outcome": "given", "count": 2, "seconds": 0.5}]


def test_a_file_of_an_older_version_is_read_and_compared(tmp_path):
    """
    It has no calls, and no moment beside it is wrong for that.
    """
    file = tmp_path / "older.json"
    moment(5.0, 6, without={"token_calls"}).save(file)
    older = load_statistics(file)
    later = moment(9.0, 8)

    assert "token_calls" not in older
    assert later.since(older)["token_calls"] == later["token_calls"]
    assert "token_calls" not in older.since(older)


def test_their_series_have_the_outcome_alone():
    """
    No label could tell of a token, a source or whose it is.
    """
    families = [one for one in FAMILIES if one.name.startswith("pyesi_token_")]

    assert {one.labels for one in families} == {("outcome",)}
    assert len(families) == 2
