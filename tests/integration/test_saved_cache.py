"""Does a cache that was saved go on elsewhere as if nothing had been?"""

import inspect

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    TYPE,
    make_blocking_client,
    make_client,
)
from pyesi import ConfigurationError, Source
from pyesi.testing import turn_clock


def test_what_was_saved_is_had_again(simulator, tmp_path):
    """
    Another engine that loads it asks for nothing that is fresh and revalidates the
    rest; values come along, refusals do not.
    """
    file = tmp_path / "saved.cache"
    with make_blocking_client(simulator.base_url) as esi:
        pages = esi.get_pages(ORDERS, **FORGE)
        esi.cache.set("mine", {"a": 1}, expire=3600)
        with pytest.raises(pyesi.NotFound):
            esi.get(TYPE, type_id=999_999_999)
        esi.get(TYPE, type_id=34, cache_mode="no_store")
        assert esi.cache.save(file) == len(pages) + 1
        requests = simulator.counters()["requests"]

    with make_blocking_client(simulator.base_url) as esi:
        assert esi.cache.load(file) == len(pages) + 1
        assert esi.cache.load(file) == 0
        again = esi.get_pages(ORDERS, **FORGE)
        assert {page.source for page in again} == {Source.FRESH}
        assert again[3].json() == pages[3].json()
        assert esi.cache.get("mine") == {"a": 1}
        assert simulator.counters()["requests"] == requests
        turn_clock(simulator, esi, 400)
        assert esi.get_pages(ORDERS, **FORGE)[0].source != Source.FRESH
    assert simulator.counters()["early"] == 0
    assert [left.name for left in tmp_path.iterdir()] == [file.name]


def test_a_save_replaces_the_one_before(simulator, tmp_path, loop):
    """
    What was forgotten meanwhile is not in the new file; the methods of the client for
    asyncio are awaited.
    """
    file = tmp_path / "saved.cache"

    async def story():
        async with make_client(simulator.base_url) as esi:
            await esi.get("/status")
            await esi.get(SYSTEM, system_id=30000142)
            first = await esi.cache.save(file)
            await esi.cache.invalidate("/status")
            second = await esi.cache.save(str(file))
            await esi.cache.clear()
            return first, second, await esi.cache.load(file)

    assert loop(story()) == (2, 1, 1)


def test_a_file_that_cannot_be_used_is_an_error(blocking, tmp_path):
    """
    No folder, no file, a file of somebody else: an error that names it, and the file
    stays as it is.
    """
    with pytest.raises(ConfigurationError, match="nowhere"):
        blocking.cache.save(tmp_path / "nowhere" / "saved.cache")
    with pytest.raises(ConfigurationError, match=r"none\.cache"):
        blocking.cache.load(tmp_path / "none.cache")
    with pytest.raises(ConfigurationError):
        blocking.cache.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_cache_nothing_is_saved(simulator, tmp_path):
    """
    With cache=None there is nothing to write, and nothing is taken in.
    """
    with make_blocking_client(simulator.base_url, cache=None) as esi:
        esi.get("/status")
        assert esi.cache.save(tmp_path / "saved.cache") == 0
        assert not inspect.isawaitable(esi.cache.statistics())
