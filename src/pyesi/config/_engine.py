"""The settings of an engine: how much at once, through what, kept how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyesi._types import UNSET

from . import _checks, _environment
from ._cache import spread
from ._dynamic_ttl import DynamicTTL, checked_dynamic_ttl
from ._environment import Environment
from ._limits import limits_place
from ._presets import BALANCED, PRESETS, checked_preset
from ._redis import is_redis, redis_url
from ._timeout import checked_seconds, checked_seconds_or_none

# This machine itself is never asked through a proxy.
LOOPBACK = "localhost,127.0.0.0/8,::1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """What clients of one engine share.

    Attributes:
        preset: Whose values those are that nobody has set.
        max_in_flight: Requests of one upstream at once.
        max_in_flight_total: Requests of all upstreams together; 0: as many as each
            of them allows.
        pool_size: Connections of one host over HTTP/1.1.
        http2: Whether HTTP/2 is spoken where the server offers it.
        http2_connections: Connections of one host over HTTP/2.
        keep_alive_idle: Seconds after which an idle connection is not used again.
        keep_alive_life: Seconds after which no connection is used again.
        max_waiting: Requests that may wait; one more is refused (`QueueFull`).
        reserve: Share of each rate limit window that is left to interactive requests.
        limits: The file by which processes of one machine share their limits, or the
            URL of the Redis server by which machines do; "": each is for itself.
        limits_timeout: Seconds that one answer of it is waited for.
        circuit_breaker: Whether an upstream that answers nobody is left alone.
        failure_threshold: Share of requests in 30 s that must have failed for that.
        least_requests: How many there must have been.
        failures_in_a_row: How many failures do without either; 0: never.
        recovery_timeout: Seconds until a few may try again.
        half_open_max_calls: How many these are.
        stale_if_error: Seconds past its lifetime for which a kept answer stands in for
            an error, where ESI does not say.
        cache: Whether answers are kept.
        cache_entries: How many at most.
        cache_bytes: How many bytes at most, in memory.
        cache_path: The file in which they outlive the process; "": none.
        cache_file_bytes: How many bytes of it are used at most.
        cache_redis: The URL of the Redis server that shares them; "": none.
        redis_timeout: Seconds that one answer of it is waited for.
        compression_threshold: Bodies above so many bytes are kept compressed.
        negative_ttl: Seconds that a 403 or 404 is kept; 0: not at all.
        dynamic_ttl: Lifetimes of what nobody dates; None: it has none.
        max_body_bytes: The longest body that is accepted, inflated.
        retry_attempts: How often a GET is sent at most.
        retry_base: Seconds up to which the first pause before a retry lasts.
        retry_cap: Seconds up to which a later one does.
        retry_budget: Share of the last ten seconds' requests that may be retried.
        retry_floor: How many more.
        ca_file: Certificates to trust; "": those of certifi.
        proxy: The proxy's URL, with its credentials; "": none.
        no_proxy: Hosts that are asked directly, as curl wants them.
    """

    preset: str = "balanced"
    max_in_flight: int = 20
    max_in_flight_total: int = 0
    pool_size: int = 64
    http2: bool = True
    http2_connections: int = 2
    keep_alive_idle: float = 60.0
    keep_alive_life: float = 600.0
    max_waiting: int = 1_000_000
    reserve: float = 0.1
    limits: str = ""
    limits_timeout: float = 0.05
    circuit_breaker: bool = BALANCED.circuit_breaker
    failure_threshold: float = BALANCED.failure_threshold
    least_requests: int = BALANCED.least_requests
    failures_in_a_row: int = BALANCED.failures_in_a_row
    recovery_timeout: float = BALANCED.recovery_timeout
    half_open_max_calls: int = BALANCED.half_open_max_calls
    stale_if_error: float = BALANCED.stale_if_error
    cache: bool = True
    cache_entries: int = 100_000
    cache_bytes: int = 268_435_456
    cache_path: str = ""
    cache_file_bytes: int = 1_073_741_824
    cache_redis: str = ""
    redis_timeout: float = 0.05
    compression_threshold: int = 8_192
    negative_ttl: float = 60.0
    dynamic_ttl: DynamicTTL | None = None
    max_body_bytes: int = 67_108_864
    retry_attempts: int = BALANCED.retry_attempts
    retry_base: float = BALANCED.retry_base
    retry_cap: float = BALANCED.retry_cap
    retry_budget: float = BALANCED.retry_budget
    retry_floor: int = BALANCED.retry_floor
    ca_file: str = ""
    proxy: str = ""
    no_proxy: str = LOOPBACK

    def shown(self) -> dict[str, Any]:
        """All settings by name; proxy and Redis without credentials."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "cache_redis": _checks.masked(self.cache_redis),
            "limits": _checks.masked(self.limits)
            if is_redis(self.limits)
            else self.limits,
            "proxy": _checks.masked(self.proxy),
        }

    def plain(self) -> dict[str, Any]:
        """The preset, the numbers and the flags; no place, which may hold a secret."""
        plain = {
            name: value
            for name in self.__slots__
            if isinstance(value := getattr(self, name), int | float)
        }
        return {"preset": self.preset, **plain}

    def __repr__(self) -> str:
        """All settings, without credentials."""
        settings = ", ".join(
            f"{name}={value!r}" for name, value in self.shown().items()
        )
        return f"EngineConfig({settings})"

    @property
    def has_slow_tier(self) -> bool:
        """Whether answers are kept where looking one up takes time."""
        return bool(self.cache_path or self.cache_redis)

    @classmethod
    def make(
        cls,
        given: Mapping[str, Any],
        environment: Environment,
        *,
        scheme: str = "https",
    ) -> EngineConfig:
        """Settings from arguments (None: not given), environment and defaults.

        Args:
            given: Arguments; None: not given, but for `cache`, where it is UNSET.
            environment: Where ``PYESI_…``, proxies and ``SSL_CERT_FILE`` are read.
            scheme: Of the base URL; it chooses among the environment's proxies.

        Raises:
            ConfigurationError: A value cannot be used.
        """
        given = spread(given)
        usual = {n: given[n] for n in _CHECKS if given.get(n) is not None}
        for name, check in _CHECKS.items():
            value = _READERS[check](name, environment)
            if value is not None:
                usual.setdefault(name, value)
        preset = _preset(given.get("preset"), environment)
        usual = {**PRESETS[preset].of_engine(), **usual}
        checked = {name: _CHECKS[name](name, value) for name, value in usual.items()}
        proxy, no_proxy = _proxies(given.get("proxy"), environment, scheme)
        cache = _cache(given.get("cache", UNSET), environment)
        return cls(
            **checked,
            preset=preset,
            **_places(given, cache),
            limits=_limits(given.get("limits"), environment),
            dynamic_ttl=checked_dynamic_ttl(given.get("dynamic_ttl")),
            ca_file=_ca_file(given.get("ca_file"), environment),
            proxy=proxy,
            no_proxy=no_proxy,
        )


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "max_in_flight": _checks.whole_number,
    "max_in_flight_total": _checks.whole_number_or_none,
    "pool_size": _checks.whole_number,
    "http2": _checks.flag,
    "http2_connections": _checks.whole_number,
    "keep_alive_idle": checked_seconds,
    "keep_alive_life": checked_seconds,
    "max_waiting": _checks.whole_number,
    "reserve": _checks.share,
    "limits_timeout": checked_seconds,
    "circuit_breaker": _checks.flag,
    "failure_threshold": _checks.share_of_some,
    "least_requests": _checks.whole_number,
    "failures_in_a_row": _checks.whole_number_or_none,
    "recovery_timeout": checked_seconds,
    "half_open_max_calls": _checks.whole_number,
    "cache_entries": _checks.whole_number,
    "cache_bytes": _checks.whole_number,
    "cache_file_bytes": _checks.whole_number,
    "redis_timeout": checked_seconds,
    "compression_threshold": _checks.whole_number,
    "negative_ttl": checked_seconds_or_none,
    "max_body_bytes": _checks.whole_number,
    "retry_attempts": _checks.whole_number,
    "retry_base": checked_seconds,
    "retry_cap": checked_seconds,
    "retry_budget": _checks.share_or_all,
    "retry_floor": _checks.whole_number_or_none,
    "stale_if_error": checked_seconds_or_none,
}

