"""Events of an application, and what each makes outdated."""

import threading

import pytest

import pyesi
from integration.worlds import FORGE, ORDERS, SYSTEM, make_client
from pyesi import errors
from pyesi.testing import make_token

WALLET = "/characters/{character_id}/wallet"
FRESH = pyesi.Source.FRESH


def source_of(esi, system):
    return esi.get(SYSTEM, system_id=system, cache_mode="only_if_cached").source


def test_an_event_forgets_what_its_rule_means(blocking):
    """
    The route with the event's values goes, and with other values it stays.
    """
    for system in (30000142, 30002187):
        blocking.get(SYSTEM, system_id=system)
    blocking.cache.on_event("moved", SYSTEM, params={"system_id": "where"})

    assert blocking.cache.tell("moved", where=30000142, who="nobody asks") == 1
    with pytest.raises(errors.CacheMiss):
        source_of(blocking, 30000142)
    assert source_of(blocking, 30002187) == FRESH


def test_rules_of_one_name_add_up(blocking):
    """
    An event with two rules forgets what either means.
    """
    blocking.get(SYSTEM, system_id=30000142)
    blocking.get(ORDERS, page=1, **FORGE)
    blocking.cache.on_event("downtime", SYSTEM)
    blocking.cache.on_event("downtime", pattern="/markets/{region}/*")
    assert blocking.cache.tell("downtime", region=10000002) == 2


def test_an_event_may_be_about_one_identity(blocking):
    """
    The answers of the token in the event's field go, and nobody else's.
    """
    scopes = ["esi-wallet.read_character_wallet.v1"]
    tokens = {
        character: make_token(character, scopes, expires=4102444800)
        for character in (90000001, 90000002)
    }
    for character, token in tokens.items():
        blocking.get(WALLET, character_id=character, auth=token)
    blocking.cache.on_event("paid", identity="token")
    assert blocking.cache.tell("paid", token=tokens[90000001]) == 1
    kept = blocking.get(WALLET, character_id=90000002, auth=tokens[90000002])
    assert kept.source == FRESH


def test_an_unknown_event_changes_nothing_and_is_counted(blocking):
    """
    A queue carries other events too: they give 0.
    """
    blocking.get(SYSTEM, system_id=30000142)
    assert blocking.cache.tell("never_heard_of", system=1) == 0
    assert source_of(blocking, 30000142) == FRESH
    assert blocking.cache.event_statistics() == {"events": {}, "unknown": 1}


def test_what_was_told_is_counted(blocking):
    """
    The statistics tell how often each event came, and how many answers went by it.
    """
    blocking.get(SYSTEM, system_id=30000142)
    blocking.cache.on_event("moved", SYSTEM)
    for _ in range(2):
        blocking.cache.tell("moved")
    assert blocking.cache.event_statistics()["events"] == {
        "moved": {"told": 2, "forgotten": 1}
    }


def test_an_event_that_was_taken_off_is_unknown(blocking):
    """
    off_event tells whether there were rules, and forgets them.
    """
    blocking.cache.on_event("moved", SYSTEM)
    assert blocking.cache.off_event("moved")
    assert not blocking.cache.off_event("moved")
    assert blocking.cache.tell("moved") == 0


def test_an_event_that_lacks_a_field_forgets_nothing(blocking):
    """
    What a rule needs and the event has not is an InvalidRequest, before anything goes.
    """
    blocking.get(SYSTEM, system_id=30000142)
    blocking.cache.on_event("moved", SYSTEM)
    blocking.cache.on_event("moved", SYSTEM, params={"system_id": "where"})
    with pytest.raises(errors.InvalidRequest, match="lacks where"):
        blocking.cache.tell("moved", system=30000142)
    assert source_of(blocking, 30000142) == FRESH


@pytest.mark.parametrize("value", ["*", "10000002/*", "", "a b", "{x}", "../", None])
def test_an_event_s_field_cannot_widen_a_pattern(blocking, value):
    """
    A star, a slash or nothing from outside is an InvalidRequest, and nothing goes.
    """
    blocking.get(ORDERS, page=1, **FORGE)
    blocking.cache.on_event("traded", pattern="/markets/{region}/orders*")
    with pytest.raises(errors.InvalidRequest, match="plain word"):
        blocking.cache.tell("traded", region=value)
    assert blocking.get(ORDERS, page=1, **FORGE).source == FRESH


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({}, "needs route"),
        ({"params": {"system_id": "where"}}, "needs route"),
        ({"pattern": "markets"}, "pattern="),
        ({"pattern": "/markets/{}"}, "name a field"),
        ({"pattern": "/markets/{a.b}"}, "name a field"),
        ({"pattern": "/markets/{a!r}"}, "name a field"),
        ({"pattern": "/markets/{a"}, "cannot be read"),
        ({"route": "/nowhere"}, "nowhere"),
        ({"route": SYSTEM, "params": {"system": "where"}}, "no parameter system"),
        ({"route": SYSTEM, "params": {"system_id": 5}}, "name a field"),
        ({"identity": 5}, "identity="),
    ],
)
def test_a_rule_that_cannot_be_is_refused(blocking, rule, why):
    """
    A rule that means nothing, or a route that is none, is an InvalidRequest at once.
    """
    with pytest.raises(errors.InvalidRequest, match=why):
        blocking.cache.on_event("event", **rule)


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_name_that_cannot_be_is_refused(blocking, name):
    """
    An event without a name is an InvalidRequest.
    """
    with pytest.raises(errors.InvalidRequest, match="event's name"):
        blocking.cache.on_event(name, SYSTEM)


def test_any_thread_may_tell(blocking):
    """
    Events that several threads tell at once are all counted.
    """
    blocking.cache.on_event("moved", SYSTEM)

    def tell():
        for _ in range(50):
            blocking.cache.tell("moved")

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blocking.cache.event_statistics()["events"]["moved"]["told"] == 200


def test_a_client_for_asyncio_is_told_as_well(simulator, either_loop):
    """
    `tell` of an ESICache is awaited, and does as the blocking one.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get(SYSTEM, system_id=30000142)
            esi.cache.on_event("moved", SYSTEM, params={"system_id": "where"})
            went = await esi.cache.tell("moved", where=30000142)
            told = await esi.cache.event_statistics()
            return went, told["events"]["moved"], esi.cache.off_event("moved")

    assert either_loop(story()) == (1, {"told": 1, "forgotten": 1}, True)
