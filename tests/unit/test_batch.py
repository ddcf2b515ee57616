"""Batches: every item ends once, in its place."""

import pytest

from pyesi import UncheckedRoute, errors
from unit.fake_core import FakeResponse

TYPE = "/universe/types/{type_id}"
ASSETS = "/characters/{character_id}/assets"


def of_id(_method, _route, parameters):
    number = parameters.get("type_id", 0)
    if number < 0:
        return errors.ConnectionLost("lost", attempts=3)
    if number >= 1000:
        return FakeResponse(404, {"error": "Type not found!"}, TYPE)
    return FakeResponse(value=number, elapsed=number / 100)


def types(*ids):
    return [(TYPE, {"type_id": number}) for number in ids]


def test_results_keep_the_order_asked_for(both, network):
    """
    Each result stands where its request stood.
    """
    network.answer = of_id
    esi = both.make()
    batch = both.run(esi.batch_request(types(5, 3, 9), batch_size=2))

    assert batch.json() == [5, 3, 9]
    assert (batch.total, batch.successful, batch.failed) == (3, 3, 0)
    assert batch.errors == {}
    assert batch.elapsed > 0
    assert batch.average_time == pytest.approx(17 / 300)
    assert network.batch_size == 2
    batch.raise_for_errors()
    both.close(esi)


def test_one_that_fails_does_not_disturb_the_others(both, network):
    """
    Its place holds None among the results and its error among the errors.
    """
    network.answer = of_id
    esi = both.make()
    batch = both.run(esi.batch_request(types(1, -1, 2, 1000, 3)))

    assert batch.json() == [1, None, 2, None, 3]
    assert {place: type(e) for place, e in batch.errors.items()} == {
        1: errors.ConnectionLost,
        3: errors.NotFound,
    }
    assert (batch.total, batch.successful, batch.failed) == (5, 3, 2)
    assert batch.errors[1].route == TYPE
    both.close(esi)


def test_raise_for_errors_raises_all_of_them(both, network):
    """
    The group holds each error once, in order.
    """
    network.answer = of_id
    esi = both.make()
    batch = both.run(esi.batch_request(types(-1, 1, 1000)))

    with pytest.raises(ExceptionGroup, match="2 of 3 requests failed") as caught:
        batch.raise_for_errors()
    assert list(caught.value.exceptions) == [batch.errors[0], batch.errors[2]]
    both.close(esi)


def test_bad_answers_may_be_asked_for(both, network):
    """
    raise_for_status=False leaves 4xx and 5xx among the results.
    """
    network.answer = of_id
    esi = both.make()
    batch = both.run(esi.batch_request(types(1000, 1), raise_for_status=False))

    assert [result.status for result in batch.results] == [404, 200]
    assert batch.errors == {}
    both.close(esi)


def test_requests_come_in_many_forms(both, network):
    """
    A route, a pair, a triple and a mapping all mean what they say.
    """
    esi = both.make()
    batch = both.run(
        esi.batch_request(
            [
                "/status",
                UncheckedRoute("/new"),
                (TYPE, {"type_id": 1}),
                ("post", "/universe/names", {"x": 1}),
                {"route": "/universe/names", "method": "POST", "json": [1, 2]},
                {"route": TYPE, "params": {"type_id": 2}},
            ]
        )
    )

    assert batch.failed == 0
    assert network.asked == [
        ("GET", "/status", {}),
        ("GET", "/new", {}),
        ("GET", TYPE, {"type_id": 1}),
        ("POST", "/universe/names", {"x": 1}),
        ("POST", "/universe/names", {}),
        ("GET", TYPE, {"type_id": 2}),
    ]
    assert network.options[4].given["body"] == b"[1,2]"
    both.close(esi)


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        None,
        (),
        ("/a", {}, {}, {}),
        (TYPE, [1]),
        ([1], {}),
        {"path": "/status"},
        {"route": "/status", "retries": 3},
        ("BREW", "/status", {}),
        {"route": "/status", "headers": {"Host": "x"}},
        {"route": "/status", "json": [1]},
        {"route": "/status", "auth": "a b"},
        (ASSETS, {"character_id": 1}),
    ],
)
def test_an_item_that_cannot_be_sent_is_an_error_in_its_place(both, network, wrong):
    """
    The others are sent, and the call does not raise.
    """
    esi = both.make()
    batch = both.run(esi.batch_request(["/status", wrong, "/status"]))

    assert [result is None for result in batch.results] == [False, True, False]
    assert isinstance(batch.errors[1], errors.InvalidRequest)
    assert len(network.asked) == 2
    both.close(esi)


def test_an_empty_batch_asks_nothing(both, network):
    """
    Nothing in, nothing out, nothing sent.
    """
    esi = both.make()
    batch = both.run(esi.batch_request([]))

    assert (batch.results, batch.total, batch.average_time) == ([], 0, 0.0)
    assert network.asked == []
    both.close(esi)


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "5"])
def test_a_batch_size_is_a_count(both, network, size):
    """
    Anything else is refused.
    """
    esi = both.make()
    with pytest.raises(errors.InvalidRequest, match="batch_size"):
        both.run(esi.batch_request(["/status"], size))
    both.close(esi)


def test_a_token_goes_only_to_the_items_that_need_one(both, network):
    """
    It is asked for once, and public items go without.
    """
    asked = []

    def token():
        asked.append(1)
        return "token"

    esi = both.make(auth=token)
    both.run(
        esi.batch_request(
            ["/status", (ASSETS, {"character_id": 1}), (ASSETS, {"character_id": 2})]
        )
    )

    sent = [o and o.given["authorization"] for o in network.options]
    assert sent == [None, "Bearer token", "Bearer token"]
    assert len(asked) == 1
    both.close(esi)


def test_a_token_that_fails_ends_only_the_items_that_need_it(both, network):
    """
    Public items are sent all the same.
    """

    def token():
        raise errors.ConnectFailed("SSO is away")

    esi = both.make(auth=token)
    batch = both.run(esi.batch_request([(ASSETS, {"character_id": 1}), "/status"]))

    assert type(batch.errors[0]) is errors.ConnectFailed
    assert batch.results[1].status == 200
    both.close(esi)


def test_options_of_the_batch_hold_where_an_item_has_none(both, network):
    """
    An item's own priority goes before the batch's; its time-out comes from there.
    """
    esi = both.make()
    both.run(
        esi.batch_request(
            ["/status", {"route": "/status", "priority": "interactive"}],
            timeout=7,
            priority="warming",
        )
    )
    given = [options.given for options in network.options]

    assert [one["priority"] for one in given] == [3, 0]
    assert [one["total_timeout"] for one in given] == [7, 7]
    both.close(esi)


def test_progress_counts_the_requests(both, network):
    """
    A callable hears how many of how many have ended.
    """
    heard = []
    esi = both.make()
    both.run(esi.batch_request(types(1, 2), progress=lambda *told: heard.append(told)))
    assert heard == [(1, 2), (2, 2)]
    both.close(esi)
