"""What a user's type checker sees; `mypy` checks this file, nothing runs it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, assert_type

from matplotlib.axes import Axes

import pyesi
from pyesi import (
    Batch,
    BatchResult,
    CacheMode,
    Engine,
    ESICache,
    ESIClient,
    ESIConnectionPool,
    Explanation,
    HealthCheck,
    Pages,
    Phase,
    Priority,
    Response,
    Source,
    SyncESIClient,
    SyncWarming,
    Table,
    TableStore,
    Timeline,
    Timeout,
    UncheckedRoute,
    Upstream,
    Warming,
    WarmingReport,
)
from pyesi.advice import Advice, Finding
from pyesi.alerts import Alert, Subscription
from pyesi.columns import Column
from pyesi.metrics import (
    History,
    HistoryRow,
    Hours,
    Kpi,
    Kpis,
    PrometheusCollector,
    QueueCounted,
    Statistics,
    Trends,
    load_history,
    load_statistics,
)


def show(done: int, total: int) -> None:
    """Take part in a sweep."""


async def kept_warm(esi: ESIClient) -> None:
    esi.cache.on_event("war", "/wars/{war_id}", params={"war_id": "war"})
    assert_type(await esi.cache.tell("war", war=1), int)
    assert_type(await esi.cache.warm(["/wars"]), WarmingReport)
    async with await esi.cache.warm(["/wars"], every=60) as warming:
        assert_type(warming, Warming)
        assert_type(warming.statistics(), WarmingReport)


def of_gateways() -> SyncESIClient:
    return SyncESIClient(
        user_agent="app/1.0 (me@example.com)",
        upstreams=["https://a.example.com", Upstream("https://b.example.com", 2, True)],
        balancing="least_response_time",
        health_check=HealthCheck(path="/status", interval=60),
    )


async def asynchronous(token: Callable[[], str]) -> None:
    async with ESIClient(
        user_agent="app/1.0 (me@example.com)",
        base_url="https://esi.evetech.net",
        pool_size=4,
        timeout=Timeout(connect=1, total=5),
        auth=token,
        cache=None,
        language="de",
    ) as esi:
        assert_type(esi, ESIClient)
        system = await esi.get("/universe/systems/{system_id}", system_id=30000142)
        assert_type(system, Response)
        assert_type(system.status, int)
        assert_type(system.headers["etag"], str)
        assert_type(system.content, memoryview)
        assert_type(system.expires_at, datetime | None)
        assert_type(system.elapsed, float)
        assert_type(await esi.post("/universe/names", json=[1, 2]), Response)
        assert_type(await esi.request("GET", UncheckedRoute("/new")), Response)

        assert_type(await esi.get("/status", cache_mode=CacheMode.RELOAD), Response)
        told = await esi.explain("/status", cache_mode="reload")
        assert_type(told, Explanation)
        assert_type(told.waits, tuple[str, ...])
        assert_type(await esi.cache.invalidate("/wars/{war_id}", war_id=1), int)

        pages = await esi.get_pages("/wars", progress=show)
        assert_type(pages, Pages)
        assert_type(pages[0], Response)
        assert_type(pages[1:], Sequence[Response])
        assert_type(pages.last_modified, datetime | None)
        async for page in esi.stream_pages("/wars", priority=Priority.BACKGROUND):
            assert_type(page, Response)

        batch = await esi.batch_request(
            [
                "/status",
                ("/universe/types/{type_id}", {"type_id": 34}),
                ("POST", "/universe/names", {}),
                {"route": "/status", "json": None},
            ]
        )
        assert_type(batch, Batch)
        assert_type(batch.results, list[Response | None])
        assert_type(batch.errors, dict[int, pyesi.ESIError])
        assert_type(esi.cache, ESICache)
        assert_type(await esi.cache.get("key"), Any)
        assert_type(esi.pool, ESIConnectionPool)
        assert_type(esi.statistics(), Statistics)


def counts(esi: SyncESIClient) -> None:
    assert_type(esi.statistics(since=esi.statistics())["queue"], QueueCounted)
    assert_type(load_statistics("statistics.json")["requests"][0]["count"], int)
    assert_type(esi.statistics()["settings"]["pool_size"], int)
    assert_type(esi.advice(since=esi.statistics()), Advice)
    assert_type(esi.engine.advice()[0], Finding)


def waits(response: Response) -> None:
    assert_type(response.timeline, Timeline)
    assert_type(response.timeline[0], Phase)
    assert_type(response.timeline.seconds("wait"), float)


async def tables(esi: ESIClient) -> None:
    table = await esi.get_table("/wars", columns=["value"], add={"of": "ESI", "n": 1})
    assert_type(table, Table)
    assert_type(table.schema, tuple[Column, ...])
    assert_type(table.columns, tuple[str, ...])
    assert_type(table.head(3), Table)
    assert_type(table.rows(), list[dict[str, Any]])
    assert_type(table.column("value"), list[Any])
    assert_type(table.last_modified, datetime | None)
    assert_type(table.errors, Mapping[int, pyesi.ESIError])
    assert_type(len(table), int)
    table.to_parquet("wars.parquet")
    wars = {"war_id": (n for n in [1, 2])}
    await esi.get_table("/wars/{war_id}", over=wars, errors="skip", misfits="null")
    async for page in esi.stream_table("/wars", provenance=True, consistent=False):
        assert_type(page, Table)


def blocking_tables(esi: SyncESIClient) -> None:
    assert_type(esi.get_table("/wars", progress=show), Table)
    for page in esi.stream_table("/wars", byte_window=1_000_000):
        assert_type(page, Table)
    esi.get_table("/wars", misfits="drop")  # type: ignore[arg-type]


def table_store(esi: SyncESIClient) -> None:
    """A history of tables."""
    with TableStore("market.duckdb", wait=1) as store:
        assert_type(store.append(esi.get_table("/wars"), name="wars"), bool)
        assert_type(store.snapshots("wars"), list[datetime])
        assert_type(store.names, list[str])
        assert_type(len(store), int)
        store.read("wars", columns=["value"], since=date(2026, 11, 29), until=None)
        store.read("wars", since="yesterday")  # type: ignore[arg-type]


async def token_of_sso() -> str:
    return "token"


def blocking() -> None:
    with (
        Engine(max_in_flight=5) as engine,
        SyncESIClient(user_agent="app/1.0 (me@example.com)", engine=engine) as esi,
    ):
        assert_type(esi.get("/status"), Response)
        assert_type(esi.get_pages("/wars"), Pages)
        for result in esi.stream_batch(["/status"], in_order=True):
            assert_type(result, BatchResult)
            assert_type(result.error, pyesi.ESIError | None)
            assert_type(result.result(), Response)
        for page in esi.stream_pages("/wars"):
            assert_type(page, Response)
        assert_type(esi.batch_request(["/status"]), Batch)
        assert_type(esi.cache.delete("key"), bool)
        assert_type(esi.cache.warm(["/wars"]), WarmingReport)
        assert_type(esi.cache.warm(["/wars"], every=60), SyncWarming)
        PrometheusCollector(esi, other=engine)
    ESIClient(user_agent="app/1.0 (me@example.com)", auth=token_of_sso)


def drawn(esi: SyncESIClient, batch: Batch, axes: Axes) -> None:
    assert_type(esi.plot_timeline(esi.get_pages("/wars")), Axes)
    assert_type(esi.plot_timeline(batch, ax=axes), Axes)
    assert_type(esi.plot_timeline([esi.get("/status")]), Axes)


def watched(esi: SyncESIClient, other: ESIClient) -> None:
    @esi.alerts.on("error_rate", threshold=0.05, for_=60)
    def tell(alert: Alert) -> None:
        assert_type(alert.labels, Mapping[str, str])
        assert_type(alert.state, Literal["firing", "resolved"])

    stays: Callable[[Alert], None] = tell
    stays(esi.alerts.active[0])

    @other.alerts.on("hit_rate")
    async def awaited(alert: Alert) -> int:
        return 1

    assert_type(esi.alerts.on("error_rate", tell, interval=1), Subscription)
    assert_type(esi.alerts.active, tuple[Alert, ...])
    esi.alerts.on("error_rate", print, threshold="1")  # type: ignore[call-overload]
    esi.alerts.on("error_rate", int)  # type: ignore[arg-type]


def numbers(seen: Statistics) -> None:
    assert_type(seen.kpis(), Kpis)
    assert_type(seen.kpis()[0], Kpi)
    assert_type(seen.kpis()[0].value, float | None)


def past(esi: SyncESIClient, engine: pyesi.Engine) -> None:
    known = esi.history(hours=168)
    assert_type(known, History)
    assert_type(engine.history(), History)
    assert_type(known[0], HistoryRow)
    assert_type(known[1:], tuple[HistoryRow, ...])
    assert_type(known[0].hit_rate, float | None)
    assert_type(known.by_hour(), Hours)
    assert_type(known.trend(), Trends)
    assert_type(load_history("answers.sqlite3"), History)
    esi.write_report("report.html", hours=24)
    esi.write_report("report.html", 24)  # type: ignore[call-arg]
    esi.history("day")  # type: ignore[arg-type]


def errors(error: pyesi.ESIError) -> None:
    assert_type(error.attempts, int)
    assert_type(error.retry_after, float | None)
    if isinstance(error, pyesi.StatusError):
        assert_type(error.response, Response)
        assert_type(error.status, int)
    assert_type(Source("fresh"), Source)


def wrong() -> None:
    ESIClient(user_agent="app/1.0 (me@example.com)", colour="red")  # type: ignore[arg-type]
    ESIClient(user_agent="app/1.0 (me@example.com)", pool_size="5")  # type: ignore[arg-type]
    ESIClient(user_agent="app/1.0 (me@example.com)").plot_timeline(1)  # type: ignore[arg-type]
    Timeout(conect=1)  # type: ignore[call-arg]
