"""Where limits are shared: what is taken, and what is refused before anything opens."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pyesi.config import EngineConfig, limits_settings
from pyesi.errors import ConfigurationError


def place(value, environment=None):
    return EngineConfig.make({"limits": value}, environment or {}).limits


def test_without_a_word_limits_are_not_shared():
    """
    The default is no place.
    """
    assert place(None) == ""


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_becomes_absolute_and_nothing_is_made(tmp_path, monkeypatch, kind):
    """
    A path is taken as it is meant at that moment, and no file is made of it.
    """
    monkeypatch.chdir(tmp_path)
    assert place(kind("./limits.db")) == str(tmp_path / "limits.db")
    assert list(tmp_path.iterdir()) == []


def test_the_environment_may_name_it(tmp_path):
    """
    PYESI_LIMITS is taken where no argument is given.
    """
    environment = {"PYESI_LIMITS": str(tmp_path / "a.db")}
    assert place(None, environment) == str(tmp_path / "a.db")
    assert place(tmp_path / "b.db", environment) == str(tmp_path / "b.db")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (7, "a path or a redis:// URL"),
        ("", "a path or a redis:// URL"),
        ("a\0.db", "a path or a redis:// URL"),
        ("redis://:x@", "limits must name a Redis server"),
        ("rediss://localhost", "limits: pyesi does not speak TLS"),
        ("shared", r"\./shared"),
        ("http://x", "http://"),
        ("/no/such/folder/x.db", "no folder"),
        ("/", "is a folder"),
    ],
)
def test_what_is_no_place_is_refused(wrong, words):
    """
    What cannot be a place is a ConfigurationError that says why.
    """
    with pytest.raises(ConfigurationError, match=words):
        place(wrong)


def test_a_file_of_something_else_is_refused_and_kept(tmp_path):
    """
    A database of another program, and a text, are named as such and left as they are.
    """
    database, text = tmp_path / "theirs.db", tmp_path / "notes.txt"
    with closing(sqlite3.connect(database)) as theirs:
        theirs.execute("CREATE TABLE mine (x)")
    text.write_text("keep me")
    before = database.read_bytes()
    for path in (database, text):
        with pytest.raises(ConfigurationError, match="something else"):
            place(path)
    assert database.read_bytes() == before
    assert text.read_text() == "keep me"


def test_a_redis_server_is_named_and_shown_without_its_password():
    """
    A redis:// URL is taken as it is, and its password is not shown.
    """
    config = EngineConfig.make({"limits": "redis://:secret@host:7000/2"}, {})
    assert config.limits == "redis://:secret@host:7000/2"
    assert limits_settings(config.limits) == {
        "limits_redis_host": "host",
        "limits_redis_port": 7000,
        "limits_redis_database": 2,
        "limits_redis_user": "",
        "limits_redis_password": "secret",
    }
    assert "secret" not in repr(config)
    assert config.shown()["limits"] == "redis://***@host:7000/2"
