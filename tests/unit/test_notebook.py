"""Does HTML show what is there, and nothing that breaks it?"""

import json
import pickle
import re
import subprocess
import sys
from html.parser import HTMLParser

import msgspec
import pytest

import pyesi
from pyesi import errors, notebook
from pyesi._types import Source
from pyesi.advice import Advice, advise
from pyesi.client import Batch, BatchResult, Pages
from pyesi.client._shown import Limits
from unit import shown_samples, watched_samples
from unit.advice_sample import ended, healthy
from unit.shown_samples import NOON, ShownResponse, ShownTable
from unit.statistics_sample import percentiles
from unit.watched_samples import statistics, took

HOSTILE = "</td><script>alert('1')</script>&amp;\"\x00\ud800"


class Reader(HTMLParser):
    """Which elements there are, whether they are closed, and what a reader sees."""

    VOID = frozenset({"br", "img", "hr"})

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.words = set(), [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, _attributes):
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def seen(html):
    """What a reader sees; the markup is whole and has nothing that could run."""
    html.encode()  # a notebook has to send it
    reader = Reader(html)
    assert reader.open == []
    assert reader.tags <= {
        *("div", "span", "strong", "code", "pre"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    return " ".join(" ".join(reader.words).split())


def pages_of(*responses, **told):
    return Pages(
        responses, **{"consistent": True, "last_modified": NOON, "rounds": 0, **told}
    )


def refused_at(route):
    """The counters of a program that is refused a lot at a route."""
    return healthy(requests=[ended(route, "client_error", 90)])


ROWS = b'[{"order_id": 1, "range": "region", "price": 5.5}, {"order_id": 22}]'


def test_a_response_shows_what_was_asked_and_how_the_body_begins():
    """
    Method, route, status, source, times and the first rows of a listing are seen.
    """
    text = seen(notebook.response_html(ShownResponse(body=ROWS, pages=12)))

    for word in ("200", "GET /markets/{region_id}/orders", "network", "12:05:00 UTC"):
        assert word in text
    assert "order_id range price" in text
    assert "22 null null" in text


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"players": 30000}', '"players": 30000'),
        (b"[1,2,3]", "1,"),
        (b"[%s]" % b",".join(b"%d" % i for i in range(500)), "500 values"),
        (b"17", "17"),
        (b'"words"', "words"),
        (b"<html>not JSON", "<html>not JSON"),
        (b"\xff\xfe", "�"),
        (b"[]", "[]"),
        (b"", "0 bytes"),
        (b'[{"a":1}, 2]', '"a": 1'),
    ],
)
def test_any_body_can_be_shown(body, word):
    """
    Whatever came is shown by its beginning.
    """
    assert word in seen(notebook.response_html(ShownResponse(body=body)))


def test_a_long_body_is_shown_in_part():
    """
    Neither many rows, many columns, long words nor a long document fill the page.
    """
    wide = {f"column_{i}": "x" * 500 for i in range(100)}
    for value in ([wide] * 1000, wide, ["y" * 100_000] * 100, "z" * 1_000_000):
        body = msgspec.json.encode(value)
        html = notebook.response_html(ShownResponse(body=body))
        assert len(html) < 60_000
        seen(html)


def test_a_fresh_hit_says_that_nothing_was_sent():
    """
    An answer of the cache has its age, and no attempts.
    """
    response = ShownResponse(source=Source.FRESH, attempts=0, elapsed=0.0, age=12.0)

    text = seen(notebook.response_html(response))

    assert "fresh, 12 s old" in text
    assert "nothing was sent" in text


