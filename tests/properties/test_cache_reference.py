"""The core's cache functions, held against references that are written to be read."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from properties import cached_answers as made
from properties import reference_entries as entries
from properties import reference_freshness as freshness
from properties.cache_probe import cache_probe, compiler

THOROUGHLY = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

questions = st.builds(
    freshness.Question,
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "DELETE"]),
    status=st.sampled_from([200, 200, 200, 203, 204, 206, 304, 404, 500]),
    catalog_read=st.booleans(),
    caller_no_store=st.sampled_from([False, False, False, True]),
    has_identity=st.booleans(),
    has_authorization=st.booleans(),
)


@pytest.fixture(scope="session")
def core(pytestconfig):
    """The core's functions in a program of their own."""
    if compiler() is None:
        pytest.skip("there is no C++ compiler here")
    with cache_probe(pytestconfig.cache.mkdir("cache_probe")) as probe:
        yield probe


@THOROUGHLY
@given(headers=made.headers, facts=made.facts, question=questions)
def test_the_core_stores_what_the_reference_stores(core, headers, facts, question):
    """
    What may be stored, and what else forbids it first, is the same (RFC 9111 §3).
    """
    expected = freshness.storability(headers, facts, question)
    event(expected)
    got = core.ask(
        "storability",
        headers=headers,
        facts=facts,
        method=question.method,
        status=question.status,
        catalog_read=question.catalog_read,
        caller_no_store=question.caller_no_store,
        has_identity=question.has_identity,
        has_authorization=question.has_authorization,
    )
    assert got == expected


@THOROUGHLY
@given(headers=made.headers, facts=made.facts)
def test_the_core_gives_the_lifetime_that_the_reference_gives(core, headers, facts):
    """
    A lifetime is the same by whoever's word it is (RFC 9111 §4.2.1).
    """
    got = core.ask("lifetime", headers=headers, facts=facts)
    assert got == freshness.freshness_lifetime(headers, facts)


@THOROUGHLY
@given(headers=made.headers, facts=made.facts, wanted=made.lengths)
def test_no_wish_of_the_user_shortens_a_lifetime(core, headers, facts, wanted):
    """
    An answer is fresh for as long as the server says, whatever the user wants.
    """
    told = freshness.Facts(facts.received_wall, facts.catalog_lifetime, facts.shared)
    wished = freshness.Facts(
        facts.received_wall,
        facts.catalog_lifetime,
        facts.shared,
        override_lifetime=wanted,
        dynamic_lifetime=wanted,
    )
    shorter = core.ask("lifetime", headers=headers, facts=told)
    assert core.ask("lifetime", headers=headers, facts=wished) >= shorter


@THOROUGHLY
@given(headers=made.headers, facts=made.facts, resident=st.integers(-100, 10_000))
def test_the_core_finds_the_age_that_the_reference_finds(
    core, headers, facts, resident
):
    """
    The current age is the same, and time that runs backwards takes nothing off it
    (RFC 9111 §4.2.3).
    """
    got = core.ask("age", headers=headers, facts=facts, resident=resident)
    assert got == freshness.current_age(headers, resident)


@THOROUGHLY
@given(headers=st.lists(st.tuples(st.just("Cache-Control"), made.controls), max_size=3))
def test_the_core_reads_what_a_request_asks_as_the_reference_does(core, headers):
    """
    The directives of a request are read alike (RFC 9111 §5.2.1).
    """
    assert core.ask("asked", headers=headers) == freshness.asked(headers)


@THOROUGHLY
@given(
    headers=made.headers, facts=made.facts, asked=made.asked, resident=made.residence
)
def test_the_core_decides_on_reuse_as_the_reference_does(
    core, headers, facts, asked, resident
):
    """
    Whether a kept answer is served, validated or refused is the same (RFC 9111 §4).
    """
    expected = freshness.decide_reuse(entries.received(headers), facts, asked, resident)
    event(expected)
    got = core.ask(
        "reuse", headers=headers, facts=facts, asked=asked, resident=resident
    )
    assert got == expected


@THOROUGHLY
@given(
    headers=made.headers,
    facts=made.facts,
    asked=made.asked,
    usual_and_resident=st.tuples(made.lengths, made.residence),
)
def test_the_core_lets_a_stale_answer_stand_in_as_the_reference_does(
    core, headers, facts, asked, usual_and_resident
):
    """
    How long a kept answer may stand in for a failure is the same (RFC 5861 §4).
    """
    usual, resident = usual_and_resident
    expected = freshness.may_serve_stale_on_error(
        entries.received(headers), facts, usual, resident, asked
    )
    event(str(expected))
    got = core.ask(
        "stale_on_error",
        headers=headers,
        facts=facts,
        asked=asked,
        usual=usual,
        resident=resident,
    )
    assert got == expected


