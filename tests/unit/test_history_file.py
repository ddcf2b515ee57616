"""The past in a file, as the core writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyesi.errors import InvalidRequest
from pyesi.metrics import load_history
from pyesi.metrics._history_file import _rows
from unit.history_sample import NOON, history, periods, text, told


@pytest.fixture
def written(tmp_path):
    """Writes a file beside the cache's, and gives the path of the latter."""

    def write(content, name="answers.sqlite3.history"):
        if isinstance(content, str):
            content = content.encode()
        (tmp_path / name).write_bytes(content)
        return tmp_path / "answers.sqlite3"

    return write


def test_it_is_read_by_the_name_of_the_cache_or_its_own(written):
    """
    Both names give the same, whether the cache's own file is there or not.
    """
    cache = written(text(minutes=[told(NOON)], tens=[told(NOON)]))
    own = cache.with_name("answers.sqlite3.history")

    assert load_history(cache) == load_history(own) == history(told(NOON), hours=168)
    cache.write_bytes(b"SQLite format 3\0")
    assert load_history(str(cache), hours=24) == history(told(NOON))


def test_a_period_in_which_a_client_began_anew_is_one_row(written):
    """
    What was counted before and after is added up, in whatever order it stands.
    """
    rows = [told(NOON + 60), told(NOON, 10), told(NOON, 30)]

    known = load_history(written(text(minutes=rows)), hours=24)

    assert [row.requests for row in known] == [40, 10]
    assert (known[0].avoided, known[0].seconds, known[0].p95) == (20, 60, 0.5)


def test_a_file_of_nothing_is_a_history_of_nothing(written):
    """
    Without a row it is no error.
    """
    assert len(load_history(written(text()))) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no history"),
        (b"SQLite format 3\0" + bytes(100), "holds no history"),
        (b"pyesi history \n", "holds no history"),
        (text(schema=2), "is of schema 2; pyesi .* reads schema 1"),
        (text(minutes=[told(NOON)])[:-4], "is damaged"),
        (text() + "more\n", "is damaged"),
        (text(minutes=[told(9_000_000_001)]), "is damaged"),
        (text(minutes=[told(NOON, received=2**63)]), "is damaged"),
        (text(minutes=[told(NOON, requests=-1)]), "is damaged"),
        (text(minutes=[told(NOON)]).replace("m ", "x "), "is damaged"),
        (text(minutes=[told(NOON)]).replace(" 10 ", " \u0661 "), "is damaged"),
        (text(minutes=[told(NOON)]).replace(" 10 ", " 1_0 "), "is damaged"),
    ],
)
def test_what_the_core_did_not_write_is_refused(written, content, message):
    """
    One line says which file, and what is wrong with it.
    """
    cache = written(content)

    with pytest.raises(ValueError, match=message) as refused:
        load_history(cache)
    assert "answers.sqlite3" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    """
    As of any file.
    """
    with pytest.raises(FileNotFoundError):
        load_history(tmp_path / "answers.sqlite3")


def test_more_than_a_week_is_refused(written):
    """
    As of a client's own.
    """
    with pytest.raises(InvalidRequest):
        load_history(written(text()), hours=169)


@given(periods(), periods(length=600))
def test_what_was_written_is_read(minutes, tens):
    """
    Every row of both kinds comes back as it was.
    """
    content = text(minutes, tens).encode()

    found = _rows(content[content.index(b"\n") + 1 :])
    assert found == {"minutes": minutes, "ten_minutes": tens}


@given(periods(most=3), st.data())
def test_a_part_of_a_file_is_none(minutes, data):
    """
    Wherever it is cut off, it is refused.
    """
    content = text(minutes).partition("\n")[2].encode()
    cut = data.draw(st.integers(0, len(content) - 1))

    assert _rows(content[:cut]) is None


@given(st.binary())
def test_no_content_does_harm(content):
    """
    Whatever a file holds, it is rows or it is refused.
    """
    found = _rows(content)

    assert found is None or found.keys() == {"minutes", "ten_minutes"}
