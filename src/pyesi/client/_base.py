"""What both clients are made of: settings, the way to the engine, options."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, Never, TypeAlias

from pyesi import _core
from pyesi._types import UNSET, CacheMode, Unset
from pyesi.catalog import UncheckedRoute
from pyesi.config import (
    CacheConfig,
    ClientConfig,
    EngineConfig,
    HealthCheck,
    Timeout,
    Upstream,
    has_timeout,
    refuse_unknown_names,
)
from pyesi.errors import (
    ClientClosed,
    ConfigurationError,
    ESIError,
    InvalidRequest,
    status_error,
)

from ._advised import Advised
from ._cache_events import CacheEvents
from ._ceilings import Ceilings, checked_ceilings
from ._engine import Engine
from ._explanation import Explanation, explained
from ._identity import Auth, Bearer, Bearers, checked_token, token_missing
from ._lifetimes import checked_lifetimes
from ._options import NO_WISHES, Wishes, checked_cache_mode, make_options
from ._past import PastOfClient
from ._pool import ESIConnectionPool
from ._shown import Limits, ShownInNotebooks
from ._upstreams import NONE_TRUSTED, several_upstreams

if TYPE_CHECKING:
    from pyesi.metrics import LimitsSeen, Statistics

_LOGGER = logging.getLogger("pyesi")

Route: TypeAlias = str | UncheckedRoute
"""A path template, an operation id, or a route that the catalog does not know."""


class BaseClient(ShownInNotebooks, Advised, PastOfClient):
    """The part of a client that does not wait.

    Thread-safe.
    """

    def __init__(
        self,
        *,
        user_agent: str | None = None,
        base_url: str | None = None,
        upstreams: Iterable[str | Upstream] | None = None,
        balancing: str | None = None,
        health_check: HealthCheck | None = None,
        preset: str | None = None,
        pool_size: int | None = None,
        timeout: float | Timeout | None = None,
        auth: Auth | None = None,
        cache: str | os.PathLike[str] | CacheConfig | Unset | None = UNSET,
        limits: str | os.PathLike[str] | None = None,
        compatibility_date: str | date | None = None,
        language: str | None = None,
        tenant: str | None = None,
        lifetimes: Mapping[str, float] | None = None,
        ceilings: Ceilings | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        engine: Engine | None = None,
        max_in_flight: int | None = None,
        allow_http: bool | None = None,
        **unknown: Never,
    ) -> None:
        """Make a client; nothing is sent and no thread starts before its first request.

        Each setting that is not given comes from ``PYESI_<NAME>`` of the environment,
        then from its default.

        Args:
            user_agent: The application and a contact: mail, URL, discord: or eve: name.
            base_url: Where ESI is; https, or http on this machine.
            upstreams: Several places in its stead, as URLs or `Upstream`; tokens go to
                those that are trusted.
            balancing: How one of them is chosen: round_robin, weighted_round_robin,
                least_connections, least_response_time, health_weighted, source_hash.
            health_check: A `HealthCheck` that looks after them; none by default.
            preset: development, balanced, production or aggressive: values that go
                together, for what is not set.
            pool_size: Connections of one host over HTTP/1.1; 64.
            timeout: Seconds for a whole request, or a `Timeout`.
            auth: A token, or a callable that gives one; for `ESIClient` it may be a
                coroutine function. The token goes along only where the route needs it.
            cache: ``"memory"``; the path of a file, to keep answers past the process's
                end; a ``redis://`` URL, to share them with other machines; a
                `CacheConfig`; or None to keep nothing.
            limits: By what processes share ESI's limits: the path of a file for those
                of this machine, a ``redis://`` URL for several machines; by default
                each is for itself.
            compatibility_date: The date whose ESI the application was written for;
                the catalog's.
            language: What names come in: en de fr ja ru zh ko es.
            tenant: The server cluster; tranquility.
            lifetimes: Seconds by route for which answers are fresh, where ESI does not
                say longer.
            ceilings: (requests, seconds) by route, in place of what is known of hidden
                limits; None for none.
            proxy: A proxy's URL; ``""`` for none, whatever the environment says.
            ca_file: Certificates to trust in place of certifi's.
            engine: An engine to share with other clients; else one of its own.
            max_in_flight: Requests of one upstream at once; 20.
            allow_http: Whether base_url may be plain http on another machine.
            unknown: Nothing: there are no other settings.

        Raises:
            ConfigurationError: A setting cannot be used, or there is none of that name.
        """
        refuse_unknown_names(unknown, os.environ)
        self._auth = _checked_auth(auth)
        self._lifetimes = checked_lifetimes(lifetimes)
        self._ceilings = checked_ceilings(ceilings)
        self._config = ClientConfig.make(
            {
                "user_agent": user_agent,
                "base_url": base_url,
                "upstreams": upstreams,
                "balancing": balancing,
                "health_check": health_check,
                "timeout": timeout,
                "compatibility_date": compatibility_date,
                "language": language,
                "tenant": tenant,
                "allow_http": allow_http,
            },
            os.environ,
        )
        if auth is not None and not self._config.trusts_some:
            raise ConfigurationError(f"auth= is of no use: {NONE_TRUSTED}")
        of_engine = {
            "preset": preset,
            "pool_size": pool_size,
            "cache": cache,
            "limits": limits,
            "proxy": proxy,
            "ca_file": ca_file,
            "max_in_flight": max_in_flight,
        }
        self._owns_engine = engine is None
        self._engine = (
            _own_engine(of_engine, self._config)
            if engine is None
            else _shared_engine(engine, of_engine)
        )
        if not has_timeout(timeout, os.environ):
            self._config = self._config.with_preset(self._engine.config.preset)
        self._bearers = Bearers()
        self._closed = False
        self._reloaded: set[str] = set()
        self._cache_events = CacheEvents()
        self._usual_options: _core.Options | None = None
        self._disconnect()
        self._engine.connect(self)

    @property
    def config(self) -> ClientConfig:
        """The settings."""
        return self._config

    @property
    def engine(self) -> Engine:
        """The engine, its own or shared."""
        return self._engine

    @property
    def closed(self) -> bool:
        """Whether the client or its engine was closed."""
        return self._closed or self._engine.closed

    @property
    def pool(self) -> ESIConnectionPool:
        """The view of the engine's connections."""
        return ESIConnectionPool(self._engine)

    def statistics(self, since: Statistics | None = None) -> Statistics:
        """What the engine counted, or did after `since`: see `Engine.statistics`."""
        return self._engine.statistics(since)

    def limits(self) -> list[LimitsSeen]:
        """What holds requests back at this moment, by upstream: see `pyesi.metrics`."""
        return Limits(self._engine.statistics()["limits"])

    def configuration(self) -> dict[str, Any]:
        """All settings that hold, by name; shown without secrets."""
        of_client = {
            field.name: getattr(self._config, field.name)
            for field in fields(self._config)
        }
        return {
            **of_client,
            "lifetimes": dict(self._lifetimes),
            "ceilings": dict(self._ceilings),
            "auth": self._auth is not None,
            **self._engine.config.shown(),
            "emergency": self._engine.emergency,
        }

    def _has_closed(self) -> bool:
        """Mark it closed. Whether it was already."""
        was_closed, self._closed = self._closed, True
        self._disconnect()
        return was_closed

    def __repr__(self) -> str:
        """Where to and as whom; no token."""
        state = " closed" if self.closed else ""
        config = self._config
        kind = type(self).__name__
        more = f" and {n} more" if (n := len(config.upstreams) - 1) > 0 else ""
        return f"<pyesi.{kind} {config.base_url}{more} {config.user_agent!r}{state}>"

    # The way to the core. `_try_fresh` is the whole of a fresh hit: it is the core's
    # own method once connected, so that a hit makes no Python object but its answer.
    # `_submit` and `_needs_token` are such methods too: to take one anew costs more
    # than to call it.

    def _disconnect(self) -> None:
        self._profile: _core.Profile | None = None
        self._try_fresh = self._connect_and_try
        self._submit = self._connect_and_submit
        self._needs_token = self._connect_and_see

    def _connect_and_try(
        self,
        route: Any,
        parameters: dict[str, Any] | None,
        identity: str | None = None,
        /,
    ) -> _core.Response | None:
        return self._connected().try_fresh(route, parameters, identity)

    def _connect_and_submit(self, *asked: Any) -> int:
        return self._connected().submit(*asked)

    def _connect_and_see(self, method: str, route: Any, /) -> bool:
        return self._connected().needs_token(method, route)

    def _connected(self) -> _core.Profile:
        profile = self._profile
        return self._connect() if profile is None else profile

    def _connect(self) -> _core.Profile:
        if self._closed:
            raise ClientClosed("The client was closed")
        config = self._config
        profile = _core.Profile(
            self._engine.native(),
            base_url=config.base_url,
            user_agent=config.user_agent,
            compatibility_date=config.compatibility_date,
            language=config.language,
            tenant=config.tenant,
            lifetimes=self._lifetimes,
            ceilings=self._ceilings,
            **several_upstreams(config),
        )
        self._usual_options = make_options(NO_WISHES, config.timeout, None)
        self._profile = profile
        self._try_fresh = profile.try_fresh
        self._submit = profile.submit
        self._needs_token = profile.needs_token
        return profile

    # What a request needs, before it is sent.

    def _auth_for(self, method: str, route: Route, wishes: Wishes) -> Auth | None:
        """What gives the request's token; None if none goes along.

        Raises:
            InvalidRequest: The route needs one and nobody gave any, or no upstream may
                see it.
        """
        auth = wishes.auth
        if auth is None:
            if not self._needs_token(method, route):
                return None
            auth = self._auth
        if not self._config.trusts_some:
            raise InvalidRequest(f"{method} {route} has a token: {NONE_TRUSTED}")
        if auth is None:
            raise token_missing(method, str(route))
        return auth

    def _check_cache_mode(self, method: str, route: Route, wishes: Wishes) -> None:
        """Refuse a cache mode that has no meaning here; a reload is said out loud.

        Raises:
            InvalidRequest: There is no such mode, or none for this method.
        """
        if wishes.cache_mode is None:
            return
        mode = checked_cache_mode(wishes.cache_mode, method)
        name = str(route)
        if mode is CacheMode.RELOAD and name not in self._reloaded:
            self._reloaded.add(name)
            _LOGGER.warning(
                "%s %s is asked with cache_mode='reload': ESI may see it before its "
                "answer has expired, which CCP bans applications for. Said once a "
                "route; counted as reloads.",
                method,
                name,
            )

    def _fresh(
        self,
        route: Route,
        parameters: dict[str, Any],
        wishes: Wishes,
        bearer: Bearer | None,
    ) -> _core.Response | None:
        if wishes.headers or wishes.cache_mode == CacheMode.RELOAD:
            return None  # an answer may depend on headers; the long way knows how
        identity = None if bearer is None else bearer.identity
        return self._try_fresh(route, parameters, identity)

    def _explained(
        self,
        method: str,
        route: Route,
        parameters: dict[str, Any],
        wishes: Wishes,
        bearer: Bearer | None,
    ) -> Explanation:
        """What would become of a request whose token is at hand."""
        told = self._connected().explain(
            method, route, parameters, self._options(method, wishes, bearer)
        )
        told["identity"] = "ip" if bearer is None else bearer.identity
        mode = checked_cache_mode(wishes.cache_mode, method)
        return explained(method, str(route), mode, told, self.statistics())

    def _bearer(self, token: object) -> Bearer:
        return self._bearers.bearer(token)

    def _options(
        self, method: str, wishes: Wishes, bearer: Bearer | None
    ) -> _core.Options | None:
        if wishes is NO_WISHES and bearer is None:
            return self._usual_options
        return make_options(wishes, self._config.timeout, bearer, method=method)


