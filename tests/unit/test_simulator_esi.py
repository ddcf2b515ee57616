"""The simulator's headers, limits and refusals, without a socket."""

import gzip

import pytest

from pyesi.errors import ConfigurationError
from pyesi.simulator import Settings
from pyesi.simulator._esi import PendingRoll
from pyesi.simulator._window import Windows
from unit.simulated_requests import (
    CHARACTER,
    NOON,
    Asker,
    json_of,
    token,
)

ORDERS = "/markets/10000002/orders?order_type=all"
WALLET = f"/characters/{CHARACTER}/wallet"
LIMIT_HEADERS = {
    "X-Ratelimit-Group",
    "X-Ratelimit-Limit",
    "X-Ratelimit-Remaining",
    "X-Ratelimit-Used",
}
ERROR_HEADERS = {"X-ESI-Error-Limit-Remain", "X-ESI-Error-Limit-Reset"}


@pytest.fixture
def asker():
    return Asker(pages=4)


def bearer(**claims):
    return f"Bearer {token(expires=NOON * 2, **claims)}"


def test_a_ttl_route_tells_expires_and_a_bare_public(asker):
    """
    Market orders carry Expires 300 s after Last-Modified, and no max-age.
    """
    headers = asker.get(ORDERS).headers

    assert headers["Cache-Control"] == "public"
    assert headers["Date"] == "Sat, 21 Nov 2026 12:00:00 GMT"
    assert headers["Last-Modified"] == "Sat, 21 Nov 2026 12:00:00 GMT"
    assert headers["Expires"] == "Sat, 21 Nov 2026 12:05:00 GMT"
    assert headers["ETag"].startswith('"')


def test_a_converted_route_tells_max_age_and_an_expires_that_means_nothing(asker):
    """
    An event-invalidated route says max-age; who looks at Expires there comes too early.
    """
    headers = asker.get("/meta/compatibility-dates").headers

    assert headers["Cache-Control"].startswith("public, max-age=600")
    assert headers["Expires"] == headers["Date"]


def test_private_data_is_private(asker):
    """
    What was answered to a token says so.
    """
    headers = asker.get(WALLET, Authorization=bearer()).headers

    assert headers["Cache-Control"] == "private"


def test_static_data_has_a_weak_tag_that_many_urls_share(asker):
    """
    Universe routes expire at 11:05 UTC and have one weak ETag among them.
    """
    system = asker.get("/universe/systems/30000142").headers
    kind = asker.get("/universe/types/34").headers

    assert system["Expires"] == "Sun, 22 Nov 2026 11:05:00 GMT"
    assert system["ETag"].startswith('W/"')
    assert system["ETag"] == kind["ETag"]


def test_a_write_says_nothing_of_caching(asker):
    """
    A POST's answer has neither lifetime nor validator.
    """
    headers = asker.ask("POST", "/universe/names", body=b"[34]").headers

    assert not {"ETag", "Expires", "Last-Modified", "Cache-Control"} & set(headers)


def test_every_answer_has_an_id_and_echoes_the_date(asker):
    """
    Request ids differ, and the compatibility date is the effective one.
    """
    first, second = asker.get("/status"), asker.get("/nowhere")

    asker.esi.ledger.received += 1
    third = asker.get("/status")
    ids = {reply.headers["X-Esi-Request-Id"] for reply in (first, third)}
    assert len(ids) == 2
    assert second.headers["X-Compatibility-Date"] == "2026-08-18"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", "bare"])
def test_a_known_tag_is_a_304_without_a_body(asker, form):
    """
    If-None-Match is compared weakly, and may list several tags or be unquoted.
    """
    tag = asker.get(ORDERS).headers["ETag"]
    known = tag.strip('"') if form == "bare" else form.format(tag)
    reply = asker.get(ORDERS, If_None_Match=known)

    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["ETag"] == tag
    assert reply.headers["Expires"] == "Sat, 21 Nov 2026 12:05:00 GMT"
    assert reply.headers["X-Pages"] == "4"
    assert "Content-Type" not in reply.headers


