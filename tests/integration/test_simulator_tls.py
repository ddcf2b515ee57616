"""The simulator over TLS."""

import asyncio
import shutil
import ssl
import subprocess

import aiohttp
import pytest
import uvloop

from pyesi.simulator import Simulator, SimulatorProcess
from unit.simulated_requests import TODAY

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs openssl to make a certificate"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and its key."""
    home = tmp_path_factory.mktemp("tls")
    made = home / "certificate.pem", home / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", made[0], "-keyout", made[1]),
        ],
        check=True,
        capture_output=True,
    )
    return made


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate[0])


@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_it_answers_and_breaks_over_tls_too(certificate, loop):
    """
    Over TLS answers come as ever, and a reset ends the connection.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)

    async def story():
        async with (
            Simulator(tls=server) as simulator,
            aiohttp.ClientSession(simulator.base_url, headers=TODAY) as session,
        ):
            trust = trusting(certificate)
            async with session.get("/status", ssl=trust) as response:
                assert response.status == 200
            simulator.faults([{"fault": {"kind": "reset_before"}}])
            with pytest.raises(aiohttp.ClientError):
                await session.post("/universe/names", json=[34], ssl=trust)
            return simulator.base_url

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(story()).startswith("https://127.0.0.1:")


def test_its_process_takes_a_certificate(certificate):
    """
    A simulator in a process of its own serves the certificate it is given.
    """
    path, key = certificate

    async def story(base_url):
        async with (
            aiohttp.ClientSession(base_url, headers=TODAY) as session,
            session.get("/status", ssl=trusting(certificate)) as response,
        ):
            return response.status

    with SimulatorProcess(certificate=path, key=key) as simulator:
        assert simulator.base_url.startswith("https://")
        assert asyncio.run(story(simulator.base_url)) == 200
        assert simulator.counters()["requests"] == 1