@THOROUGHLY
@given(stored=made.headers, newer=made.headers, facts=made.facts, later=made.residence)
def test_the_core_merges_a_304_as_the_reference_does(core, stored, newer, facts, later):
    """
    A 304 selects the same answer, and lends it the same fields and freshness
    (RFC 9111 §4.3.4).
    """
    arrived = facts.received_wall + later
    expected = entries.merged(stored, newer, arrived)
    got = core.ask("merge", stored=stored, newer=newer, facts=facts, later=later)
    if expected is None:
        event("about another")
        assert got is None
        return
    assert [tuple(pair) for pair in got["headers"]] == expected
    then = freshness.Facts(
        arrived,
        facts.catalog_lifetime,
        facts.shared,
        facts.override_lifetime,
        facts.dynamic_lifetime,
    )
    assert got["fresh_for"] == -freshness.staleness(expected, then, 0)


@THOROUGHLY
@given(headers=made.headers, facts=made.facts)
def test_the_core_keeps_the_fields_that_the_reference_keeps(core, headers, facts):
    """
    Of an answer's fields the same ones are stored (RFC 9111 §3.1).
    """
    got = core.ask("kept_fields", headers=headers, facts=facts)
    assert [tuple(pair) for pair in got] == entries.kept(headers, facts)


@THOROUGHLY
@given(
    vary=st.lists(made.names | st.just("Accept-Encoding"), max_size=3),
    original=made.headers,
    request=made.headers,
    facts=made.facts,
)
def test_the_core_matches_variants_as_the_reference_does(
    core, vary, original, request, facts
):
    """
    The same requests are answered by one variant (RFC 9111 §4.1).
    """
    headers = [("Vary", ", ".join(vary))]
    expected = entries.matches_variant(headers, original, request)
    event(str(expected))
    got = core.ask(
        "variant", headers=headers, original=original, request=request, facts=facts
    )
    assert got == expected


@THOROUGHLY
@given(stored=made.headers, head=made.headers, facts=made.facts)
def test_the_core_reads_a_head_as_the_reference_does(core, stored, head, facts):
    """
    The answer to a HEAD says the same of a stored GET (RFC 9111 §4.3.5).
    """
    expected = entries.head_verdict(stored, head)
    event(expected)
    assert core.ask("head", stored=stored, head=head, facts=facts) == expected


references = st.sampled_from(
    [
        "/characters/1/contacts/7",
        "../contacts",
        "?a=2",
        "https://esi.invalid/x",
        "https://esi.invalid:443/x",
        "http://esi.invalid/x",
        "https://other.invalid/x",
        "//other.invalid/x",
        "//esi.invalid/y",
        "#here",
    ]
)


@THOROUGHLY
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
    status=st.integers(100, 599),
    headers=st.lists(
        st.tuples(st.sampled_from(["Location", "content-location"]), references),
        max_size=3,
    ),
)
def test_the_core_outdates_what_the_reference_outdates(core, method, status, headers):
    """
    A change outdates the same URLs, and none of another origin (RFC 9111 §4.4).
    """
    url = "https://esi.invalid/characters/1/contacts?a=1"
    got = core.ask("outdated", url=url, method=method, status=status, headers=headers)
    expected = entries.outdated(url, method, status, headers)
    # The reference keeps a URL's spelling; the core has one for each.
    assert got == list(dict.fromkeys(one.replace(":443/", "/") for one in expected))


passages = st.builds(
    entries.Passage,
    found=st.none() | made.headers.map(entries.received),
    answer=st.none() | st.just("found") | made.headers.map(entries.received),
    resident=made.residence,
    method=st.sampled_from(["GET", "GET", "HEAD", "POST"]),
    bypassed=st.sampled_from([False, False, True]),
    matches_found=st.booleans(),
    sent=st.booleans(),
    collapsed=st.booleans(),
    status=st.none() | st.sampled_from([200, 304, 404, 503]),
    stored=st.booleans(),
).filter(lambda passage: passage.answer != "found" or passage.found is not None)


@THOROUGHLY
@given(passage=passages, facts=made.facts)
def test_the_core_tells_a_cache_status_as_the_reference_does(core, passage, facts):
    """
    What happened to a request reads the same (RFC 9211 §2).
    """
    expected = entries.cache_status(passage, facts)
    got = core.ask(
        "cache_status",
        facts=facts,
        found=passage.found,
        answer=passage.answer,
        resident=passage.resident,
        method=passage.method,
        bypassed=passage.bypassed,
        matches_found=passage.matches_found,
        sent=passage.sent,
        collapsed=passage.collapsed,
        status=passage.status,
        stored=passage.stored,
    )
    assert got == expected


growing = st.fixed_dictionaries(
    {
        "base_ttl": st.integers(1, 300),
        "max_ttl": st.integers(300, 3000),
        "popularity_factor": st.floats(0, 4),
        "decay": st.integers(1, 1000),
    }
)


@THOROUGHLY
@given(
    how=growing,
    uses=st.lists(st.integers(0, 2000), max_size=12).map(sorted),
    now=st.integers(0, 4000),
)
def test_a_dynamic_lifetime_grows_as_the_reference_says(core, how, uses, now):
    """
    A lifetime of our own grows with use, fades, and stays between base and most.
    """
    got = core.ask("dynamic", uses=uses, now=now, **how)
    assert got == pytest.approx(entries.dynamic_lifetime(how, uses, now), abs=1e-6)
    assert how["base_ttl"] - 1e-6 <= got <= how["max_ttl"]