def test_a_304_of_static_data_leaves_out_x_pages(asker):
    """
    The number of pages of all types stands on the 200 only.
    """
    first = asker.get("/universe/types")
    again = asker.get("/universe/types", If_None_Match=first.headers["ETag"])

    assert first.headers["X-Pages"] == "36"
    assert again.status == 304
    assert "X-Pages" not in again.headers


def test_a_strange_tag_outweighs_the_date(asker):
    """
    With If-None-Match there, If-Modified-Since is not looked at.
    """
    made = asker.get(ORDERS).headers["Last-Modified"]

    assert asker.get(ORDERS, If_Modified_Since=made).status == 304
    strange = {"If_None_Match": '"strange"', "If_Modified_Since": made}
    assert asker.get(ORDERS, **strange).status == 200


def test_a_new_window_revalidates_what_stayed_and_sends_what_changed():
    """
    After the expiry some pages are 304s and some are 200s, all with a newer date.
    """
    asker = Asker(pages=30)
    targets = [f"{ORDERS}&page={page}" for page in range(1, 31)]
    tags = [asker.get(target).headers["ETag"] for target in targets]
    asker.now += 300
    again = [
        asker.get(target, If_None_Match=tag)
        for target, tag in zip(targets, tags, strict=True)
    ]

    assert {reply.status for reply in again} == {200, 304}
    assert {reply.headers["Last-Modified"] for reply in again} == {
        "Sat, 21 Nov 2026 12:05:00 GMT"
    }
    assert asker.esi.ledger.early == []


def test_gzip_is_sent_to_who_takes_it(asker):
    """
    The coded body is the plain one's, and a sixth of its size.
    """
    plain = asker.get(ORDERS)
    coded = asker.get(ORDERS, Accept_Encoding="gzip, br")

    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Content-Encoding"] == "gzip"
    assert coded.headers["ETag"] == plain.headers["ETag"]
    assert gzip.decompress(coded.body) == plain.body
    assert len(coded.body) < len(plain.body) / 6
    refused = asker.get(ORDERS, Accept_Encoding="gzip;q=0, identity")
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize(
    "target", ["/status", "/markets/prices", "/nowhere", "/fw/wars"]
)
def test_the_limiters_headers_exclude_each_other(asker, target):
    """
    An answer bears the headers of the one limiter that guards its route.
    """
    headers = set(asker.get(target).headers)

    assert (headers >= LIMIT_HEADERS) != (headers >= ERROR_HEADERS)
    assert not (headers & LIMIT_HEADERS and headers & ERROR_HEADERS)


def test_tokens_are_counted_as_the_headers_say(asker):
    """
    Remaining is what is left after this answer's cost, and Used is that cost.
    """
    first = asker.get("/status").headers
    tag = first["ETag"]
    second = asker.get("/status", If_None_Match=tag).headers

    assert first["X-Ratelimit-Group"] == "status"
    assert first["X-Ratelimit-Limit"] == "600/15m"
    assert (first["X-Ratelimit-Remaining"], first["X-Ratelimit-Used"]) == ("598", "2")
    assert (second["X-Ratelimit-Remaining"], second["X-Ratelimit-Used"]) == ("597", "1")


def test_an_empty_bucket_is_a_429_until_tokens_are_back():
    """
    Over the limit the answer costs nothing and says when to come again.
    """
    asker = Asker(windows={"status": (4, 20)})
    assert [asker.get("/status").status for _ in range(3)] == [200, 200, 429]

    refused = asker.get("/status")
    assert refused.headers["Retry-After"] == "20"
    assert refused.headers["X-Ratelimit-Used"] == "0"
    assert refused.headers["X-Ratelimit-Limit"] == "4/20s"

    asker.now += 20
    assert asker.get("/status").status == 200


def test_buckets_belong_to_their_users():
    """
    Public tokens are an address's, private ones a character's in an application.
    """
    asker = Asker(windows={"status": (2, 900), "char-wallet": (2, 900)})
    other = token(CHARACTER, application="other", expires=NOON * 2)

    assert asker.get("/status").status == 200
    assert asker.get("/status").status == 429
    assert asker.get("/status", ip="192.0.2.9").status == 200
    assert asker.get("/status", Authorization=bearer()).status == 200
    assert asker.get(WALLET, Authorization=bearer()).status == 200
    assert asker.get(WALLET, Authorization=bearer()).status == 429
    assert asker.get(WALLET, Authorization=f"Bearer {other}").status == 200


