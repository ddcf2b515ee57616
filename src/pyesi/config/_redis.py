"""Where a Redis server is, as a URL tells it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pyesi.errors import ConfigurationError

from ._checks import printable

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]+")
_SCHEMES = ("redis", "rediss", "unix")
_PORT = 6379
_MOST_DATABASES = 65_536
_EXAMPLE = "such as redis://localhost:6379/0"


def is_redis(value: object) -> bool:
    """Whether it begins as the URL of a Redis server does."""
    return isinstance(value, str) and value.partition("://")[0].lower() in _SCHEMES


def redis_url(value: object, name: str = "cache") -> str:
    """A URL of a Redis server; it is shown without its password, errors included.

    Raises:
        ConfigurationError: It cannot be used. Nothing was connected.
    """
    redis_parts(text := printable(name, value).strip(), name)
    return text


def redis_parts(url: str, name: str = "cache") -> dict[str, Any]:
    """The core's settings that a checked URL holds; none for ``""``."""
    if not url:
        return {}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        message = f"{name} is no URL of a Redis server, {_EXAMPLE}."
        raise ConfigurationError(message) from None
    if parts.scheme == "rediss":
        message = (
            f"{name}: pyesi does not speak TLS with Redis, which rediss:// asks for. "
            "Let a tunnel such as stunnel on this machine do it and name that: "
            "redis://localhost:6379/0, or its socket: unix:///run/redis.sock."
        )
        raise ConfigurationError(message)
    if parts.scheme not in _SCHEMES or parts.fragment:
        message = f"{name} is no URL of a Redis server, {_EXAMPLE}."
        raise ConfigurationError(message)
    is_socket = parts.scheme == "unix"
    place = _socket(parts, name) if is_socket else _host(parts, port, name)
    return {**place, **_credentials(parts, name)}


def _socket(parts: SplitResult, name: str) -> dict[str, Any]:
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    database = query.pop("db", "0")
    path = unquote(parts.path)
    # What the system's address of a socket has room for.
    longest = 100
    if parts.hostname or query or len(path) <= 1 or len(path.encode()) > longest:
        message = (
            f"{name}: a Redis socket is unix:///its/path or unix:///its/path?db=0."
        )
        raise ConfigurationError(message)
    return {"redis_path": path, "redis_database": _database(database, name)}


def _host(parts: SplitResult, port: int | None, name: str) -> dict[str, Any]:
    host = parts.hostname or ""
    if _HOST.fullmatch(host) is None or port == 0 or parts.query:
        message = f"{name} must name a Redis server and nothing else, {_EXAMPLE}."
        raise ConfigurationError(message)
    return {
        "redis_host": host,
        "redis_port": _PORT if port is None else port,
        "redis_database": _database(parts.path.removeprefix("/") or "0", name),
    }


def _database(text: str, name: str) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) >= _MOST_DATABASES:
        message = f"{name}: what follows the Redis server is a number, {_EXAMPLE}."
        raise ConfigurationError(message)
    return int(text)


def _credentials(parts: SplitResult, name: str) -> dict[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and not password:
        message = f"{name} names a user of Redis without a password."
        raise ConfigurationError(message)
    return {"redis_user": user, "redis_password": password}
