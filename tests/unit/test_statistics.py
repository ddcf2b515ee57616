"""One moment of an engine: what it was since another one, in a file, and for people."""

import copy
import io
import pickle
import re
import resource
from contextlib import contextmanager

import pytest
import rich.console
from hypothesis import given
from hypothesis import strategies as st

from pyesi.metrics import Statistics, load_statistics
from unit import own_process
from unit.statistics_sample import seen

ROUTES = ["GetStatus", "GetMarketsPrices", "unchecked"]
COUNTS = st.integers(0, 10**9)


def moment(at=100.0, *, hits=3, started_at=10.0):
    return Statistics(copy.deepcopy(seen(hits)), started_at=started_at, taken_at=at)


def row_of(rows, route):
    return next((row for row in rows if row["route"] == route), None)


def test_it_is_a_dict_by_name():
    """
    Whoever indexes it has plain dicts and lists, also once it was pickled or copied.
    """
    one = moment()

    assert one["cache"]["entries"] == 7
    assert one.seconds == 90.0
    assert one.taken_at.timestamp() == 100.0
    for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert again == one
        assert type(again) is Statistics


@st.composite
def growths(draw):
    """Two moments, and by how much each number of requests grew between them."""
    earlier, later = moment(100.0), moment(160.0)
    grown = {}
    earlier["requests"] = [
        {"route": route, "outcome": "fresh", "count": draw(COUNTS)}
        for route in ROUTES[: draw(st.integers(0, 3))]
    ]
    before = {row["route"]: row["count"] for row in earlier["requests"]}
    later["requests"] = []
    for route in ROUTES:
        by = draw(COUNTS)
        if by or route in before:
            count = before.get(route, 0) + by
            row = {"route": route, "outcome": "fresh", "count": count}
            later["requests"].append(row)
        if by:
            grown[route] = by
    return earlier, later, grown


@given(growths())
def test_since_tells_by_how_much_each_count_grew(drawn):
    """
    Of counters there is the difference, and a route that did not grow is left out.
    """
    earlier, later, grown = drawn

    told = later.since(earlier)

    assert {row["route"]: row["count"] for row in told["requests"]} == grown
    assert told.seconds == 60.0


def test_since_itself_nothing_was_counted():
    """
    Between a moment and itself no counter grew, and what holds at a moment stays.
    """
    one = moment()

    told = one.since(one)

    assert told["requests"] == told["durations"] == told["attempts"] == []
    assert told["cache"]["hits"] == told["cache"]["stored"] == 0
    assert told["cache"]["file"]["stored"] == told["cache"]["redis"]["faults"] == 0
    assert set(told["bytes"].values()) == {0}
    for momentary in ("entries", "bytes", "max_bytes"):
        assert told["cache"][momentary] == one["cache"][momentary]
    assert told["cache"]["file"]["bytes"] == 4096
    assert told["cache"]["redis"]["reachable"] is True
    assert told["pool"]["open"] == one["pool"]["open"]
    assert told["pool"]["reused"] == 0
    assert told["queue"] == one["queue"]
    assert told["limits"] == [{**one["limits"][0], "group_waits": []}]


def test_since_tells_what_was_waited_for_each_group_at_each_upstream():
    """
    Of the waits for a rate limit group there is the difference, at the same upstream.
    """
    earlier, later = moment(100.0), moment(160.0)
    (waited,) = later["limits"][0]["group_waits"]
    later["limits"][0]["group_waits"] = [
        {"group": "new", "count": 1, "seconds": 0.5},
        {**waited, "count": waited["count"] + 2, "seconds": waited["seconds"] + 4},
    ]
    later["limits"].append({**earlier["limits"][0], "origin": "https://elsewhere"})

    here, elsewhere = later.since(earlier)["limits"]

    assert here["group_waits"] == [
        {"group": "new", "count": 1, "seconds": 0.5},
        {"group": "char-asset", "count": 2, "seconds": 4.0},
    ]
    assert elsewhere["group_waits"] == [waited]
    assert here["windows"] == later["limits"][0]["windows"]


def test_since_subtracts_histograms_bucket_by_bucket():
    """
    What took no longer than a bound is counted since the earlier moment, like the sum.
    """
    earlier, later = moment(100.0), moment(160.0)
    later["durations"][0].update(count=9, sum=4.5, buckets=[(0.1, 2), (1.0, 7)])

    (told,) = later.since(earlier)["durations"]

    assert told["route"] == "GetStatus"
    assert (told["count"], told["sum"]) == (4, 3.0)
    assert told["buckets"] == [(0.1, 1), (1.0, 3)]


def test_since_changes_neither_moment():
    """
    Both may be used again.
    """
    earlier, later = moment(100.0), moment(160.0, hits=8)
    kept = copy.deepcopy((earlier, later))

    later.since(earlier)

    assert (earlier, later) == kept


@pytest.mark.parametrize(
    ("earlier", "word"),
    [
        (moment(90.0, started_at=20.0), "another engine"),
        (moment(200.0), "exchange"),
    ],
)
def test_since_what_cannot_be_compared_is_refused(earlier, word):
    """
    Another engine's moment, one before a restart, and a later one give no difference.
    """
    with pytest.raises(ValueError, match=word):
        moment(100.0).since(earlier)


