"""Whom pyesi believes: certificates that are right, and those that are wrong."""

import asyncio
import ssl

import pytest

from integration.worlds import (
    SYSTEM,
    make_blocking_client,
    make_client,
    no_descriptor_left,
    self_signed,
    told,
)
from pyesi import errors

HERE = "DNS:localhost,IP:127.0.0.1"
ELSEWHERE = "DNS:esi.example.com"


@pytest.fixture(scope="module")
def certificates(authority, tmp_path_factory):
    """Certificates and keys, by what is wrong with them."""
    return {
        "right": authority.issue("right", HERE),
        "wrong host": authority.issue("elsewhere", ELSEWHERE),
        "expired": authority.issue("expired", HERE, days=-1),
        "self-signed": self_signed(tmp_path_factory.mktemp("self-signed"), HERE),
    }


@pytest.mark.parametrize("wrong", ["wrong host", "expired", "self-signed"])
def test_a_wrong_certificate_ends_each_request(
    make_simulator, certificates, authority, loop, wrong
):
    """
    The request ends as TlsFailed, is not tried again, and nothing was sent.
    """
    certificate, key = certificates[wrong]
    simulator = make_simulator(certificate=certificate, key=key)

    async def story():
        async with make_client(simulator.base_url, ca_file=authority.file) as esi:
            with pytest.raises(errors.TlsFailed) as failure:
                async with asyncio.timeout(20):
                    await esi.get(SYSTEM, system_id=30000142)
            return told(failure)

    with no_descriptor_left():
        error = loop(story())

    assert error.route == SYSTEM
    assert error.attempts == 1
    assert "ca_file" in str(error)
    assert simulator.counters()["requests"] == 0


def test_the_right_certificate_is_believed(
    make_simulator, certificates, authority, either_loop
):
    """
    With the authority as ca_file a get, a post and a fault over TLS end as without it.
    """
    certificate, key = certificates["right"]
    simulator = make_simulator(certificate=certificate, key=key)
    simulator.faults([{"fault": {"kind": "reset_in_body"}}])

    async def story():
        async with make_client(simulator.base_url, ca_file=authority.file) as esi:
            system = await esi.get(SYSTEM, system_id=30000142)
            names = await esi.post("/universe/names", json=[30000142])
            return system, names

    with no_descriptor_left():
        system, names = either_loop(story())

    assert system.json()["name"] == names.json()[0]["name"] == "Jita"
    assert system.attempts == 2


def test_an_authority_that_nobody_knows_is_not_believed(make_simulator, certificates):
    """
    Without ca_file the certificates of certifi are the measure.
    """
    certificate, key = certificates["right"]
    simulator = make_simulator(certificate=certificate, key=key)
    with make_blocking_client(simulator.base_url) as esi:
        with pytest.raises(errors.TlsFailed):
            esi.get("/status")
    assert simulator.counters()["requests"] == 0


def test_the_environment_names_the_trust_store_and_the_argument_wins(
    make_simulator, certificates, authority, monkeypatch, tmp_path
):
    """
    SSL_CERT_FILE is honoured; ca_file= is asked before it.
    """
    certificate, key = certificates["right"]
    simulator = make_simulator(certificate=certificate, key=key)
    other = self_signed(tmp_path, HERE)[0]

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with make_blocking_client(simulator.base_url) as esi:
        assert esi.get("/status").status == 200
    with make_blocking_client(simulator.base_url, ca_file=other) as esi:
        with pytest.raises(errors.TlsFailed):
            esi.get("/status")

    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with make_blocking_client(simulator.base_url, ca_file=authority.file) as esi:
        assert esi.get("/status").status == 200
    with make_blocking_client(simulator.base_url) as esi:
        with pytest.raises(errors.TlsFailed):
            esi.get("/status")


def test_plain_http_where_tls_is_expected_fails_as_tls(simulator, loop):
    """
    A server that does not speak TLS is told as such.
    """
    base_url = simulator.base_url.replace("http:", "https:")

    async def story():
        async with make_client(base_url) as esi:
            with pytest.raises(errors.TlsFailed) as failure:
                await esi.get("/status")
            return told(failure)

    assert loop(story()).attempts == 1


def test_old_tls_is_refused(make_simulator, certificates, authority, tmp_path):
    """
    A server that offers TLS 1.1 at best is not spoken with.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates["right"])
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1_1

    async def story():
        server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context
        )
        port = server.sockets[0].getsockname()[1]
        async with (
            server,
            make_client(f"https://127.0.0.1:{port}", ca_file=authority.file) as esi,
        ):
            with pytest.raises(errors.TlsFailed):
                await esi.get("/status")

    asyncio.run(story())
