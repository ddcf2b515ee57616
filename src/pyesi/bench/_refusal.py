"""Whom a bench may ask: this machine, and what its user says is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from urllib.parse import urlsplit

from pyesi.config import ClientConfig, EngineConfig
from pyesi.errors import ConfigurationError

OF_CCP = ("evetech.net", "eveonline.com", "ccpgames.com")
"""Nobody benches these or what lies below them, whatever they say."""

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Scheme, host and port, in one form for all that mean the same.

    Raises:
        ConfigurationError: It is no URL of http or https.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = _bare(parts.hostname or "")
    if parts.scheme not in _PORTS or not host:
        message = f"{url!r} is no URL such as http://127.0.0.1:8080."
        raise ConfigurationError(message)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or _PORTS[parts.scheme]}"


def refuse_unless_allowed(url: str, mine: str | None) -> None:
    """Let pass this machine, and the origin that `mine` names.

    Args:
        url: What would be asked.
        mine: What the user says is theirs.

    Raises:
        ConfigurationError: It is CCP's, or somebody else's as far as is known.
    """
    origin, host = origin_of(url), host_of(url)
    refuse_if_of_ccp(host)
    if is_this_machine(host):
        return
    if mine is None:
        message = (
            f"bench asks this machine only. If {origin} is yours, say so: "
            f"--mine {origin}"
        )
        raise ConfigurationError(message)
    if origin_of(mine) != origin:
        message = f"--mine names {origin_of(mine)}, but {origin} would be asked."
        raise ConfigurationError(message)


def refuse_unless_all_allowed(
    client: ClientConfig, engine: EngineConfig, mine: str | None
) -> None:
    """The same for all that a client of these settings would ask, its proxy included.

    Raises:
        ConfigurationError: One of them may not be asked.
    """
    for url in _asked_by(client):
        refuse_unless_allowed(url, mine)
    if engine.proxy:
        refuse_if_of_ccp(host_of(engine.proxy))


def refuse_if_of_ccp(host: str) -> None:
    """Raise ConfigurationError for a host of CCP's."""
    if any(host == name or host.endswith(f".{name}") for name in OF_CCP):
        message = (
            f"bench never asks {host}: it is CCP's, and loading it gets you banned. "
            "Without a URL a simulated ESI on this machine is asked."
        )
        raise ConfigurationError(message)


def is_this_machine(host: str) -> bool:
    """Whether it is localhost or a loopback address, written in full."""
    if host in {"localhost", "::1"}:
        return True
    try:
        return IPv4Address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host in small letters, without the dot that a full name may end in."""
    return _bare(urlsplit(url).hostname or "")


def _asked_by(client: ClientConfig) -> Iterator[str]:
    yield client.base_url
    for upstream in client.upstreams:
        yield upstream.url


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
