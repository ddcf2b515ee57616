"""The simulator as a program."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import ssl
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pyesi.errors import ConfigurationError

if TYPE_CHECKING:
    from pyesi.simulator._server import Simulator

READY = "pyesi simulator listens on "
_LOOKS_FOR_PARENT = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a simulator until it is told to end.

    Args:
        argv: What stands after the program's name; the process's own by default.
    """
    options = _parser().parse_args(argv)
    settings: dict[str, Any] = msgspec.json.decode(options.settings)
    for name in ("seed", "pages", "lifetime"):
        if getattr(options, name) is not None:
            settings[name] = getattr(options, name)
    settings["roleless"] = frozenset(settings.get("roleless", ()))
    try:
        simulator = require_server()(
            host=options.host,
            port=options.port,
            tls=_tls_of(options.certificate, options.key),
            prepare=options.prepare,
            **settings,
        )
    except (ConfigurationError, TypeError) as error:
        sys.stderr.write(f"pyesi simulate: {error}\n")
        return 2
    if options.with_parent:
        threading.Thread(target=_follow_parent, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        _run(_serve(simulator))
    return 0


def require_server() -> type[Simulator]:
    """Import the server.

    Raises:
        ConfigurationError: aiohttp is not installed.
    """
    try:
        from pyesi.simulator._server import Simulator
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "aiohttp":
            raise
        raise ConfigurationError(
            "the simulator needs aiohttp: pip install 'pyesi-eve[simulator]'"
        ) from error
    return Simulator


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyesi simulate", description="Run a simulated ESI on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, help="all bodies follow from it")
    parser.add_argument("--pages", type=int, help="pages of orders in The Forge")
    parser.add_argument("--lifetime", type=float, help="seconds that answers live")
    parser.add_argument("--certificate", help="file, for https")
    parser.add_argument("--key", help="file, for https")
    parser.add_argument(
        "--prepare", action="store_true", help="write all orders before listening"
    )
    parser.add_argument("--settings", default="{}", help=argparse.SUPPRESS)
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser


def _tls_of(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it is installed."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ModuleNotFoundError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


async def _serve(simulator: Simulator) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    gc.freeze()  # the catalog stays: nothing in it needs to be looked at again
    async with simulator:
        sys.stdout.write(f"{READY}{simulator.base_url}\n")
        sys.stdout.flush()
        await ended.wait()


def _follow_parent() -> None:
    """End this process when the one that started it is gone.

    A killed parent cannot say goodbye: its end of the pipe closes, and where a
    forked sibling still holds that, this process has a new parent.
    """
    parent = os.getppid()
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(_LOOKS_FOR_PARENT)
    os._exit(0)


def _wait_for_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)
