"""Does the plot show what the requests waited for?"""

import random
import sys

import pytest

from pyesi.client import Batch, BatchResult, Pages
from pyesi.errors import ConfigurationError, InvalidRequest
from pyesi.notebook import plot_timeline
from unit.shown_samples import NOON, ShownResponse, ShownTable, timeline

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def no_window():
    """Figures are drawn nowhere, and none is left open."""
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def sent(*phases, begin=0.0, page=1):
    url = f"https://esi.evetech.net/markets/10000002/orders?order_type=all&page={page}"
    return ShownResponse(url=url, timeline=timeline(*phases, begin=begin))


def sweep(count, seed=17):
    """Pages of which twenty go at once, and a window that shuts in between."""
    draw = random.Random(seed)
    found = []
    for page in range(1, count + 1):
        gate = 0.02 * (page // 20) + (1.5 if page > count * 0.6 else 0.0)
        held = "rate_limit_window" if page > count * 0.6 else "concurrency"
        phases = [
            ("look_up", 0.0004),
            ("gate", gate + 1e-5, held if gate else ""),
            *([("connect", 0.01), ("tls", 0.02)] if page <= 20 else []),
            ("wait", draw.uniform(0.03, 0.3)),
            ("receive", draw.uniform(0.001, 0.02)),
            ("decode", 0.002),
            ("store", 0.0003),
        ]
        found.append(sent(*phases, page=page))
    return found


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def boxes(axes):
    """Of every span its colour's place, from, to and row."""
    found = []
    for place, collection in enumerate(axes.collections):
        for path in collection.get_paths():
            (left, low), (right, high) = path.get_extents().get_points()
            found.append((place, left, right, (low + high) / 2))
    return found


def test_each_request_is_a_bar_of_its_phases():
    """
    Phases follow one another without a gap, from when the request was asked for.
    """
    first = sent(("gate", 2.0, "ceiling"), ("wait", 1.0), page=1)
    second = sent(("wait", 0.5), ("receive", 0.25), begin=1.0, page=2)

    axes = plot_timeline([second, first])

    assert labels(axes) == ["page 1", "page 2"]
    rows = {
        row: sorted(one[1:3] for one in boxes(axes) if one[3] == row) for row in (0, 1)
    }
    assert rows[0] == [(0.0, 2.0), (2.0, 3.0)]
    assert rows[1] == [(1.0, 1.5), (1.5, 1.75)]
    assert axes.get_title(loc="left") == "2 requests in 3 s"
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first at the top


def test_the_legend_says_what_took_how_much():
    """
    Each kind has its share of all that was waited, and gates say what held.
    """
    axes = plot_timeline(
        [
            sent(("gate", 6.0, "rate_limit_window"), ("wait", 3.99), ("store", 0.01)),
            sent(("gate", 2.0, "ceiling"), ("gate", 1.0), ("wait", 7.0), page=2),
        ]
    )

    assert legend(axes) == [
        "gate: its turn  5%",
        "gate: rate limit window  30%",
        "gate: ceiling  10%",
        "wait  55%",
        "store  < 1%",
    ]


def test_a_second_attempt_is_drawn_after_the_first():
    """
    A phase that comes again with the next attempt is a second span.
    """
    axes = plot_timeline(sent(("wait", 1.0), ("pause", 0.5, "503"), ("wait", 2.0)))

    spans = sorted(one[1:3] for one in boxes(axes))
    assert spans == [(0.0, 1.0), (1.0, 1.5), (1.5, 3.5)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda found: Pages(found, consistent=True, last_modified=NOON),
        lambda found: Batch([None, *found]),
        list,
        tuple,
        iter,
    ],
)
def test_whatever_has_responses_can_be_drawn(wrap):
    """
    Pages, a batch with errors in it, and responses in any iterable.
    """
    axes = plot_timeline(wrap(sweep(5)))

    assert labels(axes) == [f"page {page}" for page in range(1, 6)]


