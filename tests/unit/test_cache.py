"""Values of the application's own in the engine's cache."""

import pytest

from pyesi.errors import InvalidRequest


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00\xff", "", "text", "\ud800", "1", 1, 1.5, True, None, [1], {"a": {}}],
)
def test_a_value_comes_back_as_it_went_in(both, network, value):
    """
    Bytes, str and JSON keep value and type.
    """
    esi = both.make()
    both.run(esi.cache.set("key", value))
    back = both.run(esi.cache.get("key", default="absent"))

    assert back == value
    assert type(back) is type(value)
    both.close(esi)


def test_buffers_become_bytes(both, network):
    """
    bytearray and memoryview are kept as bytes.
    """
    esi = both.make()
    for value in (bytearray(b"ab"), memoryview(b"ab")):
        both.run(esi.cache.set("key", value))
        assert both.run(esi.cache.get("key")) == b"ab"
    both.close(esi)


def test_the_core_says_how_long_unless_told(both, network):
    """
    Without `expire` the lifetime is the core's to choose.
    """
    esi = both.make()
    both.run(esi.cache.set("key", 1))
    assert network.engines[0].expire is None
    both.run(esi.cache.set("key", 1, expire=5))
    assert network.engines[0].expire == 5
    both.close(esi)


def test_what_is_not_there_is_the_default(both, network):
    """
    get gives None or what was asked for; delete tells whether there was anything.
    """
    esi = both.make()
    assert both.run(esi.cache.get("key")) is None
    assert both.run(esi.cache.get("key", 5)) == 5
    assert both.run(esi.cache.delete("key")) is False
    both.run(esi.cache.set("key", 1))
    assert both.run(esi.cache.delete("key")) is True
    both.run(esi.cache.set("key", 1))
    assert both.run(esi.cache.statistics()) == {"entries": 1}
    both.run(esi.cache.clear())
    assert both.run(esi.cache.statistics()) == {"entries": 0}
    both.close(esi)


@pytest.mark.parametrize(
    ("key", "value", "expire"),
    [
        ("", 1, 300),
        (5, 1, 300),
        (None, 1, 300),
        ("key", object(), 300),
        ("key", 1, 0),
        ("key", 1, -1),
        ("key", 1, float("nan")),
        ("key", 1, "5"),
    ],
)
def test_what_cannot_be_kept_is_refused(both, network, key, value, expire):
    """
    A key is a string, a value bytes, str or JSON, a lifetime seconds.
    """
    esi = both.make()
    with pytest.raises(InvalidRequest):
        both.run(esi.cache.set(key, value, expire))
    both.close(esi)