def test_too_many_errors_close_every_route_until_the_minute_ends():
    """
    A spent error limit is a 420 on all routes of this address, grouped ones too.
    """
    asker = Asker(error_limit=3)
    replies = [asker.get("/universe/types/1000000000") for _ in range(3)]
    assert [reply.status for reply in replies] == [404] * 3
    remain = [reply.headers["X-ESI-Error-Limit-Remain"] for reply in replies]
    assert remain == ["2", "1", "0"]

    closed = asker.get("/status")
    assert closed.status == 420
    assert closed.headers["X-ESI-Error-Limit-Reset"] == "60"
    assert not set(closed.headers) & LIMIT_HEADERS
    assert asker.get("/status", ip="192.0.2.9").status == 200

    asker.now += 60
    assert asker.get("/status").status == 200


def test_limits_can_be_left_out():
    """
    Without limits nothing is counted and nothing said.
    """
    asker = Asker(rate_limits=False, error_limit=None)
    headers = asker.get("/status").headers | asker.get("/nowhere").headers

    assert not set(headers) & (LIMIT_HEADERS | ERROR_HEADERS)
    assert {asker.get("/nowhere").status for _ in range(200)} == {404}


def test_downtime_closes_esi_for_a_while(asker):
    """
    During downtime each answer is a 503 in ESI's words; afterwards all is well.
    """
    asker.esi.down_until = NOON + 300
    reply = asker.get("/status")
    assert reply.status == 503
    assert json_of(reply) == {
        "error": "The datasource tranquility is temporarily unavailable"
    }

    asker.now += 300
    assert asker.get("/status").status == 200


@pytest.mark.parametrize(
    ("date", "status", "echo"),
    [
        (None, 200, "2020-01-01"),
        ("2025-01-01", 200, "2020-01-01"),
        ("2026-08-05", 200, "2026-08-04"),
        ("2026-11-21", 200, "2026-08-18"),
        ("2026-11-22", 400, "2020-01-01"),
        ("2018-01-01", 400, "2020-01-01"),
        ("tomorrow", 400, "2020-01-01"),
    ],
)
def test_the_effective_date_is_the_newest_at_or_before(asker, date, status, echo):
    """
    A date between two published ones means the earlier, none at all means the oldest.
    """
    headers = {} if date is None else {"X-Compatibility-Date": date}
    reply = asker.ask("GET", "/status", headers)

    assert reply.status == status
    assert reply.headers["X-Compatibility-Date"] == echo


def test_a_day_begins_at_eleven(asker):
    """
    Before 11:00 UTC today's date is still in the future.
    """
    asker.now -= 2 * 3600
    headers = {"X-Compatibility-Date": "2026-11-21"}

    assert asker.ask("GET", "/status", headers).status == 400


def test_a_route_newer_than_the_date_is_unknown(asker):
    """
    What did not exist at the date asked for is a 404, also when no date is sent.
    """
    assert asker.get("/meta/status").status == 200
    assert asker.ask("GET", "/meta/status", {}).status == 404


def test_the_date_may_stand_in_the_query(asker):
    """
    Who cannot set headers sends `compatibility_date`.
    """
    reply = asker.ask("GET", "/meta/status?compatibility_date=2026-08-18", {})

    assert reply.status == 200


@pytest.mark.parametrize(
    ("authorization", "status", "error"),
    [
        (None, 401, "Unauthorized - No token provided"),
        ("Bearer opaque", 401, "Unauthorized - Invalid token"),
        (f"Bearer {token(expires=NOON - 1)}", 403, "token is expired"),
        (bearer(scopes=[]), 403, "token is not valid for scope"),
        (
            f"Bearer {token(90000001, expires=NOON * 2)}",
            403,
            "token is not valid for this character",
        ),
    ],
)
def test_a_token_must_be_there_and_allow_it(asker, authorization, status, error):
    """
    A missing or strange token is a 401, one that does not allow it a 403; both are
    charged to the route's group.
    """
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = asker.get(WALLET, **headers)

    assert reply.status == status
    assert json_of(reply)["error"] == error
    assert reply.headers["X-Ratelimit-Group"] == "char-wallet"
    assert reply.headers["X-Ratelimit-Used"] == "5"