def tell_route(error: BaseException, route: Route | None) -> None:
    """Let the error say which route it was about: the core knows only targets."""
    if route is not None and isinstance(error, ESIError) and error.route is None:
        error.route = str(route)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})


def checked_method(method: object) -> str:
    """The method in capitals.

    Raises:
        InvalidRequest: ESI has no such method.
    """
    if not isinstance(method, str) or method.upper() not in _METHODS:
        message = f"A method must be one of {', '.join(sorted(_METHODS))}: {method!r}."
        raise InvalidRequest(message)
    return method.upper()


def checked_route(route: object) -> Route:
    """The route, if it can be one.

    Raises:
        InvalidRequest: It is neither a string nor an `UncheckedRoute`.
    """
    if not isinstance(route, str | UncheckedRoute):
        message = (
            "A route is a path template, an operation id or a pyesi.UncheckedRoute, "
            f"not {type(route).__name__}."
        )
        raise InvalidRequest(message)
    return route


def checked(response: _core.Response, raise_for_status: bool | None) -> _core.Response:
    """The response, unless it says no and the caller did not ask for those.

    Raises:
        StatusError: The status is 400 or above.
    """
    if response.status >= 400 and raise_for_status is not False:
        raise status_error(response)
    return response


def _checked_auth(auth: Any) -> Auth | None:
    if auth is None:
        return None
    if callable(auth):
        source: Auth = auth
        return source
    try:
        return checked_token(auth)
    except InvalidRequest as error:
        raise ConfigurationError(str(error)) from None


def _own_engine(given: Mapping[str, Any], config: ClientConfig) -> Engine:
    scheme = config.base_url.partition(":")[0]
    return Engine.of_config(EngineConfig.make(given, os.environ, scheme=scheme))


def _shared_engine(engine: Engine, given: Mapping[str, Any]) -> Engine:
    conflicts = [name for name in given if not _is_absent(given[name], name)]
    if conflicts:
        message = (
            f"{conflicts[0]} is a setting of the engine, and engine= brings its own: "
            f"give it to pyesi.Engine({conflicts[0]}=…)."
        )
        raise ConfigurationError(message)
    if engine.closed:
        raise ConfigurationError("engine= was closed: make a new one.")
    return engine


def _is_absent(value: object, name: str) -> bool:
    return value is (UNSET if name == "cache" else None)
