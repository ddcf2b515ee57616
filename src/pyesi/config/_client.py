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
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """What a client adds to each of its requests.

    Attributes:
        user_agent: As sent: the application's words, then pyesi's own.
        base_url: Where ESI is; no slash at its end.
        timeout: How long each step may take.
        compatibility_date: The date whose ESI the client was written for.
        language: What names come in.
        tenant: The server cluster.
    """

    user_agent: str
    base_url: str = ESI_URL
    timeout: Timeout = field(default_factory=Timeout)
    compatibility_date: str = COMPATIBILITY_DATE
    language: str = "en"
    tenant: str = "tranquility"

    @classmethod
    def make(cls, given: Mapping[str, Any], environment: Environment) -> ClientConfig:
        """Settings from arguments (None: not given), environment and defaults.

        Raises:
            ConfigurationError: A value cannot be used.
        """
        found = {
            name: _environment.text(name, environment)
            if given.get(name) is None
            else given[name]
            for name in CLIENT_NAMES - {"timeout", "allow_http"}
        }
        return cls(
            user_agent=f"{_checks.user_agent(found['user_agent'])} pyesi/{VERSION}",
            base_url=_checks.base_url(
                found["base_url"] or ESI_URL,
                allow_http=_allow_http(given, environment),
            ),
            timeout=_timeout(given.get("timeout"), environment),
            compatibility_date=_checks.compatibility_date(
                found["compatibility_date"] or COMPATIBILITY_DATE
            ),
            language=_checks.language(found["language"] or "en"),
            tenant=_checks.tenant(found["tenant"] or "tranquility"),
        )

    def with_preset(self, preset: str) -> ClientConfig:
        """The same where neither argument nor environment gave a time-out."""
        return replace(self, timeout=Timeout(total=PRESETS[preset].total))


def has_timeout(given: object, environment: Environment) -> bool:
    """Whether somebody has said how long a request may take."""
    return given is not None or _environment.seconds("timeout", environment) is not None


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
_OBJECTS = frozenset({"auth", "ceilings", "engine", "lifetimes"})


def refuse_unknown_names(
    unknown: Mapping[str, object], environment: Environment
) -> None:
    """Raise ConfigurationError for keywords and variables that set nothing."""
    known = CLIENT_NAMES | ENGINE_NAMES
    _environment.refuse_unknown(environment, known)
    if unknown:
        name = min(unknown)
        hint = _environment.did_you_mean(name, known | _OBJECTS)
        message = f"There is no setting {name}.{hint}"
        raise ConfigurationError(message)