@pytest.mark.parametrize(
    "html",
    [
        lambda bad: notebook.response_html(
            ShownResponse(route=bad, url=bad, method=bad, operation_id=bad)
        ),
        lambda bad: notebook.response_html(
            ShownResponse(body=json.dumps([{bad: bad}]).encode())
        ),
        lambda bad: notebook.response_html(
            ShownResponse(body=b'[{"<script>": "</td><script>"}]', route=bad)
        ),
        lambda bad: notebook.response_html(
            ShownResponse(status=500, body=bad.encode("utf-8", "replace"))
        ),
        lambda bad: notebook.pages_html(pages_of(ShownResponse(route=bad))),
        lambda bad: notebook.batch_html(
            Batch([ShownResponse(url=bad), None], {1: errors.InvalidRequest(bad)}, 0.5)
        ),
        lambda bad: notebook.batch_result_html(
            BatchResult(0, None, errors.TransportFailed(bad, route=bad))
        ),
        lambda bad: notebook.table_html(
            ShownTable(
                (shown_samples.FakeColumn(bad, bad, True),),
                [{bad: bad}, {bad: {bad: [bad]}}],
                route=bad,
                unknown_fields=(bad,),
                unknown_values={bad: [bad]},
            )
        ),
        lambda bad: notebook.limits_html(shown_samples.limits(origin=bad)),
        lambda bad: notebook.advice_html(advise(refused_at(bad))),
    ],
)
def test_what_comes_from_outside_is_escaped(html):
    """
    Markup, control characters and lone surrogates from outside stay text.
    """
    assert "script>" in seen(html(HOSTILE))
    assert "\x00" not in html(HOSTILE)


def test_pages_show_their_snapshot_and_their_sources():
    """
    How many pages of which snapshot, where they came from, and the first rows.
    """
    first = ShownResponse(body=ROWS)
    pages = pages_of(first, ShownResponse(source=Source.FRESH), first)

    text = seen(pages._repr_html_())

    for word in ("3 pages", "consistent", "12:00:00 UTC", "2 network, 1 fresh"):
        assert word in text
    assert "order_id range price" in text


def test_pages_that_are_no_snapshot_say_so():
    """
    It is said that pages are not consistent, and none at all can be shown too.
    """
    text = seen(pages_of(consistent=False, last_modified=None)._repr_html_())

    assert "not consistent" in text
    assert "0 pages" in text


def test_a_batch_shows_its_errors_first():
    """
    The counts are seen, and what failed stands before what did not.
    """
    failed = {7: errors.ConnectionLost("gone", route="/status")}
    results = [None if place in failed else ShownResponse() for place in range(40)]

    text = seen(Batch(results, failed, 1.25)._repr_html_())

    for word in ("39 of 40 requests successful", "1.25 s", "39 200", "ConnectionLost"):
        assert word in text
    assert re.search(r"took 7 /status ConnectionLost .* 0 GET /markets", text)
    assert "and 30 more" in text


def test_a_batch_without_requests_can_be_shown():
    """
    Nothing was asked, and so nothing failed.
    """
    assert "0 of 0 requests" in seen(Batch([])._repr_html_())


def test_a_streamed_result_is_a_response_or_an_error():
    """
    Each is shown as what it is.
    """
    good = BatchResult(3, ShownResponse(), None)
    bad = BatchResult(4, None, errors.ConnectionLost("gone"))

    assert "GET /markets" in seen(good._repr_html_())
    assert "request 4 ConnectionLost" in seen(bad._repr_html_())


def test_a_table_shows_shape_schema_snapshot_and_first_rows():
    """
    Rows under the names and types of their columns; how many more there are.
    """
    text = seen(notebook.table_html(shown_samples.orders()))

    for word in (
        "11,750 rows of 6 columns",
        "consistent",
        "2026-08-18 12:00:00 UTC",
        "order_id int64",
        "min_volume int64?",
        "dictionary<string>",
        "6900000008 5.25 true region 2026-08-18 12:00:00 null",
        "and 11,742 more rows",
    ):
        assert word in text


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"consistent": False}, "not consistent"),
        ({"misfits": 3}, "misfits made null 3"),
        ({"repeats": 2}, "repeats left out 2"),
        ({"unknown_fields": ("new", "newer")}, "unknown fields new, newer"),
        ({"unknown_values": {"range": ["galaxy"]}}, "unknown values range: galaxy"),
        ({"errors": {3: errors.NotFound}}, "calls left out 1"),
    ],
)
def test_what_is_not_as_expected_in_a_table_is_seen(told, word):
    """
    Whoever looks at a table sees whether they may trust it.
    """
    table = ShownTable(shown_samples.orders(1).schema, [], **told)

    assert word in seen(notebook.table_html(table))