def test_a_character_without_role_is_refused():
    """
    Routes that need a role refuse the characters that have none.
    """
    asker = Asker(roleless=frozenset({CHARACTER}))
    reply = asker.get("/corporations/98000001/wallets", Authorization=bearer())

    assert reply.status == 403
    assert "required role" in json_of(reply)["error"]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/markets/10000002/orders", "query.order_type"),
        ("/markets/10000002/orders?order_type=both", "query.order_type"),
        ("/markets/10000002/orders?order_type=all&page=0", "query.page"),
        ("/markets/10000002/orders?order_type=all&page=two", "query.page"),
        ("/markets/here/orders?order_type=all", "path.region_id"),
        ("/freelance-jobs/not-a-uuid", "path.job_id"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(asker, target, place):
    """
    The details say where the fault lies.
    """
    reply = asker.get(target)

    assert reply.status == 400
    assert [detail["location"] for detail in json_of(reply)["details"]] == [place]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[34]", 200),
        (b"[]", 422),
        (b"[34, 34]", 422),
        (b'["Jita"]', 422),
        (b"{}", 422),
        (b"[34", 400),
        (b"", 400),
    ],
)
def test_a_bad_body_is_refused(asker, body, status):
    """
    What is no JSON is a 400, what is not what the route takes a 422.
    """
    assert asker.ask("POST", "/universe/names", body=body).status == status


def test_an_enum_in_a_body_minds_its_case(asker):
    """
    `Shorter` is a preference, `shorter` a validation error.
    """
    path = "/route/30000142/30002187"
    good = asker.ask("POST", path, body=b'{"preference": "Shorter"}')
    bad = asker.ask("POST", path, body=b'{"preference": "shorter"}')

    assert (good.status, bad.status) == (200, 422)


@pytest.mark.parametrize(
    "target",
    [
        "/nowhere",
        "/markets/10999999/orders?order_type=all",
        "/universe/systems/1",
        "/universe/types/4000000000",
        "/characters/5",
    ],
)
def test_what_nothing_bears_is_a_404(asker, target):
    """
    An unknown path and an unknown id are both missing, in ESI's shape.
    """
    reply = asker.get(target)

    assert reply.status == 404
    assert set(json_of(reply)) == {"error"}


def test_a_known_path_lists_its_methods(asker):
    """
    A method that the path does not know is a 405 that names the others.
    """
    reply = asker.ask("PUT", "/status")

    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD"


def test_a_literal_path_goes_before_a_parameter(asker):
    """
    `/characters/affiliation` is no character's page for POST, and a bad one for GET.
    """
    posted = asker.ask("POST", "/characters/affiliation", body=b"[95465499]")

    assert posted.status == 200
    assert asker.get("/characters/affiliation").status == 400


def test_asking_before_the_told_expiry_is_counted(asker):
    """
    The same resource for the same client is early until its Expires, and then not.
    """
    asker.get(ORDERS)
    asker.now += 299
    asker.get(ORDERS, If_None_Match='"x"')
    assert [early.seconds for early in asker.esi.ledger.early] == [1.0]

    asker.now += 1
    asker.get(ORDERS)
    assert len(asker.esi.ledger.early) == 1


def test_max_age_counts_from_the_date(asker):
    """
    On a converted route the expiry told is Date plus max-age, whatever Expires says.
    """
    asker.get("/meta/compatibility-dates")
    asker.now += 599
    asker.get("/meta/compatibility-dates")
    asker.now += 600
    asker.get("/meta/compatibility-dates")

    assert len(asker.esi.ledger.early) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"target": ORDERS + "&page=2"},
        {"ip": "192.0.2.9"},
        {"User_Agent": "another"},
        {"Authorization": bearer()},
    ],
)
def test_others_are_never_early_for_me(asker, other):
    """
    Another page, address, program or identity was told nothing yet.
    """
    asker.get(ORDERS)
    asker.get(other.pop("target", ORDERS), **other)

    assert asker.esi.ledger.early == []


