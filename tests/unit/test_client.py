"""What both clients do with a request before and after the core."""

import inspect
import logging
import pickle
from datetime import UTC, datetime

import pytest

from pyesi import (
    Engine,
    ESIClient,
    Priority,
    SyncESIClient,
    Timeout,
    UncheckedRoute,
    catalog,
    errors,
)
from unit.conftest import USER_AGENT
from unit.fake_core import FakeResponse
from unit.test_identity import jwt

STATUS = "/status"
ASSETS = "/characters/{character_id}/assets"
TOKEN = "canary-4f1d0c6b7a"


def test_a_request_carries_its_route_and_parameters(both, network):
    """
    Keywords and params= arrive as one set, for every method.
    """
    esi = both.make()
    calls = [
        ("GET", esi.get, {}),
        ("HEAD", esi.head, {}),
        ("POST", esi.post, {"json": [1]}),
        ("PUT", esi.put, {"json": {}}),
        ("DELETE", esi.delete, {}),
    ]
    for method, call, options in calls:
        response = both.run(call(STATUS, params={"a": 1}, b=2, **options))
        assert response.status == 200
        assert network.asked[-1] == (method, STATUS, {"a": 1, "b": 2})
    both.run(esi.request("post", STATUS, json=[1]))
    assert network.asked[-1] == ("POST", STATUS, {})
    both.close(esi)


def test_a_fresh_answer_is_never_sent_for(both, network):
    """
    What the cache holds fresh comes back without a submit, with or without options.
    """
    esi = both.make()
    hit = FakeResponse(value="hit")
    network.fresh[STATUS, (("a", 1),), None] = hit

    assert both.run(esi.get(STATUS, a=1)) is hit
    assert both.run(esi.get(STATUS, params={"a": 1})) is hit
    assert both.run(esi.get(STATUS, a=1, timeout=1, priority="interactive")) is hit
    assert both.run(esi.request("GET", STATUS, a=1)) is hit
    assert network.asked == []
    both.close(esi)


def test_a_request_with_headers_of_its_own_is_no_plain_hit(both, network):
    """
    An answer may depend on a header, so the core looks for it by all of them.
    """
    esi = both.make()
    network.fresh[STATUS, (), None] = FakeResponse(value="hit")
    both.run(esi.get(STATUS, headers={"X-Trace": "1"}))

    assert len(network.asked) == 1
    both.close(esi)


def test_a_bad_status_raises_unless_told_otherwise(both, network):
    """
    4xx and 5xx are StatusErrors with their response; raise_for_status=False gives it.
    """
    esi = both.make()
    network.answer = lambda *_: FakeResponse(404, {"error": "gone"}, STATUS)

    with pytest.raises(errors.NotFound, match="gone") as caught:
        both.run(esi.get(STATUS))
    assert caught.value.response.status == 404
    assert both.run(esi.get(STATUS, raise_for_status=False)).status == 404
    both.close(esi)


def test_a_failure_is_raised_with_its_route(both, network):
    """
    The core knows targets; the caller is told the route that was asked for.
    """
    esi = both.make()
    network.answer = lambda *_: errors.ConnectFailed("refused", attempts=3)

    with pytest.raises(errors.ConnectFailed) as caught:
        both.run(esi.get(STATUS))
    assert (caught.value.route, caught.value.attempts) == (STATUS, 3)
    both.close(esi)


def test_what_the_core_refuses_is_raised_at_once(both, network):
    """
    InvalidRequest comes out of the call, and nothing is in flight.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match="refused"):
        both.run(esi.get(STATUS, refused=True))
    assert network.asked == []
    both.close(esi)


@pytest.mark.parametrize("method", ["PATCH", "CONNECT", "GET /", "", 5])
def test_other_methods_are_refused(both, network, method):
    """
    ESI knows five methods.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match="GET, HEAD"):
        both.run(esi.request(method, STATUS))
    both.close(esi)


def test_a_secured_route_carries_the_clients_token(both, network):
    """
    The token goes along where the route needs one, and nowhere else.
    """
    esi = both.make(auth=TOKEN)
    both.run(esi.get(ASSETS, character_id=1))
    both.run(esi.get(STATUS))

    secured, public = network.options
    assert secured.given["authorization"] == f"Bearer {TOKEN}"
    assert secured.given["identity"]
    assert public is None
    both.close(esi)