def test_a_single_answer_can_be_drawn():
    """
    A response by itself, or one of a stream.
    """
    one = sent(("wait", 1.0))

    assert labels(plot_timeline(one)) == ["page 1"]
    assert labels(plot_timeline(BatchResult(0, one, None))) == ["page 1"]


def test_requests_of_several_routes_are_told_apart_by_their_targets():
    """
    Where routes differ the labels are paths, cut at the front if they are long.
    """
    other = ShownResponse(
        url="https://esi.evetech.net/status",
        route="/status",
        timeline=timeline(("wait", 1.0)),
    )

    told = labels(plot_timeline([other, sent(("wait", 1.0), page=7)]))

    assert told[0] == "/status"
    assert told[1].endswith("orders?order_type=all&page=7")
    assert len(told[1]) <= 40


def test_answers_of_the_cache_are_counted_and_not_drawn():
    """
    What took no time has no bar, also where nothing else was asked for.
    """
    mixed = plot_timeline([ShownResponse(), *sweep(3), ShownResponse()])
    none = plot_timeline([ShownResponse()])

    assert len(labels(mixed)) == 3
    assert mixed.get_title(loc="left").endswith("2 answered from the cache")
    assert none.get_title(loc="left") == "1 request, 1 answered from the cache"


@pytest.mark.parametrize(("count", "drawn"), [(400, 400), (401, 201), (5000, 385)])
def test_many_requests_become_thin_lines_and_then_few_for_many(count, drawn):
    """
    Up to 400 each has a line; beyond, the slowest of each few has one, and that is
    said.
    """
    axes = plot_timeline(sweep(count))

    rows = {one[3] for one in boxes(axes)}
    assert len(rows) == drawn
    assert labels(axes) == []
    assert ("the slowest of" in axes.get_title(loc="left")) is (count > 400)
    assert axes.figure.get_figheight() <= 8


def test_of_each_few_the_slowest_is_drawn():
    """
    One request that waited is seen among a thousand that did not.
    """
    responses = [sent(("wait", 0.01), begin=i * 0.001) for i in range(1000)]
    responses[500] = sent(("gate", 30.0, "error_limit"), begin=0.5)

    axes = plot_timeline(responses)

    assert max(right - left for _, left, right, _ in boxes(axes)) == 30.0


def test_it_draws_where_it_is_told_to(no_window):
    """
    With `ax` the figure is the caller's and no other is made.
    """
    _, axes = no_window.subplots()

    assert plot_timeline(sweep(3), ax=axes) is axes
    assert no_window.get_fignums() == [1]


def test_a_phase_that_is_not_known_yet_is_drawn():
    """
    A core that is newer than the plot loses no time in it.
    """
    axes = plot_timeline(sent(("wait", 1.0), ("dawdle", 2.0)))

    assert "dawdle  67%" in legend(axes)
    assert len(boxes(axes)) == 2


@pytest.mark.parametrize(
    ("nothing", "word"),
    [
        ([], "no response"),
        (Batch([None]), "no response"),
        (Pages([], consistent=True, last_modified=None), "no response"),
        (BatchResult(0, None, None), "no response"),
        (ShownTable((), []), "get_pages"),
        ([1, 2], "not int"),
        (None, "not NoneType"),
        ("words", "not str"),
    ],
)
def test_what_has_no_responses_is_refused(nothing, word):
    """
    The error says what can be drawn in its place.
    """
    with pytest.raises(InvalidRequest, match=word):
        plot_timeline(nothing)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    """
    Who lacks the library is told what to install.
    """
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(ConfigurationError, match=r"pyesi-eve\[notebook\]"):
        plot_timeline(sweep(1))


def test_a_client_draws_too(both, network):
    """
    The clients have it as a method, which waits for nothing.
    """
    client = both.make()

    assert labels(client.plot_timeline(sweep(2))) == ["page 1", "page 2"]
