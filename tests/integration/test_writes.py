"""What changes something is sent once, whatever becomes of the connection."""

import asyncio

import pytest

import pyesi
from integration.worlds import (
    NAMES,
    TYPES,
    ends_of,
    free_port,
    make_client,
    read_head,
    scripted_server,
    told,
)
from pyesi import errors
from pyesi.testing import make_token

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
CHARACTER = 90000001
CONTACTS = "/characters/{character_id}/contacts"
FITTING = "/characters/{character_id}/fittings/{fitting_id}"


def scopes_of(*routes):
    return {
        scope
        for route in pyesi.catalog.routes()
        if route.path in routes
        for scope in route.scopes
    }


@pytest.fixture
def token():
    """A token that may write what these tests write."""
    return make_token(CHARACTER, scopes_of(CONTACTS, FITTING))


def writes_of(simulator):
    return [write["times"] for write in simulator.counters()["writes"]]


@pytest.mark.parametrize("kind", ["close_before_answer", "reset_before", "no_answer"])
def test_a_reused_connection_that_dies_under_a_post_does_not_send_it_again(
    simulator, loop, kind
):
    """
    The server takes the request on a connection that was used before, and ends it
    without an answer: the caller is told, and the server has seen the request once.
    """
    timeout = pyesi.Timeout(read=0.3)
    match = {"method": "POST", "reused": True}

    async def story():
        async with make_client(
            simulator.base_url, max_in_flight=1, timeout=timeout
        ) as esi:
            for number in range(10):
                await esi.get("/status")
                simulator.faults([{"fault": {"kind": kind}, "match": match}])
                with pytest.raises(errors.TransportFailed) as failure:
                    await esi.post(NAMES, json=[TYPES[number]])
                error = told(failure)
                assert error.attempts == 1
                assert error.route == NAMES
                # The connection is gone: the next get opens another, to be reused.
                esi.engine.advance_clock(60)
                simulator.advance(60)

    loop(story())

    assert writes_of(simulator) == [1] * 10


def test_each_method_that_changes_something_is_sent_once(simulator, loop, token):
    """
    Neither POST, PUT nor DELETE is tried again, by pyesi or by libcurl.
    """
    fault = {"kind": "close_before_answer"}
    simulator.faults(
        [
            {"fault": fault, "times": None, "match": {"method": method}}
            for method in ("POST", "PUT", "DELETE")
        ]
    )

    async def story():
        async with make_client(simulator.base_url, auth=token) as esi:
            return await ends_of(
                [
                    esi.post(
                        CONTACTS, character_id=CHARACTER, standing=5.0, json=[90000002]
                    ),
                    esi.put(
                        CONTACTS, character_id=CHARACTER, standing=5.0, json=[90000003]
                    ),
                    esi.delete(FITTING, character_id=CHARACTER, fitting_id=7),
                ]
            )

    ends = loop(story())

    assert [type(end) for end in ends] == [errors.ConnectionLost] * 3
    assert writes_of(simulator) == [1, 1, 1]


def test_server_errors_do_not_send_a_write_again(simulator, loop):
    """
    A 5xx after a write may mean that it took effect: it is the caller's to decide.
    """
    statuses = (500, 502, 503, 504, 520)
    simulator.faults([{"fault": {"kind": "status", "code": code}} for code in statuses])

    async def story():
        async with make_client(simulator.base_url) as esi:
            return await ends_of(
                esi.post(NAMES, json=[TYPES[number]]) for number in range(5)
            )

    ends = loop(story())

    assert {type(end) for end in ends} == {errors.ServerError}
    assert writes_of(simulator) == [1] * 5


def test_many_posts_across_dying_connections_are_each_seen_once(simulator, either_loop):
    """
    In a crowd of posts and gets whose connections die at random no post comes twice.
    """
    simulator.faults(
        [
            {"fault": {"kind": kind}, "times": None, "chance": 0.1}
            for kind in ("close_before_answer", "reset_before", "reset_in_body")
        ]
    )

    async def story():
        async with make_client(simulator.base_url) as esi:
            posts = (esi.post(NAMES, json=[TYPES[n]]) for n in range(150))
            gets = (
                esi.get("/universe/systems/{system_id}", system_id=30000001 + n)
                for n in range(150)
            )
            async with asyncio.timeout(60):
                pairs = zip(posts, gets, strict=True)
                return await ends_of([request for pair in pairs for request in pair])

    ends = either_loop(story())

    lost = [end for end in ends[::2] if isinstance(end, errors.ConnectionLost)]
    assert {end.status for end in ends[::2] if end not in lost} == {200}
    assert 10 < len(lost) < 100
    assert writes_of(simulator) == [1] * 150


def test_a_post_on_a_connection_that_the_server_closed_meanwhile(loop):
    """
    A kept connection that is closed by the time of the post costs no second sending of
    what was read.
    """
    seen = []

    def once_then_close(connection, _number):
        head = read_head(connection)
        if not head:
            return  # for a second sending, which was then refused
        seen.append(head.partition(b" ")[0])
        connection.sendall(ANSWER)
        # The second request is read and left without an answer.
        head = read_head(connection)
        if head:
            seen.append(head.partition(b" ")[0])

    async def story(base_url):
        async with make_client(base_url, max_in_flight=1) as esi:
            route = pyesi.UncheckedRoute("/thing")
            await esi.get(route)
            with pytest.raises(errors.ConnectionLost):
                await esi.post(route, json=1)
            await esi.get(route, params={"again": "1"})

    with scripted_server(once_then_close) as base_url:
        loop(story(base_url))

    assert seen == [b"GET", b"POST", b"GET"]


def test_a_post_that_never_left_is_tried_again(loop):
    """
    Where no connection stood nothing was sent: a post is tried as often as a get.
    """

    async def story():
        async with make_client(f"http://127.0.0.1:{free_port()}") as esi:
            with pytest.raises(errors.ConnectFailed) as failure:
                await esi.post(NAMES, json=[1])
            return told(failure)

    assert loop(story()).attempts == 3
