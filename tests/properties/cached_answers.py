"""Headers of answers and requests as caches meet them, good and bad, for Hypothesis."""

from __future__ import annotations

from email.utils import formatdate

from hypothesis import strategies as st

from properties.reference_freshness import Asked, Facts

NOW = 1_790_000_000  # a wall clock's seconds, when the answers come

lengths = st.sampled_from([0, 1, 5, 30, 60, 300, 3600, 86_400])
maybe_lengths = st.none() | lengths
bad_lengths = st.sampled_from(["abc", "-5", "1.5", "", '""', "99999999999", '"60"'])
names = st.sampled_from(["X-One", "x-two", "Set-Cookie", "ETag", "Vary"])

flags = st.sampled_from(
    [
        "public",
        "private",
        "no-cache",
        "No-Store",
        "must-revalidate",
        "proxy-revalidate",
        "must-understand",
        "immutable",
        "only-if-cached",
        "max-stale",
        "max-age",
        'x="no-store, private"',
        'broken="',
        "",
    ]
)
lasting = st.sampled_from(
    [
        "max-age",
        "MAX-AGE",
        "s-maxage",
        "stale-if-error",
        "stale-while-revalidate",
        "min-fresh",
        "max-stale",
    ]
)
directives = st.one_of(
    flags,
    st.builds("{}={}".format, lasting, lengths | bad_lengths),
    st.builds('private="{}"'.format, st.lists(names, max_size=2).map(", ".join)),
    st.builds('no-cache="{}"'.format, st.lists(names, max_size=2).map(", ".join)),
    st.builds("no-cache={}".format, names),
)
controls = st.lists(directives, max_size=5).map(", ".join)
dates = st.sampled_from([-86_400, -3700, -300, -40, 0, 0, 1, 60, 300, 5000]).map(
    lambda distance: formatdate(NOW + distance, usegmt=True)
)
bad_dates = st.sampled_from(["0", "-1", "", "soon", "2026-09-30T12:05:00Z"])
tags = st.sampled_from(['"a"', 'W/"a"', '"b"', "a", 'W/"b"', "", '"a', '"a", "b"'])
values = st.sampled_from(["1", "2", "1, 2", ""])

fields = st.one_of(
    st.tuples(st.sampled_from(["Cache-Control", "cache-control"]), controls),
    st.tuples(st.just("Date"), dates | bad_dates),
    st.tuples(st.just("Expires"), dates | bad_dates),
    st.tuples(st.just("Last-Modified"), dates | bad_dates),
    st.tuples(st.just("Age"), lengths.map(str) | bad_lengths),
    st.tuples(st.just("ETag"), tags),
    st.tuples(
        st.just("Vary"),
        st.lists(names | st.sampled_from(["*", "Accept-Encoding"]), max_size=2).map(
            ", ".join
        ),
    ),
    st.tuples(names, values),
    st.tuples(
        st.just("Connection"),
        st.lists(names | st.just("close"), max_size=2).map(", ".join),
    ),
    st.tuples(st.sampled_from(["Content-Length", "content-type"]), values),
    st.tuples(st.sampled_from(["Content-Encoding", "transfer-encoding"]), values),
)
headers = st.lists(fields, max_size=7)

facts = st.builds(
    Facts,
    received_wall=st.just(NOW),
    catalog_lifetime=maybe_lengths,
    shared=st.booleans(),
    override_lifetime=maybe_lengths,
    dynamic_lifetime=maybe_lengths,
)
asked = st.builds(
    Asked,
    no_cache=st.sampled_from([False, False, False, True]),
    only_if_cached=st.booleans(),
    max_age=maybe_lengths,
    min_fresh=maybe_lengths,
    max_stale=maybe_lengths,
    stale_if_error=maybe_lengths,
)
residence = lengths | st.sampled_from([2, 29, 31, 59, 61, 299, 301, 3601])