def test_a_table_without_columns_can_be_shown():
    """
    An answer without a body is a table of nothing.
    """
    assert "0 rows of 0 columns" in seen(notebook.table_html(ShownTable((), [])))


def test_limits_show_what_is_left_as_bars():
    """
    Each limit has a bar as wide as what is left of it, and words beside.
    """
    html = Limits(shown_samples.limits())._repr_html_()
    text = seen(html)

    for word in (
        "errors 37 of 100 ends in 41 s",
        "market-order ip 11,976 of 12,000 15 min",
        "char-wallet 5f0c7a12e5f… 15 of 150 shut for 12.5 s",
        "char-wallet all waited for 3 times, 40 s in all",
        "get_markets_region_id_history 120 of 300 60 s",
        "requests at once 0 of 20 3 waiting",
    ):
        assert word in text
    widths = re.findall(r"width:([\d.]+)%;height", html)
    assert widths == ["0.0", "37.0", "99.8", "10.0", "40.0"]


def test_limits_of_an_upstream_that_is_down_say_so():
    """
    An open circuit breaker is told with its time; no limits at all are no error.
    """
    breaker = {"phase": "open", "opens_for": 9.0, "times_opened": 1}
    down = shown_samples.limits(circuit_breaker=breaker, windows=[], ceilings=[])

    assert "circuit breaker open, for 9 s yet" in seen(notebook.limits_html(down))
    assert "Nothing was asked yet" in seen(notebook.limits_html([]))


def test_advice_shows_each_finding_and_what_to_change():
    """
    How much was looked at, and of a finding rule, figures, change and page.
    """
    advice = advise(refused_at("GetStatus"))

    text = seen(advice._repr_html_())

    assert "1 finding in 90 requests" in text
    for word in ("repeated_refusals", "90 of 90", "negative_ttl=3600", "docs/how-to/"):
        assert word in text
    assert "Nothing to change" in seen(notebook.advice_html(advise(healthy())))


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"standing": "shared", "processes": 4}, "shared by 4 processes"),
        ({"standing": "shared", "processes": 1}, "shared by 1 process"),
        ({"standing": "alone", "processes": 4}, "shares limits, but is alone"),
    ],
)
def test_limits_that_are_shared_say_so(told, word):
    """
    By how many processes, and whether they hear of one another.
    """
    assert word in seen(notebook.limits_html(shown_samples.limits(sharing=told)))


def test_an_upstream_that_is_left_out_says_so():
    """
    One of several that fails too often is marked with its time.
    """
    out = shown_samples.limits(health={"ejected": True, "ejected_for": 30.0})
    well = shown_samples.limits(health={"ejected": False, "ejected_for": 0.0})

    assert "left out for 30 s" in seen(notebook.limits_html(out))
    assert "left out" not in seen(notebook.limits_html(well))


def test_limits_are_a_plain_list():
    """
    What a notebook shows as bars is a list for everybody else.
    """
    plain = shown_samples.limits()
    limits = Limits(plain)

    assert limits == plain
    assert json.loads(json.dumps(limits)) == plain
    assert pickle.loads(pickle.dumps(limits)) == plain


def test_a_client_shows_where_it_asks_and_starts_nothing(both, network):
    """
    To look at a client or its cache that nobody has used starts no engine.
    """
    client = both.make(base_url="https://esi.example.com", auth="a" * 40)

    text = seen(client._repr_html_())
    cache = seen(client.cache._repr_html_())

    assert f"not used yet {both.kind.__name__}" in text
    assert "https://esi.example.com" in text
    assert "token given" in text
    assert "aaaa" not in text
    assert "not used yet" in cache
    assert network.engines == []


