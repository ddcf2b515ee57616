"""Walks: what is asked for next, and when it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi import catalog
from pyesi.errors import DecodeFailed, InvalidRequest
from pyesi.pagination import Rows, begin_walk, merge_rows

PROJECTS = catalog.find("/corporations/{corporation_id}/projects")
WARS = catalog.find("/wars")
JOURNAL = catalog.find("/characters/{character_id}/wallet/transactions")
FEW = 20


def projects(ids, **cursor):
    page = {"projects": [{"id": i} for i in ids]}
    return {**page, "cursor": cursor} if cursor else page


def walked(walk, answer):
    """The pages that are kept, and every set of parameters that was asked for."""
    kept, asked = [], []
    while walk.next is not None:
        assert len(asked) < FEW, "the walk does not end"
        asked.append(walk.next)
        page = answer(walk.next)
        if walk.on_page(page):
            kept.append(page)
    return kept, asked


def test_a_cursor_walks_back_until_an_empty_page():
    """
    The first page is asked for without a token, the next ones by `before`.
    """
    pages = {
        None: projects([5, 6], before="b1", after="a1"),
        "b1": projects([3, 4], before="b2"),
        "b2": projects([], before="b3"),
    }
    walk = begin_walk(PROJECTS, {"corporation_id": 1})
    kept, asked = walked(walk, lambda p: pages[p.get("before")])

    assert [p.get("before") for p in asked] == [None, "b1", "b2"]
    assert kept == [pages[None], pages["b1"]]
    assert all(p["limit"] == 100 and p["corporation_id"] == 1 for p in asked)


def test_a_cursor_goes_forward_from_a_given_after():
    """
    With `after` given, later pages are asked for by `after` alone.
    """
    pages = {
        "a0": projects([1], after="a1", before="b"),
        "a1": projects([], after="a1"),
    }
    walk = begin_walk(PROJECTS, {"after": "a0", "limit": 10})
    kept, asked = walked(walk, lambda p: pages[p["after"]])

    assert [p["after"] for p in asked] == ["a0", "a1"]
    assert all("before" not in p and p["limit"] == 10 for p in asked)
    assert kept == [pages["a0"]]


@pytest.mark.parametrize(
    "page",
    [
        projects([1, 2]),
        {"cursor": {"before": "x"}},
        projects([1, 2], after="a"),
        projects([1, 2], before=""),
        {**projects([1]), "cursor": None},
    ],
)
def test_a_cursor_that_leads_nowhere_ends_the_walk(page):
    """
    No rows, no cursor or no token in it: one page, and it is kept.
    """
    assert walked(begin_walk(PROJECTS, {}), lambda _: page) == (
        [page],
        [{"limit": 100}],
    )


def test_a_cursor_that_repeats_ends_the_walk():
    """
    The same rows or the same token for ever are asked for once more at most.
    """
    same_rows = iter(range(FEW))
    kept, asked = walked(
        begin_walk(PROJECTS, {}), lambda _: projects([1], before=f"b{next(same_rows)}")
    )
    assert (len(kept), len(asked)) == (1, 2)

    rows = iter(range(FEW))
    kept, asked = walked(
        begin_walk(PROJECTS, {}), lambda _: projects([next(rows)], before="same")
    )
    assert (len(kept), len(asked)) == (2, 2)


def test_before_and_after_exclude_each_other():
    """
    Both at once are refused before anything is sent.
    """
    with pytest.raises(InvalidRequest, match="not both"):
        begin_walk(PROJECTS, {"before": "x", "after": "y"})


def test_ids_are_walked_from_the_least_of_each_page():
    """
    The least id becomes the next parameter, until a page holds nothing new.
    """
    history = list(range(100, 0, -1))

    def answer(p):
        newest = p.get("max_war_id", 1000)
        return [i for i in history if i <= newest][:30]

    kept, asked = walked(begin_walk(WARS, {}), answer)

    assert merge_rows(Rows(None, None), kept) == history
    assert [p.get("max_war_id") for p in asked] == [None, 71, 42, 13, 1]


def test_a_page_with_nothing_but_the_row_asked_from_is_not_kept():
    """
    ESI gives the row of `from_id` itself: alone it is the end.
    """
    pages = {None: [{"transaction_id": 7}, {"transaction_id": 5}]}
    only = [{"transaction_id": 5}]
    kept, asked = walked(
        begin_walk(JOURNAL, {"character_id": 1}),
        lambda p: pages.get(p.get("from_id"), only),
    )

    assert kept == [pages[None]]
    assert asked == [{"character_id": 1}, {"character_id": 1, "from_id": 5}]


@pytest.mark.parametrize("page", [[], [{}], [{"transaction_id": "x"}]])
def test_rows_without_an_id_end_the_walk(page):
    """
    An empty page and rows that name nothing are one page.
    """
    kept, asked = walked(begin_walk(JOURNAL, {}), lambda _: page)
    assert (kept, len(asked)) == ([page], 1)


@pytest.mark.parametrize("page", [{}, None, "x", {"error": "no"}])
def test_a_page_that_is_no_listing_is_an_error(page):
    """
    What has no list of rows is DecodeFailed, not an endless walk.
    """
    with pytest.raises(DecodeFailed):
        begin_walk(WARS, {}).on_page(page)


def test_a_row_that_came_twice_is_there_once():
    """
    Backwards the first sight of a row stays, forwards the latest does.
    """
    pages = [[{"id": 1, "v": 1}, {"id": 2, "v": 1}], [{"id": 2, "v": 2}, {"x": 0}]]

    assert merge_rows(Rows(None, "id"), pages) == [*pages[0], {"x": 0}]
    assert merge_rows(Rows(None, "id", newest_wins=True), pages) == [
        pages[0][0],
        pages[1][0],
        {"x": 0},
    ]


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=5), max_size=15),
    st.sampled_from([WARS, JOURNAL]),
)
def test_any_answers_end_a_walk_by_id(pages, route):
    """
    Whatever comes, a walk asks no more often than there are new rows, plus one.
    """
    answers = iter(pages)
    field = route.page_field
    walk = begin_walk(route, {})
    asked, seen = 0, set()
    while walk.next is not None and asked < 100:
        ids = next(answers, [])
        asked += 1
        seen.update(ids)
        walk.on_page([{field: i} for i in ids] if field else ids)
    assert asked <= len(seen) + 1


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 9), max_size=3), st.sampled_from("abc")),
        max_size=30,
    )
)
def test_any_answers_end_a_walk_by_cursor(pages):
    """
    With three tokens in the world a walk asks four times at most.
    """
    answers = iter(pages)
    walk = begin_walk(PROJECTS, {})
    asked = 0
    while walk.next is not None and asked < 100:
        ids, token = next(answers, ([], "a"))
        walk.on_page(projects(ids, before=token))
        asked += 1
    assert asked <= 4