# How the environment's text becomes what a check takes.
_READERS: dict[Callable[..., Any], Callable[[str, Environment], Any]] = {
    _checks.whole_number: _environment.whole_number,
    _checks.whole_number_or_none: _environment.whole_number,
    _checks.flag: _environment.flag,
    _checks.share: _environment.share,
    _checks.share_of_some: _environment.share,
    _checks.share_or_all: _environment.share,
    checked_seconds: _environment.seconds,
    checked_seconds_or_none: _environment.seconds,
}

ENGINE_NAMES = frozenset({*_CHECKS, "cache", "ca_file", "limits", "preset", "proxy"})


def _preset(given: object, environment: Environment) -> str:
    wanted = given
    if wanted is None:
        wanted = _environment.text("preset", environment)
    return "balanced" if wanted is None else checked_preset(wanted)


def _cache(given: object, environment: Environment) -> object:
    """Where answers are kept beside memory; None for no cache."""
    if given is not UNSET:
        return given
    wanted = _environment.text("cache", environment) or "memory"
    return None if wanted == "none" else wanted


def _limits(given: object, environment: Environment) -> str:
    wanted = _environment.text("limits", environment) if given is None else given
    return "" if wanted is None else limits_place(wanted)


def _places(given: Mapping[str, Any], cache: object) -> dict[str, Any]:
    """The settings of where answers are kept."""
    redis = given.get("cache_redis")
    if is_redis(cache):
        # One that is given goes before the environment's.
        redis, cache = cache if redis is None else redis, "memory"
    path = "" if cache in {None, "memory"} else _checks.cache_path(cache)
    return {
        "cache": cache is not None,
        "cache_path": path,
        "cache_redis": "" if redis is None else redis_url(redis),
    }


