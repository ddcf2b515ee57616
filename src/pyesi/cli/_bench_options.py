"""What `pyesi bench` can be told."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any


def add_bench_options(parser: argparse.ArgumentParser) -> None:
    """Say what may follow the command."""
    parser.description = (
        "Ask one route, or a mix of them, at a known pace, and tell how long that "
        "took. Without a URL a simulated ESI on this machine is asked; a URL must be "
        "of this machine, or of a server that you say is yours. Never ESI itself."
    )
    parser.add_argument(
        "target",
        nargs="?",
        metavar="URL|ROUTE",
        help="a URL; or a path, template or operation id, of a simulated ESI",
    )
    _add_what(parser)
    _add_how_much(parser)
    _add_results(parser)


def _add_what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="a parameter of the route; page=1..400 and type_id=34,35 are any of these",
    )
    parser.add_argument("--mix", metavar="FILE", help="several routes, with weights")
    parser.add_argument(
        "--mine", metavar="URL", help="a server elsewhere that is yours to load"
    )
    parser.add_argument(
        "--measure",
        choices=("hits", "network"),
        default="hits",
        help="hits: the cache as usual (the default); network: nothing is kept",
    )
    parser.add_argument(
        "--seed", type=read("count"), default=1, help="of what is chosen by chance (1)"
    )


def _add_how_much(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-c",
        "--concurrency",
        type=read("count"),
        metavar="N",
        help="workers, each of which waits for its answers (10); with --rate, how "
        "many requests may be under way",
    )
    parser.add_argument(
        "--rate",
        type=read("rate"),
        metavar="N/s",
        help="begin so many a second, whether others have ended or not",
    )
    until = parser.add_mutually_exclusive_group()
    until.add_argument(
        "-n", "--requests", type=read("count"), metavar="N", help="how many in all"
    )
    until.add_argument(
        "-d",
        "--duration",
        type=read("seconds_above_0"),
        metavar="TIME",
        help="for how long: 10s, 2m (5s)",
    )
    parser.add_argument(
        "--warm-up",
        type=read("seconds"),
        default=1.0,
        metavar="TIME",
        help="so long before that, which is not counted (1s)",
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--png", metavar="FILE", help="draw the latencies")
    parser.add_argument("--save", metavar="FILE", help="keep the figures as a baseline")
    parser.add_argument(
        "--compare",
        metavar="FILE",
        help="with a baseline; what has become worse is exit code 1",
    )
    parser.add_argument(
        "--tolerance",
        type=read("tolerance"),
        default=0.1,
        metavar="N%",
        help="by how much a figure may be worse than the baseline's (10%%)",
    )
    parser.add_argument(
        "--targets",
        action="store_true",
        help="measure what pyesi sets itself, and nothing else",
    )


def read(name: str) -> Callable[[str], Any]:
    """A reader of pyesi.bench, imported once it is needed; a fault is a wrong call."""

    def read(text: str) -> Any:
        try:
            return getattr(import_module("pyesi.bench"), name)(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        message = f"a parameter is NAME=VALUE, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return name, value
