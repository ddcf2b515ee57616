"""A token that would be recognised everywhere is looked for everywhere."""

import asyncio
import base64
import copy
import json
import logging
import pickle
import time
import traceback

import pytest

import pyesi
from integration.worlds import (
    FORGE,
    NAMES,
    ORDERS,
    SYSTEM,
    free_port,
    make_blocking_client,
    make_client,
    self_signed,
)
from pyesi import errors, notebook
from pyesi.metrics import PrometheusCollector

CANARY = "canary-0f1e2d3c4b5a69788796a5b4c3d2e1f0-canary"
JWT = ".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    for part in (
        b'{"alg":"none"}',
        json.dumps(
            {"azp": "app", "sub": "CHARACTER:EVE:90000001", "owner": "o=", "x": CANARY}
        ).encode(),
        b"signature of the " + CANARY.encode(),
    )
)
WALLET = "/characters/{character_id}/wallet"
SECRETS = {"opaque": CANARY, "JWT": JWT}


def parts_of(secret):
    """The secret and each part of it that would give it away."""
    return {secret, CANARY, *(part for part in secret.split(".") if len(part) > 20)}


def shown_by_error(error):
    """All that an error shows of itself, with its causes' and its traceback's text."""
    yield str(error)
    yield repr(error)
    yield repr(error.args)
    yield repr(vars(error))
    yield pickle.dumps(error).decode("latin-1")
    yield repr(pickle.loads(pickle.dumps(error)))
    yield repr(vars(copy.copy(error)))
    yield "".join(traceback.format_exception(error))
    for cause in (error.__cause__, error.__context__):
        if isinstance(cause, errors.ESIError):
            yield from shown_by_error(cause)


def shown_by_response(response):
    yield repr(response)
    yield repr(dict(response.headers))
    yield response.url
    yield response.text
    yield notebook.response_html(response)
    yield pickle.dumps(response).decode("latin-1")


def shown_by_client(esi):
    yield repr(esi)
    yield str(esi)
    yield repr(esi.config)
    yield repr(esi.engine)
    yield repr(esi.engine.config)
    yield repr(esi.pool)
    yield repr(esi.pool.statistics())
    yield repr(esi.cache)
    yield esi._repr_html_()
    yield esi.cache._repr_html_()
    yield notebook.limits_html(esi.limits())
    yield json.dumps(esi.statistics())
    yield json.dumps(esi.advice().to_dict())
    yield "\n".join(map(repr, PrometheusCollector(esi).collect()))
    for name in dir(esi):
        if not name.startswith("_"):
            yield repr(getattr(esi, name))


def assert_unseen(shown, secret):
    texts = list(shown)
    assert texts
    for text in texts:
        for part in parts_of(secret):
            assert part not in text


