"""Libraries that a table can be handed to, imported when somebody asks for one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pyesi.errors import ConfigurationError


def library(name: str, *, extra: str, purpose: str) -> Any:
    """The module of an optional library.

    Args:
        name: Of the module.
        extra: The extra of pyesi that installs it.
        purpose: What it is wanted for, as the caller wrote it.

    Raises:
        ConfigurationError: It is not installed; the message says how it would be.
    """
    try:
        return import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        message = f"{purpose} needs {top}: pip install 'pyesi-eve[{extra}]'"
        raise ConfigurationError(message) from error
