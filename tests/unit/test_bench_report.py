"""What a bench says of its figures, and what it keeps of them."""

import copy
import errno
import json
import os
from dataclasses import replace

import pytest
from matplotlib.image import imread

from pyesi import bench, errors
from pyesi.bench import Load, Plan, Wanted
from pyesi.bench import _machine as machine
from pyesi.bench._figures import figures_of
from pyesi.bench._tally import Tally, name_of
from pyesi.bench._targets import targets_of
from pyesi.metrics import Statistics
from unit.fake_core import FakeResponse

PLAN = Plan(
    base_url="http://127.0.0.1:40123",
    wanted=[Wanted(route="/status", name="GetStatus")],
    load=Load(concurrency=4, seconds=2, warm_up=1),
    simulated=True,
)
COUNTED = Statistics(
    cache={"coalesced": 3},
    attempts=[{"route": "GetStatus", "attempts": 20, "retries": 1}],
    bytes={"received": 5_000, "decoded": 9_000},
)


def tally_of(count, *, failed=0, slow=0, rate=None):
    """As many requests, of 1 ms each; the last few failed, or took a second."""
    tally = Tally(10.0)
    for number in range(count):
        tally.begun += 1
        now = 10.0 + 2.0 * (number + 1) / count
        took = 1.0 if number >= count - slow else 1e-3
        if number >= count - failed:
            tally.on_error(errors.ConnectFailed("no"), now - took, now)
        else:
            source = "network" if number < count / 10 else "fresh"
            tally.on_answer(source, 100, now - took, now)
        if rate:
            tally.lateness.add(1e-4)
    return tally


def figures(count=1_000, *, cpu_seconds=0.5, **more):
    interrupted = more.pop("interrupted", False)
    return figures_of(
        tally_of(count, **more),
        COUNTED,
        cpu_seconds=cpu_seconds,
        memory=55_000_000,
        interrupted=interrupted,
    )


def document(**more):
    return json.loads(json.dumps(bench.document(PLAN, figures(**more))))


def test_figures_are_those_of_the_tally():
    """
    Throughput, shares and lengths follow from what was counted.
    """
    seen = figures(failed=10, slow=5)

    assert (seen.requests, seen.throughput) == (1_000, pytest.approx(500))
    assert seen.latency["min"] == pytest.approx(1e-3)
    assert seen.latency["max"] == pytest.approx(1.0)
    assert seen.latency["p99"] == pytest.approx(1e-3, rel=0.01)
    assert seen.latency["p99.9"] == pytest.approx(1.0, rel=0.01)
    assert seen.latency["mean"] == pytest.approx(5.995e-3)
    assert seen.errors == {"ConnectFailed": 10}
    assert (seen.error_share, seen.hit_share) == (0.01, 0.89)
    assert (seen.sent, seen.joined, seen.bytes) == (20, 3, 99_000)
    assert (seen.cpu_share, seen.cpu_each) == (0.25, 0.0005)


def test_the_curve_ascends_to_what_one_request_can_tell():
    """
    Shares and lengths ascend, and none is finer than there are requests for.
    """
    curve = figures(slow=5).curve

    assert curve == sorted(curve)
    assert sorted(latency for _, latency in curve) == [one for _, one in curve]
    assert curve[-1][0] == 0.999


def test_the_report_has_every_figure():
    """
    All that the issue asked for stands in it, with what was asked above.
    """
    text = bench.report(PLAN, figures(failed=10, slow=5, rate=100))

    assert text.splitlines()[0] == (
        "GetStatus of simulated ESI: cache as usual, 4 at once, for 2 s after 1 s of "
        "warm-up"
    )
    for told in (
        "1,000 in 2.00 s: 500.0 a second",
        "mean 6 ms, min 1 ms, max 1 s",
        "median 1 ms, p90 1 ms, p95 1 ms, p99 1 ms, p99.9 999 ms",
        "by p99 100 μs, max 100 μs",
        "1.00%: 10 ConnectFailed",
        "89.0% of the requests; answers: 890 fresh, 100 network",
        "20; 3 shared an equal one's flight",
        "0.1 MB of answers, 0.0 MB received",
        "25% of a core, 500 μs of CPU a request; 55 MB of memory at most",
    ):
        assert told in text


def test_what_was_interrupted_says_so():
    """
    It tells what had ended by then, and where nothing had, that.
    """
    assert "what follows was measured so far" in bench.report(
        PLAN, figures(interrupted=True)
    )
    assert "none had ended" in bench.report(PLAN, figures(0, interrupted=True))


