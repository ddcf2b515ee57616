"""The simulator's four ways to reach further rows."""

import pytest

from unit.simulated_requests import CHARACTER, Asker, json_of, token


@pytest.fixture
def asker():
    return Asker(pages=3, rate_limits=False)


def secured(asker, target):
    return asker.get(target, Authorization=f"Bearer {token(expires=asker.now * 2)}")


def test_every_page_tells_how_many_there_are(asker):
    """
    X-Pages stands on each page and all pages are of one generation.
    """
    replies = [
        asker.get(f"/markets/10000002/orders?order_type=all&page={page}")
        for page in (1, 2, 3)
    ]

    assert {reply.headers["X-Pages"] for reply in replies} == {"3"}
    assert len({reply.headers["Last-Modified"] for reply in replies}) == 1
    assert len({reply.headers["ETag"] for reply in replies}) == 3


def test_an_absent_page_is_the_first(asker):
    """
    Without `page` the first page is answered.
    """
    first = asker.get("/markets/10000002/orders?order_type=all&page=1")

    assert asker.get("/markets/10000002/orders?order_type=all").body == first.body


def test_a_page_past_the_end_is_missing(asker):
    """
    Where the route declares a 404, a page past the end is one.
    """
    reply = asker.get("/markets/10000002/orders?order_type=all&page=4")

    assert reply.status == 404
    assert json_of(reply) == {"error": "Requested page does not exist!"}


def test_some_routes_wrap_the_end_of_pages_in_a_500(asker):
    """
    Where the route declares none, the gateway makes a 500 of it.
    """
    reply = asker.get("/universe/types?page=1000")

    assert reply.status == 500
    assert json_of(reply)["error"] == (
        "Undefined 404 response. Original message: Requested page does not exist!"
    )


def test_all_types_are_on_36_pages(asker):
    """
    The list of types is cut into pages of a thousand, none of them twice.
    """
    pages = int(asker.get("/universe/types").headers["X-Pages"])
    rows = [
        number
        for page in range(1, pages + 1)
        for number in json_of(asker.get(f"/universe/types?page={page}"))
    ]

    assert pages == 36
    assert len(rows) == len(set(rows)) > 35_000
    assert {34, 587, 44992} <= set(rows)


def test_rows_of_a_paged_list_have_ids_of_their_own(asker):
    """
    No asset is on two pages.
    """
    path = f"/characters/{CHARACTER}/assets"
    pages = int(secured(asker, path).headers["X-Pages"])
    ids = [
        row["item_id"]
        for page in range(1, pages + 1)
        for row in json_of(secured(asker, f"{path}?page={page}"))
    ]

    assert len(ids) == len(set(ids)) > 1000 * (pages - 1)


def test_a_public_contract_may_have_no_body(asker):
    """
    Some contracts answer 204 where others have items.
    """
    statuses = {
        asker.get(f"/contracts/public/items/{number}").status
        for number in range(220000000, 220000010)
    }

    assert statuses == {200, 204}


def walk(asker, path, field, way, first):
    """Follow one cursor until an empty stretch."""
    rows, body = [], first
    while body[field]:
        rows.append(body[field])
        if way not in body.get("cursor", {}):
            break
        body = json_of(asker.get(f"{path}?limit=100&{way}={body['cursor'][way]}"))
    return rows


def test_a_cursor_reaches_every_record_once(asker):
    """
    Walking back from the newest and walking on from the oldest list the same records.
    """
    newest = json_of(asker.get("/freelance-jobs?limit=100"))
    oldest = json_of(asker.get("/freelance-jobs?limit=100&after=0"))
    back = walk(asker, "/freelance-jobs", "freelance_jobs", "before", newest)
    on = walk(asker, "/freelance-jobs", "freelance_jobs", "after", oldest)

    listed = [row["id"] for rows in reversed(back) for row in rows]
    assert listed == [row["id"] for rows in on for row in rows]
    assert len(listed) == len(set(listed)) >= 23


def test_records_of_a_cursor_are_ordered_by_their_change(asker):
    """
    The oldest change comes first, and ten records are the default.
    """
    rows = json_of(asker.get("/freelance-jobs"))["freelance_jobs"]
    dates = [row["last_modified"] for row in rows]

    assert len(rows) == 10
    assert dates == sorted(set(dates))


def test_a_kept_cursor_finds_what_is_new(asker):
    """
    Polling with `after` lists nothing now and the new records later.
    """
    after = json_of(asker.get("/freelance-jobs"))["cursor"]["after"]
    assert json_of(asker.get(f"/freelance-jobs?after={after}")) == {
        "freelance_jobs": [],
        "cursor": {"after": after},
    }

    asker.now += 180
    later = json_of(asker.get(f"/freelance-jobs?after={after}"))
    assert len(later["freelance_jobs"]) == 3


@pytest.mark.parametrize(
    "query", ["after=0&before=0", "after=nonsense", "limit=9", "limit=101", "limit=x"]
)
def test_a_senseless_cursor_is_refused(asker, query):
    """
    Both cursors at once, a made-up one and a limit out of bounds are 400s.
    """
    assert asker.get(f"/freelance-jobs?{query}").status == 400


@pytest.mark.parametrize(
    ("path", "name", "field", "inclusive"),
    [
        (
            f"/characters/{CHARACTER}/wallet/transactions",
            "from_id",
            "transaction_id",
            1,
        ),
        (f"/characters/{CHARACTER}/mail", "last_mail_id", "mail_id", 0),
        (f"/characters/{CHARACTER}/calendar", "from_event", "event_id", 0),
        ("/wars", "max_war_id", None, 0),
    ],
)
def test_from_id_walks_back_to_the_oldest(asker, path, name, field, inclusive):
    """
    The oldest id of a stretch leads to the next, which begins with it or below it.
    """
    seen = []
    query = ""
    for _ in range(10):
        rows = json_of(secured(asker, path + query))
        ids = [row[field] if field else row for row in rows]
        assert ids == sorted(ids, reverse=True)
        if seen and inclusive:
            assert ids[0] == seen[-1]
            ids = ids[1:]
        if not ids:
            break
        seen += ids
        query = f"?{name}={ids[-1]}"

    assert len(seen) == len(set(seen)) > 100
