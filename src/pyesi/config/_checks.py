"""What a setting's value must be; each check gives the value back, made canonical."""

from __future__ import annotations

import os
import re
import warnings
from datetime import date
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pyesi.errors import ConfigurationError

LANGUAGES = ("en", "de", "fr", "ja", "ru", "zh", "ko", "es")
FIRST_COMPATIBILITY_DATE = date(2020, 1, 1)
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")

_CONTACT = re.compile(
    r"[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+"  # a mail address
    r"|https?://[^\s()]+\.[^\s()]+"
    r"|\b(?:discord|eve):\s?[^\s();]+",
    re.IGNORECASE,
)
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\]")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]")


def printable(name: str, value: object) -> str:
    """Text that may stand in a header: one line of ASCII.

    Raises:
        ConfigurationError: It is not; the message does not repeat it.
    """
    if not isinstance(value, str):
        message = f"{name} must be a string, not {type(value).__name__}."
        raise ConfigurationError(message)
    if not value.isascii() or not value.isprintable():
        message = f"{name} must be printable ASCII without control characters."
        raise ConfigurationError(message)
    return value


def user_agent(value: object) -> str:
    """A User-Agent that names a contact, as CCP asks."""
    example = 'such as user_agent="my-app/1.0 (me@example.com)"'
    if value is None:
        message = (
            f"user_agent is missing: name your application and a contact, {example}."
        )
        raise ConfigurationError(message)
    text = printable("user_agent", value).strip()
    if _CONTACT.search(text) is None:
        message = (
            f"user_agent {text!r} names no contact: add a mail address, a URL, "
            f"discord:name or eve:character, {example}."
        )
        raise ConfigurationError(message)
    return text


def base_url(value: object, *, allow_http: bool) -> str:
    """Where ESI is, canonical and without a slash at its end."""
    url = bare_url("base_url", value)
    require_https("base_url", url, allow_http=allow_http)
    return url


def bare_url(name: str, value: object) -> str:
    """Scheme, host and path and nothing else, canonical, without a slash at its end."""
    parts = _split(name, value)
    if parts.scheme not in {"https", "http"}:
        message = f"{name} must begin with https://, not {parts.scheme!r}."
        raise ConfigurationError(message)
    if parts.username is not None or parts.password is not None:
        message = f"{name} must not hold a name or password: use auth= for a token."
        raise ConfigurationError(message)
    if parts.query or parts.fragment or _PATH.fullmatch(parts.path.rstrip("/")) is None:
        message = f"{name} must be scheme, host and a plain path: no query or fragment."
        raise ConfigurationError(message)
    return f"{parts.scheme}://{_authority(name, parts)}{parts.path.rstrip('/')}"


def require_https(name: str, url: str, *, allow_http: bool) -> None:
    """Refuse plain http with another machine, or warn where it is allowed."""
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if scheme == "http" and not is_loopback(authority):
        _refuse_plain_http(name, authority, allow_http=allow_http)


def _split(name: str, value: object) -> SplitResult:
    text = printable(name, value).strip()
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError:
        message = f"{name} is not a URL."
        raise ConfigurationError(message) from None
    return parts


