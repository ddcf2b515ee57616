"""The client that blocks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ._alerts import WatchedClient
from ._base import Route, checked_method
from ._batch import BYTE_WINDOW, checked_window
from ._blocking_tables import BlockingTables
from ._cache import SyncESICache
from ._identity import Auth
from ._options import NO_WISHES, Deadline, Wishes
from ._pages import Pages
from ._progress import Progress

if TYPE_CHECKING:
    from pyesi._core import Response
    from pyesi._types import CacheMode, Priority
    from pyesi.config import Timeout


class SyncESIClient(WatchedClient, BlockingTables):
    """ESI for programs without an event loop; the same engine as `ESIClient`.

        with pyesi.SyncESIClient(user_agent="my-app/1.0 (me@example.com)") as esi:
            system = esi.get("/universe/systems/{system_id}", system_id=30000142)

    A call blocks its thread and gives way to Ctrl-C. Thread-safe.
    """

    @property
    def cache(self) -> SyncESICache:
        """Values of the application's own, kept beside ESI's answers."""
        return SyncESICache(self)

    def get(
        self,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """GET. A fresh answer of the cache comes without any wait. See `request`."""
        if params is None and headers is None and auth is None and cache_mode is None:
            hit = self._try_fresh(route, parameters)
            if hit is not None:
                return hit
            if (
                timeout is None
                and deadline is None
                and priority is None
                and raise_for_status is None
            ):
                return self._send("GET", route, parameters, NO_WISHES, tried=True)
            tried = True
        else:
            tried = False
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._send("GET", route, parameters, wishes, tried=tried)

    def request(
        self,
        method: str,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """Send a request and wait for its end.

        Args:
            method: GET, HEAD, POST, PUT or DELETE.
            route: A path template, an operation id, or an `UncheckedRoute`.
            params: Parameters beside the keywords, for names that are not Python's.
            json: The body.
            headers: Further headers.
            auth: A token, or what gives one, for this request; sent in any case.
            timeout: Seconds for the whole request, or a `Timeout`.
            deadline: When it must have ended: an aware datetime, or an instant of
                `time.monotonic()`.
            priority: Which of the waiting requests goes first.
            cache_mode: How the cache is used: see `pyesi.CacheMode`.
            raise_for_status: False gives 4xx and 5xx back as they are.
            parameters: The route's own, in path or query.

        Raises:
            InvalidRequest: It cannot be sent as it is; no socket was touched.
            StatusError: The answer is 4xx or 5xx.
            RequestFailed: No answer came; the subclass says what to do.
            ClientClosed: The client was closed.
        """
        wishes = Wishes(
            params=params,
            json=json,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._send(checked_method(method), route, parameters, wishes)

    def head(
        self,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """HEAD: the headers alone. See `request`."""
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._send("HEAD", route, parameters, wishes)

    def post(
        self,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """POST; sent once and never again. See `request`."""
        wishes = Wishes(
            params=params,
            json=json,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            raise_for_status=raise_for_status,
        )
        return self._send("POST", route, parameters, wishes)

    def put(
        self,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """PUT; sent once and never again. See `request`."""
        wishes = Wishes(
            params=params,
            json=json,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            raise_for_status=raise_for_status,
        )
        return self._send("PUT", route, parameters, wishes)

    def delete(
        self,
        route: Route,
        /,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Response:
        """DELETE; sent once and never again. See `request`."""
        wishes = Wishes(
            params=params,
            json=json,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            raise_for_status=raise_for_status,
        )
        return self._send("DELETE", route, parameters, wishes)

    def get_pages(
        self,
        route: Route,
        /,
        *,
        progress: Progress = False,
        consistent: bool = True,
        wait_for_refresh: bool = True,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Pages:
        """All pages of a listing, as one snapshot where ESI counts its pages.

        Listings by cursor or by id are walked to their end, from the newest row back; a
        cursor listing with ``after=`` from there on. Any other route is one page.

        Args:
            route: A path template, an operation id, or an `UncheckedRoute`.
            progress: True for a bar, or what is called with (pages, pages in all).
            consistent: False accepts pages of several snapshots after three rounds:
                see `Pages.consistent`.
            wait_for_refresh: Whether a sweep that would begin within 5 s of the first
                page's expiry waits for the next snapshot.
            params: Parameters beside the keywords.
            headers: Further headers.
            auth: A token, or what gives one; sent in any case.
            timeout: Seconds for each page from its admission, or a `Timeout`.
            deadline: When all must have come.
            priority: Which of the waiting requests goes first.
            cache_mode: How the cache is used: see `pyesi.CacheMode`.
            raise_for_status: False gives pages that say no back as they are.
            parameters: The route's own, without `page`.

        Raises:
            InconsistentPages: The pages never had one Last-Modified.
            InvalidRequest, StatusError, RequestFailed, ClientClosed: As `request`.
        """
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._pages(
            route,
            wishes,
            parameters,
            progress=progress,
            consistent=consistent,
            wait_for_refresh=wait_for_refresh,
        )

    def stream_pages(
        self,
        route: Route,
        /,
        *,
        consistent: bool = True,
        wait_for_refresh: bool = True,
        byte_window: int = BYTE_WINDOW,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        timeout: float | Timeout | None = None,
        deadline: Deadline | None = None,
        priority: Priority | str | None = None,
        cache_mode: CacheMode | str | None = None,
        raise_for_status: bool | None = None,
        **parameters: Any,
    ) -> Generator[Response, None, None]:
        """The pages of a listing, one after the other: `for page in …`.

        Pages of a sweep wait, compressed, until the snapshot is whole; with
        ``consistent=False`` they come as soon as they can come in order, and no more
        are asked for while `byte_window` bytes have come and were not taken. To leave
        early, close the generator: what is under way is cancelled. Options and errors
        are those of `get_pages`.
        """
        wishes = Wishes(
            params=params,
            headers=headers,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            priority=priority,
            cache_mode=cache_mode,
            raise_for_status=raise_for_status,
        )
        return self._stream(
            route,
            wishes,
            parameters,
            consistent=consistent,
            wait_for_refresh=wait_for_refresh,
            byte_window=checked_window(byte_window),
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()