def test_what_is_saved_is_read_again(tmp_path):
    """
    A file gives back what was saved in it, with its bounds as pairs.
    """
    path = tmp_path / "statistics.json"

    moment().save(path)

    assert load_statistics(path) == moment()
    assert load_statistics(path).since(moment()) == moment().since(moment())
    assert [one.name for one in tmp_path.iterdir()] == ["statistics.json"]


def test_a_file_of_before_groups_were_waited_for_is_read(tmp_path):
    """
    What an older version did not count is nothing, and a difference can be told.
    """
    path = tmp_path / "old.json"
    old = moment()
    del old["limits"][0]["group_waits"]
    old.save(path)

    told = load_statistics(path)

    assert told["limits"][0]["group_waits"] == []
    (waits,) = [one["group_waits"] for one in moment().since(told)["limits"]]
    assert waits == moment()["limits"][0]["group_waits"]
    assert "circuit breaker open" in str(told)


@pytest.fixture
def no_room():
    """No file of this process grows beyond a hundred bytes."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def without_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    return without_room


def test_a_file_that_finds_no_room_leaves_what_was_there(tmp_path, no_room):
    """
    The error is the system's; the older file is whole, and no half one stays.
    """
    path = tmp_path / "statistics.json"
    moment(100.0).save(path)

    with no_room(), pytest.raises(OSError, match="too large"):
        moment(160.0).save(path)

    assert load_statistics(path) == moment(100.0)
    assert [one.name for one in tmp_path.iterdir()] == ["statistics.json"]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """
    The error names the place.
    """
    with pytest.raises(FileNotFoundError, match="none"):
        moment().save(tmp_path / "none" / "statistics.json")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "holds no statistics"),
        ("[1, 2]", "holds no statistics"),
        ('{"schema": 1}', "holds no statistics"),
        (
            '{"schema": 2, "pyesi": "9.0", "statistics": {}}',
            r"schema 2.*9\.0.*schema 1",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text, word):
    """
    The error names the file, what it is, and what reads or writes one.
    """
    path = tmp_path / "other.json"
    path.write_text(text)

    with pytest.raises(ValueError, match=word) as refused:
        load_statistics(path)

    assert str(path) in str(refused.value)


def test_the_summary_tells_what_matters_first():
    """
    Requests and what became of them, the cache, times, and what holds now.
    """
    told = str(moment())

    assert "requests" in told
    assert "6, 0.1 a second" in told
    assert "network" in told
    assert "1 min" not in told.splitlines()[0]
    assert told.splitlines()[0].split() == ["for", "90", "s"]
    assert "5, mean 250 ms; p50 250 ms, p95 750 ms, p99 1 s" in told
    assert "of late" in told
    assert "2 in flight, 5 waiting" in told
    assert "https://esi.evetech.net" in told
    assert "char-asset             waited for 75 times, 30.5 s in all" in told


def test_a_summary_of_a_difference_tells_bounds():
    """
    Percentiles of all time cannot be taken apart, so bounds of buckets stand for them.
    """
    earlier = moment(50.0)
    earlier["durations"] = []

    told = str(moment(100.0).since(earlier))

    assert "5, mean 300 ms; 50% within 1 s" in told
    assert "over 1 s" in told


def test_a_summary_of_nothing_is_short_and_whole():
    """
    An engine that did nothing yet has a summary, without a share of nothing.
    """
    nothing = moment().since(moment())
    nothing["limits"] = []

    told = str(nothing)

    assert "none" in told
    assert "nan" not in told
    assert "took" not in told


def printed_by_rich(shown):
    """What rich writes on a terminal of eighty columns."""
    console = rich.console.Console(width=80, file=io.StringIO(), force_terminal=True)
    console.print(shown)
    return console.file.getvalue()


def test_rich_shows_the_summary_as_a_table():
    """
    Each line of the summary is one of the table, and brackets in it are no markup.
    """
    one = moment()
    one["requests"].append({"route": "x", "outcome": "[red]odd", "count": 1})

    told = printed_by_rich(one)

    for line in str(one).splitlines():
        assert line.split()[0] in told
    assert "[red]odd" in told


def test_rich_shows_kpis_in_colour():
    """
    A band that is bad is red.
    """
    told = printed_by_rich(moment().kpis())

    assert re.search(r"errors.*0 %.*\x1b\[32mgood", told)
    assert re.search(r"p95.*1 s", told)


def test_print_stays_plain_where_there_is_no_rich():
    """
    Neither statistics nor KPIs import it, or anything of the notebook, to be printed.
    """
    program = (
        "import sys; sys.modules['rich'] = None\n"
        "from unit.watched_samples import statistics\n"
        "print(statistics()); print(statistics().kpis())\n"
        "assert 'pyesi.notebook' not in sys.modules\n"
    )
    ended = own_process.ended(program)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\x1b" not in ended.stdout
    assert "hit_rate" in ended.stdout
