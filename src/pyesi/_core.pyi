"""The native core: engine, cache, scheduler, transport. For pyesi's own modules."""

from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, final, overload

from ._timeline import Timeline

Value: TypeAlias = int | float | str | bool | Sequence[int] | Sequence[str]
Parameters: TypeAlias = dict[str, Any]

@final
class Headers:
    """Response headers: a read-only mapping, names compared without case."""

    def __getitem__(self, name: str) -> str: ...
    def __contains__(self, name: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def get(self, name: str, default: Any = None) -> Any: ...
    def keys(self) -> list[str]: ...
    def values(self) -> list[str]: ...
    def items(self) -> list[tuple[str, str]]: ...

@final
class Response:
    """A whole answer. Read-only; its body is shared with the cache, not copied."""

    @property
    def status(self) -> int: ...
    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Headers: ...
    @property
    def content(self) -> memoryview: ...
    @property
    def text(self) -> str: ...
    @property
    def source(self) -> Any: ...  # pyesi.Source
    @property
    def not_modified(self) -> bool: ...
    @property
    def age(self) -> float: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def last_modified(self) -> datetime | None: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def attempts(self) -> int: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def route(self) -> str: ...  # the path template
    @property
    def operation_id(self) -> str: ...  # "unchecked" for a route outside the catalog
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def pages(self) -> int | None: ...  # X-Pages
    @property
    def is_success(self) -> bool: ...
    def json(self, type: Any = ...) -> Any: ...
    def raise_for_status(self) -> Response: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def _repr_html_(self) -> str: ...

@final
class RouteTable:
    """The catalog as the core reads it."""

    def __init__(self, table: bytes) -> None: ...

@final
class Engine:
    """Network thread, cache, coalescing, limits."""

    def __init__(
        self,
        table: RouteTable,
        *,
        max_in_flight: int = 20,
        max_in_flight_total: int = 0,  # of all upstreams together; 0: no bound
        pool_size: int = 64,
        http2_connections: int = 2,
        http2: bool = True,
        keep_alive_idle: float = 60.0,
        keep_alive_life: float = 600.0,
        max_waiting: int = 1_000_000,
        reserve: float = 0.1,  # of each window, for interactive requests
        limits_path: str = "",  # of the file; "" and no Redis: limits are not shared
        limits_redis_host: str = "",
        limits_redis_port: int = 6379,
        limits_redis_path: str = "",
        limits_redis_user: str = "",
        limits_redis_password: str = "",
        limits_redis_database: int = 0,
        limits_timeout: float = 0.05,  # to whole milliseconds, upwards
        circuit_breaker: bool = True,
        failure_threshold: float = 0.5,
        least_requests: int = 20,
        failures_in_a_row: int = 0,
        recovery_timeout: float = 15.0,
        half_open_max_calls: int = 1,
        cache: bool = True,
        cache_entries: int = 100_000,
        cache_bytes: int = 268_435_456,
        cache_path: str = "",  # of the file; "": memory alone
        cache_file_bytes: int = 1_073_741_824,
        redis_host: str = "",  # neither host nor path: no Redis
        redis_port: int = 6379,
        redis_path: str = "",  # of its socket
        redis_user: str = "",
        redis_password: str = "",
        redis_database: int = 0,
        redis_timeout: float = 0.05,  # to whole milliseconds, upwards
        compression_threshold: int = 8_192,
        negative_ttl: float = 60.0,  # of 403 and 404; 0: not kept
        # base_ttl, max_ttl, popularity_factor, decay
        dynamic_ttl: tuple[float, float, float, float] | None = None,
        max_body_bytes: int = 67_108_864,
        retry_attempts: int = 3,
        retry_base: float = 0.2,
        retry_cap: float = 5.0,
        retry_budget: float = 0.2,
        retry_floor: int = 3,
        stale_if_error: float = 3600.0,
        ca_file: str = "",
        proxy: str = "",
        no_proxy: str = "",
    ) -> None: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None:
        """Ends every request with ClientClosed, joins the threads; releases the GIL."""

    def abandon(self) -> None:
        """In a forked child: forget the parent's engine without touching it."""

    def cancel(self, tag: int) -> None: ...
    def advance_clock(self, seconds: float) -> None: ...
    def set_emergency(self, on: bool, /) -> None: ...
    def statistics(self) -> dict[str, Any]: ...
    def exposed(self, client: str) -> tuple[dict[str, str], dict[str, Any]]: ...
    def history(self) -> dict[str, list[dict[str, Any]]]: ...
    def cache_get(
        self, key: str, wait: bool = True
    ) -> tuple[int, bytes] | None: ...  # (kind, bytes); wait: for the file too
    def cache_set(
        self, key: str, value: bytes, kind: int, expire: float | None
    ) -> None: ...  # None: as long as its use says, or 300 s
    def cache_delete(self, key: str) -> bool: ...
    def cache_clear(self) -> None: ...
    def cache_save(self, path: str) -> int | None: ...  # None: it cannot be written
    def cache_load(self, path: str) -> int | None: ...  # None: it cannot be read
    def cache_statistics(self) -> dict[str, Any]: ...

@final
class Options:
    """What one request has beyond its route and parameters."""

    def __init__(
        self,
        *,
        headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None,  # JSON; Content-Type is added
        authorization: str | None = None,  # "Bearer …"; sent, never shown
        identity: str
        | None = None,  # keys cache, coalescing and limits; REQUIRES authorization
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        write_timeout: float | None = None,
        pool_timeout: float | None = None,
        total_timeout: float
        | None = None,  # of one request; items of a batch or sweep: from admission
        deadline: float
        | None = None,  # seconds from construction; bounds the whole batch or sweep
        priority: int = 1,  # 0 interactive, 1 normal, 2 background, 3 warming
        # 0 default, 1 reload, 2 no_store, 3 only_if_cached, 4 force_stale
        cache_mode: int = 0,
    ) -> None: ...

Event: TypeAlias = (
    tuple[Literal["progress"], int, int]  # pages that have come, pages in all
    | tuple[Literal["page"], int, Response, int]  # index from 0, in order; its bytes
    # The same of a stream of tables: index, rows, Last-Modified, bytes.
    | tuple[Literal["rows"], int, Batches, float | None, int]
    # Index from 0; one of both is None; its bytes.
    | tuple[Literal["item"], int, Response | None, Exception | None, int]
    | tuple[Literal["done"], Any]
)

# Method, route, parameters; an item's own options take the place of the batch's.
BatchItem: TypeAlias = (
    tuple[str, Any, Parameters | None] | tuple[str, Any, Parameters | None, Options]
)

# Name, kind, nullable, detail. Kinds: int64, double, bool, string, dictionary,
# timestamp, date, struct, list, keyed, json, skipped. Detail: of a dictionary the known
# strings; of a struct its fields; of a list its "item"; of a keyed its "value".
ColumnSpec: TypeAlias = tuple[str, str, bool, Any]

# "caller", "page" or "last_modified": what the value comes from.
GivenSpec: TypeAlias = tuple[ColumnSpec, str]

@final
class TablePlan:
    """How a route's answers become rows. One for each table: its dictionaries grow."""

    def __init__(
        self,
        *,
        route: str,
        rows_field: str = "",  # "": the document itself holds the rows
        many: bool = True,  # else the document is one row
        bare: bool = False,  # a row is a bare value
        columns: Sequence[ColumnSpec],
        given: Sequence[GivenSpec] = (),
        key: str = "",  # by which a row that came twice is known; "": none
        newest_wins: bool = False,
        misfits_to_null: bool = False,
    ) -> None:
        """Raises ValueError for a plan that cannot be."""

    def __arrow_c_schema__(self) -> object: ...

@final
class Batch:
    """Rows that were read together."""

    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def counts(self) -> dict[str, Any]:
        """bytes (of JSON), misfits, unknown_fields."""

    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Batches:
    """The rows of a table: batches of one plan. No Python object stands for a row."""

    def __init__(
        self, plan: TablePlan, batches: Sequence[Batch], repeats: int = 0
    ) -> None:
        """Joined as they are. Raises ValueError for a batch of another plan."""

    def without_repeats(self) -> Batches:
        """Each row once, by the plan's key; releases the GIL."""

    @property
    def repeats(self) -> int:
        """Rows that came twice, and were left out once."""

    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int:
        """Of the batches that rows are of, each of them whole."""

    @property
    def counts(self) -> dict[str, Any]:
        """As of a batch, in sum; and unknown_values by column."""

    @property
    def columns(self) -> list[tuple[str, str, bool]]:
        """Name, type as a person reads it, nullable."""

    @property
    def batches(self) -> list[Batch]: ...
    def slice(self, start: int, stop: int) -> Batches:
        """As far as there are such rows; shares the buffers."""

    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        """As Python values."""

    def column(self, name: str) -> list[Any]:
        """As Python values. Raises KeyError for a name that is none."""

    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

# Response, page number, one value for each column that is the caller's.
Document: TypeAlias = tuple[
    Response, int, tuple[int | float | bool | str | datetime | None, ...]
]

@final
class Bridge:
    """Hands completions to one event loop, or to one blocking thread.

    With a loop: `loop.add_reader(bridge.fileno(), bridge.drain)`. Without: `wait`.
    """

    def __init__(self, loop: Any | None = None) -> None: ...
    def fileno(self) -> int: ...
    def drain(self) -> None:
        """Settles what has ended; at most 256 at a time."""

    def watch(self, engine: Engine, tell: Callable[[str, str, float], None]) -> None:
        """Has `tell` told what became of an upstream: what, its origin, seconds."""

    def pending(self) -> int: ...
    def wait(self, tag: int) -> Event:
        """Blocks until the next event of `tag`; raises what it failed with.

        Gives way to signals within 100 ms. Afterwards the caller cancels the tag and
        forgets it.
        """

    def forget(self, tag: int) -> None:
        """Nobody waits for it any more: what comes of it is dropped."""

    def close(self) -> None: ...

@final
class Profile:
    """The constant part of a client: where to, as whom, in which variant."""

    def __init__(
        self,
        engine: Engine,
        *,
        base_url: str,
        user_agent: str,
        compatibility_date: str,
        language: str,
        tenant: str,
        lifetimes: dict[str, float],
        ceilings: dict[str, tuple[int, float]],  # requests, seconds; 0 requests: none
        upstreams: list[tuple[str, float, bool]] = ...,  # url, weight, trusted
        balancing: str = ...,
        health_check: tuple[str, float, float, int, int] | None = ...,
    ) -> None: ...
    def try_fresh(
        self, route: Any, parameters: Parameters | None, identity: str | None = None, /
    ) -> Response | None:
        """A fresh entry for GET, without a wait; None if none, and each 128th."""

    def needs_token(self, method: str, route: Any, /) -> bool:
        """Whether the catalog secures the route. False for one it does not know."""

    def explain(
        self,
        method: str,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        /,
    ) -> dict[str, Any]:
        """What would become of a request now; nothing is sent."""

    def invalidate(
        self,
        route: Any,
        parameters: Parameters | None,
        glob: str | None,
        identity: str | None,
        /,
    ) -> int:
        """Forgets kept answers; how many there were. None in a place: any."""

    @overload
    def submit(
        self,
        bridge: Bridge,
        future: Future[Response],
        method: str,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        /,
    ) -> int: ...
    @overload
    def submit(
        self,
        bridge: Bridge,
        future: None,
        method: str,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        /,
    ) -> int:
        """Sends; the future gets a Response or an ESIError. The tag cancels.

        Raises InvalidRequest before any socket is touched.
        """

    def submit_batch(
        self,
        bridge: Bridge,
        future: Future[tuple[list[Response | None], dict[int, Exception]]] | None,
        items: Sequence[BatchItem],
        options: Options | None,
        batch_size: int,
        on_event: Callable[..., None] | None,
        /,
    ) -> int: ...
    def stream_batch(
        self,
        bridge: Bridge,
        future: Future[Any] | None,
        items: Sequence[BatchItem],
        options: Options | None,
        batch_size: int,
        in_order: bool,
        byte_window: int,
        on_event: Callable[..., None] | None,
        /,
    ) -> int:
        """Items are handed over as events; the end says nothing."""

    def taken(self, tag: int, bytes: int, /) -> None:
        """Of what a stream handed over, so many bytes are done with."""

    def submit_sweep(
        self,
        bridge: Bridge,
        future: Future[dict[str, Any] | Response] | None,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        consistent: bool,
        wait_for_refresh: bool,  # do not start within 5 s of page 1's expiry
        on_event: Callable[..., None] | None,
        /,
    ) -> int:
        """The result: {"pages": list[Response], "last_modified": float | None,
        "consistent": bool, "rounds": int}. A page that said no is the end by itself."""

    def stream_sweep(
        self,
        bridge: Bridge,
        future: Future[dict[str, Any] | Response] | None,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
        on_event: Callable[..., None] | None,
        /,
    ) -> int:
        """Pages are handed over as events; the end is as of a sweep, without pages."""

    def submit_reading(
        self,
        bridge: Bridge,
        future: Future[Batch] | None,
        plan: TablePlan,
        documents: Sequence[Document],
        /,
    ) -> int:
        """As read_batch, on the worker pool."""

    def submit_table_sweep(
        self,
        bridge: Bridge,
        future: Future[dict[str, Any] | Response] | None,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        plan: TablePlan,
        given: tuple[Any, ...],  # as of a document
        consistent: bool,
        wait_for_refresh: bool,
        on_event: Callable[..., None] | None,
        /,
    ) -> int:
        """As a sweep whose pages are read as they come. The result: {"batches": Batches
        (each row once), "pages": int, and the rest as of a sweep}."""

    def stream_table_sweep(
        self,
        bridge: Bridge,
        future: Future[dict[str, Any] | Response] | None,
        route: Any,
        parameters: Parameters | None,
        options: Options | None,
        table: tuple[TablePlan, tuple[Any, ...]],  # given values as of a document
        consistent: bool,
        wait_for_refresh: bool,
        byte_window: int,
        on_event: Callable[..., None] | None,
        /,
    ) -> int:
        """Rows of each page are handed over as events, without those that the page
        before has; the end is as of a sweep, without pages."""

    def submit_warming(
        self,
        bridge: Bridge,
        future: Future[dict[str, Any]] | None,
        items: Sequence[BatchItem],
        options: Options | None,
        settings: dict[str, Any],  # every, max_operations, warming_threshold
        /,
    ) -> Warming:
        """The result is a report, as of `Warming.report`.

        Raises InvalidRequest before any socket is touched.
        """

@final
class Warming:
    """A warming that was begun; from any thread."""

    @property
    def tag(self) -> int: ...
    def report(self) -> dict[str, Any]:
        """What it has done so far, by name; "running" while it goes on."""

    def wait_for_end(self, seconds: float) -> bool:
        """Whether it has ended, after a wait of so long at most; releases the GIL."""

def read_batch(plan: TablePlan, documents: Sequence[Document]) -> Batch:
    """The rows of some answers, on the caller's thread; releases the GIL.

    Raises DecodeFailed, with route, page, row and field where a value does not fit.
    """

def fault_of_dynamic_ttl(settings: tuple[float, float, float, float]) -> str | None:
    """What is wrong with base_ttl, max_ttl, popularity_factor, decay."""

def fault_of_lifetime(path: str, wanted: float, told: float | None) -> str | None:
    """Why a user may not have that lifetime of a route; None if it is right."""

def restore_response(facts: tuple[Any, ...]) -> Response:
    """The response again, from what its `__reduce__` told."""

def abandon_limits_after_fork() -> None:
    """In a forked child: the process-wide limits begin anew, without their locks."""
