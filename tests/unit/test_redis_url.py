"""Where Redis is: what a URL may say, and what is never shown of it."""

import pytest

import pyesi
from pyesi.config import CacheConfig, redis_parts
from pyesi.errors import ConfigurationError

SECRET = "hunter2-canary"


def config(**given):
    """The settings of an engine that has not been started."""
    return pyesi.Engine(**given).config


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("redis://host", ("host", 6379, 0, "", "")),
        ("redis://host/", ("host", 6379, 0, "", "")),
        ("redis://10.0.0.1:7000/3", ("10.0.0.1", 7000, 3, "", "")),
        ("redis://[::1]:7000", ("::1", 7000, 0, "", "")),
        ("redis://:p%40ss@host", ("host", 6379, 0, "", "p@ss")),
        ("redis://me:p%3As%2Fs@host/1", ("host", 6379, 1, "me", "p:s/s")),
    ],
)
def test_a_url_tells_host_port_database_and_who_asks(url, parts):
    """
    What is left out is the port 6379, the database 0, and nobody in particular.
    """
    host, port, database, user, password = parts

    assert redis_parts(config(cache=url).cache_redis) == {
        "redis_host": host,
        "redis_port": port,
        "redis_database": database,
        "redis_user": user,
        "redis_password": password,
    }


def test_a_socket_is_named_by_its_path():
    """
    The database stands in the query, since the path is the socket's.
    """
    parts = redis_parts("unix://:secret@/run/redis.sock?db=2")

    assert parts["redis_path"] == "/run/redis.sock"
    assert parts["redis_database"] == 2
    assert parts["redis_password"] == "secret"


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://:6379",
        "redis://host:port",
        "redis://host:0",
        "redis://host:70000",
        "redis://host/one",
        "redis://host/-1",
        "redis://host/99999",
        "redis://host/0/1",
        "redis://host?ssl=true",
        "redis://host#0",
        "redis://ho st",
        "redis://host\r\n",
        "redis://me@host",
        "redis://[::1",
        "unix://host/socket",
        "unix:///",
        "unix:///socket?db=x",
        "unix:///socket?timeout=1",
        f"unix:///{'x' * 120}",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url):
    """
    It is a ConfigurationError before anything is connected.
    """
    with pytest.raises(ConfigurationError, match="cache"):
        config(cache=url)


def test_tls_is_refused_with_what_to_do():
    """
    The error names a tunnel and a socket.
    """
    with pytest.raises(ConfigurationError, match=r"(?s)stunnel.*unix://"):
        config(cache="rediss://host:6379/0")


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{SECRET}@host/nonsense",
        f"redis://:{SECRET}@",
        f"rediss://:{SECRET}@host",
        f"redis://me:{SECRET}@host:port",
        f"unix://me:{SECRET}@/",
        f"redis://me:{SECRET}\n@host",
    ],
)
def test_no_error_shows_a_password(url):
    """
    Whatever is wrong with the rest of the URL.
    """
    with pytest.raises(ConfigurationError) as raised:
        config(cache=url)

    assert SECRET not in str(raised.value)
    assert raised.value.__context__ is None or SECRET not in str(
        raised.value.__context__
    )


def test_no_repr_shows_a_password():
    """
    Neither of a setting nor of what holds it.
    """
    url = f"redis://me:{SECRET}@host/0"
    engine = pyesi.Engine(cache=url)

    for shown in (
        repr(engine),
        repr(engine.config),
        str(engine.config),
        repr(CacheConfig(redis=url)),
    ):
        assert SECRET not in shown
        assert "host/0" in shown


def test_a_file_and_redis_can_be_had_together(tmp_path):
    """
    CacheConfig has a field for each, and one for the time-out.
    """
    both = config(
        cache=CacheConfig(
            path=tmp_path / "a.db", redis="redis://host", redis_timeout=0.02
        )
    )

    assert both.cache_path == str(tmp_path / "a.db")
    assert both.cache_redis == "redis://host"
    assert both.redis_timeout == 0.02
    assert both.has_slow_tier


def test_the_environment_may_name_redis(monkeypatch):
    """
    PYESI_CACHE takes the URL, PYESI_REDIS_TIMEOUT the time-out; arguments go first.
    """
    monkeypatch.setenv("PYESI_CACHE", "redis://there/1")
    monkeypatch.setenv("PYESI_REDIS_TIMEOUT", "0.2")

    assert config().cache_redis == "redis://there/1"
    assert config().redis_timeout == 0.2
    assert config(cache="memory").cache_redis == ""
    assert config(cache=CacheConfig(redis="redis://here")).cache_redis == "redis://here"
