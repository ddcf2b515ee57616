"""What a client sends for any route and any arguments, held against the reference."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import pyesi
from integration.worlds import make_blocking_client
from properties.answering_server import answering_server
from properties.catalog_arguments import arguments_of, routes, routes_with_query
from properties.reference_binding import Refused, bind_target
from pyesi import errors

TOKEN = "a-token-that-nobody-looks-at"
THOROUGHLY = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def server():
    """A server that says yes to everything."""
    with answering_server() as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    """A client with a token for the routes that need one."""
    with make_blocking_client(server.base_url, auth=TOKEN) as esi:
        yield esi


def reference(route, arguments):
    """The target, or the name of the parameter at fault.

    Page 1 has one name: a get without page= and a sweep share its answer.
    """
    first = [(route.page_parameter, 1)] if route.pagination == "x-pages" else []
    names = {name for name, _ in arguments}
    try:
        return bind_target(route, [*arguments, *first * ("page" not in names)]), None
    except Refused as refused:
        return None, refused.parameter


def unique(arguments):
    """The arguments as `params=` holds them: no name twice."""
    names = [name for name, _ in arguments]
    assume(len(names) == len(set(names)))
    return dict(arguments)


@THOROUGHLY
@given(data=st.data())
def test_a_client_sends_the_reference_s_target_or_nothing(server, client, data):
    """
    The server sees the target that the reference makes; where that makes none the
    client raises InvalidRequest that names the parameter, and the server sees nothing.
    """
    route = data.draw(routes)
    arguments = data.draw(arguments_of(route))
    given_ = unique(arguments)
    wanted, at_fault = reference(route, arguments)
    client.engine.advance_clock(100)  # nothing is answered from the cache
    server.seen.clear()

    try:
        answer = client.request(route.method, route.operation_id, params=given_)
    except errors.InvalidRequest as error:
        assert wanted is None
        assert at_fault in str(error) or not (
            at_fault.isascii() and at_fault.isprintable()
        )
        assert error.attempts == 0
        assert server.seen == []
        return

    (seen,) = server.seen
    assert seen.target == wanted
    assert seen.method == route.method
    assert answer.url == server.base_url + wanted
    assert answer.route == route.path
    assert answer.operation_id == route.operation_id
    assert ("authorization" in seen.headers) == route.secured
    assert seen.headers["x-compatibility-date"]


@THOROUGHLY
@given(data=st.data())
def test_equal_requests_share_one_answer(server, client, data):
    """
    Arguments in another order, the template for the operation id, keywords for params=:
    the second is a fresh hit.
    """
    route = data.draw(routes_with_query.filter(lambda one: one.method == "GET"))
    arguments = data.draw(arguments_of(route))
    given_ = unique(arguments)
    assume(reference(route, arguments)[0] is not None)
    shuffled = dict(data.draw(st.permutations(list(given_.items()))))
    client.engine.advance_clock(100)
    server.seen.clear()

    client.get(route.operation_id, params=given_)
    by_keyword = {name: value for name, value in shuffled.items() if name != "method"}
    again = client.get(route.path, **by_keyword)

    assert again.source == pyesi.Source.FRESH
    assert len(server.seen) == 1


@THOROUGHLY
@given(
    words=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=3
    ),
    names=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
        max_size=3,
        unique=True,
    ),
)
def test_an_unchecked_route_sends_no_delimiter(server, client, words, names):
    """
    Whatever stands in path and query of a route that the catalog does not know, it is
    one line without blanks, of as many parts as its template has.
    """
    template = "/thing" + "".join(f"/{{a{place}}}" for place in range(len(words)))
    path = {f"a{place}": word for place, word in enumerate(words)}
    query = {name: "value" for name in names if name not in path}
    client.engine.advance_clock(100)
    server.seen.clear()

    try:
        client.get(pyesi.UncheckedRoute(template), params={**path, **query})
    except errors.InvalidRequest:
        assert server.seen == []
        return

    (seen,) = server.seen
    head, _, tail = seen.target.partition("?")
    assert head.count("/") == template.count("/")
    assert seen.target.isascii()
    assert seen.target.isprintable()
    assert not {".", "..", ""} & set(head.split("/")[1:])
    assert tail.count("&") == max(len(query) - 1, 0)
    assert tail.count("=") == len(query)
