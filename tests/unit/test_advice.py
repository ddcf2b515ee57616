"""What the counters say: each rule finds its fault, and nothing else."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs import markdown
from pyesi.advice import RULES, Advice, Finding, advise
from pyesi.config import EngineConfig
from pyesi.metrics import SettingsSeen, Statistics
from unit.advice_faults import EDGES, FAULTS, HARMLESS, LARGE, RELOADED, pool, waits
from unit.advice_sample import (
    ORDERS,
    PRICES,
    STATUS,
    healthy,
    limits,
    sent,
    settings,
    window_of,
)
from unit.statistics_sample import seen


@pytest.mark.parametrize("fault", FAULTS)
def test_each_rule_finds_its_fault_alone(fault):
    """
    One finding, of the rule that is about it, with the setting to change.
    """
    changed, setting = FAULTS[fault]

    (found,) = advise(healthy(**changed))

    assert (found.rule, found.setting) == (fault.partition(",")[0], setting)


def test_every_rule_has_a_fault_to_find():
    """
    The faults above leave no rule out.
    """
    assert {fault.partition(",")[0] for fault in FAULTS} == RULES.keys()


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_only_looks_like_a_fault_is_none(harmless):
    """
    A rule is not taken in by what is usual, small, or somebody else's.
    """
    assert not advise(healthy(**HARMLESS[harmless]))


@pytest.mark.parametrize("counted", EDGES)
def test_a_rule_finds_what_is_much_and_not_what_is_nearly_so(counted):
    """
    The numbers of the reference are those from which on there is a finding.
    """
    counters, little, much = EDGES[counted]

    assert not advise(healthy(**counters(little)))
    assert len(advise(healthy(**counters(much)))) == 1


# By fault: what is said of the change.
CHANGES = {
    "pool_waits, of fewer connections than requests": "Set pool_size=20:",
    "pool_waits, at this moment": "Set http2_connections=4.",
    "cache_too_small, in bytes": "Set cache_bytes=536870912,",
    "cache_too_small, in answers": "Set cache_entries=200000,",
    "answers_too_large, while room is scarce": "Set cache_bytes=536870912.",
    "answers_too_large": "Set cache_bytes=134217728.",
    "bodies_uncompressed": "Set compression_threshold=8192,",
    "repeated_refusals": "negative_ttl=3600",
}


@pytest.mark.parametrize("fault", CHANGES)
def test_a_change_has_its_value(fault):
    """
    What to set is said with the number that would do.
    """
    (found,) = advise(healthy(**FAULTS[fault][0]))

    assert CHANGES[fault] in found.change


def test_what_is_kept_for_an_hour_need_not_be_kept_longer():
    """
    Who keeps refusals long already is told only to ask no more.
    """
    long = settings(negative_ttl=3600.0)

    (found,) = advise(healthy(**FAULTS["repeated_refusals"][0], settings=long))

    assert found.change == f"Ask {ORDERS} no more for ids that it does not know."


def test_a_healthy_program_is_left_alone():
    """
    There is no finding, and the words say in how much.
    """
    advice = advise(healthy())

    assert not advice
    assert str(advice) == "Nothing to change in 5,603 requests of 3,600 s."


def thousandth(value):
    """The same with a thousandth of each count; flags, bounds and words stay."""
    if isinstance(value, dict):
        kept = {"settings", "limits", "max_bytes", "max_entries"}
        return {n: v if n in kept else thousandth(v) for n, v in value.items()}
    if isinstance(value, list):
        return [thousandth(one) for one in value]
    return value // 1000 if type(value) is int else value


# What others have spent is ESI's word, and needs no traffic of one's own.
BY_OTHERS = {"window_emptied, by another program", "window_emptied, by nobody known"}


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - BY_OTHERS))
def test_too_little_traffic_tells_nothing(fault):
    """
    Of a thousandth of the counts no rule makes anything.
    """
    assert not advise(Statistics(thousandth(healthy(**FAULTS[fault][0]))))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("missing", ["settings", "waits", "retries"])
def test_what_an_older_version_did_not_save_is_unknown(fault, missing):
    """
    Without the newer parts a rule finds what it did, or nothing; it never fails.
    """
    older = healthy(**FAULTS[fault][0])
    older.pop(missing, None)

    assert {found.rule for found in advise(older)} <= {fault.partition(",")[0]}


def paths(value, before=()):
    """The place of each key of the dicts, however deep."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield (*before, name)
            yield from paths(one, (*before, name))
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from paths(one, (*before, place))


def without(moment, places):
    for place in places:
        at = moment
        for name in place[:-1]:
            at = at[name] if isinstance(at, list) else at.get(name, {})
        if isinstance(at, dict):
            at.pop(place[-1], None)
    return moment


