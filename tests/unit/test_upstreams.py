"""Several upstreams: what may be said of them, and what is refused at once."""

import warnings

import pytest

import pyesi
from pyesi.config import ClientConfig, HealthCheck, Upstream
from pyesi.config._upstreams import BALANCINGS, MOST_UPSTREAMS
from pyesi.errors import ConfigurationError, InvalidRequest

ME = "app/1.0 (me@example.com)"
ONE = "https://one.example.com"
TWO = "https://two.example.com/esi"


def client(environment=None, **given):
    return ClientConfig.make({"user_agent": ME, **given}, environment or {})


def test_urls_and_upstreams_may_stand_side_by_side():
    """
    A bare URL is an untrusted upstream of weight 1, made canonical.
    """
    config = client(upstreams=["https://ONE.example.com:443/", Upstream(TWO, 2, True)])

    assert config.upstreams == (Upstream(ONE, 1, False), Upstream(TWO, 2, True))
    assert config.base_url == ONE
    assert [one.origin for one in config.upstreams] == [ONE, "https://two.example.com"]
    assert (config.balancing, config.health_check) == ("round_robin", None)


def test_without_upstreams_there_is_base_url():
    """
    A client of one base URL has no upstreams to choose from, and trusts it.
    """
    config = client()

    assert config.upstreams == ()
    assert config.trusts_some


@pytest.mark.parametrize("balancing", BALANCINGS)
def test_each_way_to_choose_can_be_set(balancing):
    """
    balancing= and PYESI_BALANCING take each name.
    """
    assert client(upstreams=[ONE, TWO], balancing=balancing).balancing == balancing
    environment = {"PYESI_BALANCING": balancing}
    assert client(environment, upstreams=[ONE, TWO]).balancing == balancing


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"upstreams": []}, "at least one"),
        ({"upstreams": ONE}, "list of URLs"),
        ({"upstreams": Upstream(ONE)}, "list of URLs"),
        ({"upstreams": {ONE: 1}}, "list of URLs"),
        ({"upstreams": 7}, "list of URLs"),
        ({"upstreams": [ONE, 7]}, "must be a string"),
        ({"upstreams": [ONE, "ftp://two.example.com"]}, "begin with https"),
        ({"upstreams": [ONE, "https://two.example.com?x=1"]}, "plain path"),
        ({"upstreams": [ONE, "https://"]}, "no host"),
        ({"upstreams": [ONE, "http://two.example.com"]}, "not encrypted"),
        ({"upstreams": [ONE, ONE]}, "twice"),
        ({"upstreams": [ONE, "https://ONE.example.com:443/x"]}, "twice"),
        ({"upstreams": [f"https://e{n}.com" for n in range(40)]}, "at most 32"),
        ({"upstreams": [ONE, TWO], "base_url": ONE}, "exclude each other"),
        ({"upstreams": [ONE, TWO], "balancing": "random"}, "one of round_robin"),
        ({"upstreams": [ONE, TWO], "balancing": 3}, "one of round_robin"),
        ({"upstreams": [ONE, TWO], "health_check": True}, "HealthCheck, not bool"),
        ({"upstreams": [ONE], "balancing": "source_hash"}, "several upstreams"),
        ({"balancing": "source_hash"}, "several upstreams"),
        ({"health_check": HealthCheck()}, "several upstreams"),
    ],
)
def test_what_makes_no_sense_is_refused(given, said):
    """
    Each error says which setting is wrong and what it may be.
    """
    with pytest.raises(ConfigurationError, match=said):
        client(**given)


@pytest.mark.parametrize("weight", [0, -1, True, "2", None, float("nan"), float("inf")])
def test_a_weight_is_a_number_above_zero(weight):
    """
    Any other weight is refused where it is said.
    """
    with pytest.raises(ConfigurationError, match=r"Upstream\.weight"):
        Upstream(ONE, weight=weight)


def test_trust_is_said_plainly():
    """
    trusted= takes True and False and nothing like them.
    """
    with pytest.raises(ConfigurationError, match="trusted"):
        Upstream(ONE, trusted="yes")


def test_a_password_in_a_url_is_refused_and_not_repeated():
    """
    Neither the upstream nor its error ever holds it.
    """
    with pytest.raises(ConfigurationError, match="name or password") as refused:
        Upstream("https://me:s3cret@one.example.com")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "status"},
        {"path": "/a b"},
        {"path": "/a\r\nX: y"},
        {"path": None},
        {"interval": 0},
        {"interval": -1},
        {"timeout": 0},
        {"down_after": 0},
        {"up_after": 1.5},
    ],
)
def test_a_health_check_that_makes_no_sense_is_refused(wrong):
    """
    Each of its values is checked where it is said.
    """
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        HealthCheck(**wrong)


def test_plain_http_is_for_this_machine_or_said_aloud():
    """
    allow_http= holds for each of them, and warns.
    """
    assert client(upstreams=["http://127.0.0.1:1", "http://localhost:2"]).upstreams
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client(upstreams=[ONE, "http://two.example.com"], allow_http=True)
    assert len(caught) == 1


def test_as_many_as_the_core_can_tell_apart():
    """
    Thirty-two upstreams are taken.
    """
    upstreams = [f"https://e{n}.com" for n in range(MOST_UPSTREAMS)]
    assert len(client(upstreams=upstreams).upstreams) == MOST_UPSTREAMS


def test_a_token_without_anybody_to_trust_is_refused_before_any_socket():
    """
    auth= of the client is refused when it is made, that of a request when it is asked.
    """
    with pytest.raises(ConfigurationError, match="trusted=True"):
        pyesi.SyncESIClient(user_agent=ME, upstreams=[ONE, TWO], auth="token")
    for upstreams in ([ONE, TWO], [ONE]):
        with pyesi.SyncESIClient(user_agent=ME, upstreams=upstreams) as esi:
            with pytest.raises(InvalidRequest, match="trusted=True"):
                esi.get("/status", auth="token")
            with pytest.raises(InvalidRequest, match="trusted=True"):
                esi.get("/characters/{character_id}/wallet", character_id=1)


def test_a_client_shows_how_many_it_has():
    """
    Its text names the first and how many more there are.
    """
    with pyesi.SyncESIClient(user_agent=ME, upstreams=[ONE, TWO]) as esi:
        assert f"{ONE} and 1 more" in repr(esi)
        assert esi.configuration()["upstreams"] == (Upstream(ONE), Upstream(TWO))
