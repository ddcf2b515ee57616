"""Where processes share their limits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pyesi.errors import ConfigurationError

from ._redis import is_redis, redis_parts, redis_url

# What file_ledger.cpp writes into its file's head.
_MARK = b"pyEL"
_EXAMPLE = "such as limits='/run/my-app/limits.db'"


def limits_place(value: object) -> str:
    """A Redis server's URL, or the absolute path of a file that need not be there.

    Raises:
        ConfigurationError: It cannot be used. Nothing was opened for writing.
    """
    if is_redis(value):
        return redis_url(value, "limits")
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text or "\0" in text:
        message = f"limits must be a path or a redis:// URL, {_EXAMPLE}, not {value!r}."
        raise ConfigurationError(message)
    if "://" in text:
        scheme = text.partition("://")[0]
        message = (
            f"limits must be a path or a redis:// URL, {_EXAMPLE}, not {scheme}://…"
        )
        raise ConfigurationError(message)
    if not isinstance(value, os.PathLike) and "." not in text and os.sep not in text:
        message = (
            f"limits must be a path or a redis:// URL, {_EXAMPLE}, not {text!r}. "
            f"A file in this folder is './{text}'."
        )
        raise ConfigurationError(message)
    # No resolving: a link may be turned later.
    path = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100
    _refuse_unusable(path)
    return str(path)


def _refuse_unusable(path: Path) -> None:
    if path.is_dir():
        message = f"limits {str(path)!r} is a folder: name a file in it."
        raise ConfigurationError(message)
    if not path.parent.is_dir():
        message = f"limits {str(path)!r}: there is no folder {str(path.parent)!r}."
        raise ConfigurationError(message)
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"limits {str(path)!r} cannot be read: {error.strerror}."
        raise ConfigurationError(message) from None
    if not head:
        return
    if not head.startswith(b"SQLite format 3\0") or head[68:72] != _MARK:
        message = f"limits {str(path)!r} is a file of something else."
        raise ConfigurationError(message)


def limits_settings(limits: str) -> dict[str, Any]:
    """The core's settings that a checked place holds; none for ``""``."""
    if not is_redis(limits):
        return {"limits_path": limits}
    parts = redis_parts(limits, "limits")
    return {f"limits_{name}": value for name, value in parts.items()}