def _authority(name: str, parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if _HOST.fullmatch(host) is None:
        message = f"{name} names no host."
        raise ConfigurationError(message)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return host if parts.port in {None, default} else f"{host}:{parts.port}"


def _refuse_plain_http(name: str, authority: str, *, allow_http: bool) -> None:
    if not allow_http:
        message = (
            f"{name} http://{authority} is not encrypted: use https, or "
            "allow_http=True if everybody on the way may read and change it."
        )
        raise ConfigurationError(message)
    warnings.warn(
        f"pyesi speaks plain http with {authority}: tokens can be read on the way.",
        UserWarning,
        stacklevel=2,
    )


def is_loopback(authority: str) -> bool:
    """Whether host or host:port is this machine itself."""
    host = authority if authority.endswith("]") else authority.rpartition(":")[0]
    return _LOOPBACK.fullmatch(host or authority) is not None


def proxy(value: object) -> str:
    """A proxy's URL; "" for none. Its credentials are shown nowhere."""
    if value == "":
        return ""
    text = printable("proxy", value).strip()
    parts = _split("proxy", text if "://" in text else f"http://{text}")
    if parts.scheme not in PROXY_SCHEMES:
        message = f"proxy must be one of {', '.join(PROXY_SCHEMES)}."
        raise ConfigurationError(message)
    _authority("proxy", parts)
    return parts.geturl()


def masked(url: str) -> str:
    """The URL without its credentials, for people to read."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://***@{tail}" if at else url


def compatibility_date(value: object) -> str:
    """A date that ESI knows: ISO, not before the oldest."""
    text = value.isoformat() if type(value) is date else value
    text = printable("compatibility_date", text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day < FIRST_COMPATIBILITY_DATE:
        message = (
            "compatibility_date must be YYYY-MM-DD and not before "
            f"{FIRST_COMPATIBILITY_DATE}, not {text!r}."
        )
        raise ConfigurationError(message)
    return text


def language(value: object) -> str:
    """One of the languages that ESI speaks."""
    text = printable("language", value)
    if text not in LANGUAGES:
        message = f"language must be one of {', '.join(LANGUAGES)}, not {text!r}."
        raise ConfigurationError(message)
    return text


def tenant(value: object) -> str:
    """The name of a server cluster."""
    text = printable("tenant", value)
    if _TENANT.fullmatch(text) is None:
        message = f"tenant must be a plain word such as tranquility, not {text!r}."
        raise ConfigurationError(message)
    return text


def ca_file(name: str, value: object) -> str:
    """A file with certificates, given as path."""
    if not isinstance(value, str | Path):
        message = f"{name} must be a path, not {type(value).__name__}."
        raise ConfigurationError(message)
    if not Path(value).is_file():
        message = f"{name} {str(value)!r} is not a file."
        raise ConfigurationError(message)
    return str(value)


def cache_path(value: object) -> str:
    """The path of a cache's file, absolute; the file itself need not be there.

    A string must look like a path, so that a word misspelt makes no file.
    """
    path = _path_of(value)
    if path.is_dir():
        message = f"cache {str(value)!r} is a folder: name a file in it."
        raise ConfigurationError(message)
    if not path.parent.is_dir():
        message = f"cache {str(value)!r}: there is no folder {str(path.parent)!r}."
        raise ConfigurationError(message)
    if _is_database_of_another(path):
        message = f"cache {str(value)!r} is another program's database."
        raise ConfigurationError(message)
    return str(path)


def _path_of(value: object) -> Path:
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text:
        message = (
            f"cache must be 'memory', None, a path or a redis:// URL, not {value!r}."
        )
        raise ConfigurationError(message)
    if "://" in text:
        scheme = text.partition("://")[0]
        message = (
            "cache must be 'memory', None, a path or a redis:// URL: "
            f"{scheme}:// is not known."
        )
        raise ConfigurationError(message)
    looks_so = isinstance(value, os.PathLike) or "." in text or os.sep in text
    if not looks_so or "\0" in text:
        message = (
            f"cache must be 'memory', None, a path or a redis:// URL, not {text!r}. "
            f"A file in this folder is './{text}'."
        )
        raise ConfigurationError(message)
    return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100  (no resolving)


def _is_database_of_another(path: Path) -> bool:
    """Whether it is an SQLite file without our mark: see disk_table.cpp."""
    try:
        with path.open("rb") as file:
            start = file.read(72)
    except OSError:
        return False
    return start.startswith(b"SQLite format 3\0") and start[68:72] != b"pyES"


def whole_number(name: str, value: object, *, least: int = 1) -> int:
    """A count."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        message = f"{name} must be a whole number of at least {least}, not {value!r}."
        raise ConfigurationError(message)
    return value


def share(name: str, value: object) -> float:
    """A part of a whole: at least 0 and below 1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= float(value) < 1:  # type: ignore[arg-type]  # it is a number
        return float(value)  # type: ignore[arg-type]  # it is a number
    message = f"{name} must be a share, at least 0 and below 1, not {value!r}."
    raise ConfigurationError(message)


def share_of_some(name: str, value: object) -> float:
    """A part of a whole that is not nothing: above 0, up to 1."""
    if value == 1 and not isinstance(value, bool):
        return 1.0
    part = share(name, value)
    if part > 0:
        return part
    message = f"{name} must be a share above 0, up to 1, not {value!r}."
    raise ConfigurationError(message)


def share_or_all(name: str, value: object) -> float:
    """A part of a whole, or all of it: at least 0, up to 1."""
    return 0.0 if value == 0 and value is not False else share_of_some(name, value)


def whole_number_or_none(name: str, value: object) -> int:
    """A count, which may be 0."""
    return whole_number(name, value, least=0)


def flag(name: str, value: object) -> bool:
    """True or False and nothing like them."""
    if not isinstance(value, bool):
        message = f"{name} must be True or False, not {value!r}."
        raise ConfigurationError(message)
    return value
