"""A cache in Redis: what one process was told, the others know."""

import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing, contextmanager

import pytest

import pyesi
from integration.processes import until
from integration.redis_world import Redis, needs_redis
from integration.worlds import (
    FORGE,
    ORDERS,
    SYSTEM,
    free_port,
    make_blocking_client,
    make_client,
    sources_of_a_crowd,
)
from pyesi.testing import turn_clock

pytestmark = needs_redis

WALLET = "/characters/{character_id}/wallet"
PRELUDE = """
import sys
import pyesi
BASE_URL, URL = sys.argv[1:]
SYSTEM = "/universe/systems/{system_id}"
ORDERS = "/markets/{region_id}/orders"
FORGE = dict(region_id=10000002, order_type="all")
def client(**settings):
    return pyesi.SyncESIClient(
        user_agent="pyesi-tests/1.0 (tests@example.com)",
        base_url=BASE_URL,
        cache=URL,
        **settings,
    )
"""


@pytest.fixture
def redis(tmp_path):
    """A Redis with nothing in it."""
    server = Redis(tmp_path)
    yield server
    server.go_on()
    server.kill()


@pytest.fixture
def clients(simulator, redis):
    """Make clients that share a Redis and nothing else; they end with the test."""
    made = []

    def make(**settings):
        settings.setdefault("cache", redis.url)
        made.append(make_blocking_client(simulator.base_url, **settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


def run(program, simulator, redis):
    """What another process prints."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PRELUDE + textwrap.dedent(program),
            simulator.base_url,
            redis.url,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def seen_of(client):
    """What the client did with Redis."""
    return client.statistics()["cache"]["redis"]


def ask(client, number=30000142):
    """One system, and how it came."""
    answer = client.get(SYSTEM, system_id=number)
    assert answer.json()["system_id"] == number
    return answer.source


def settle(client):
    """Ask until Redis tells the client of changes and nothing is in doubt any more."""
    quiet = 0
    while quiet < 20:
        before = seen_of(client)["hits"] + seen_of(client)["misses"]
        ask(client)
        quiet += 1
        if seen_of(client)["hits"] + seen_of(client)["misses"] != before:
            quiet = 0
        time.sleep(0.002)


# ------------------------------------------------------------------------ sharing


def test_a_second_process_asks_esi_for_nothing(simulator, redis):
    """
    What one process has fetched, another has without a request: one answer and a sweep.
    """
    program = """
    with client() as esi:
        one = esi.get(SYSTEM, system_id=30000142)
        pages = esi.get_pages(ORDERS, **FORGE)
        print(one.source, len(pages), {page.source.value for page in pages})
    """
    assert run(program, simulator, redis) == "network 8 {'network'}"
    before = simulator.counters()["requests"]

    assert run(program, simulator, redis) == "fresh 8 {'fresh'}"

    assert simulator.counters()["requests"] == before


def test_what_has_expired_is_revalidated_by_the_tag_of_another(make_simulator, redis):
    """
    An expired answer of another process goes along as If-None-Match, and is a 304.
    """
    simulator = make_simulator(pages=8, change_share=0)
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        esi.get_pages(ORDERS, **FORGE)
    before = simulator.counters()["by_status"].get("304", 0)

    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        turn_clock(simulator, esi, 301)
        pages = esi.get_pages(ORDERS, **FORGE)
        assert {page.source for page in pages} == {pyesi.Source.REVALIDATED}

    assert simulator.counters()["by_status"]["304"] - before == 8
    assert simulator.counters()["early"] == 0


def test_a_crowd_of_coroutines_is_served_from_redis(simulator, redis, either_loop):
    """
    A thousand callers at once find there what was kept, and send nothing.
    """
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        for number in range(20):
            ask(esi, 30000142 + number)

    crowd = sources_of_a_crowd(
        simulator.base_url, cache=pyesi.CacheConfig(redis=redis.url, redis_timeout=10)
    )

    assert either_loop(crowd) == {pyesi.Source.FRESH}
    assert simulator.counters()["requests"] == 20


def test_a_newer_answer_of_another_takes_the_place_of_ours(simulator, clients):
    """
    When one client has renewed an expired answer, the other needs no request for it.
    """
    one, other = clients(), clients()
    settle(one)
    settle(other)
    simulator.advance(1_000_000)
    one.engine.advance_clock(1_000_000)
    other.engine.advance_clock(1_000_000)
    before, doubted = simulator.counters()["requests"], seen_of(other)["doubted"]

    assert ask(one) == pyesi.Source.REVALIDATED
    until(lambda: seen_of(other)["doubted"] > doubted)

    assert ask(other) == pyesi.Source.FRESH
    assert simulator.counters()["requests"] == before + 1


def test_values_of_the_application_are_shared(clients, redis):
    """
    What one sets the other gets, the last one set, until it expires or is deleted.
    """
    one, other = clients(), clients()
    one.cache.set("watched", [34, 35], expire=3600)
    until(lambda: len(redis.names()) == 1)
    assert other.cache.get("watched") == [34, 35]

    other.cache.set("watched", [36], expire=3600)
    until(lambda: one.cache.get("watched") == [36])
    assert other.cache.get("watched") == [36]

    one.cache.delete("watched")
    until(lambda: other.cache.get("watched") is None)
    assert one.cache.get("watched") is None


def test_a_coroutine_finds_a_value_of_another_process(simulator, redis, loop):
    """
    `ESICache.get` and `delete` ask Redis too, without blocking the loop.
    """
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        esi.cache.set("a", "b", expire=100)

    async def story():
        async with make_client(simulator.base_url, cache=redis.url) as esi:
            assert await esi.cache.get("a") == "b"
            assert await esi.cache.delete("a")
            assert await esi.cache.get("a") is None

    loop(story())


def test_a_file_and_redis_serve_together(simulator, redis, tmp_path):
    """
    A machine with a file finds there what Redis has lost, and gives it back to Redis.
    """
    both = pyesi.CacheConfig(path=tmp_path / "a.db", redis=redis.url)
    with make_blocking_client(simulator.base_url, cache=both) as esi:
        ask(esi)
    redis("FLUSHALL")

    with make_blocking_client(simulator.base_url, cache=both) as esi:
        assert ask(esi) == pyesi.Source.FRESH
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        assert ask(esi) == pyesi.Source.FRESH
    assert simulator.counters()["requests"] == 1


# ------------------------------------------------------------------- invalidation


@pytest.mark.parametrize("way", ["route", "all"])
def test_what_one_forgets_the_other_forgets(clients, redis, way):
    """
    `invalidate` and `clear` reach the memory of another client, and leave no entry.
    """
    one, other = clients(), clients()
    ask(one)
    assert ask(other) == pyesi.Source.FRESH

    if way == "route":
        one.cache.invalidate(SYSTEM)
    else:
        one.cache.clear()
    until(lambda: not redis.entries())

    until(lambda: ask(other) == pyesi.Source.NETWORK)


def test_what_is_forgotten_is_forgotten_in_the_file_of_another(
    simulator, redis, tmp_path
):
    """
    A machine that was off meanwhile does not serve from its file what others erased.
    """
    both = pyesi.CacheConfig(path=tmp_path / "a.db", redis=redis.url)
    with make_blocking_client(simulator.base_url, cache=both) as esi:
        ask(esi)
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        assert ask(esi) == pyesi.Source.FRESH
        esi.cache.invalidate(SYSTEM)

    with make_blocking_client(simulator.base_url, cache=both) as esi:
        assert ask(esi) == pyesi.Source.NETWORK


def test_other_programs_names_are_left_alone(clients, redis):
    """
    `clear` forgets what is pyesi's.
    """
    redis("SET", "theirs", "precious")
    one = clients()
    ask(one)
    one.cache.clear()
    until(lambda: not redis.entries())

    assert redis("GET", "theirs") == b"precious"


def test_what_is_forgotten_while_redis_is_away_is_forgotten_later(clients, redis):
    """
    The erasing is made up for as soon as Redis is back.
    """
    one = clients()
    ask(one)
    redis.stop()
    one.cache.invalidate(SYSTEM)
    redis.go_on()

    until(lambda: not redis.entries())
    until(lambda: seen_of(one)["reachable"])
    assert ask(clients()) == pyesi.Source.NETWORK


# -------------------------------------------------------------- never asked early


def test_a_fresh_answer_that_redis_loses_is_not_asked_for_again(
    simulator, clients, redis
):
    """
    An evicted name, an emptied database and a Redis that is killed and comes back
    empty put answers in doubt, and each stands: no second request.
    """
    one, other = clients(), clients()
    settle(one)
    settle(other)

    for loss in (("DEL", *redis.names()), ("FLUSHALL",)):
        doubted = seen_of(other)["doubted"]
        redis(*loss)
        until(lambda: seen_of(other)["doubted"] > doubted)  # noqa: B023 (asked here)
        assert ask(other) == pyesi.Source.FRESH
        assert ask(one) == pyesi.Source.FRESH
        settle(one)
        settle(other)
    until(lambda: len(redis.entries()) == 1)  # given back

    redis.kill()
    until(lambda: not seen_of(other)["reachable"])
    assert ask(other) == pyesi.Source.FRESH
    redis.start()
    until(lambda: seen_of(other)["reachable"])
    assert ask(other) == pyesi.Source.FRESH
    assert ask(one) == pyesi.Source.FRESH

    assert simulator.counters()["requests"] == 1


def test_a_client_explains_an_answer_in_doubt(clients, redis):
    """
    `explain` asks where a request would, and finds what stands.
    """
    one = clients()
    settle(one)
    doubted = seen_of(one)["doubted"]
    redis("FLUSHALL")
    until(lambda: seen_of(one)["doubted"] > doubted)

    assert not one.explain(SYSTEM, system_id=30000142).sends


def test_a_file_is_saved_with_what_is_in_doubt(clients, redis, tmp_path):
    """
    `save` leaves nothing out because another process may have a newer one.
    """
    one = clients()
    settle(one)
    doubted = seen_of(one)["doubted"]
    redis("FLUSHALL")
    until(lambda: seen_of(one)["doubted"] > doubted)

    assert one.cache.save(tmp_path / "saved") == 1


def test_a_loaded_file_does_not_undo_what_another_has_renewed(
    simulator, clients, tmp_path
):
    """
    What `load` takes in is in doubt: the newer answer in Redis goes before it.
    """
    one = clients()
    ask(one)
    one.cache.save(tmp_path / "saved")
    simulator.advance(1_000_000)
    one.engine.advance_clock(1_000_000)
    assert ask(one) == pyesi.Source.REVALIDATED

    other = clients()
    other.engine.advance_clock(1_000_000)
    assert other.cache.load(tmp_path / "saved") == 1
    assert ask(other) == pyesi.Source.FRESH


# ------------------------------------------------------------------------- faults


def test_a_redis_that_is_killed_and_comes_back_is_no_error(simulator, clients, redis):
    """
    In mid-run, again and again: every answer is right, no client asks for one twice,
    faults are counted, and at the end it is used again.
    """
    one, other = clients(), clients()
    ends = threading.Event()
    wrong = []

    def work(client):
        number = 0
        while not ends.is_set():
            number = (number + 7) % 200
            try:
                ask(client, 30000142 + number)
            except BaseException as error:
                wrong.append(error)
                return

    threads = [threading.Thread(target=work, args=(c,)) for c in (one, other)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        time.sleep(0.1)
        redis.kill()
        time.sleep(0.1)
        redis.start()
    until(lambda: seen_of(one)["reachable"] and seen_of(other)["reachable"])
    ends.set()
    for thread in threads:
        thread.join()

    assert not wrong
    # Once for each memory at most.
    assert max(simulator.targets().values()) <= 2
    assert seen_of(one)["faults"] >= 4
    ask(one, 30000950)
    assert ask(other, 30000950) == pyesi.Source.FRESH


def test_a_redis_that_holds_still_holds_nobody_up(simulator, clients, redis):
    """
    The first question waits for its time-out, the others do not wait at all.
    """
    one = clients()
    ask(one)
    until(lambda: seen_of(one)["reachable"])
    redis.stop()

    began = time.monotonic()
    for number in range(50):
        ask(one, 30000143 + number)
    took = time.monotonic() - began

    assert took < 50 * 0.05
    assert seen_of(one)["faults"] >= 1
    redis.go_on()
    until(lambda: ask(one, 30000900) and seen_of(one)["reachable"])


def test_without_a_redis_all_is_as_in_memory(simulator, clients):
    """
    A server that is not there, or whose name is none, costs nothing but its answers.
    """
    for url in (f"redis://127.0.0.1:{free_port()}", "redis://no-such-host.invalid"):
        with make_blocking_client(simulator.base_url, cache=url) as esi:
            for number in range(20):
                ask(esi, 30000142 + number)
                assert ask(esi, 30000142 + number) == pyesi.Source.FRESH
            assert not seen_of(esi)["reachable"]
            esi.cache.set("a", 1)
            assert esi.cache.get("a") == 1
            began = time.monotonic()
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"garbage",
        b"pyE\x01" + b"\0" * 60,
        b"pyE\x02" + b"x" * 200,
        b'{"schema": 2, "body": "x"}',
    ],
)
def test_what_is_not_ours_is_a_miss_and_counted(simulator, clients, redis, found):
    """
    Garbage, another version and another schema under our name are not served.
    """
    one = clients()
    ask(one)
    (name,) = redis.names()
    redis("SET", name, found)

    other = clients()
    assert ask(other) == pyesi.Source.NETWORK
    assert seen_of(other)["damaged"] == 1
    # It is replaced by what is right.
    assert ask(clients()) == pyesi.Source.FRESH


def test_an_entry_of_another_key_or_another_type_is_not_served(clients, redis):
    """
    Bytes that were stored under another name, cut or changed, and a list, are misses.
    """
    one = clients()
    ask(one)
    (name,) = redis.names()
    good = redis("GET", name)
    ask(one, 30000143)
    other_name = next(n for n in redis.names() if n != name)

    for spoiled in (good, good[:-1], good + b"x", good[:50] + b"\xff" + good[51:]):
        redis("SET", other_name, spoiled)
        assert ask(clients(), 30000143) == pyesi.Source.NETWORK
    redis("DEL", other_name)
    redis("LPUSH", other_name, "x")
    assert ask(clients(), 30000143) == pyesi.Source.NETWORK


def test_a_redis_without_room_or_rights_is_no_error(simulator, tmp_path):
    """
    Out of memory, a wrong password and a server that is loading are misses.
    """
    full = Redis(tmp_path, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
    locked = Redis(tmp_path, "--requirepass", "s3cret")
    try:
        with make_blocking_client(simulator.base_url, cache=full.url) as esi:
            for number in range(300):
                ask(esi, 30000142 + number)
            until(lambda: seen_of(esi)["faults"] > 0)
        for url in (
            locked.url,
            locked.url.replace("//", "//:wrong@"),
            locked.url.replace("//", "//:s3cret@"),
        ):
            with make_blocking_client(simulator.base_url, cache=url) as esi:
                ask(esi)
                if "s3cret" in url:
                    until(lambda: seen_of(esi)["reachable"])
                else:
                    until(lambda: seen_of(esi)["faults"] > 0)
    finally:
        full.kill()
        locked.kill()


@contextmanager
def between(redis, spoil):
    """A proxy before Redis that does to its answers what it is told to."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def pump(source, target, change):
            while True:
                try:
                    content = source.recv(65536)
                    if not content:
                        break
                    target.sendall(change(content))
                except OSError:
                    break
            for one in (source, target):
                with closing(one):
                    one.close()

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                server = socket.create_connection(("127.0.0.1", redis.port))
                for way in ((client, server, bytes), (server, client, spoil)):
                    threading.Thread(target=pump, args=way, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def late(content):
    """So late that nobody waits any more."""
    time.sleep(0.2)
    return content


@pytest.mark.parametrize(
    "spoil",
    [
        late,
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"$", b"%"),
        lambda content: b"*2147483647\r\n" + content,
        lambda content: content * 2,
    ],
    ids=["late", "cut", "garbage", "endless", "twice"],
)
def test_wrong_answers_of_redis_are_no_error(simulator, redis, spoil):
    """
    Late, cut, garbled, endless or doubled answers: what is served is right all the
    same, and closing waits for nothing.
    """
    with make_blocking_client(simulator.base_url, cache=redis.url) as esi:
        for number in range(10):
            ask(esi, 30000142 + number)

    with between(redis, spoil) as url:
        with make_blocking_client(simulator.base_url, cache=url) as esi:
            for number in range(20):
                ask(esi, 30000142 + number)
                assert ask(esi, 30000142 + number) == pyesi.Source.FRESH
            until(lambda: seen_of(esi)["faults"] > 0)
            began = time.monotonic()
        assert time.monotonic() - began < 2


# --------------------------------------------------------------- whose, and who not


def tokens():
    return {
        number: pyesi.testing.make_token(
            number, scopes=["esi-wallet.read_character_wallet.v1"]
        )
        for number in (90000001, 90000002)
    }


def test_no_token_is_ever_in_redis(clients, redis):
    """
    Neither in a name nor under one, whole or its secret part.
    """
    for number, token in tokens().items():
        clients(auth=token).get(WALLET, character_id=number)
    until(lambda: len(redis.entries()) == 2)

    content = redis.content()
    assert content
    for token in tokens().values():
        for part in (token, *token.split(".")[1:]):
            assert part.encode() not in content
    assert b"Bearer" not in content


def test_one_identity_never_meets_anothers_answer(simulator, clients, redis):
    """
    Two characters' answers lie in one Redis and stay their own.
    """
    told = {}
    for _ in range(2):
        for number, token in tokens().items():
            answer = clients(auth=token).get(WALLET, character_id=number)
            assert told.setdefault(number, answer.json()) == answer.json()
    assert simulator.counters()["requests"] == 2

    with pytest.raises(pyesi.errors.StatusError):
        clients(auth=tokens()[90000001]).get(WALLET, character_id=90000002)


def test_what_is_not_to_be_stored_is_not_there(clients, redis):
    """
    Answers to `no_store` and refusals stay in the memory of who met them.
    """
    one = clients()
    one.get(SYSTEM, system_id=30000142, cache_mode="no_store")
    with pytest.raises(pyesi.errors.NotFound):
        one.get("/universe/types/{type_id}", type_id=2_000_000_000)
    one.close()

    assert redis.entries() == []


def test_every_name_ends_by_itself(clients, redis):
    """
    Entries and marks have an expiry, a week and their freshness at most.
    """
    one = clients()
    ask(one)
    one.cache.set("a", "b", expire=100)
    one.cache.clear()
    ask(one, 30000143)
    one.close()

    lives = [redis("PTTL", name) for name in redis.names()]
    assert len(lives) == 3
    assert all(0 < life <= 8 * 86_400_000 for life in lives)


def test_a_forked_child_has_a_connection_of_its_own(simulator, redis):
    """
    A child that uses an inherited client finds what the parent has stored.
    """
    program = """
    import os
    esi = client()
    esi.get(SYSTEM, system_id=30000142)
    child = os.fork()
    if child == 0:
        source = esi.get(SYSTEM, system_id=30000142).source
        os._exit(0 if source == "fresh" else 1)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), esi.get(SYSTEM, system_id=30000142).source)
    """
    assert run(program, simulator, redis) == "0 fresh"
    assert simulator.counters()["requests"] == 1