def test_the_order_of_the_query_does_not_hide_an_early_request(asker):
    """
    Spelling a query differently is still the same resource.
    """
    asker.get("/markets/10000002/orders?order_type=all&page=1")
    asker.get("/markets/10000002/orders?page=1&order_type=all")

    assert len(asker.esi.ledger.early) == 1


def test_an_error_tells_no_expiry(asker):
    """
    After a failure one may ask again at once.
    """
    asker.get("/universe/types/4000000000")
    asker.get("/universe/types/4000000000")

    assert asker.esi.ledger.early == []


def test_a_language_of_its_own_is_a_resource_of_its_own(asker):
    """
    The same system in German is not early after the English one.
    """
    asker.get("/universe/systems/30000142")
    asker.get("/universe/systems/30000142", Accept_Language="de")

    assert asker.esi.ledger.early == []


def test_a_roll_in_mid_sweep_makes_later_pages_newer(asker):
    """
    Pages served after a roll carry a newer date than those before.
    """
    before = asker.get(ORDERS + "&page=1").headers["Last-Modified"]
    asker.now += 2
    asker.esi.roll("/markets/10000002/orders")
    after = asker.get(ORDERS + "&page=2").headers["Last-Modified"]

    assert before == "Sat, 21 Nov 2026 12:00:00 GMT"
    assert after == "Sat, 21 Nov 2026 12:00:02 GMT"


def test_a_roll_can_wait_for_pages(asker):
    """
    After so many more pages the market rolls by itself, once.
    """
    asker.esi.pending_roll = PendingRoll(2, pages=5)
    asker.now += 5
    dates = [
        asker.get(f"{ORDERS}&page={page}").headers["Last-Modified"]
        for page in (1, 2, 3, 4)
    ]

    assert dates[0] == dates[1] < dates[2] == dates[3]
    assert asker.get(ORDERS).headers["X-Pages"] == "5"


def test_a_roll_can_change_the_number_of_pages(asker):
    """
    After a roll with another number of pages X-Pages tells it.
    """
    asker.esi.roll("/markets/10000002/orders", pages=2)

    assert asker.get(ORDERS).headers["X-Pages"] == "2"
    assert asker.get(ORDERS + "&page=3").status == 404


def test_a_reset_leaves_no_body_of_another_day():
    """
    What follows the clock is written anew after a reset, also in a like-numbered
    generation.
    """
    asker = Asker(lifetime=60)
    history = "/markets/10000002/history?type_id=34"
    asker.esi.clock.advance(3 * 86400)
    asker.esi.windows = Windows(asker.esi.clock.now())
    later = json_of(asker.get(history))[-1]["date"]
    asker.esi.reset()

    assert later == "2026-11-23"
    assert json_of(asker.get(history))[-1]["date"] == "2026-11-20"


def test_lifetimes_can_be_short():
    """
    With a lifetime all cacheable answers live that long, static ones too.
    """
    asker = Asker(lifetime=5)
    for target in (ORDERS, "/universe/types/34"):
        headers = asker.get(target).headers
        assert headers["Expires"] == "Sat, 21 Nov 2026 12:00:05 GMT"
    assert "max-age=5," in asker.get("/meta/name").headers["Cache-Control"]


def test_writes_are_counted_by_what_they_said(asker):
    """
    Equal writes count together, and different bodies apart.
    """
    for body in (b"[34]", b"[34]", b"[35]"):
        asker.ask("POST", "/universe/names", body=body)

    writes = asker.esi.ledger.counters()["writes"]
    assert [(write["body"], write["times"]) for write in writes] == [
        ("[34]", 2),
        ("[35]", 1),
    ]


def test_no_token_is_kept_in_what_was_seen(asker):
    """
    Neither counters nor requests hold a token.
    """
    asker.get(WALLET, Authorization=bearer())
    seen = repr(asker.esi.ledger.counters()) + repr(list(asker.esi.ledger.requests))

    assert "eyJ" not in seen
    assert asker.esi.ledger.with_token == 1


@pytest.mark.parametrize(
    "wrong",
    [{"pages": 0}, {"change_share": 2}, {"lifetime": 0.5}, {"lifetime": 1.5}],
)
def test_senseless_settings_are_refused(wrong):
    """
    What cannot be meant is a configuration error at once.
    """
    with pytest.raises(ConfigurationError):
        Settings(**wrong)
