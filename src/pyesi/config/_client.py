"""The settings of a client: where to, as whom, in which variant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyesi._version import VERSION
from pyesi.catalog import COMPATIBILITY_DATE
from pyesi.errors import ConfigurationError

from . import _checks, _environment
from ._engine import ENGINE_NAMES
from ._environment import Environment
from ._presets import PRESETS
from ._timeout import Timeout
from ._upstreams import (
    HealthCheck,
    Upstream,
    checked_balancing,
    checked_health_check,
    checked_upstreams,
)

ESI_URL = "https://esi.evetech.net"

CLIENT_NAMES = frozenset(
    {
        "user_agent",
        "base_url",
        "timeout",
        "compatibility_date",
        "language",
        "tenant",
        "allow_http",
        "balancing",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """What a client adds to each of its requests.

    Attributes:
        user_agent: As sent: the application's words, then pyesi's own.
        base_url: Where ESI is; no slash at its end. The first of several upstreams.
        timeout: How long each step may take.
        compatibility_date: The date whose ESI the client was written for.
        language: What names come in.
        tenant: The server cluster.
        upstreams: Several places where ESI is; empty: `base_url` alone.
        balancing: How one of them is chosen.
        health_check: How they are looked after; None: not at all.
    """

    user_agent: str
    base_url: str = ESI_URL
    timeout: Timeout = field(default_factory=Timeout)
    compatibility_date: str = COMPATIBILITY_DATE
    language: str = "en"
    tenant: str = "tranquility"
    upstreams: tuple[Upstream, ...] = ()
    balancing: str = "round_robin"
    health_check: HealthCheck | None = None

    @classmethod
    def make(cls, given: Mapping[str, Any], environment: Environment) -> ClientConfig:
        """Settings from arguments (None: not given), environment and defaults.

        Raises:
            ConfigurationError: A value cannot be used.
        """
        allow_http = _allow_http(given, environment)
        upstreams = _upstreams(given, allow_http=allow_http)
        found = {
            name: _environment.text(name, environment)
            if given.get(name) is None
            else given[name]
            for name in CLIENT_NAMES - {"timeout", "allow_http"}
        }
        return cls(
            user_agent=f"{_checks.user_agent(found['user_agent'])} pyesi/{VERSION}",
            base_url=upstreams[0].url
            if upstreams
            else _checks.base_url(found["base_url"] or ESI_URL, allow_http=allow_http),
            timeout=_timeout(given.get("timeout"), environment),
            compatibility_date=_checks.compatibility_date(
                found["compatibility_date"] or COMPATIBILITY_DATE
            ),
            language=_checks.language(found["language"] or "en"),
            tenant=_checks.tenant(found["tenant"] or "tranquility"),
            upstreams=upstreams,
            balancing=checked_balancing(found["balancing"] or "round_robin"),
            health_check=checked_health_check(given.get("health_check")),
        )

    def with_preset(self, preset: str) -> ClientConfig:
        """The same where neither argument nor environment gave a time-out."""
        return replace(self, timeout=Timeout(total=PRESETS[preset].total))

    @property
    def trusts_some(self) -> bool:
        """Whether there is an upstream that may see a token."""
        return not self.upstreams or any(one.trusted for one in self.upstreams)


def has_timeout(given: object, environment: Environment) -> bool:
    """Whether somebody has said how long a request may take."""
    return given is not None or _environment.seconds("timeout", environment) is not None


def _upstreams(given: Mapping[str, Any], *, allow_http: bool) -> tuple[Upstream, ...]:
    upstreams = checked_upstreams(given.get("upstreams"), allow_http=allow_http)
    if upstreams and given.get("base_url") is not None:
        message = "base_url and upstreams exclude each other: name all in upstreams."
        raise ConfigurationError(message)
    for name in ("balancing", "health_check"):
        if given.get(name) is not None and len(upstreams) < 2:
            message = f"{name} is for a client of several upstreams: name them."
            raise ConfigurationError(message)
    return upstreams


def _allow_http(given: Mapping[str, Any], environment: Environment) -> bool:
    value = given.get("allow_http")
    if value is None:
        value = _environment.flag("allow_http", environment) or False
    return _checks.flag("allow_http", value)


def _timeout(given: object, environment: Environment) -> Timeout:
    value = given
    if value is None:
        value = _environment.seconds("timeout", environment)
    if value is None:
        return Timeout()
    return as_timeout(value, Timeout())


def as_timeout(value: object, usual: Timeout) -> Timeout:
    """A time-out as given: a `Timeout`, or a number that bounds the whole request.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(value, Timeout):
        return value
    return Timeout(usual.connect, usual.read, usual.write, usual.pool, value)  # type: ignore[arg-type]  # Timeout checks it


# Settings that no variable of the environment can hold.
_OBJECTS = frozenset(
    {"auth", "ceilings", "engine", "health_check", "lifetimes", "upstreams"}
)


def refuse_unknown_names(
    unknown: Mapping[str, object], environment: Environment
) -> None:
    """Raise ConfigurationError for keywords and variables that set nothing."""
    known = CLIENT_NAMES | ENGINE_NAMES
    _environment.refuse_unknown(environment, known)
    if unknown:
        name = min(unknown)
        hint = (
            f" It is one of pyesi.Engine({name}=…), which you hand over as engine=."
            if name in ENGINE_NAMES
            else _environment.did_you_mean(name, known | _OBJECTS)
        )
        message = f"There is no setting {name}.{hint}"
        raise ConfigurationError(message)
