"""A server of the real world: TLS, HTTP/2 by ALPN, and connections that it ends."""

import asyncio
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager

import pytest

import pyesi
from integration.worlds import (
    free_port,
    make_blocking_client,
    make_client,
    no_descriptor_left,
)
from pyesi import errors

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    default_type application/json;
    log_format told '$server_protocol $status $connection $request_method';
    access_log {home}/access.log told;
    server {{
        listen 127.0.0.1:{port} ssl{http2};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        keepalive_requests {requests};
        location / {{ return 200 '{{"players": 1}}'; }}
        location /headers {{
            return 200 '{{"agent": "$http_user_agent", "accept": "$http_accept",
                "codings": "$http_accept_encoding", "language": "$http_accept_language",
                "date": "$http_x_compatibility_date", "tenant": "$http_x_tenant"}}';
        }}
    }}
}}
"""


class Nginx:
    """A running nginx, and what it has written down."""

    def __init__(self, home, port):
        self._home = home
        self.base_url = f"https://localhost:{port}"

    def served(self):
        lines = (self._home / "access.log").read_text().splitlines()
        return [line.split() for line in lines]


@contextmanager
def nginx(home, certificate, *, http2=True, requests=1000, port=None):
    port = port or free_port()
    file = home / "nginx.conf"
    file.write_text(
        CONFIGURATION.format(
            home=home,
            port=port,
            http2=" http2" if http2 else "",
            certificate=certificate[0],
            key=certificate[1],
            requests=requests,
        )
    )
    # The log that is baked in cannot be written by everybody; it is complained of once.
    process = subprocess.Popen(
        [NGINX, "-p", home, "-c", file],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(process, port)
        yield Nginx(home, port)
    finally:
        process.terminate()
        process.wait(10)


def wait_for_port(process, port):
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("nginx did not start")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx does not listen")


@pytest.fixture(scope="module")
def certificate(authority):
    """A certificate for localhost, and its key."""
    return authority.issue("nginx", "DNS:localhost")


def ask(number):
    return pyesi.UncheckedRoute("/thing/{number}"), {"number": number}


@pytest.mark.parametrize(
    ("offered", "wanted", "protocol"),
    [(True, True, "HTTP/2.0"), (True, False, "HTTP/1.1"), (False, True, "HTTP/1.1")],
    ids=["both", "server alone", "client alone"],
)
def test_http2_is_spoken_where_both_want_it(  # noqa: PLR0917
    tmp_path, certificate, authority, offered, wanted, protocol
):
    """
    ALPN chooses HTTP/2 where both sides have it, and HTTP/1.1 elsewhere.
    """
    with nginx(tmp_path, certificate, http2=offered) as server:
        engine = pyesi.Engine(http2=wanted, ca_file=authority.file)
        with engine, make_blocking_client(server.base_url, engine=engine) as esi:
            batch = esi.batch_request([ask(number) for number in range(50)])
        batch.raise_for_errors()
        served = server.served()

    assert {line[0] for line in served} == {protocol}
    connections = {line[2] for line in served}
    assert len(connections) <= (2 if protocol == "HTTP/2.0" else 20)


@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
def test_each_header_arrives_by_itself(tmp_path, certificate, authority, http2):
    """
    What a client says of itself arrives field by field over either protocol; what
    ESI takes for granted anyway, the language and the tenant, is said if it differs.
    """
    route = pyesi.UncheckedRoute("/headers")
    with nginx(tmp_path, certificate, http2=http2) as server:
        with make_blocking_client(server.base_url, ca_file=authority.file) as esi:
            usual = esi.get(route).json()
        with make_blocking_client(
            server.base_url, ca_file=authority.file, language="de", tenant="infinity"
        ) as esi:
            other = esi.get(route).json()

    assert usual["agent"].endswith(f"pyesi/{pyesi.__version__}")
    assert usual["accept"] == "application/json"
    assert usual["date"] == pyesi.catalog.COMPATIBILITY_DATE
    assert set(usual["codings"].split(", ")) == {"gzip", "zstd", "br"}
    assert (usual["language"], usual["tenant"]) == ("", "")
    assert other == usual | {"language": "de", "tenant": "infinity"}


@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
def test_a_server_that_ends_connections_costs_no_request(
    tmp_path, certificate, authority, either_loop, http2
):
    """
    Of 2,000 requests none fails and none is lost, though each connection ends after a
    hundred: by GOAWAY, or by Connection: close.
    """

    async def story(base_url):
        async with make_client(base_url, ca_file=authority.file) as esi:
            async with asyncio.timeout(60):
                return await esi.batch_request(
                    [ask(number) for number in range(2000)], batch_size=100
                )

    with nginx(tmp_path, certificate, http2=http2, requests=100) as server:
        with no_descriptor_left():
            batch = either_loop(story(server.base_url))
        served = server.served()

    batch.raise_for_errors()
    assert batch.successful == 2000
    assert {line[1] for line in served} == {"200"}
    connections = {line[2] for line in served}
    assert 20 <= len(connections) <= 60
    # A request that a GOAWAY left unread is sent again, and counted: of those in flight
    # then, as many as there are.
    most = 2000 + 20 * len(connections)
    assert 2000 <= sum(result.attempts for result in batch.results) <= most


def test_a_post_is_served_once_across_ended_connections(
    tmp_path, certificate, authority
):
    """
    What may have changed something reaches the server once or not at all.
    """
    failed = 0
    with nginx(tmp_path, certificate, requests=10) as server:
        with make_blocking_client(server.base_url, ca_file=authority.file) as esi:
            for number in range(200):
                route, parameters = ask(number)
                try:
                    esi.post(route, json=[number], **parameters)
                except errors.ConnectionLost:
                    failed += 1
        served = server.served()

    assert 200 - failed <= len(served) <= 200
    assert failed <= 20


def test_trust_is_needed_and_found(tmp_path, certificate, authority, monkeypatch):
    """
    Without the authority verification fails; SSL_CERT_FILE or ca_file= names it.
    """
    with nginx(tmp_path, certificate) as server:
        with make_blocking_client(server.base_url) as esi:
            with pytest.raises(errors.TlsFailed):
                esi.get("/status")
        with make_blocking_client(server.base_url, ca_file=authority.file) as esi:
            assert esi.get("/status").json() == {"players": 1}
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        with make_blocking_client(server.base_url) as esi:
            assert esi.get("/status").json() == {"players": 1}
        address = server.base_url.replace("localhost", "127.0.0.1")
        with make_blocking_client(address) as esi:
            with pytest.raises(errors.TlsFailed):
                esi.get("/status")
        assert len(server.served()) == 2


def test_a_server_that_restarts_is_found_again(tmp_path, certificate, authority):
    """
    Connections that died with the server are nobody's failure: the next get opens
    another.
    """
    port = free_port()
    route, parameters = ask(1)
    with nginx(tmp_path, certificate, port=port) as server:
        esi = make_blocking_client(server.base_url, ca_file=authority.file)
        assert esi.get(route, **parameters).status == 200
    with esi:
        with pytest.raises(errors.ConnectFailed):
            esi.get(route, number=2)
        with nginx(tmp_path, certificate, port=port):
            assert esi.get(route, number=3).status == 200
