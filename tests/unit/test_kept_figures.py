"""What is said of figures that are kept in benchmarks/baseline/."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.baseline import (
    SCHEMA,
    Baseline,
    Figure,
    NotComparableError,
    Standing,
    compared,
    doubts,
    refuse_unlike,
    renewed,
)

BASELINES = sorted(
    (Path(__file__).parents[2] / "benchmarks" / "baseline").glob("*.json")
)
MACHINE = {
    "architecture": "x86_64",
    "cpu": "Some Processor",
    "compiler": "GNU 12.2.0",
    "versions": {"libcurl": "7.88.1", "libc": "2.36"},
}
COUNT = Figure(1_000.0, 0.03)
SPEED = Figure(50.0, 0.2, at_least=True)

values = st.floats(0.001, 1e9)
tolerances = st.floats(0, 0.5)


def standing(before, now):
    (verdict,) = compared({"it": before}, {"it": Figure(now, before.tolerance)})
    return verdict.standing


@pytest.mark.parametrize(
    ("figure", "now", "expected"),
    [
        (COUNT, 1_000.0, Standing.STEADY),
        (COUNT, 1_030.0, Standing.STEADY),
        (COUNT, 1_031.0, Standing.REGRESSED),
        (COUNT, 970.0, Standing.STEADY),
        (COUNT, 969.0, Standing.IMPROVED),
        (SPEED, 40.0, Standing.STEADY),
        (SPEED, 39.9, Standing.REGRESSED),
        (SPEED, 60.1, Standing.IMPROVED),
        (COUNT, float("nan"), Standing.REGRESSED),
    ],
)
def test_a_figure_may_move_as_far_as_is_tolerated(figure, now, expected):
    """
    Past its tolerance it is worse or better, by which way it should go.
    """
    assert standing(figure, now) is expected


@given(before=values, now=values, tolerance=tolerances)
def test_what_is_worse_one_way_is_better_the_other(before, now, tolerance):
    """
    A figure of which more is better is judged as the mirror of one of which less is.
    """
    less = standing(Figure(before, tolerance), now)
    more = standing(Figure(before, tolerance, at_least=True), now)

    mirror = {
        Standing.REGRESSED: Standing.IMPROVED,
        Standing.IMPROVED: Standing.REGRESSED,
    }
    assert more is mirror.get(less, less)


@given(before=values, tolerance=tolerances, at_least=st.booleans())
def test_a_figure_that_stands_still_passes(before, tolerance, at_least):
    """
    The same figure is neither worse nor better, whatever is tolerated.
    """
    kept = Figure(before, tolerance, at_least)

    assert standing(kept, before) is Standing.STEADY


def test_what_was_not_measured_fails_and_what_is_new_does_not():
    """
    A figure that is gone could hide a regression; one that was not kept hides nothing.
    """
    verdicts = {
        one.name: one.standing for one in compared({"gone": COUNT}, {"new": COUNT})
    }

    assert verdicts == {"gone": Standing.MISSING, "new": Standing.NEW}
    assert verdicts["gone"].fails
    assert not verdicts["new"].fails


def test_only_what_is_worse_or_missing_fails():
    """
    To have become better, or to be new, is told and no more.
    """
    failing = {one for one in Standing if one.fails}

    assert failing == {Standing.REGRESSED, Standing.MISSING}


def test_a_verdict_is_one_line_with_both_figures():
    """
    Name, then and now, by how much, and what to make of it.
    """
    (verdict,) = compared({"small_get": COUNT}, {"small_get": Figure(1_100.0, 0.03)})

    line = str(verdict)
    assert "\n" not in line
    for part in ("small_get", "1,000 → 1,100", "+10.0% of ±3%", "WORSE"):
        assert part in line


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"compiler": "Clang 19.1.0"}, "compiler GNU 12.2.0, here is Clang 19.1.0"),
        ({"architecture": "aarch64"}, "architecture x86_64, here is aarch64"),
        (
            {"versions": {"libcurl": "8.5.0", "libc": "2.36"}},
            "libcurl 7.88.1, here is 8.5.0",
        ),
        ({"versions": {"libcurl": "7.88.1"}}, "libc 2.36, here is None"),
    ],
)
def test_another_compiler_or_library_is_refused(change, told):
    """
    Figures that differ whatever the code does are not compared, and why is said.
    """
    with pytest.raises(NotComparableError, match=told):
        refuse_unlike(MACHINE, {**MACHINE, **change})


def test_another_processor_is_told_and_not_refused():
    """
    Counts hardly depend on it, so it is a doubt.
    """
    here = {**MACHINE, "cpu": "Another"}

    refuse_unlike(MACHINE, here)

    assert doubts(MACHINE, here) == ["cpu Some Processor, here is Another"]
    assert doubts(MACHINE, MACHINE) == []


def test_a_baseline_survives_its_file():
    """
    What is written is what is read.
    """
    baseline = Baseline(MACHINE, {"count": COUNT, "speed": SPEED})

    assert Baseline.of(json.loads(json.dumps(baseline.told()))) == baseline


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"schema": SCHEMA + 1, "machine": MACHINE, "figures": {}},
        {"schema": SCHEMA, "figures": {}},
        {"schema": SCHEMA, "machine": MACHINE, "figures": {"a": {"value": 1}}},
        {"schema": SCHEMA, "machine": MACHINE, "figures": {"a": 1}},
        {"schema": SCHEMA, "machine": MACHINE, "figures": [1]},
    ],
)
def test_what_is_no_baseline_is_refused(told):
    """
    Another schema, or a file with a part missing, is not taken for a baseline.
    """
    with pytest.raises(NotComparableError, match="the baseline is"):
        Baseline.of(told)


def test_a_chosen_tolerance_outlives_a_renewal():
    """
    Renewing takes the figures of now, and the tolerances that somebody wrote there.
    """
    now = {"old": Figure(5.0, 0.3), "new": Figure(7.0, 0.3)}

    assert renewed({"old": Figure(4.0, 0.05), "gone": COUNT}, now) == {
        "old": Figure(5.0, 0.05),
        "new": Figure(7.0, 0.3),
    }


@pytest.mark.parametrize("file", BASELINES, ids=lambda file: file.stem)
def test_the_shipped_baselines_can_be_read(file):
    """
    Each is of this schema, tells its machine, and tolerates less than the whole.
    """
    baseline = Baseline.of(json.loads(file.read_text("utf-8")))

    assert {"architecture", "compiler", "cpu", "versions"} <= baseline.machine.keys()
    assert baseline.figures
    assert all(0 < one.tolerance < 1 for one in baseline.figures.values())


def test_both_baselines_are_shipped():
    """
    There is one of counts and one of ratios.
    """
    assert [file.stem for file in BASELINES] == ["instructions", "ratios"]
