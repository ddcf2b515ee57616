"""The command `pyesi`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from pyesi._version import VERSION
from pyesi.errors import ESIError

from ._bench_options import add_bench_options, read

__all__ = ["main"]

_Run: TypeAlias = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: What stands after the program's name; the process's own by default.

    Returns:
        The exit code: 0 for success, 1 for an error of pyesi, 2 for a wrong call.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["simulate"]:
        from pyesi.simulator import main as simulate

        return simulate(words[1:])
    options = _parser().parse_args(words)
    run: _Run = options.run
    try:
        return run(options)
    except ESIError as error:
        print(f"pyesi: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # pyesi routes | head
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyesi", description="A client for EVE Online's ESI."
    )
    parser.add_argument("--version", action="version", version=f"pyesi {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="sweep The Forge's market, three times"))
    _add_routes(commands.add_parser("routes", help="list ESI's routes"))
    _add_bench(commands.add_parser("bench", help="measure how long requests take"))
    _add_advice(commands.add_parser("advice", help="read what saved statistics say"))
    _add_report(commands.add_parser("report", help="write a page about the last week"))
    _add_top(commands.add_parser("top", help="watch a client that runs"))
    # Its own parser reads what follows it: see `main`.
    commands.add_parser("simulate", help="run a simulated ESI on this machine")
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Sweep the market of The Forge from a simulated ESI on this machine: once over "
        "the network, once from the cache, once revalidated."
    )
    parser.add_argument(
        "--pages", type=int, default=400, help="how many the simulator has (400)"
    )
    parser.add_argument(
        "--live", action="store_true", help="ask ESI itself; needs --user-agent"
    )
    parser.add_argument(
        "--user-agent", help='your application and contact: "my-app/1.0 (me@x.org)"'
    )
    parser.add_argument(
        "--parquet",
        default="forge-orders.parquet",
        help="where the orders go, or an empty word",
    )
    parser.add_argument(
        "--png",
        default="forge-book.png",
        help="where the order book of one type is drawn, or an empty word",
    )
    parser.set_defaults(run=_run_demo)


def _add_routes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "word", nargs="*", help="in path, operation id, scope or rate limit group"
    )
    parser.set_defaults(run=_run_routes)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    add_bench_options(parser)
    parser.set_defaults(run=_run_bench)


def _add_advice(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Say what could be better in a program, and which setting to change, by the "
        "statistics that it saved: esi.statistics().save(FILE)."
    )
    parser.add_argument("file", metavar="FILE", help="what it saved")
    parser.add_argument(
        "--since",
        metavar="FILE",
        help="what it saved before, to look at what was counted after that",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON, for other programs"
    )
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if there is a finding"
    )
    parser.set_defaults(run=_run_advice)


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write a page of HTML, with plots, about the last week of a client that keeps "
        "its answers in a file: what it asked, how that fared, and when."
    )
    parser.add_argument(
        "file", metavar="FILE", help="the cache's file, or the .history beside it"
    )
    parser.add_argument(
        "--out", default="report.html", metavar="FILE", help="where to (report.html)"
    )
    parser.add_argument(
        "--hours", type=_hours, default=168.0, help="how far back, at most 168 (168)"
    )
    parser.set_defaults(run=_run_report)


def _hours(word: str) -> float:
    hours = float(word)
    if not 0 < hours <= 168:
        raise argparse.ArgumentTypeError("hours are above 0 and at most 168")
    return hours


def _run_report(options: argparse.Namespace) -> int:
    from ._report import print_report

    return print_report(options.file, options.out, options.hours)


def _add_top(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show what a client does: throughput, hits, limits, slow routes. q ends it."
    )
    parser.add_argument(
        "target",
        metavar="URL|FILE",
        help="its metrics, or what esi.statistics().save(FILE) wrote",
    )
    parser.add_argument(
        "--interval",
        type=read("seconds_above_0"),
        default=2.0,
        metavar="TIME",
        help="after which it is read again (2s)",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="print what there is and end, as where there is no terminal",
    )
    parser.set_defaults(run=_run_top)


def _run_top(options: argparse.Namespace) -> int:
    from ._top import run_top

    return run_top(options)


def _run_advice(options: argparse.Namespace) -> int:
    from ._advice import print_advice

    return print_advice(
        options.file, options.since, as_json=options.json, check=options.check
    )


def _run_demo(options: argparse.Namespace) -> int:
    from ._demo import Plan, demo

    return demo(
        Plan(
            pages=options.pages,
            live=options.live,
            user_agent=options.user_agent,
            parquet=options.parquet,
            png=options.png,
        )
    )


def _run_routes(options: argparse.Namespace) -> int:
    from ._routes import print_routes

    return print_routes(" ".join(options.word))


def _run_bench(options: argparse.Namespace) -> int:
    from ._bench import run_bench

    return run_bench(options)