def _ca_file(given: object, environment: Environment) -> str:
    if given is not None:
        return _checks.ca_file("ca_file", given)
    for name in ("PYESI_CA_FILE", "SSL_CERT_FILE"):
        if environment.get(name):
            return _checks.ca_file(name, environment[name])
    return ""


def trust_store(config: EngineConfig) -> str:
    """The file of certificates to trust: the one set, else certifi's."""
    if config.ca_file:
        return config.ca_file
    import certifi

    return str(Path(certifi.where()))


def _proxies(given: object, environment: Environment, scheme: str) -> tuple[str, str]:
    """The proxy and what goes past it."""
    if given is not None:
        return _checks.proxy(given), LOOPBACK
    own = _environment.text("proxy", environment)
    if own is not None:
        return _checks.proxy(own), LOOPBACK
    found = _of_environment(f"{scheme}_proxy", environment) or _of_environment(
        "all_proxy", environment
    )
    past = _of_environment("no_proxy", environment)
    return _checks.proxy(found), f"{LOOPBACK},{past}" if past else LOOPBACK


def _of_environment(name: str, environment: Environment) -> str:
    """The lower-case name goes before the upper-case one, as with curl."""
    is_cgi = name == "http_proxy" and "REQUEST_METHOD" in environment
    # In a CGI program HTTP_PROXY is a header that a stranger sent (CVE-2016-5385).
    upper = "" if is_cgi else environment.get(name.upper(), "")
    return environment.get(name, "") or upper