def test_a_client_that_was_closed_can_be_shown(both, network):
    """
    Neither the client nor its cache raises.
    """
    client = both.make()
    both.close(client)

    assert "closed" in seen(client._repr_html_())
    assert "closed" in seen(client.cache._repr_html_())


def test_passwords_do_not_show(both, network, tmp_path):
    """
    The URL of a Redis, for cache or limits, is shown without its password.
    """
    url = "redis://me:canary@localhost:6379/0"
    client = both.make(cache=url, limits=url)

    for html in (client._repr_html_(), client.cache._repr_html_()):
        assert "canary" not in html
        assert "localhost:6379" in html


def test_importing_pyesi_imports_no_notebook():
    """
    Neither the package nor a client brings HTML or matplotlib along.
    """
    program = (
        "import sys, pyesi; pyesi.ESIClient, pyesi.Response; "
        "print([n for n in sys.modules if 'notebook' in n or 'matplotlib' in n])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "kind",
    [
        pyesi.Response,
        pyesi.Pages,
        pyesi.Batch,
        pyesi.BatchResult,
        pyesi.ESIClient,
        pyesi.SyncESIClient,
        pyesi.ESICache,
        pyesi.SyncESICache,
        Advice,
    ],
)
def test_whatever_a_cell_may_end_with_has_a_repr_for_it(kind):
    """
    The classes that somebody looks at in a notebook have HTML.
    """
    assert callable(kind._repr_html_)


def test_statistics_show_what_was_asked_how_it_fares_and_what_took_long():
    """
    Outcomes with their shares, each KPI with its band, routes by their times.
    """
    one = statistics(
        90.0,
        requests=watched_samples.ended(network=95, server_error=5),
        durations=[*took((1.0, 90), (2.0, 100), count=100)],
        cache={"avoided": 60, "bytes": 900, "max_bytes": 1000},
    )
    text = seen(one._repr_html_())

    assert text.startswith("Statistics for 90 s")
    assert "network 95 (95.0%)" in text
    assert "p95 1.5 s target ≤ 2 s ≤ 1 s > 3 s" in text
    assert "errors 5 % bad" in text
    assert "GetStatus 100 10 ms 1.5 s" in text
    assert "cpu 1.389 % good" in text


def test_statistics_of_all_time_show_the_cores_own_percentiles():
    """
    The 95th of a route is not the one that its buckets tell, where there is a better.
    """
    durations = took((1.0, 90), (2.0, 100), count=100)
    exact = [percentiles(None, "all", 0.5), percentiles("GetStatus", "all", 0.4)]
    text = seen(statistics(durations=durations, percentiles=exact)._repr_html_())

    assert "p95 1.5 s" in text
    assert "GetStatus 100 10 ms 1.2 s" in text


def test_statistics_of_nothing_can_be_shown():
    """
    An engine that did nothing yet has neither outcomes nor routes to show.
    """
    text = seen(statistics()._repr_html_())

    assert "outcome" not in text
    assert "route" not in text
    assert "hit_rate unknown" in text


def test_names_from_outside_break_no_statistics():
    """
    Whatever a route or an outcome is called, the page stays whole.
    """
    one = statistics(
        requests=[{"route": HOSTILE, "outcome": HOSTILE, "count": 1}],
        durations=[{**took((1.0, 1), count=1)[0], "route": HOSTILE}],
    )
    assert "alert" in seen(one._repr_html_())


def test_kpis_show_themselves():
    """
    Each is a line, its band a word beside a dot.
    """
    text = seen(
        statistics(requests=watched_samples.ended(fresh=10)).kpis()._repr_html_()
    )

    assert text.startswith("KPI value band target good bad")
    assert "errors 0 % good" in text
