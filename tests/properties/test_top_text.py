"""The text format, as prometheus_client writes and reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from pyesi.top._text import samples_of

texts = st.text(
    st.one_of(
        st.sampled_from('\\"\n,{}=# \t\r\v\x85\u2028'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)
numbers = st.floats() | st.integers(-5, 2**60).map(float)
names = st.from_regex(r"pyesi_[a-z_]{1,10}", fullmatch=True)


class Shown:
    """A collector of what it was given."""

    def __init__(self, rows):
        self._rows = rows

    def collect(self):
        for name, rows in self._rows.items():
            metric = GaugeMetricFamily(name, "Made up.", labels=("client", "route"))
            for labels, number in rows.items():
                metric.add_metric(labels, number)
            yield metric


def written(rows):
    registry = CollectorRegistry()
    registry.register(Shown(rows))
    return generate_latest(registry).decode()


def comparable(samples):
    """As text, since one NaN is not another."""
    return [(name, dict(labels), repr(value)) for name, labels, value in samples]


def read_by_theirs(text):
    return comparable(
        (one.name, one.labels, one.value)
        for family in text_string_to_metric_families(text)
        for one in family.samples
    )


@given(
    st.dictionaries(
        names,
        st.dictionaries(st.tuples(texts, texts), numbers, max_size=3),
        max_size=3,
    )
)
def test_what_prometheus_client_writes_is_read_back(rows):
    """
    Each sample comes back with its labels, whatever stands in them, and its number.
    """
    found = comparable(samples_of(written(rows)))

    assert found == [
        (name, {"client": client, "route": route}, repr(number))
        for name, of in rows.items()
        for (client, route), number in of.items()
    ]


@given(
    st.lists(
        st.tuples(
            names,
            st.sampled_from(["{} {}", '{}{{a="x"}} {}', '{}{{a="x",b="y",}}\t{}']),
            numbers,
            st.sampled_from(["", " 1700000000000", "\t-5"]),
        )
    )
)
def test_it_reads_what_prometheus_client_reads(lines):
    """
    Both say the same of a page, its comments, empty lines and moments included.
    """
    shown = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}
    text = "# HELP pyesi_x Made up.\n\n" + "".join(
        form.format(name, shown.get(repr(number), repr(number))) + end + "\n"
        for name, form, number, end in lines
    )

    assert comparable(samples_of(text)) == read_by_theirs(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """
    Whatever a page holds, nothing but a ValueError comes of it.
    """
    for candidate in (text, f"pyesi_{text}", f'pyesi_x{{client="{text}"}} 1'):
        try:
            samples = [*samples_of(candidate)]
        except ValueError:
            continue
        assert all(one.name.startswith("pyesi_") for one in samples)


@pytest.mark.parametrize(
    "line",
    [
        "pyesi_x",
        "pyesi_x 1 2 3",
        "pyesi_x one",
        "pyesi_x 1_000",
        'pyesi_x{client="a" 1',
        "pyesi_x{client=a} 1",
        'pyesi_x{client="a",client="b"} 1',
        'pyesi_x{client="a" route="b"} 1',
        r'pyesi_x{client="\a"} 1',
        'pyesi_x{,client="a"} 1',
        "pyesi_x1",
        "pyesi_<html>",
    ],
)
def test_what_is_no_sample_is_refused_with_its_line(line):
    """
    The message names the line of pyesi's that is wrong.
    """
    with pytest.raises(ValueError, match="line 2 is no sample"):
        list(samples_of(f"other_metric what\n{line}\n"))
