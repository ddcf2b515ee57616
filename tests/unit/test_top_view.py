"""The lines of a frame."""

import pytest

from pyesi.top._past import Past
from pyesi.top._reading import reading_of
from pyesi.top._view import Frame, lines_of
from unit.statistics_sample import window
from unit.top_pages import page, readings, saved


def many():
    """Statistics with more of everything than a terminal has lines."""
    statistics = saved()
    statistics["requests"] = [
        {"route": f"Get{n}", "outcome": "network", "count": n + 1} for n in range(30)
    ]
    statistics["durations"] = [
        {"route": f"Get{n}", "count": 1, "sum": 0.5, "buckets": [(0.1, 0), (1.0, 1)]}
        for n in range(30)
    ]
    (upstream,) = statistics["limits"]
    upstream["windows"] = [window("me", n) | {"group": f"g{n}"} for n in range(20)]
    statistics["limits"] = [upstream | {"origin": f"https://{n}.x"} for n in range(6)]
    return statistics


def frame_of(statistics, **told):
    return Frame("now.json", Past().add([reading_of(statistics, "now.json")]), **told)


def text_of(frame, *size, **options):
    return "\n".join(line.plain for line in lines_of(frame, *size, **options))


def test_a_frame_tells_all():
    """
    Each of the figures stands there, in words.
    """
    text = text_of(frame_of(saved()))

    for told in (
        "over 60 s",
        "requests    0.1/s",
        "fresh 50%",
        "hits        117%",
        "p50 550 ms",
        "in flight   2 of 20   waiting: normal 5",
        "7%   700 B in 7 answers",
        "https://esi.evetech.net   breaker open   errors left 98",
        "char-asset 30 of 1,800   shut for 2.5 s",
        "slowest routes",
        "busiest routes",
        "GetStatus",
    ):
        assert told in text


@pytest.mark.parametrize("height", range(60))
@pytest.mark.parametrize("statistics", [saved(), many()], ids=["few", "many"])
def test_a_frame_fits_its_height(statistics, height):
    """
    It never has more lines than there are, and the last one says how to quit.
    """
    frame = frame_of(statistics, trouble="gone", keys="q quits")
    lines = lines_of(frame, height)

    assert len(lines) <= height
    assert height == 0 or lines[-1].plain == "q quits"


def test_a_common_terminal_shows_routes_too():
    """
    With 24 lines there is room for both tables, however many windows there are.
    """
    text = text_of(frame_of(many(), keys="q quits"), 24)

    assert text.count("slowest routes") == text.count("busiest routes") == 1
    assert "Get29" in text


def test_several_clients_are_listed_and_one_is_shown_in_full():
    """
    The chosen one is marked.
    """
    clients = Past().add(readings(page("a", fresh=3) + page("b", fresh=5), 0.0))
    text = text_of(Frame("x", clients, chosen=1))

    assert "  a " in text
    assert "> b " in text
    assert "x  b  since it began" in text


def test_the_chosen_client_is_always_listed():
    """
    Of more clients than are listed the list moves along.
    """
    pages = "".join(page(f"client{n}") for n in range(20))
    frame = Frame("x", Past().add(readings(pages, 0.0)), chosen=15)

    assert "> client15" in text_of(frame)
    assert "20 clients in all" in text_of(frame)


def test_a_page_cannot_steer_the_terminal():
    """
    What came from elsewhere is shown without its control characters.
    """
    took = [("1.0", 3), ("+Inf", 3)]
    evil = page("a\x1b[2J\x07", network=3, took=took).replace(
        "GetStatus", "\x1b]0;x\x9c"
    )
    text = text_of(Frame("x", Past().add(readings(evil, 0.0))))

    assert all(letter.isprintable() for letter in text.replace("\n", ""))
    assert "a\ufffd[2J" in text
    assert text.count("\ufffd]0;x") == 2


def test_an_upstream_that_is_down_is_shown_before_others():
    """
    Of more upstreams than there is room for, those go that are well.
    """
    statistics = many()
    for upstream in statistics["limits"][:-1]:
        upstream["circuit_breaker"] = {"phase": "closed"} | {"times_opened": 0}
    text = text_of(frame_of(statistics))

    assert "https://5.x   breaker open" in text
    assert text.count("breaker closed") == 3


def test_bars_are_made_of_the_blocks_that_there_are():
    """
    Where a terminal has no blocks, other letters stand for them.
    """
    text = text_of(frame_of(saved()), blocks="#-")

    assert "█" not in text
    assert "#" + "-" * 19 in text


def test_a_restart_and_a_failure_are_said():
    """
    Neither is to be guessed from odd figures.
    """
    past = Past()
    past.add(readings(page(fresh=9), 0.0))
    clients = past.add(readings(page(fresh=1), 2.0))
    text = text_of(Frame("x", clients, trouble="x cannot be read: gone"))

    assert "restarted" in text
    assert "x cannot be read: gone" in text
