"""The server of the counters: what it answers, and how it ends."""

import http.client
import os
import queue
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

import pyesi
from pyesi import errors
from pyesi.metrics import Statistics, serve_metrics
from pyesi.metrics._exposition import exposition
from unit.statistics_sample import seen

DURATION = "pyesi_request_duration_seconds"


class Counted:
    """An engine that wrote its part before."""

    def __init__(self):
        self.is_closed = False

    def statistics(self):
        return self.exposed("")[1]

    def exposed(self, client):
        if self.is_closed:
            raise errors.ClientClosed("closed")
        lines = f'pyesi_requests_total{{client="{client}",route="x"}} 3\n'
        return {"pyesi_requests_total": lines, DURATION: ""}, Statistics(seen())


def asked(server, method="GET", path="/metrics"):
    """Status, headers and body of one answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def test_a_scrape_has_every_client_under_its_name():
    """
    GET /metrics gives Prometheus's text, with the series of each client.
    """
    with serve_metrics(0, market=Counted(), mails=Counted()) as server:
        assert server.url == f"http://127.0.0.1:{server.port}/metrics"
        status, headers, text = asked(server)

    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {one.name: one for one in text_string_to_metric_families(text)}
    clients = {one.labels["client"] for one in families["pyesi_requests"].samples}
    assert clients == {"market", "mails"}
    assert families["pyesi_cache_entries"].samples[0].value == 7


def test_a_family_stands_in_one_place_however_many_clients_there_are():
    """
    Its head comes once, and its samples follow without another's between them.
    """
    text = exposition({"one": Counted(), "two": Counted()})

    heads = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads))
    names = [line.partition("{")[0] for line in text.splitlines() if line[0] != "#"]
    runs = [
        name
        for name, before in zip(names, ["", *names], strict=False)
        if name != before
    ]
    assert len(runs) == len(set(runs))


@given(st.text())
def test_any_name_of_a_client_is_read_again(name):
    """
    What a label holds is what Prometheus reads there.
    """
    text = exposition({name: Counted()}).replace('client="' + name + '",route', "route")

    (family,) = [
        one
        for one in text_string_to_metric_families(text)
        if one.name == "pyesi_cache_entries"
    ]
    assert family.samples[0].labels == {"client": name}


def test_a_client_that_was_closed_has_no_series():
    """
    A scrape while it closes is answered all the same.
    """
    counted = Counted()
    with serve_metrics(0, app=counted) as server:
        counted.is_closed = True
        status, _, text = asked(server)

    assert status == 200
    assert 'client="app"' not in text
    assert "pyesi_build_info" in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/metrics/x", 404),
        ("GET", "/metrics?name=x", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
    ],
)
def test_nothing_else_is_answered(method, path, status):
    """
    There is one path, and it is read only.
    """
    with serve_metrics(0, app=Counted()) as server:
        told, _, text = asked(server, method, path)

    assert told == status
    assert (text == "") == (method != "GET")


def test_closed_it_gives_its_port_back():
    """
    After close() nobody is answered and another may listen; a second close is none.
    """
    server = serve_metrics(0, app=Counted())
    server.close()
    server.close()

    with pytest.raises(ConnectionRefusedError):
        asked(server)
    with serve_metrics(server.port, app=Counted()) as again:
        assert again.port == server.port


def test_a_port_that_is_taken_is_named():
    """
    Where it cannot listen says which port of which host, and what to do.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            errors.ConfigurationError, match=f"port {port} of 127.0.0.1"
        ):
            serve_metrics(port, app=Counted())
    for nonsense in (-1, 70_000):
        with pytest.raises(errors.ConfigurationError, match="Port 0 takes a free one"):
            serve_metrics(nonsense, app=Counted())


def test_a_client_serves_its_own_metrics():
    """
    serve_metrics() of a client serves that client, under its name.
    """
    with pyesi.SyncESIClient(user_agent="watched/1.0 (me@example.com)") as esi:
        with esi.serve_metrics(0) as server:
            assert 'pyesi_cache_entries{client="watched"} 0.0' in asked(server)[2]


def test_it_needs_a_client():
    """
    Without one there is nothing to serve.
    """
    with pytest.raises(errors.ConfigurationError, match="needs a client"):
        serve_metrics(0)


def test_who_says_nothing_keeps_nobody_else_waiting():
    """
    A connection that sends no request takes a thread of its own.
    """
    with serve_metrics(0, app=Counted()) as server:
        address = ("127.0.0.1", server.port)
        with closing(socket.create_connection(address)):
            assert asked(server)[0] == 200


class Watched(Counted):
    """One that notes which thread writes its part, once it may."""

    def __init__(self):
        super().__init__()
        self.threads = queue.SimpleQueue()
        self.may_write = threading.Event()

    def exposed(self, client):
        self.threads.put(threading.current_thread())
        assert self.may_write.wait(10)
        return super().exposed(client)


def test_scrapes_one_after_another_are_answered_by_one_thread():
    """
    Its memory is used again; and it ends with the server.
    """
    watched = Watched()
    watched.may_write.set()
    with serve_metrics(0, app=watched) as server:
        for _ in range(3):
            assert asked(server)[0] == 200
            assert server._server._is_idle.acquire(timeout=10)
            server._server._is_idle.release()

    threads = {watched.threads.get_nowait() for _ in range(3)}
    assert len(threads) == 1
    assert not threads.pop().is_alive()


def test_a_scrape_is_answered_while_another_one_is():
    """
    Two at once have two threads, and closing in the midst of them waits for neither.
    """
    watched = Watched()
    with ThreadPoolExecutor(2) as scrapers:
        with serve_metrics(0, app=watched) as server:
            answers = [scrapers.submit(asked, server) for _ in range(2)]
            threads = {watched.threads.get(timeout=10) for _ in range(2)}
        assert len(threads) == 2
        assert all(thread.is_alive() for thread in threads)

        watched.may_write.set()
        assert [answer.result()[0] for answer in answers] == [200, 200]
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_no_server():
    """
    Its parent's goes on, and the child holds the port no longer than that.
    """
    with serve_metrics(0, app=Counted()) as server:
        child = os.fork()
        if child == 0:
            os._exit(0 if server._server.socket.fileno() == -1 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert asked(server)[0] == 200
