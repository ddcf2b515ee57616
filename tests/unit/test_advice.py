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
from unit.advice_sample import (
    ORDERS,
    PRICES,
    STATUS,
    cache,
    ended,
    healthy,
    lease,
    limits,
    sent,
    settings,
    tier,
    window_of,
)
from unit.statistics_sample import seen


def pool(**changed):
    return {**healthy()["pool"], **changed}


def waits(gate, count, seconds):
    return [{"gate": gate, "count": count, "seconds": seconds}]


def warming(**changed):
    return {"revalidated": 0, "changed": 0, "failed": 0, "skipped": 0, **changed}


def retries(reason, count, well):
    return [{"reason": reason, "count": count, "well": well}]


FAILING = [ended(ORDERS, "server_error", 40), ended(ORDERS, "network", 20)]
LATE = [ended(ORDERS, "network", 90), ended(ORDERS, "deadline_exceeded", 10)]
LARGE = settings(compression_threshold=1_000_000)
RELOADED = cache(
    reloads=20,
    early_reloads=12,
    routes=[
        {"route": STATUS, "reloads": 3, "early_reloads": 2},
        {"route": ORDERS, "reloads": 17, "early_reloads": 10},
    ],
)

# By rule and by what is wrong: what the counters are then, and what is to be changed.
FAULTS = {
    "pool_waits, at this moment": ({"pool": pool(waiting=5)}, "pool_size"),
    "pool_waits, by what was waited": (
        {"waits": waits("pool", 300, 40.0)},
        "pool_size",
    ),
    "pool_waits, for two lanes of HTTP/2": (
        {"pool": pool(waiting=5, open=2)},
        "http2_connections",
    ),
    "pool_waits, of fewer connections than requests": (
        {"pool": pool(waiting=5), "settings": settings(pool_size=4)},
        "pool_size",
    ),
    "cache_too_small, in bytes": (
        {"cache": cache(evicted_for_bytes=400)},
        "cache_bytes",
    ),
    "cache_too_small, in answers": (
        {"cache": cache(evicted_for_entries=400)},
        "cache_entries",
    ),
    "answers_too_large, while room is scarce": (
        {"cache": cache(refused_large=90)},
        "cache_bytes",
    ),
    "answers_too_large": (
        {"cache": cache(refused_oversize=30, max_bytes=1_000_000)},
        "cache_bytes",
    ),
    "bodies_uncompressed": ({"settings": LARGE}, "compression_threshold"),
    "cache_off": ({"settings": settings(cache=False)}, "cache"),
    "early_reloads": ({"cache": RELOADED}, "cache_mode"),
    "unread_warming, that grew idle": (
        {"cache": cache(warming=warming(changed=12, skipped=12))},
        "warm",
    ),
    "unread_warming, round after round": (
        {"cache": cache(warming=warming(revalidated=200), hits=3)},
        "warm",
    ),
    "repeated_refusals": (
        {"requests": [ended(ORDERS, "network", 60), ended(ORDERS, "client_error", 40)]},
        "negative_ttl",
    ),
    "window_emptied, by a route": (
        {"limits": [limits(window_of(600))]},
        "ceilings",
    ),
    "window_emptied, and shut": (
        {"limits": [limits(window_of(9000, closed_for=3.5))]},
        "ceilings",
    ),
    "window_emptied, by another program": (
        {"limits": [limits(window_of(600), [lease(9000)])]},
        "limits",
    ),
    "vain_retries, of a route": (
        {"attempts": [sent(ORDERS, 60, 40)], "requests": FAILING[:1]},
        "retry_attempts",
    ),
    "vain_retries, for a reason": (
        {"retries": retries("502", 50, 1)},
        "retry_attempts",
    ),
    "unfit_preset, without a circuit breaker": (
        {
            "requests": FAILING,
            "settings": settings(preset="development", circuit_breaker=False),
        },
        "preset",
    ),
    "unfit_preset, that gives too little time": (
        {"requests": LATE, "settings": settings(preset="aggressive")},
        "preset",
    ),
    "unfit_preset, for all the time that it gives": (
        {"requests": LATE, "settings": settings(preset="production")},
        "timeout",
    ),
    "unfit_preset, of a developer": (
        {"settings": settings(preset="development")},
        "preset",
    ),
    "file_faults": ({"cache": cache(file=tier(faults=60))}, "cache"),
    "file_faults, that keep all from being written": (
        {"cache": cache(file=tier(faults=1, pending=900))},
        "cache",
    ),
    "redis_faults, for being slow": (
        {"cache": cache(redis={**tier(faults=60), "reachable": True})},
        "redis_timeout",
    ),
    "redis_faults, for being away": (
        {"cache": cache(redis={**tier(dropped=60), "reachable": False})},
        "cache",
    ),
}

# What looks like a fault and is none, or cannot be told.
HARMLESS = {
    "one request waits for a connection": {"pool": pool(waiting=1)},
    "the waits for connections are short": {"waits": waits("pool", 1600, 0.5)},
    "another gate held requests back": {"waits": waits("concurrency", 900, 900.0)},
    "what went had expired": {"cache": cache(evicted=800, evicted_expired=800)},
    "a few answers went": {"cache": cache(evicted_for_bytes=100)},
    "what is too large is so in any cache": {"cache": cache(refused_oversize=30)},
    "large bodies did not come compressed": {
        "settings": LARGE,
        "bytes": {"received": 246_000_000, "decoded": 246_000_000},
    },
    "small bodies are kept as they are": {
        "settings": LARGE,
        "bytes": {"received": 500_000, "decoded": 2_000_000},
    },
    "nothing is kept at all, so nothing inflated": {
        "settings": settings(cache=False, compression_threshold=10**6),
        "attempts": [sent("PostUniverseNames", 900)],
    },
    "a reload or two": {"cache": cache(reloads=9, early_reloads=2)},
    "a warming whose answers are read": {
        "cache": cache(warming=warming(revalidated=600, skipped=20))
    },
    "few requests are refused": {
        "requests": [ended(ORDERS, "network", 900), ended(ORDERS, "client_error", 40)]
    },
    "a window is in use": {"limits": [limits(window_of(1300))]},
    "no route has most of an empty window": {
        "limits": [limits(window_of(600, group="status"))],
        "attempts": [sent(STATUS, 12)],
    },
    "another program spends a little": {"limits": [limits(leases=[lease(3000)])]},
    "retries that help now and then": {
        "attempts": [sent(ORDERS, 60, 40)],
        "requests": FAILING,
    },
    "retries of a reason that help": {"retries": retries("502", 50, 20)},
    "failures that the circuit breaker knows of": {"requests": FAILING},
    "few are late": {
        "requests": [
            ended(ORDERS, "network", 99),
            ended(ORDERS, "deadline_exceeded", 1),
        ]
    },
    "half an hour of a developer": {
        "settings": settings(preset="development"),
        "taken_at": 1_001_800.0,
    },
    "the file is about to be written": {
        "cache": cache(file=tier(faults=0, pending=900))
    },
    "Redis was restarted": {
        "cache": cache(redis={**tier(faults=4), "reachable": False})
    },
}


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
@pytest.mark.parametrize(
    "fault", sorted(FAULTS.keys() - {"window_emptied, by another program"})
)
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
    first = Statistics(copy.deepcopy(seen()), started_at=1.0, taken_at=2.0)
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