@pytest.mark.parametrize(
    ("load", "told"),
    [
        (Load(), "10 at once, for 5 s"),
        (Load(requests=2_000), "10 at once, 2,000 requests"),
        (Load(rate=500, seconds=3), "500 a second, for 3 s"),
        (Load(rate=2.5, concurrency=8), "2.5 a second, at most 8 at once, for 5 s"),
    ],
)
def test_a_plan_says_what_it_does(load, told):
    """
    Pace and length stand in its line.
    """
    assert str(replace(PLAN, load=load)).endswith(told)


def test_an_error_is_counted_as_status_or_class():
    """
    A 404 is told from a 502, and a refusal from a lost connection.
    """
    assert name_of(errors.status_error(FakeResponse(404))) == "404 NotFound"
    assert name_of(errors.status_error(FakeResponse(502))) == "502 ServerError"
    assert name_of(errors.WindowClosed("no")) == "WindowClosed"


def test_a_saved_baseline_is_read_again(tmp_path):
    """
    What was saved is what is loaded, and equal figures have not become worse.
    """
    path = tmp_path / "baseline.json"
    told = document()

    bench.save_baseline(path, told)
    loaded = bench.load_baseline(path)

    assert loaded == told
    bench.refuse_unlike(loaded, PLAN.shown())
    changes = bench.compared(loaded, told, 0.0)
    assert [one.name for one in changes] == [
        *("throughput", "mean", "median", "p90", "p95", "p99"),
        *("CPU each", "errors", "hits"),
    ]
    assert not any(one.regressed for one in changes)
    assert bench.warnings_of(loaded, machine.machine_facts()) == []


def test_a_full_disk_leaves_the_old_baseline(tmp_path, monkeypatch):
    """
    The file is written whole or not at all, and the line says why.
    """
    path = tmp_path / "baseline.json"
    bench.save_baseline(path, document())
    kept = path.read_text()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.ConfigurationError, match="No space left on device"):
        bench.save_baseline(path, document(count=5))

    assert path.read_text() == kept
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no baseline"),
        ("[]", "is no baseline"),
        ('{"schema": 1, "statistics": {}}', "is no baseline"),
        ('{"kind": "pyesi bench", "schema": 99}', "is of schema 99"),
        ('{"kind": "pyesi bench"}', "is of schema None"),
        ('{"kind": "pyesi bench", "schema": 1, "figures": {}}', "part is missing"),
    ],
)
def test_a_file_of_something_else_is_no_baseline(tmp_path, text, told):
    """
    Another kind, another schema and half a file are each one clear line.
    """
    path = tmp_path / "other.json"
    path.write_text(text)

    with pytest.raises(errors.ConfigurationError, match=told):
        bench.load_baseline(path)


def test_a_baseline_of_binary_is_none(tmp_path):
    """
    What is no text is no baseline either.
    """
    path = tmp_path / "other.json"
    path.write_bytes(b"\xff\x00\xfe")

    with pytest.raises(errors.ConfigurationError, match="is no baseline"):
        bench.load_baseline(path)


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, base_url="http://127.0.0.1:80", simulated=False),
        replace(PLAN, wanted=[Wanted(route="/incursions", name="GetIncursions")]),
        replace(PLAN, keeps_answers=False),
        replace(PLAN, load=Load(concurrency=5)),
        replace(PLAN, load=Load(rate=5)),
    ],
    ids=["server", "route", "measured", "concurrency", "rate"],
)
def test_other_things_are_not_compared(other):
    """
    Figures of another server, route, kind or pace say nothing of these.
    """
    with pytest.raises(errors.ConfigurationError, match="measured something else"):
        bench.refuse_unlike(document(), other.shown())


def test_how_long_it_took_does_not_matter_to_a_comparison():
    """
    A longer run of the same, on another port of a simulator, is the same.
    """
    other = replace(PLAN, base_url="http://127.0.0.1:1", load=Load(concurrency=4))

    bench.refuse_unlike(document(), other.shown())


@pytest.mark.parametrize("fact", ["processor", "cores", "memory_gib", "python"])
def test_another_machine_is_warned_of(fact):
    """
    The sentence names what differs, on both sides.
    """
    baseline = document()
    baseline["machine"][fact] = "other"

    (warning,) = bench.warnings_of(baseline, machine.machine_facts())

    assert f"{fact.removesuffix('_gib')} other there" in warning


