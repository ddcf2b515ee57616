"""What the tests of the façade have in common."""

import inspect

import pytest

from unit import fake_core

USER_AGENT = "tests/1.0 (tests@example.com)"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    """No setting comes from the environment of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("USER_AGENT", "BASE_URL", "POOL_SIZE", "TIMEOUT", "CACHE", "PROXY"):
        monkeypatch.delenv(f"PYESI_{name}", raising=False)


@pytest.fixture
def network(monkeypatch):
    """The world beyond a fake core, which stands in the real one's place."""
    network = fake_core.Network()
    fake_core.install(monkeypatch, network)
    return network


class Both:
    """One of the two clients, driven from plain code.

    What the asyncio client gives is awaited, so that a test says once what holds for
    both.
    """

    def __init__(self, kind, runner):
        self.kind = kind
        self._runner = runner

    @property
    def is_async(self):
        return self._runner is not None

    def make(self, **settings):
        return self.kind(**{"user_agent": USER_AGENT, **settings})

    def run(self, ended):
        """The result of a call: awaited, or as it is."""
        return self._runner.run(ended) if inspect.isawaitable(ended) else ended

    def collect(self, generator):
        """All that a stream of either kind yields."""
        if not inspect.isasyncgen(generator):
            return list(generator)

        async def collected():
            return [one async for one in generator]

        return self.run(collected())

    def close(self, client):
        self.run(client.aclose() if self.is_async else client.close())


@pytest.fixture(params=["asyncio", "blocking"])
def both(request):
    """Each of the clients in turn."""
    import asyncio

    from pyesi import ESIClient, SyncESIClient

    if request.param == "blocking":
        yield Both(SyncESIClient, None)
        return
    with asyncio.Runner() as runner:
        yield Both(ESIClient, runner)
