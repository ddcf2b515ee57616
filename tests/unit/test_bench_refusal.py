"""Whom a bench asks, and whom never."""

import asyncio

import pytest

from pyesi import errors
from pyesi.bench import Load, Plan, Wanted, client_of, refuse_unless_allowed
from pyesi.bench._refusal import origin_of, refuse_unless_all_allowed
from pyesi.config import ClientConfig, EngineConfig, Upstream

STATUS = Wanted(route="/status", name="GetStatus")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://127.8.9.10",
        "https://localhost:8443/latest",
        "http://[::1]:80",
    ],
)
def test_this_machine_may_be_asked(url):
    """
    A loopback address in full, or localhost, needs no word of the user's.
    """
    refuse_unless_allowed(url, None)


@pytest.mark.parametrize(
    "url",
    [
        "https://esi.evetech.net",
        "https://esi.evetech.net/latest",
        "HTTPS://ESI.EVETECH.NET:443",
        "https://esi.evetech.net.",
        "https://evetech.net",
        "https://ali-esi.evepc.eveonline.com",
        "https://www.eveonline.com",
        "https://login.eveonline.com",
        "http://developers.ccpgames.com:8080",
    ],
)
@pytest.mark.parametrize("says_it_is_theirs", [False, True])
def test_ccp_is_never_asked(url, says_it_is_theirs):
    """
    Its hosts and all below them are refused, whatever the user says of them.
    """
    with pytest.raises(errors.ConfigurationError, match="never asks"):
        refuse_unless_allowed(url, url if says_it_is_theirs else None)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.5:8080",
        "https://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.1",
        "http://2130706433",
        "http://[::ffff:127.0.0.1]",
        "http://0.0.0.0",
        "https://notevetech.net",
    ],
)
def test_another_machine_must_be_said_to_be_theirs(url):
    """
    Without that word it is refused, and with it, and only it, let pass.
    """
    with pytest.raises(errors.ConfigurationError, match="--mine"):
        refuse_unless_allowed(url, None)
    with pytest.raises(errors.ConfigurationError, match="--mine names"):
        refuse_unless_allowed(url, "https://mine.example.org")
    refuse_unless_allowed(url, url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://Mine.example", "http://mine.example:80/latest/"),
        ("https://mine.example.", "https://mine.example:443"),
        ("http://[::2]", "http://[::2]:80/x"),
    ],
)
def test_one_origin_is_one_however_it_is_written(one, other):
    """
    Letters, a usual port, a path and a last dot make no other server.
    """
    assert origin_of(one) == origin_of(other)
    refuse_unless_allowed(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://mine.example", "https://mine.example"),
        ("http://mine.example", "http://mine.example:8080"),
        ("http://mine.example", "http://also.mine.example"),
    ],
)
def test_consent_is_for_one_origin(one, other):
    """
    Another scheme, port or host is another server.
    """
    with pytest.raises(errors.ConfigurationError, match="--mine names"):
        refuse_unless_allowed(other, one)


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "127.0.0.1", "http://", "//x"])
def test_what_is_no_url_is_refused(url):
    """
    Neither is asked what nobody can name.
    """
    with pytest.raises(errors.ConfigurationError, match="no URL"):
        refuse_unless_allowed(url, url)


def settings_of(**given):
    given = {"user_agent": "tests/1.0 (tests@example.com)", **given}
    return ClientConfig.make(given, {})


def test_each_upstream_of_the_client_is_looked_at():
    """
    A second upstream is asked as well, so it must be allowed as well.
    """
    home = "http://127.0.0.1:1"
    engine = EngineConfig.make({}, {})
    refuse_unless_all_allowed(settings_of(base_url=home), engine, None)

    for other in ("https://esi.evetech.net", "https://elsewhere.example"):
        client = settings_of(upstreams=[Upstream(home), Upstream(other)])
        with pytest.raises(errors.ConfigurationError):
            refuse_unless_all_allowed(client, engine, None)


def test_a_proxy_of_ccp_is_refused():
    """
    Who goes by a proxy loads it too.
    """
    client = settings_of(base_url="http://127.0.0.1:1")
    for proxy in (
        "http://esi.evetech.net:80",
        "esi.evetech.net",
        "socks5://evetech.net",
    ):
        engine = EngineConfig.make({"proxy": proxy}, {})
        with pytest.raises(errors.ConfigurationError, match="never asks"):
            refuse_unless_all_allowed(client, engine, None)
    engine = EngineConfig.make({"proxy": "http://proxy.example:3128"}, {})
    refuse_unless_all_allowed(client, engine, None)


def plan_of(base_url="http://127.0.0.1:1", **more):
    return Plan(base_url=base_url, wanted=[STATUS], load=Load(), **more)


async def config_of(plan):
    async with client_of(plan) as esi:
        return esi.config, esi.engine.config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYESI_PROXY", "http://esi.evetech.net:80"),
        ("http_proxy", "http://user:secret@esi.evetech.net:80"),
        ("ALL_PROXY", "socks5://esi.evetech.net:80"),
    ],
)
def test_no_variable_leads_to_ccp(monkeypatch, name, value):
    """
    A proxy of the environment is looked at before anything is sent.
    """
    monkeypatch.setenv(name, value)

    with pytest.raises(errors.ConfigurationError, match="never asks") as refused:
        asyncio.run(config_of(plan_of()))
    assert "secret" not in str(refused.value)


def test_the_environment_says_neither_who_is_asked_nor_what_is_shared(
    monkeypatch, tmp_path
):
    """
    Base URL, cache and limits of the programs around are left alone; other settings
    are what is measured.
    """
    monkeypatch.setenv("PYESI_BASE_URL", "https://esi.evetech.net")
    monkeypatch.setenv("PYESI_CACHE", str(tmp_path / "answers.sqlite3"))
    monkeypatch.setenv("PYESI_LIMITS", str(tmp_path / "limits.db"))
    monkeypatch.setenv("PYESI_RETRY_ATTEMPTS", "1")

    client, engine = asyncio.run(config_of(plan_of()))

    assert client.base_url == "http://127.0.0.1:1"
    assert (engine.cache_path, engine.cache_redis, engine.limits) == ("", "", "")
    assert engine.retry_attempts == 1
    assert list(tmp_path.iterdir()) == []


def test_concurrency_is_what_the_engine_lets_go_at_once():
    """
    So many workers are no queue of the engine's own, and nothing is kept where the
    network is measured.
    """
    plan = Plan(
        base_url="http://127.0.0.1:1",
        wanted=[STATUS],
        load=Load(concurrency=200),
        keeps_answers=False,
    )

    _, engine = asyncio.run(config_of(plan))

    assert (engine.max_in_flight, engine.pool_size, engine.cache) == (200, 200, False)


def test_another_machine_may_speak_plain_http_once_it_is_theirs():
    """
    No token goes along, so there is nothing to be warned of.
    """
    url = "http://mine.example:8080"

    client, _ = asyncio.run(config_of(plan_of(url, mine=url)))

    assert client.base_url == url