def test_a_requests_own_token_is_sent_in_any_case(both, network):
    """
    auth= of one request goes before the client's, on public routes too.
    """
    esi = both.make(auth="other")
    both.run(esi.get(STATUS, auth=TOKEN))
    both.run(esi.get(ASSETS, character_id=1, auth=lambda: TOKEN))

    for options in network.options:
        assert options.given["authorization"] == f"Bearer {TOKEN}"
    both.close(esi)


def test_a_secured_route_without_a_token_is_refused_with_its_scope(both, network):
    """
    Nothing is sent, and the words name what the token must allow.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match=r"esi-assets\.read_assets\.v1"):
        both.run(esi.get(ASSETS, character_id=1))
    assert network.asked == []
    both.close(esi)


def test_a_secured_hit_belongs_to_its_identity(both, network):
    """
    A fresh answer for one character is found by that character's token only.
    """
    esi = both.make()
    hit = FakeResponse(value="mine")
    mine, other = jwt(), jwt(sub="CHARACTER:EVE:2")
    identity = esi._bearer(mine).identity
    network.fresh[ASSETS, (("character_id", 1),), identity] = hit

    assert both.run(esi.get(ASSETS, character_id=1, auth=mine)) is hit
    assert both.run(esi.get(ASSETS, character_id=1, auth=other)) is not hit
    both.close(esi)


def test_a_callable_gives_each_request_its_token(both, network):
    """
    The callable is asked anew each time that a token is needed.
    """
    tokens = iter(["first", "second"])
    esi = both.make(auth=lambda: next(tokens))
    both.run(esi.get(ASSETS, character_id=1))
    both.run(esi.get(STATUS))
    both.run(esi.get(ASSETS, character_id=1))

    sent = [o.given["authorization"] for o in network.options if o is not None]
    assert sent == ["Bearer first", "Bearer second"]
    both.close(esi)


def test_a_coroutine_function_gives_tokens_to_the_asyncio_client(both, network):
    """
    ESIClient awaits it; the blocking client says that it cannot.
    """

    async def token():
        return TOKEN

    esi = both.make(auth=token)
    if both.is_async:
        both.run(esi.get(ASSETS, character_id=1))
        assert network.options[0].given["authorization"] == f"Bearer {TOKEN}"
    else:
        with pytest.raises(errors.InvalidRequest, match="only ESIClient can await"):
            esi.get(ASSETS, character_id=1)
    both.close(esi)


def test_no_token_is_ever_shown(both, network, caplog):
    """
    Errors, reprs, pickles and logs hold no token, whatever goes wrong.
    """
    caplog.set_level(logging.DEBUG)
    esi = both.make(auth=TOKEN, proxy=f"http://user:{TOKEN}@proxy:1")
    told = [repr(esi), repr(esi.config), repr(esi.engine), repr(esi.pool)]
    answers = [
        FakeResponse(403, {"error": "bad"}, ASSETS),
        errors.ConnectionLost("lost", attempts=1),
    ]
    for answer in answers:
        network.answer = lambda *_, answer=answer: answer
        with pytest.raises(errors.ESIError) as caught:
            both.run(esi.get(ASSETS, character_id=1))
        told += [str(caught.value), repr(caught.value), repr(caught.value.__dict__)]
        told.append(repr(pickle.dumps(caught.value)))
    for bad in (f"{TOKEN}\r\n", f"Bearer {TOKEN}", f"{TOKEN} x"):
        with pytest.raises(errors.InvalidRequest) as refused:
            both.run(esi.get(STATUS, auth=bad))
        told.append(str(refused.value))
    told.append(caplog.text)

    assert not [text for text in told if TOKEN in text]
    both.close(esi)


@pytest.mark.parametrize("auth", ["", "a\r\nb", "Bearer x", 5])
def test_a_clients_token_is_checked_when_it_is_made(both, network, auth):
    """
    A token that cannot be sent is a ConfigurationError of the client.
    """
    with pytest.raises(errors.ConfigurationError):
        both.make(auth=auth)


def test_unknown_settings_are_told_the_nearest_right_one(both, network):
    """
    A misspelt keyword of the client is refused with what was meant.
    """
    with pytest.raises(errors.ConfigurationError, match="Did you mean user_agent"):
        both.make(useragent="x")
    with pytest.raises(errors.ConfigurationError, match="no setting colour"):
        both.make(colour="red")


def test_the_profile_is_what_was_configured(both, network):
    """
    The core is told where to and as whom, once.
    """
    esi = both.make(language="de", base_url="http://127.0.0.1:1")
    both.run(esi.get(STATUS))
    both.run(esi.get(STATUS))

    assert len(network.profiles) == 1
    assert network.profiles[0].about == {
        "base_url": "http://127.0.0.1:1",
        "user_agent": esi.config.user_agent,
        "compatibility_date": catalog.COMPATIBILITY_DATE,
        "language": "de",
        "tenant": "tranquility",
        "lifetimes": {},
        "ceilings": {},
    }
    both.close(esi)


def test_a_clients_timeout_is_every_requests(both, network):
    """
    timeout= of the client holds where the request says nothing.
    """
    esi = both.make(timeout=Timeout(connect=1, total=9))
    both.run(esi.get(STATUS))
    both.run(esi.get(STATUS, timeout=4))

    given = [options.given for options in network.options]
    assert [one["total_timeout"] for one in given] == [9, 4]
    assert [one["connect_timeout"] for one in given] == [1, 1]
    both.close(esi)


def test_nothing_starts_before_the_first_request(both, network):
    """
    Making a client makes no engine of the core; one is made, and closed once.
    """
    esi = both.make(pool_size=3, max_in_flight=5, cache=None)
    assert network.engines == []

    both.run(esi.get(STATUS))
    both.run(esi.get(STATUS))
    both.close(esi)
    both.close(esi)

    (engine,) = network.engines
    assert engine.closed
    assert engine.settings["pool_size"] == 3
    assert engine.settings["max_in_flight"] == 5
    assert engine.settings["cache"] is False


def test_a_closed_client_refuses(both, network):
    """
    Every use after close is ClientClosed.
    """
    esi = both.make()
    both.run(esi.get(STATUS))
    both.close(esi)

    with pytest.raises(errors.ClientClosed):
        both.run(esi.get(STATUS))
    with pytest.raises(errors.ClientClosed):
        both.run(esi.get_pages(STATUS))
    with pytest.raises(errors.ClientClosed):
        both.run(esi.batch_request([STATUS]))
    with pytest.raises(errors.ClientClosed):
        both.run(esi.cache.get("key"))
    assert esi.closed


def test_an_engine_may_be_shared(both, network):
    """
    Closing one client leaves the engine, and the other client, at work.
    """
    with Engine(max_in_flight=3) as engine:
        first, second = both.make(engine=engine), both.make(engine=engine)
        both.run(first.get(STATUS))
        both.close(first)
        both.run(second.get(STATUS))

        assert len(network.engines) == 1
        assert not engine.closed
        with pytest.raises(errors.ClientClosed):
            both.run(first.get(STATUS))
    with pytest.raises(errors.ClientClosed):
        both.run(second.get(STATUS))


@pytest.mark.parametrize(
    "setting",
    [
        {"pool_size": 5},
        {"cache": None},
        {"cache": "memory"},
        {"max_in_flight": 1},
        {"proxy": ""},
        {"ca_file": __file__},
    ],
)
def test_a_shared_engine_brings_its_own_settings(both, network, setting):
    """
    An engine's setting beside engine= is a conflict that names it.
    """
    with (
        Engine() as engine,
        pytest.raises(errors.ConfigurationError, match=next(iter(setting))),
    ):
        both.make(engine=engine, **setting)


def test_a_closed_engine_is_no_engine(both, network):
    """
    A client cannot be made on one.
    """
    engine = Engine()
    engine.close()
    with pytest.raises(errors.ConfigurationError, match="closed"):
        both.make(engine=engine)


def test_a_forked_child_gets_an_engine_of_its_own(both, network):
    """
    After a fork the inherited engine is abandoned untouched, and the next use starts
    another.
    """
    from pyesi.client import _engine

    esi = both.make()
    both.run(esi.get(STATUS))
    _engine._abandon_all()
    both.run(esi.get(STATUS))

    inherited, own = network.engines
    assert (inherited.abandoned, inherited.closed) == (True, False)
    assert (own.abandoned, own.closed) == (False, False)
    assert network.abandoned_limits == 1
    assert len(network.profiles) == 2
    both.close(esi)
    assert not inherited.closed


def test_the_engines_clock_can_be_turned(network):
    """
    advance_clock goes to the core.
    """
    with Engine() as engine:
        engine.advance_clock(30)
        assert network.engines[0].clock == 30


def test_an_engine_that_is_forgotten_is_closed(network):
    """
    Nobody has to call close for its threads to end.
    """
    engine = Engine()
    engine.native()
    del engine
    assert network.engines[0].closed


def test_pages_are_one_sweep(both, network):
    """
    A route with X-Pages is the core's to sweep, with what the caller said.
    """
    esi = both.make()
    network.last_modified = 1_785_542_400.0
    network.pages = [FakeResponse(value=[1, 2]), FakeResponse(value=[3])]
    pages = both.run(
        esi.get_pages(
            "/markets/{region_id}/orders", region_id=1, wait_for_refresh=False
        )
    )

    assert network.sweep == (True, False, False)
    assert pages.json() == [1, 2, 3]
    assert (len(pages), pages.consistent, pages.rounds) == (2, True, 1)
    assert pages.last_modified == datetime(2026, 8, 1, tzinfo=UTC)
    assert network.asked == [("GET", "/markets/{region_id}/orders", {"region_id": 1})]
    both.close(esi)


def test_progress_is_told_page_by_page(both, network):
    """
    A callable hears how many pages of how many have come.
    """
    esi = both.make()
    network.pages = [FakeResponse(value=[n]) for n in range(3)]
    heard = []
    both.run(
        esi.get_pages("GetUniverseTypes", progress=lambda *told: heard.append(told))
    )
    assert heard == [(1, 3), (2, 3), (3, 3)]
    both.close(esi)


def test_a_progress_bar_that_fails_ends_the_sweep(both, network):
    """
    What the callable raises is raised, and the sweep is cancelled.
    """
    esi = both.make()

    def broken(_done, _total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both.run(esi.get_pages("GetUniverseTypes", progress=broken))
    assert network.cancelled
    both.close(esi)


def test_progress_true_shows_a_bar(both, network, capsys):
    """
    The bar of tqdm ends full.
    """
    esi = both.make()
    network.pages = [FakeResponse(value=[n]) for n in range(3)]
    both.run(esi.get_pages("GetUniverseTypes", progress=True))

    assert "3/3" in capsys.readouterr().err
    both.close(esi)


def test_a_page_that_says_no_raises(both, network):
    """
    A status of 400 or above among the pages is a StatusError, unless told otherwise.
    """
    esi = both.make()
    network.pages = [FakeResponse(404, {"error": "no such region"})]

    with pytest.raises(errors.NotFound):
        both.run(esi.get_pages("GetUniverseTypes"))
    pages = both.run(esi.get_pages("GetUniverseTypes", raise_for_status=False))
    assert pages[0].status == 404
    both.close(esi)


def test_page_is_not_a_callers_when_all_pages_are_asked_for(both, network):
    """
    page= beside get_pages is refused.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match="page="):
        both.run(esi.get_pages("GetUniverseTypes", page=2))
    both.close(esi)


