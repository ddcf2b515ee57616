"""Settings: where they come from, what is refused, what is shown."""

import sqlite3
import warnings
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pyesi._version import VERSION
from pyesi.catalog import COMPATIBILITY_DATE
from pyesi.config import (
    ENGINE_NAMES,
    PRESETS,
    CacheConfig,
    ClientConfig,
    EngineConfig,
    Timeout,
    refuse_unknown_names,
    trust_store,
)
from pyesi.config._engine import LOOPBACK
from pyesi.errors import ConfigurationError

ME = "app/1.0 (me@example.com)"


def client(environment=None, **given):
    return ClientConfig.make({"user_agent": ME, **given}, environment or {})


def engine(environment=None, scheme="https", **given):
    return EngineConfig.make(given, environment or {}, scheme=scheme)


def test_defaults_are_esi_itself():
    """
    Without a word the client asks ESI at the catalog's date, in English.
    """
    config = client()

    assert config.base_url == "https://esi.evetech.net"
    assert config.compatibility_date == COMPATIBILITY_DATE
    assert (config.language, config.tenant) == ("en", "tranquility")
    assert config.timeout == Timeout(connect=10, read=30, write=30, pool=30, total=30)
    assert config.user_agent == f"{ME} pyesi/{VERSION}"


def test_arguments_go_before_environment_and_that_before_defaults():
    """
    A setting is the first of argument, PYESI_ variable and default.
    """
    environment = {"PYESI_LANGUAGE": "de", "PYESI_TENANT": "serenity"}
    config = client(environment, language="fr")

    assert (config.language, config.tenant) == ("fr", "serenity")
    assert client({"PYESI_TIMEOUT": "5"}).timeout == Timeout(total=5)
    assert engine({"PYESI_POOL_SIZE": "7"}).pool_size == 7
    assert engine({"PYESI_POOL_SIZE": "7"}, pool_size=9).pool_size == 9
    assert engine({"PYESI_CACHE": "none"}).cache is False


@pytest.mark.parametrize(
    "contact",
    [
        "me@example.com",
        "https://example.com/app",
        "+https://example.com",
        "discord:somebody",
        "eve: Some Pilot",
        "EVE:Pilot",
    ],
)
def test_a_user_agent_names_a_contact(contact):
    """
    A mail address, a URL, a discord or an eve name is one.
    """
    assert contact in client(user_agent=f"app/1.0 ({contact})").user_agent


@pytest.mark.parametrize(
    "wrong",
    ["", "app/1.0", "me at example", "@", "a@b", "https://", "ä (me@x.org)", 5],
)
def test_a_user_agent_without_a_contact_is_refused(wrong):
    """
    Anything else is refused, and an example is given where the contact lacks.
    """
    with pytest.raises(ConfigurationError, match="user_agent"):
        client(user_agent=wrong)