def worse(path, factor):
    """A document in which one figure is another one by that factor."""
    told = copy.deepcopy(document(failed=20))
    place = told["figures"]
    *parents, name = path
    for parent in parents:
        place = place[parent]
    place[name] *= factor
    return told


WORSE = [
    (("throughput",), 0.8, "throughput"),
    (("latency", "mean"), 1.2, "mean"),
    (("latency", "median"), 1.2, "median"),
    (("latency", "p99"), 1.2, "p99"),
    (("cpu_seconds",), 1.2, "CPU each"),
    (("error_share",), 1.2, "errors"),
    (("hit_share",), 0.8, "hits"),
]


@pytest.mark.parametrize(("path", "factor", "name"), WORSE)
def test_a_figure_may_be_worse_by_what_is_tolerated(path, factor, name):
    """
    Beyond that it has regressed, it alone; to be better is never a regression.
    """
    before = document(failed=20)
    now, better = worse(path, factor), worse(path, 1 / factor)

    def regressed(told, tolerance):
        return [
            one.name for one in bench.compared(before, told, tolerance) if one.regressed
        ]

    assert regressed(now, 0.1) == [name]
    assert regressed(now, 0.25) == []
    assert regressed(better, 0.0) == []


def test_a_percentile_of_too_few_requests_is_not_compared():
    """
    Ten must lie beyond it, or it is chance.
    """

    def names(count):
        told = document(count=count)
        return {one.name for one in bench.compared(told, told, 0.1)}

    assert "p99" in names(1_000)
    assert "p99" not in names(999)
    assert "p99.9" in names(10_000)
    assert "median" not in names(19)


def test_one_error_of_a_thousand_is_no_regression():
    """
    Where there was none before, more than a thousandth must fail.
    """

    def errors_regressed(failed):
        changes = bench.compared(document(), document(failed=failed), 0.1)
        return next(one.regressed for one in changes if one.name == "errors")

    assert not errors_regressed(1)
    assert errors_regressed(2)


@pytest.mark.parametrize("figure", ["throughput", "latency", "cpu_seconds"])
@pytest.mark.parametrize("value", [None, "fast"])
def test_a_baseline_with_a_broken_figure_is_refused(figure, value):
    """
    What somebody has edited is one clear line, and no trace.
    """
    broken = document()
    broken["figures"][figure] = value

    with pytest.raises(errors.ConfigurationError, match="Save it anew"):
        bench.compared(broken, document(), 0.1)


def test_latencies_are_drawn(tmp_path):
    """
    The PNG has its size and a line in it, of many requests and of one.
    """
    for count in (1, 20, 5_000):
        path = tmp_path / f"{count}.png"
        bench.draw(PLAN, figures(count, slow=1), path)
        assert imread(path).shape[:2] == (810, 1440)
    blue = imread(path)[..., 2] - imread(path)[..., 0]
    assert (blue > 0.5).any()


def test_a_picture_needs_its_library(monkeypatch):
    """
    Without it the line names the extra that brings it.
    """
    monkeypatch.setattr("pyesi.bench._png.find_spec", lambda _name: None)

    with pytest.raises(errors.ConfigurationError, match=r"pyesi-eve\[bench\]"):
        bench.require_matplotlib()


def test_a_picture_that_cannot_be_written_says_so(tmp_path):
    """
    A folder in its place is one clear line.
    """
    with pytest.raises(errors.ConfigurationError, match="could not be written"):
        bench.draw(PLAN, figures(), tmp_path)


def test_a_target_is_met_or_not_by_its_figure():
    """
    Each line is judged by what was seen, and says it.
    """
    good = targets_of(1e-4, figures(10_000), replace(figures(), throughput=6_000.0))
    assert [one.met for one in good] == [True] * 6
    assert [one.name for one in good] == [
        *("added latency", "throughput", "p99", "memory", "CPU", "hit rate")
    ]

    slow = replace(figures(slow=50, cpu_seconds=1.0), memory=200_000_001)
    bad = targets_of(2.5e-3, replace(slow, sources={"network": 1_000}), slow)
    assert [one.met for one in bad] == [False] * 6

    table = bench.table_of(bad)
    assert table.count("  no  ") == 6
    assert "2.5 ms" in table
    assert "CPU            < 30 %     50%" in table


def test_a_machine_is_known_without_its_name():
    """
    Facts say what figures depend on, and not whose machine it is.
    """
    facts = machine.machine_facts()

    assert facts["cores"] >= 1
    assert facts["memory_gib"] >= 0
    assert os.uname().nodename not in [str(value) for value in facts.values()]
    assert machine.peak_memory() > 5_000_000