@pytest.mark.parametrize("route", [5, None, b"/status", ["/status"]])
def test_a_listing_is_named_by_a_route(both, network, route):
    """
    What is neither a string nor an UncheckedRoute is refused.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match="route"):
        both.run(esi.get_pages(route))
    both.close(esi)


def test_pages_stream_in_order(both, network):
    """
    stream_pages yields each page of the sweep, then ends.
    """
    esi = both.make()
    network.pages = [FakeResponse(value=[n]) for n in range(5)]
    streamed = both.collect(esi.stream_pages("GetUniverseTypes", consistent=False))

    assert [page.json() for page in streamed] == [[0], [1], [2], [3], [4]]
    assert network.sweep == (False, True, True)
    both.close(esi)


def test_a_stream_that_fails_raises(both, network):
    """
    A failed sweep ends the stream with its error, told the route.
    """
    esi = both.make()
    network.answer = lambda *_: errors.InconsistentPages("torn")
    with pytest.raises(errors.InconsistentPages) as caught:
        both.collect(esi.stream_pages("GetUniverseTypes"))
    assert caught.value.route == "GetUniverseTypes"
    both.close(esi)


def test_a_listing_by_id_is_walked(both, network):
    """
    get_pages and stream_pages walk it to its end, one request after the other.
    """
    esi = both.make()
    wars = {None: [9, 8, 7], 7: [7, 5], 5: [5]}
    network.answer = lambda _m, _r, p: FakeResponse(value=wars[p.get("max_war_id")])

    pages = both.run(esi.get_pages("/wars"))
    streamed = both.collect(esi.stream_pages("/wars"))

    assert pages.json() == [9, 8, 7, 5]
    assert [page.json() for page in streamed] == [[9, 8, 7], [7, 5]]
    both.close(esi)


def test_any_other_route_is_one_page(both, network):
    """
    A route without pagination is asked once; one that is unknown may have X-Pages.
    """
    esi = both.make()
    network.answer = lambda *_: FakeResponse(value={"players": 3})

    assert both.run(esi.get_pages(STATUS)).json() == {"players": 3}
    assert [p.json() for p in both.collect(esi.stream_pages(STATUS))] == [
        {"players": 3}
    ]
    both.run(esi.get_pages(UncheckedRoute("/new/route")))
    assert network.sweep == (True, False, True)
    both.close(esi)


def test_the_two_clients_are_one_face():
    """
    Same names, same parameters, same defaults; coroutines where the other blocks.
    """
    names = {n for n in dir(ESIClient) if not n.startswith("_")} - {"aclose"}
    assert names == {n for n in dir(SyncESIClient) if not n.startswith("_")} - {"close"}
    for name in names:
        ours, theirs = getattr(ESIClient, name), getattr(SyncESIClient, name)
        if inspect.isfunction(ours):
            assert inspect.signature(ours).parameters == (
                inspect.signature(theirs).parameters
            )
    for name in ("get", "request", "head", "post", "put", "delete", "get_pages"):
        assert inspect.iscoroutinefunction(getattr(ESIClient, name))
        assert not inspect.iscoroutinefunction(getattr(SyncESIClient, name))


def test_no_option_bears_the_name_of_an_esi_parameter():
    """
    Whatever a route's parameter is called, it can be given as a keyword.
    """
    parameters = {p.name for route in catalog.routes() for p in route.parameters}
    options = {
        name
        for method in vars(ESIClient).values()
        if inspect.isfunction(method)
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert options
    assert not options & parameters


def test_priority_may_be_enum_or_word(both, network):
    """
    Both forms arrive as the same number.
    """
    esi = both.make()
    both.run(esi.get(STATUS, priority=Priority.WARMING))
    both.run(esi.get(STATUS, priority="warming"))

    assert [o.given["priority"] for o in network.options] == [3, 3]
    both.close(esi)


def test_the_user_agent_is_required(both, network):
    """
    A client without a contact is not made.
    """
    with pytest.raises(errors.ConfigurationError, match="user_agent"):
        both.kind()
    assert USER_AGENT in repr(both.make())


def test_a_preset_says_how_long_a_request_may_take(both):
    """
    The preset's total holds where neither argument nor environment says otherwise.
    """
    patient = both.make(preset="production")
    hasty = both.make(preset="production", timeout=7)

    assert patient.config.timeout == Timeout(total=60)
    assert patient.engine.config.retry_attempts == 4
    assert hasty.config.timeout == Timeout(total=7)
    both.close(patient)
    both.close(hasty)


def test_a_client_tells_all_settings_that_hold(both):
    """
    configuration() has those of client and engine by name, and no secret.
    """
    esi = both.make(
        proxy="http://me:secret@proxy:8080",
        auth="eyJsecret",
        preset="production",
        ceilings={"/status": (5, 60)},
    )
    told = esi.configuration()

    assert told["retry_attempts"] == 4
    assert told["language"] == "en"
    assert told["ceilings"] == {"/status": (5, 60.0)}
    assert told["auth"] is True
    assert "secret" not in repr(told)
    both.close(esi)