@given(
    fault=st.sampled_from(sorted(FAULTS)),
    drawn=st.lists(st.integers(0, 10**6), max_size=30),
)
def test_no_figure_must_be_there(fault, drawn):
    """
    Whichever figures are missing, the rules find something or nothing and do not fail.
    """
    moment = copy.deepcopy(healthy(**FAULTS[fault][0]))
    times = {"started_at", "taken_at"}
    places = [place for place in paths(moment) if place[-1] not in times]
    gone = {places[number % len(places)] for number in drawn}

    advice = advise(without(moment, sorted(gone, key=str)))

    assert all(isinstance(found, Finding) for found in advice)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_finding_tells_all_that_it_should(fault):
    """
    It says its figures in a sentence, has them as numbers, and names a page that is
    there.
    """
    (found,) = advise(healthy(**FAULTS[fault][0]))

    assert found.says.endswith(".")
    assert any(letter.isdigit() for letter in found.says)
    assert found.change.endswith(".")
    assert found.numbers
    assert (markdown.DOCS / found.page).is_file()
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert hash(found) == hash(copy.deepcopy(found))


def test_the_worst_route_is_named():
    """
    Of several routes that are asked for too early, that one which is so most often.
    """
    (found,) = advise(healthy(cache=RELOADED))

    assert "12 of 20 reloads" in found.says
    assert f"10 of them {ORDERS}" in found.says
    assert found.numbers["route"] == ORDERS


def test_who_empties_a_window_is_named():
    """
    The route that sent most of the group's attempts, and how many of how many.
    """
    attempts = [
        sent(ORDERS, 900),
        sent("GetMarketsRegionIdTypes", 100),
        sent(STATUS, 9000),
    ]

    (found,) = advise(healthy(limits=[limits(window_of(0))], attempts=attempts))

    assert f"{ORDERS} sent 900 of the group's" in found.says
    assert "(3000, 900)" in found.change


def test_without_settings_the_pool_is_told_in_words():
    """
    Who does not know how large the pool is says what it should be as large as.
    """
    older = healthy(pool=pool(waiting=5))
    del older["settings"]

    (found,) = advise(older)

    assert found.change == "Raise pool_size to max_in_flight."


def test_the_gravest_comes_first():
    """
    What ESI minds stands before what only costs time, and that before what costs room.
    """
    advice = advise(
        healthy(settings=LARGE, pool=pool(waiting=5), limits=[limits(window_of(0))])
    )

    assert [one.severity for one in advice] == ["critical", "warning", "note"]


def test_advice_is_told_in_lines():
    """
    How much was found in how much, then each finding with its page, in 88 columns.
    """
    told = str(advise(healthy(cache=RELOADED, pool=pool(waiting=5))))

    assert told.startswith(
        "2 findings in 5,603 requests of 3,600 s.\n\ncritical: early"
    )
    assert "See docs/how-to/choose-a-cache-mode.md." in told
    assert max(map(len, told.splitlines())) <= 88


def test_little_traffic_is_said_to_be_little():
    """
    Of a few requests the words say that they tell little.
    """
    few = Advice([], requests=1, seconds=2.0)

    assert "little to go by" in Advice([], requests=49, seconds=2.0).summary
    assert "little" not in Advice([], requests=50, seconds=2.0).summary
    assert (
        str(few) == "Nothing to change in 1 request of 2 s, which is little to go by."
    )


def test_advice_is_a_sequence():
    """
    Findings are counted, indexed and sliced.
    """
    advice = advise(healthy(cache=RELOADED, pool=pool(waiting=5)))

    assert len(advice) == len(advice[:]) == 2
    assert advice[0] in advice
    assert advice.to_dict()["findings"] == [one.to_dict() for one in advice]
    assert advice.to_dict()["requests"] == 5603


def test_since_tells_new_counts_by_their_names():
    """
    Waits and retries that only one of two moments has are differences all the same.
    """
    first = Statistics(copy.deepcopy(seen()), started_at=1.0, taken_at=2.0, waits=[])
    second = Statistics(copy.deepcopy(seen()), started_at=1.0, taken_at=3.0)
    second["waits"] = [*waits("pool", 5, 2.5), *waits("ceiling", 1, 1.0)]
    third = Statistics(copy.deepcopy(second), taken_at=4.0)
    third["waits"][0].update(count=8, seconds=4.0)

    assert second.since(first)["waits"] == second["waits"]
    assert third.since(second)["waits"] == waits("pool", 3, 1.5)


def test_the_settings_are_numbers_flags_and_the_preset():
    """
    No place is among them, and each stands in the type that tells of them.
    """
    secret = EngineConfig.make(
        {"cache": "redis://:hunter2@localhost", "proxy": "http://me:hunter2@proxy"}, {}
    )

    plain = secret.plain()

    assert plain.keys() == SettingsSeen.__annotations__.keys()
    assert "hunter2" not in str(plain)
    assert all(
        type(value) in {int, float, bool} for value in {**plain, "preset": 1}.values()
    )
    assert PRICES not in plain
