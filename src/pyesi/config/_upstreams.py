"""Several places where ESI can be asked, and how one of them is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyesi.errors import ConfigurationError

from . import _checks
from ._timeout import checked_seconds

MOST_UPSTREAMS = 32
BALANCINGS = (
    "round_robin",
    "weighted_round_robin",
    "least_connections",
    "least_response_time",
    "health_weighted",
    "source_hash",
)

_LARGEST_WEIGHT = 1_000_000


@dataclass(frozen=True, slots=True)
class Upstream:
    """One of several places where ESI can be asked: a mirror, a gateway, ESI itself.

    Attributes:
        url: As `base_url`.
        weight: How much of the work it is given, beside the others'; above 0.
        trusted: Whether it may see tokens. Requests with a token go to no other.

    Raises:
        ConfigurationError: A value cannot be used.
    """

    url: str
    weight: float = 1
    trusted: bool = False

    def __post_init__(self) -> None:
        """Check the values; the URL is made canonical."""
        url = _checks.bare_url("The URL of an Upstream", self.url)
        object.__setattr__(self, "url", url)
        _checks.flag("Upstream.trusted", self.trusted)
        _checked_weight(self.weight)

    @property
    def origin(self) -> str:
        """Scheme, host and port: its name in statistics."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def _checked_weight(weight: object) -> None:
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not is_number or not 0 < weight <= _LARGEST_WEIGHT:  # type: ignore[operator]  # it is a number
        message = (
            "Upstream.weight must be a number above 0, up to "
            f"{_LARGEST_WEIGHT:,}, not {weight!r}."
        )
        raise ConfigurationError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """Requests that find out, now and then, whether an upstream is well.

    Each is a GET without a token and counts against ESI's limits like any other. An
    answer below 500 is a good one.

    Attributes:
        path: What is asked for, below the upstream's URL.
        interval: Seconds between two of them, a quarter more or less.
        timeout: Seconds that one may take.
        down_after: How many must fail in a row until an upstream is left out.
        up_after: How many must end well in a row until it is back.

    Raises:
        ConfigurationError: A value cannot be used.
    """

    path: str = "/status"
    interval: float = 30.0
    timeout: float = 5.0
    down_after: int = 3
    up_after: int = 2

    def __post_init__(self) -> None:
        """Check the values."""
        path = _checks.printable("HealthCheck.path", self.path)
        if not path.startswith("/") or set(path) & set(' #"<>'):
            message = f"HealthCheck.path must be a path such as /status, not {path!r}."
            raise ConfigurationError(message)
        checked_seconds("HealthCheck.interval", self.interval)
        checked_seconds("HealthCheck.timeout", self.timeout)
        _checks.whole_number("HealthCheck.down_after", self.down_after)
        _checks.whole_number("HealthCheck.up_after", self.up_after)


def checked_upstreams(given: object, *, allow_http: bool) -> tuple[Upstream, ...]:
    """The upstreams of a client; none if none are given.

    Raises:
        ConfigurationError: They cannot be used together, or one of them at all.
    """
    if given is None:
        return ()
    if isinstance(given, str | Upstream | Mapping) or not isinstance(given, Iterable):
        message = (
            "upstreams must be a list of URLs and pyesi.Upstream, "
            f"not {type(given).__name__}."
        )
        raise ConfigurationError(message)
    upstreams = tuple(_upstream(one) for one in given)
    if not 0 < len(upstreams) <= MOST_UPSTREAMS:
        message = (
            f"upstreams must be at least one and at most {MOST_UPSTREAMS}, "
            f"not {len(upstreams)}."
        )
        raise ConfigurationError(message)
    _refuse_doubles(upstreams)
    for one in upstreams:
        _checks.require_https("upstreams", one.url, allow_http=allow_http)
    return upstreams


def _upstream(value: Any) -> Upstream:
    return value if isinstance(value, Upstream) else Upstream(value)


def _refuse_doubles(upstreams: tuple[Upstream, ...]) -> None:
    origins = [one.origin for one in upstreams]
    for origin in origins:
        if origins.count(origin) > 1:
            message = (
                f"upstreams has {origin} twice: limits, health and connections are "
                "kept by scheme, host and port."
            )
            raise ConfigurationError(message)


def checked_balancing(value: object) -> str:
    """The name of a way to choose.

    Raises:
        ConfigurationError: There is none of that name.
    """
    if isinstance(value, str) and value in BALANCINGS:
        return value
    message = f"balancing must be one of {', '.join(BALANCINGS)}, not {value!r}."
    raise ConfigurationError(message)


def checked_health_check(value: object) -> HealthCheck | None:
    """The setting, where one is given.

    Raises:
        ConfigurationError: It is something else.
    """
    if value is None or isinstance(value, HealthCheck):
        return value
    message = f"health_check must be a pyesi.HealthCheck, not {type(value).__name__}."
    raise ConfigurationError(message)
