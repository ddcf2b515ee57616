"""Requests that differ in their own headers are not the same request."""

import asyncio

import pytest

import pyesi
from integration.worlds import make_client
from properties.answering_server import answering_server

ROUTE = pyesi.UncheckedRoute("/thing")


@pytest.fixture
def server():
    """A server whose answers depend on a header of the request, as it tells."""

    def answering(seen):
        mine = seen.headers.get("x-mine", "nothing").encode()
        headers = [("Cache-Control", "max-age=60"), ("Vary", "X-Mine")]
        return 200, headers, b'"' + mine + b'"'

    with answering_server() as running:
        running.answering = answering
        yield running


def test_another_header_is_another_answer(server, either_loop):
    """
    At once or one after the other, each request gets the answer to its own headers, and
    those of equal headers share one.
    """
    words = ["one", "two", "three"] * 4

    async def ask(esi, word):
        headers = {"X-Mine": word} if word else None
        return (await esi.get(ROUTE, headers=headers)).json()

    async def story():
        async with make_client(server.base_url) as esi:
            plain = await ask(esi, None)
            at_once = await asyncio.gather(*(ask(esi, word) for word in words))
            in_turn = [await ask(esi, word) for word in words]
            return plain, at_once, in_turn, await ask(esi, None)

    plain, at_once, in_turn, again = either_loop(story())

    assert plain == again == "nothing"
    assert at_once == in_turn == words
    assert len(server.seen) == 4


def test_names_and_order_of_headers_do_not_matter(server, either_loop):
    """
    Header names have no case and headers have no order.
    """

    async def story():
        async with make_client(server.base_url) as esi:
            await esi.get(ROUTE, headers={"X-Mine": "one", "X-Other": "two"})
            return await esi.get(ROUTE, headers={"x-other": "two", "x-mine": "one"})

    assert either_loop(story()).source == pyesi.Source.FRESH
    assert len(server.seen) == 1
