"""Pasts, as the core tells them and as it writes them."""

from hypothesis import strategies as st

from pyesi.metrics._history import history_of

# A Sunday in November 2026, at noon in UTC.
NOON = 1_795_953_600

COUNTS = (
    *("begin", "requests", "errors", "client_errors", "avoided", "attempts"),
    *("received", "decoded"),
)
LENGTHS = ("mean", "p50", "p95", "p99")


def told(begin, requests=10, **changed):
    """One period, as the core tells it."""
    usual = {
        "begin": begin,
        "requests": requests,
        "errors": 0,
        "client_errors": 0,
        "avoided": requests // 2,
        "attempts": requests - requests // 2,
        "received": 1000 * requests,
        "decoded": 8000 * requests,
        "mean": 0.2,
        "p50": 0.1,
        "p95": 0.5,
        "p99": 1.0,
    }
    return usual | changed


def past(minutes=(), tens=()):
    """What `engine.native().history()` gives."""
    return {"minutes": [*minutes], "ten_minutes": [*tens]}


def history(*rows, hours=24, now=None):
    """The history of these periods: minutes up to a day, else of ten minutes."""
    return history_of(past(rows, rows), hours, now)


def text(minutes=(), tens=(), schema=1):
    """What the core writes of them."""
    lines = [*(line("m", row) for row in minutes), *(line("t", row) for row in tens)]
    return "".join([f"pyesi history {schema}\n", *lines, "end\n"])


def line(kind, row):
    """One period as a line."""
    lengths = (round(row[name] * 1e9) for name in LENGTHS)
    numbers = [*(row[name] for name in COUNTS), *lengths]
    return f"{kind} {' '.join(map(str, numbers))}\n"


@st.composite
def periods(draw, length=60, most=40, within=24 * 3600):
    """Periods of one length, in order, of which some are missing."""
    places = draw(
        st.lists(st.integers(0, within // length - 1), unique=True, max_size=most)
    )
    first = draw(st.integers(0, 10_000)) * length + NOON
    return [draw(_rows(first + place * length)) for place in sorted(places)]


@st.composite
def _rows(draw, begin):
    requests = draw(st.integers(0, 10_000))
    errors = draw(st.integers(0, requests))
    p50, p95, p99 = sorted(draw(st.integers(0, 30_000)) / 1000 for _ in range(3))
    return told(
        begin,
        requests,
        errors=errors,
        client_errors=draw(st.integers(0, requests - errors)),
        avoided=draw(st.integers(0, requests)),
        mean=p50,
        p50=p50,
        p95=p95,
        p99=p99,
    )