@pytest.fixture
def log(caplog):
    """All that anybody logs, from the lowest level on."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    for record in caplog.records:
        for secret in SECRETS.values():
            assert_unseen([repr(vars(record)), record.getMessage()], secret)


FAULTS = [
    {"kind": "reset_before"},
    {"kind": "reset_in_body"},
    {"kind": "truncated_gzip"},
    {"kind": "header_flood"},
    {"kind": "raw"},
    {"kind": "redirect", "location": "https://elsewhere.example.com/"},
    {"kind": "gzip_bomb", "bytes": 100 << 20},
    {"kind": "html_504"},
    {"kind": "no_answer"},
    *({"kind": "status", "code": code} for code in (400, 401, 403, 404, 420, 429, 500)),
]


@pytest.mark.parametrize("kind", SECRETS)
def test_no_error_shows_the_token(simulator, loop, log, kind):
    """
    Whatever goes wrong with a request that carries a token, nothing of it shows.
    """
    secret = SECRETS[kind]
    timeout = pyesi.Timeout(read=0.2, total=3)

    async def asked(esi):
        return [
            esi.get(WALLET, character_id=90000001),
            esi.post(NAMES, json=[1], auth=secret),
            esi.get_pages(ORDERS, auth=secret, deadline=time.monotonic() + 2, **FORGE),
        ]

    async def story():
        found = []
        engine = pyesi.Engine(retry_attempts=1)
        for fault in FAULTS:
            simulator.reset()
            simulator.faults([{"fault": fault, "times": None}])
            async with make_client(
                simulator.base_url, engine=engine, auth=secret, timeout=timeout
            ) as esi:
                ends = await asyncio.gather(*await asked(esi), return_exceptions=True)
                batch = await esi.batch_request(
                    [(WALLET, {"character_id": 90000001}), NAMES],
                    deadline=time.monotonic() + 2,
                )
                assert_unseen(shown_by_client(esi), secret)
                shown = [repr(batch), repr(batch.errors), batch._repr_html_()]
                assert_unseen(shown, secret)
            found += [*ends, *batch.errors.values()]
            engine.advance_clock(1000)
        await engine.aclose()
        return found

    found = loop(story())

    assert len({type(error) for error in found}) > 10
    assert [error for error in found if not isinstance(error, errors.ESIError)] == []
    for error in found:
        assert_unseen(shown_by_error(error), secret)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_server_that_sends_the_token_back_does_not_make_an_error_show_it(
    simulator, loop, log, kind
):
    """
    The error's text repeats ESI's words, but not a token among them, nor does what a
    notebook shows; the response keeps what came.
    """
    secret = SECRETS[kind]
    body = {"error": f"the token {secret} is bad"}
    headers = {"X-Esi-Request-Id": secret}
    simulator.faults(
        [{"fault": {"kind": "status", "code": 403, "body": body, "headers": headers}}]
    )

    async def story():
        async with make_client(simulator.base_url, auth=secret) as esi:
            with pytest.raises(errors.Forbidden) as failure:
                await esi.get(WALLET, character_id=90000001)
            return failure.value

    error = loop(story())

    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    shown.append(notebook.response_html(error.response))
    assert_unseen([*shown, "".join(traceback.format_exception(error))], secret)
    assert secret in error.response.text


def test_a_token_that_cannot_be_sent_is_not_shown(simulator, loop, log):
    """
    A token with blanks or line ends, a header of one's own, and one in the URL are
    refused without being repeated.
    """

    async def story():
        found = []
        async with make_client(simulator.base_url) as esi:
            for auth in (
                f"{CANARY}\n",
                f"Bearer {CANARY}",
                f"{CANARY}é",
                f"a {CANARY}",
            ):
                found.append(await failure_of(esi.get("/status", auth=auth)))
                with pytest.raises(errors.ConfigurationError) as failure:
                    make_client(simulator.base_url, auth=auth)
                found.append(failure.value)
            for headers in (
                {"Authorization": f"Bearer {CANARY}"},
                {"authorization": CANARY},
                {"X-Key": f"{CANARY}\n"},
                {f"{CANARY}:": "x"},
                {"Proxy-Authorization": CANARY},
            ):
                found.append(await failure_of(esi.get("/status", headers=headers)))
        for base_url in (f"https://me:{CANARY}@localhost", f"https://h/?t={CANARY}"):
            with pytest.raises(errors.ConfigurationError) as failure:
                make_client(base_url)
            found.append(failure.value)
        return found

    for error in loop(story()):
        assert_unseen(shown_by_error(error), CANARY)
    assert simulator.counters()["requests"] == 0


async def failure_of(asked):
    with pytest.raises(errors.ESIError) as failure:
        await asked
    return failure.value


def test_an_answer_does_not_hold_the_token_that_bought_it(simulator, loop, log):
    """
    Neither a response nor its pickled form, nor those of a batch and a sweep, nor the
    cache's keys hold the token.
    """

    async def story():
        async with make_client(simulator.base_url, auth=CANARY) as esi:
            single = await esi.get(SYSTEM, system_id=30000142, auth=CANARY)
            again = await esi.get(SYSTEM, system_id=30000142, auth=CANARY)
            pages = await esi.get_pages(ORDERS, auth=CANARY, **FORGE)
            batch = await esi.batch_request(["/status"], auth=CANARY)
            assert_unseen(shown_by_client(esi), CANARY)
            assert_unseen([repr(pages), repr(batch)], CANARY)
            assert_unseen([pages._repr_html_(), batch._repr_html_()], CANARY)
            return [single, again, *pages, *batch.results]

    for response in loop(story()):
        assert response.status == 200
        assert_unseen(shown_by_response(response), CANARY)
    assert simulator.counters()["with_token"] == 10


def test_a_proxy_keeps_its_password(loop, log):
    """
    The credentials of a proxy show in no repr and no error.
    """
    proxy = f"http://me:{CANARY}@127.0.0.1:{free_port()}"
    with make_blocking_client("https://esi.example.com", proxy=proxy) as esi:
        assert_unseen(shown_by_client(esi), CANARY)
        with pytest.raises(errors.ConnectFailed) as failure:
            esi.get("/status")
        assert_unseen(shown_by_error(failure.value), CANARY)
    with pytest.raises(errors.ConfigurationError) as failure:
        make_client("https://esi.example.com", proxy=f"nonsense://me:{CANARY}@there")
    assert_unseen(shown_by_error(failure.value), CANARY)


def test_a_token_goes_to_its_own_origin_alone(simulator, make_simulator, loop, log):
    """
    A redirect is not followed, so nobody else ever sees the token; nor does a server
    whose certificate is not believed.
    """
    elsewhere = make_simulator()
    simulator.faults(
        [
            {
                "fault": {
                    "kind": "redirect",
                    "code": code,
                    "location": elsewhere.base_url,
                },
                "times": 1,
            }
            for code in (301, 302, 303, 307, 308)
        ]
    )

    async def story():
        async with make_client(simulator.base_url, auth=CANARY) as esi:
            for _ in range(5):
                await failure_of(esi.get(WALLET, character_id=90000001))

    loop(story())

    assert simulator.counters()["with_token"] == 5
    assert elsewhere.counters()["requests"] == 0


def test_a_server_that_is_not_believed_never_sees_the_token(
    make_simulator, tmp_path, log
):
    """
    Verification comes before the first byte of the request.
    """
    certificate, key = self_signed(tmp_path, "DNS:localhost,IP:127.0.0.1")
    simulator = make_simulator(certificate=certificate, key=key)
    with make_blocking_client(simulator.base_url, auth=CANARY) as esi:
        with pytest.raises(errors.TlsFailed) as failure:
            esi.get(WALLET, character_id=90000001)
        assert_unseen(shown_by_error(failure.value), CANARY)
    assert simulator.counters()["requests"] == 0