def test_a_missing_user_agent_tells_how():
    """
    The words for a client without a user agent hold one that would do.
    """
    with pytest.raises(ConfigurationError, match=r'"my-app/1\.0 \(me@example\.com\)"'):
        ClientConfig.make({}, {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://esi.evetech.net/", "https://esi.evetech.net"),
        ("HTTPS://ESI.Evetech.NET:443", "https://esi.evetech.net"),
        (
            "https://ali-esi.evepc.163.com/latest/",
            "https://ali-esi.evepc.163.com/latest",
        ),
        ("https://localhost:8443", "https://localhost:8443"),
        ("http://127.0.0.1:40000", "http://127.0.0.1:40000"),
        ("http://localhost:80/", "http://localhost"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_a_base_url_is_made_canonical(given, kept):
    """
    Case, default port and a slash at the end make no second base URL.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client(base_url=given).base_url == kept


@pytest.mark.parametrize(
    "wrong",
    [
        "esi.evetech.net",
        "ftp://esi.evetech.net",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://a b",
        "https://host:port",
        "https://host:70000",
        "https://user:secret@host",
        "https://host?x=1",
        "https://host/#f",
        "https://host/{x}",
        "https://host/a//b",
        "https://host\r\nX: y",
        "https://hö.st",
        "http://esi.evetech.net",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        7,
    ],
)
def test_any_other_base_url_is_refused(wrong):
    """
    What is no https URL of host and plain path is refused, and no password is shown.
    """
    with pytest.raises(ConfigurationError) as caught:
        client(base_url=wrong)
    assert "secret" not in str(caught.value)


def test_plain_http_elsewhere_is_a_choice_with_a_warning():
    """
    allow_http=True lets it through and says what it means.
    """
    with pytest.warns(UserWarning, match="read on the way"):
        config = client(base_url="http://esi.example.com", allow_http=True)
    assert config.base_url == "http://esi.example.com"


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "en-us"},
        {"language": "EN"},
        {"compatibility_date": "2019-12-31"},
        {"compatibility_date": "2026-8-18"},
        {"compatibility_date": "20260818"},
        {"compatibility_date": "today"},
        {"compatibility_date": "2026-08-18\r\n"},
        {"tenant": "tran quility"},
        {"tenant": "t\r\nX: y"},
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"timeout": True},
        {"timeout": "5"},
        {"allow_http": "yes"},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong):
    """
    Each value that makes no sense raises ConfigurationError with the setting's name.
    """
    name = next(iter(wrong))
    with pytest.raises(ConfigurationError, match=f"(?i){name}"):
        client(**wrong)


def test_a_compatibility_date_may_be_a_date():
    """
    datetime.date is taken as well as its ISO form.
    """
    config = client(compatibility_date=date(2026, 8, 18))
    assert config.compatibility_date == "2026-08-18"


@pytest.mark.parametrize(
    "wrong",
    [
        {"pool_size": 0},
        {"pool_size": 2.5},
        {"pool_size": True},
        {"max_in_flight": -1},
        {"max_in_flight_total": -1},
        {"http2": 1},
        {"cache": "ftp://localhost"},
        {"cache": "disk"},
        {"cache": ""},
        {"cache": 5},
        {"cache": b"answers.sqlite3"},
        {"cache": "/there/is/none/answers.sqlite3"},
        {"cache": "/"},
        {"cache": Path("a\0b")},
        {"cache_file_bytes": 0},
        {"reserve": 1},
        {"failure_threshold": 0},
        {"failure_threshold": 1.5},
        {"recovery_timeout": 0},
        {"half_open_max_calls": 0},
        {"reserve": -0.1},
        {"reserve": True},
        {"reserve": "0.1"},
        {"ca_file": "/there/is/none"},
        {"ca_file": 5},
        {"proxy": "ftp://proxy"},
        {"proxy": "http://"},
        {"keep_alive_idle": 0},
    ],
)
def test_an_engine_refuses_what_cannot_be_meant(wrong):
    """
    Each value that makes no sense raises ConfigurationError with the setting's name.
    """
    name = next(iter(wrong))
    with pytest.raises(ConfigurationError, match=name):
        engine(**wrong)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PYESI_POOL_SIZE", "many"),
        ("PYESI_POOL_SIZE", "-1"),
        ("PYESI_CACHE", "disk"),
        ("PYESI_CA_FILE", "/there/is/none"),
        ("SSL_CERT_FILE", "/there/is/none"),
    ],
)
def test_the_environment_is_checked_as_arguments_are(variable, value):
    """
    A variable that cannot be used is named.
    """
    with pytest.raises(ConfigurationError, match=f"(?i){variable}|cache"):
        engine({variable: value})


def test_unknown_names_are_told_the_nearest_right_one():
    """
    A misspelt keyword or variable is refused with what was meant.
    """
    with pytest.raises(ConfigurationError, match="Did you mean pool_size"):
        refuse_unknown_names({"poolsize": 5}, {})
    with pytest.raises(ConfigurationError, match="Did you mean PYESI_USER_AGENT"):
        refuse_unknown_names({}, {"PYESI_USERAGENT": ME, "HOME": "/"})
    refuse_unknown_names({}, {"PYESI_USER_AGENT": ME})


def test_a_setting_of_the_engine_is_no_setting_of_a_client():
    """
    Who gives a client what its engine takes is told where it belongs.
    """
    with pytest.raises(ConfigurationError, match=r"pyesi.Engine\(limits_timeout=…\)"):
        refuse_unknown_names({"limits_timeout": 0.5}, {})


def test_each_setting_of_an_engine_can_come_from_the_environment():
    """
    No PYESI_ variable that is accepted is without effect.
    """
    usual = EngineConfig()
    numbers = {
        "http2": ("no", False),
        "cache": ("none", False),
        "reserve": ("0.5", 0.5),
        "circuit_breaker": ("no", False),
        "failure_threshold": ("0.25", 0.25),
        "retry_budget": ("0.25", 0.25),
        "retry_base": ("0.25", 0.25),
        "retry_cap": ("7", 7.0),
    }
    for name in ENGINE_NAMES - {"ca_file", "limits", "preset", "proxy"}:
        text, value = numbers.get(name, ("3", 3))
        made = engine({f"PYESI_{name.upper()}": text})
        assert getattr(made, name) == value
        assert replace(made, **{name: getattr(usual, name)}) == usual


def test_proxies_come_from_argument_then_environment():
    """
    An argument wins, PYESI_PROXY comes next, the usual variables last.
    """
    usual = {"HTTPS_PROXY": "http://usual:1", "NO_PROXY": "example.com"}
    own = {**usual, "PYESI_PROXY": "http://own:2"}

    assert engine(usual).proxy == "http://usual:1"
    assert engine(usual).no_proxy == f"{LOOPBACK},example.com"
    assert engine(own).proxy == "http://own:2"
    assert engine(own, proxy="http://mine:3").proxy == "http://mine:3"
    assert engine(own, proxy="").proxy == ""
    assert engine({"ALL_PROXY": "socks5h://all:4"}).proxy == "socks5h://all:4"
    assert engine({"https_proxy": "http://low:5", **usual}).proxy == "http://low:5"


def test_a_cgi_program_takes_no_proxy_from_a_stranger():
    """
    HTTP_PROXY is a request's header there (CVE-2016-5385).
    """
    environment = {"HTTP_PROXY": "http://evil:1"}

    assert engine(environment, "http").proxy == "http://evil:1"
    assert engine({**environment, "REQUEST_METHOD": "GET"}, "http").proxy == ""


def test_this_machine_is_never_asked_through_a_proxy():
    """
    Loopback stands among the exceptions, wherever the proxy came from.
    """
    for config in (engine(), engine(proxy="http://p:1"), engine({"NO_PROXY": "x"})):
        assert config.no_proxy.startswith("localhost,127.0.0.0/8,::1")


def test_a_proxys_password_is_not_shown():
    """
    repr masks the credentials that the core is given.
    """
    config = engine(proxy="http://user:secret@proxy:8080")

    assert config.proxy == "http://user:secret@proxy:8080"
    assert "http://***@proxy:8080" in repr(config)
    assert "secret" not in repr(config)
    assert "user" not in repr(config)


def test_trust_comes_from_argument_environment_or_certifi(tmp_path):
    """
    ca_file= goes before PYESI_CA_FILE, that before SSL_CERT_FILE, certifi is last.
    """
    import certifi

    files = {name: tmp_path / name for name in "abc"}
    for path in files.values():
        path.write_text("certificates")
    environment = {"SSL_CERT_FILE": str(files["c"])}
    more = {**environment, "PYESI_CA_FILE": str(files["b"])}

    assert trust_store(engine(more, ca_file=files["a"])) == str(files["a"])
    assert trust_store(engine(more)) == str(files["b"])
    assert trust_store(engine(environment)) == str(files["c"])
    assert trust_store(engine()) == certifi.where()


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_a_cache_in_a_file(tmp_path, kind):
    """
    A path, as string or PathLike, names the file, which need not be there yet.
    """
    config = engine(cache=kind(tmp_path / "answers"))

    assert config.cache
    assert config.cache_path == str(tmp_path / "answers")
    assert engine({"PYESI_CACHE": str(tmp_path / "a")}).cache_path.endswith("/a")
    assert engine().cache_path == ""


def test_a_relative_path_is_of_the_folder_at_that_moment(tmp_path, monkeypatch):
    """
    A program that changes its folder later keeps the file that it began with.
    """
    monkeypatch.chdir(tmp_path)

    assert engine(cache="answers.sqlite3").cache_path == str(
        tmp_path / "answers.sqlite3"
    )
    assert engine(cache=Path("answers")).cache_path == str(tmp_path / "answers")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("ftp://localhost", "ftp:// is not known"),
        ("memroy", "'./memroy'"),
        ("/there/is/none/a.sqlite3", "no folder '/there/is/none'"),
        ("/tmp/", "is a folder"),
    ],
)
def test_a_wrong_cache_is_told_what_is_wrong(wrong, words):
    """
    A scheme, a misspelt word, a missing folder and a folder each say so.
    """
    with pytest.raises(ConfigurationError, match=words):
        engine(cache=wrong)


def test_the_database_of_another_program_is_refused(tmp_path):
    """
    An SQLite file without pyesi's mark is nobody's cache.
    """
    with closing(sqlite3.connect(tmp_path / "theirs.sqlite3")) as theirs:
        theirs.execute("CREATE TABLE precious (a)")

    with pytest.raises(ConfigurationError, match="another program"):
        engine(cache=tmp_path / "theirs.sqlite3")


def test_a_cache_config_is_the_settings_that_it_names(tmp_path):
    """
    Each field goes to the setting of the engine that the reference names.
    """
    config = engine(
        cache=CacheConfig(
            path=tmp_path / "a",
            max_entries=1,
            max_bytes=2,
            file_bytes=3,
            compression_threshold=4,
            negative_ttl=5,
        )
    )

    assert config.cache_path == str(tmp_path / "a")
    assert config.cache_entries == 1
    assert config.cache_bytes == 2
    assert config.cache_file_bytes == 3
    assert config.compression_threshold == 4
    assert config.negative_ttl == 5.0


def test_what_a_cache_config_leaves_open_comes_from_the_environment(tmp_path):
    """
    A field of None is no setting: environment and default go on.
    """
    environment = {"PYESI_CACHE": str(tmp_path / "a"), "PYESI_CACHE_BYTES": "7"}
    config = engine(environment, cache=CacheConfig(max_entries=9))

    assert config.cache_path == str(tmp_path / "a")
    assert config.cache_bytes == 7
    assert config.cache_entries == 9


def test_a_setting_of_the_cache_is_given_once():
    """
    The same setting beside cache= and in it raises ConfigurationError with its name.
    """
    with pytest.raises(ConfigurationError, match="cache_entries is given twice"):
        engine(cache_entries=1, cache=CacheConfig(max_entries=2))


def test_a_cache_config_is_checked_when_it_is_used():
    """
    A field that makes no sense raises ConfigurationError with the setting's name.
    """
    with pytest.raises(ConfigurationError, match="cache_bytes"):
        engine(cache=CacheConfig(max_bytes=0))


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_sets_what_nobody_has_set(name):
    """
    Its values go before the defaults, the environment's before its, arguments first.
    """
    own = PRESETS[name].of_engine()
    config = engine(preset=name)
    assert {setting: getattr(config, setting) for setting in own} == own
    assert engine({"PYESI_PRESET": name}) == config

    mixed = engine({"PYESI_RETRY_CAP": "7"}, preset=name, retry_attempts=9)
    assert mixed.retry_cap == 7.0
    assert mixed.retry_attempts == 9
    assert mixed.recovery_timeout == own["recovery_timeout"]


def test_the_usual_preset_is_the_defaults():
    """
    Balanced is what an engine has without a word.
    """
    assert engine(preset="balanced") == engine() == EngineConfig()


@pytest.mark.parametrize("wrong", ["fast", "", 5, "Production"])
def test_a_preset_that_is_none_is_refused(wrong):
    """
    Another name raises ConfigurationError that lists those there are.
    """
    with pytest.raises(ConfigurationError, match="development, balanced"):
        engine(preset=wrong)
