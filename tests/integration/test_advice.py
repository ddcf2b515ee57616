"""Does advice find a fault that a program really has, and none where there is none?"""

import asyncio
import json

import pytest

from integration.test_warming import begun, turn
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    TYPE,
    TYPES,
    free_port,
    make_blocking_client,
    make_client,
    until,
)
from pyesi import CacheConfig, Engine
from pyesi.cli import main
from pyesi.testing import turn_clock

PAGES = [{"region_id": 10000001 + n, "order_type": "all"} for n in range(24)]
BAD_GATEWAY = {"fault": {"kind": "status", "code": 502}, "times": None}


@pytest.fixture
def advised(tmp_path, capsys):
    """The findings that `pyesi advice` has of saved statistics, by rule."""

    def found(statistics):
        path = tmp_path / "statistics.json"
        statistics.save(path)
        code = main(["advice", str(path), "--json", "--check"])
        findings = json.loads(capsys.readouterr().out)["findings"]
        assert code == (1 if findings else 0)
        return {one["rule"]: one for one in findings}

    return found


def types(esi, count, **options):
    """Ask for so many types, one after the other."""
    return [esi.get(TYPE, type_id=number, **options) for number in TYPES[:count]]


def test_nothing_is_found_in_a_healthy_program(simulator, loop, advised):
    """
    Sweeps, single answers, hits, a warming in use and revalidations over an hour leave
    nothing to change.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            warming = await begun(esi, [(ORDERS, FORGE), "/status"], every=30)
            for _ in range(12):
                for _ in range(3):
                    await esi.get_pages(ORDERS, **FORGE)
                    await esi.get("/status")
                batch = [(TYPE, {"type_id": number}) for number in TYPES[:60]]
                await esi.batch_request(batch)
                await turn(simulator, esi, 310)
            await warming.stop()
            return esi.statistics(), esi.advice(), esi.engine.advice()

    statistics, advice, same = loop(story())

    assert sum(row["count"] for row in statistics["requests"]) > 500
    assert advised(statistics) == {}
    assert len(advice) == len(same) == 0


def test_connections_that_are_waited_for_are_found(simulator, loop, advised):
    """
    With two connections for twenty requests at once, the size of the pool is named.
    """
    late = {"fault": {"kind": "latency", "seconds": 0.5}, "after": 25, "times": None}
    simulator.faults([late])

    def is_waiting(esi):
        return esi.statistics()["pool"]["waiting"] >= 10

    async def story():
        engine = Engine(pool_size=2)
        async with make_client(simulator.base_url, engine=engine) as esi, engine:
            asked = [
                asyncio.ensure_future(esi.get(TYPE, type_id=number))
                for number in TYPES[:45]
            ]
            await until(
                lambda: is_waiting(esi) and simulator.counters()["requests"] > 26
            )
            statistics = esi.statistics()
            await asyncio.gather(*asked)
            return statistics

    found = advised(loop(story()))

    assert found.keys() == {"pool_waits"}
    assert found["pool_waits"]["setting"] == "pool_size"
    assert "pool_size=20" in found["pool_waits"]["change"]


def test_a_cache_that_is_too_small_is_found(simulator, advised):
    """
    Sixty answers in turn do not fit into a cache of sixteen, and its bound is named.
    """
    few = CacheConfig(max_entries=16)
    with make_blocking_client(simulator.base_url, cache=few) as esi:
        types(esi, 60)
        types(esi, 60)
        statistics = esi.statistics()
        found = advised(statistics)

    cache = statistics["cache"]
    assert 30 <= cache["evicted_missed"] <= cache["misses"] - 60
    assert found.keys() == {"cache_too_small"}
    assert found["cache_too_small"]["setting"] == "cache_entries"


def test_a_cache_that_lets_go_of_what_nobody_wants_again_is_none(simulator, advised):
    """
    Sixty answers that are asked for once each leave a cache of sixteen as it is.
    """
    few = CacheConfig(max_entries=16)
    with make_blocking_client(simulator.base_url, cache=few) as esi:
        types(esi, 60)
        statistics = esi.statistics()

    assert statistics["cache"]["evicted"] >= 40
    assert advised(statistics) == {}


def test_a_cache_in_which_no_page_fits_is_found(simulator, advised):
    """
    Pages that are too large to be kept at all are told apart.
    """
    tiny = CacheConfig(max_bytes=60_000)
    with make_blocking_client(simulator.base_url, cache=tiny) as esi:
        esi.get_pages(ORDERS, **FORGE)
        found = advised(esi.statistics())

    assert found.keys() == {"answers_too_large"}


def test_routes_that_are_asked_for_again_too_early_are_found(simulator, advised):
    """
    A program that reloads what is fresh is told which route that is.
    """
    with make_blocking_client(simulator.base_url) as esi:
        for _ in range(5):
            esi.get("/status", cache_mode="reload")
        found = advised(esi.statistics())

    assert found.keys() == {"early_reloads"}
    assert found["early_reloads"]["numbers"]["route"] == "GetStatus"


def test_a_program_that_keeps_nothing_is_found(simulator, advised):
    """
    With cache=None all is asked for again, whatever ESI says.
    """
    with make_blocking_client(simulator.base_url, cache=None) as esi:
        types(esi, 30)
        types(esi, 30)
        found = advised(esi.statistics())

    assert found.keys() == {"cache_off"}


def test_a_warming_that_nobody_reads_is_found(simulator, loop, advised):
    """
    Answers that are kept warm and never asked for are counted and told.
    """

    async def story():
        async with make_client(simulator.base_url) as esi:
            warming = await begun(esi, [(ORDERS, one) for one in PAGES], every=30)
            await turn(simulator, esi, 600)
            await turn(simulator, esi, 600)
            await until(lambda: warming.statistics().idle == len(PAGES))
            await warming.stop()
            return esi.statistics()

    found = advised(loop(story()))

    assert found.keys() == {"unread_warming"}
    assert found["unread_warming"]["numbers"]["skipped"] == len(PAGES)


def test_a_window_that_one_route_empties_is_found(make_simulator, advised):
    """
    The route that spent most of a group's tokens is named.
    """
    simulator = make_simulator(pages=1, windows={"market-order": [46, 900]})
    with Engine(reserve=0.0) as engine:
        with make_blocking_client(simulator.base_url, engine=engine) as esi:
            for one in PAGES[:22]:
                esi.get(ORDERS, **one)
            found = advised(esi.statistics())

    assert found.keys() == {"window_emptied"}
    assert found["window_emptied"]["numbers"]["route"] == "GetMarketsRegionIdOrders"


def test_retries_that_never_help_are_found(simulator, advised):
    """
    A route that fails at each attempt is told, with the number of its retries.
    """
    simulator.faults([BAD_GATEWAY])
    patient = {"retry_floor": 20, "retry_base": 0.001, "retry_cap": 0.001}
    with Engine(**patient) as engine:
        with make_blocking_client(simulator.base_url, engine=engine) as esi:
            types(esi, 6, raise_for_status=False)
            found = advised(esi.statistics())

    assert found.keys() == {"vain_retries"}
    assert found["vain_retries"]["numbers"]["retries"] == 12


def test_a_preset_that_does_not_fit_is_found(simulator, advised):
    """
    Who goes on asking an upstream that fails has the preset of a developer.
    """
    simulator.faults([BAD_GATEWAY])
    with Engine(preset="development", retry_attempts=1) as engine:
        with make_blocking_client(simulator.base_url, engine=engine) as esi:
            types(esi, 60, raise_for_status=False)
            found = advised(esi.statistics())

    assert found.keys() == {"unfit_preset"}
    assert found["unfit_preset"]["setting"] == "preset"


def test_large_bodies_that_are_kept_inflated_are_found(simulator, advised):
    """
    A threshold above what comes is named, with what came and what is kept.
    """
    inflated = CacheConfig(compression_threshold=10_000_000)
    with make_blocking_client(simulator.base_url, cache=inflated) as esi:
        for one in PAGES:
            esi.get(ORDERS, **one)
        found = advised(esi.statistics())

    assert found.keys() == {"bodies_uncompressed"}
    numbers = found["bodies_uncompressed"]["numbers"]
    assert numbers["decoded"] > 3 * numbers["received"]


def test_refusals_that_are_asked_for_are_found(simulator, advised):
    """
    A program that asks for types that there are not is told the route.
    """
    with make_blocking_client(simulator.base_url) as esi:
        for number in range(25):
            unknown = 900_000_000 + number
            esi.get(TYPE, type_id=unknown, raise_for_status=False)
        found = advised(esi.statistics())

    assert found.keys() == {"repeated_refusals"}


def test_a_file_that_cannot_be_written_is_found(simulator, tmp_path, advised):
    """
    A cache in a folder that has gone keeps nothing for the next process, and says so.
    """
    folder = tmp_path / "soon gone"
    folder.mkdir()

    async def has_failed(esi):
        await until(lambda: esi.statistics()["cache"]["file"]["faults"] > 0)

    with make_blocking_client(simulator.base_url, cache=folder / "answers") as esi:
        folder.rmdir()
        types(esi, 30)
        asyncio.run(has_failed(esi))
        found = advised(esi.statistics())

    assert found.keys() == {"file_faults"}


def test_a_redis_that_is_away_is_found(simulator, advised):
    """
    A cache in a Redis that nobody started is told, since each look-up is a miss.
    """
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    with make_blocking_client(simulator.base_url, cache=nowhere) as esi:
        types(esi, 30)
        found = advised(esi.statistics())

    assert found.keys() == {"redis_faults"}
    assert found["redis_faults"]["setting"] == "cache"


def test_advice_since_a_moment_forgets_what_was_before(simulator, tmp_path, capsys):
    """
    A fault that was mended is no finding of what was counted after it.
    """
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    with make_blocking_client(simulator.base_url) as esi:
        for _ in range(5):
            esi.get("/status", cache_mode="reload")
        earlier = esi.statistics()
        esi.get("/status")
        turn_clock(simulator, esi, 1.0)
        earlier.save(before)
        esi.statistics().save(after)
        assert [one.rule for one in esi.advice()] == ["early_reloads"]
        assert not esi.advice(since=earlier)

    assert main(["advice", str(after), "--check"]) == 1
    assert "early_reloads" in capsys.readouterr().out
    assert main(["advice", str(after), "--since", str(before), "--check"]) == 0
    assert "Nothing to change in 1 request" in capsys.readouterr().out
    assert main(["advice", str(before), "--since", str(after)]) == 2
    assert "exchange" in capsys.readouterr().err


def test_the_settings_are_told_without_a_secret(simulator):
    """
    The statistics have the numbers and flags that hold, and no contact, path or token.
    """
    with make_blocking_client(simulator.base_url, max_in_flight=7) as esi:
        told = esi.statistics()["settings"]

    assert (told["max_in_flight"], told["preset"], told["http2"]) == (
        7,
        "balanced",
        True,
    )
    assert "example.com" not in str(told)
    assert SYSTEM not in told
