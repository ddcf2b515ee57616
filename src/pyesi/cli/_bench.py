"""`pyesi bench`: how long requests to a simulated ESI, or one's own server, take."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyesi import bench, catalog
from pyesi.errors import ConfigurationError

# The simulator's pages of The Forge; a bench that wants all of them warms up for long.
SIMULATED_PAGES = 40
SECONDS_OF_TARGETS = 4.0

# As many tokens as a client believes, in seconds in which nobody can spend them: what
# is measured is no limit of ESI's.
_NO_WINDOW = (10_000_000, 10)


def run_bench(options: argparse.Namespace) -> int:
    """Run one bench to its end, or to Ctrl-C.

    Returns:
        0; 1 if a figure has become worse than is tolerated, or if nothing was
        answered; 130 after Ctrl-C.

    Raises:
        ESIError: It cannot be measured as it was said.
    """
    if options.targets:
        return _print_targets(options)
    base_url, wanted = _asked(options)
    if base_url is not None:
        bench.refuse_unless_allowed(base_url, options.mine)
    baseline = _checked_files(options)
    with _server(base_url) as simulator:
        plan = bench.Plan(
            base_url=simulator.base_url if base_url is None else base_url,
            wanted=wanted,
            load=_load(options),
            keeps_answers=options.measure == "hits",
            seed=options.seed,
            mine=options.mine,
            simulated=base_url is None,
        )
        if baseline is not None:
            bench.refuse_unlike(baseline, plan.shown())
        measuring = bench.measure_alone(plan, lambda: _print_begin(plan))
        figures = bench.run_timely(measuring)
    return _tell(options, plan, figures, baseline)


def _asked(options: argparse.Namespace) -> tuple[str | None, tuple[bench.Wanted, ...]]:
    """Whom, if that was said, and for what."""
    parameters = dict(options.param)
    if options.mix is None and options.target is None:
        message = "bench needs a URL or a route, or --mix, or --targets."
        raise ConfigurationError(message)
    if options.mix is not None and parameters:
        raise ConfigurationError("--mix holds the parameters: leave --param out.")
    if options.target is None:
        return None, bench.read_mix(options.mix)
    target = bench.target_of(options.target, parameters, bare=options.mix is not None)
    if target.wanted is not None and options.mix is not None:
        message = "--mix says what is asked: give it no route, but perhaps a URL."
        raise ConfigurationError(message)
    wanted = bench.read_mix(options.mix) if target.wanted is None else (target.wanted,)
    return target.base_url, wanted


def _load(options: argparse.Namespace) -> bench.Load:
    return bench.Load(
        concurrency=options.concurrency,
        rate=options.rate,
        requests=options.requests,
        seconds=options.duration,
        warm_up=options.warm_up,
    )


def _checked_files(options: argparse.Namespace) -> dict[str, Any] | None:
    """The baseline, if there is to be one. Nobody measures for minutes in vain.

    Raises:
        ConfigurationError: It cannot be read, or no file can be written where it is to
            be.
    """
    if options.png is not None:
        bench.require_matplotlib()
    for path in filter(None, (options.png, options.save)):
        folder = Path(path).parent
        if not folder.is_dir():
            raise ConfigurationError(
                f"There is no folder {str(folder)!r} for {path!r}."
            )
    return None if options.compare is None else bench.load_baseline(options.compare)


def _server(base_url: str | None) -> AbstractContextManager[Any]:
    if base_url is not None:
        return nullcontext()
    from pyesi.simulator import SimulatorProcess

    groups = {route.rate_limit_group for route in catalog.routes()} - {None}
    return SimulatorProcess(
        pages=SIMULATED_PAGES,
        windows=dict.fromkeys(sorted(map(str, groups)), _NO_WINDOW),
        error_limit=None,
    )


def _print_begin(plan: bench.Plan) -> None:
    print(f"Asking {plan.base_url} …", file=sys.stderr)


def _tell(
    options: argparse.Namespace,
    plan: bench.Plan,
    figures: bench.Figures,
    baseline: Mapping[str, Any] | None,
) -> int:
    told = bench.document(plan, figures)
    changes: list[bench.Change] = []
    has_answers = figures.error_share < 1 and figures.requests > 0
    if baseline is not None and has_answers and not figures.interrupted:
        changes = bench.compared(baseline, told, options.tolerance)
    _print(options, bench.report(plan, figures), told, changes)
    if baseline is not None:
        for warning in bench.warnings_of(baseline, told["machine"]):
            print(f"pyesi: {warning}", file=sys.stderr)
    if options.png is not None and figures.curve:
        bench.draw(plan, figures, options.png)
    if figures.interrupted:
        if options.save is not None or baseline is not None:
            print("pyesi: interrupted: neither saved nor compared.", file=sys.stderr)
        return 130
    if not has_answers:
        print("pyesi: no request had a good answer.", file=sys.stderr)
        return 1
    if options.save is not None:
        bench.save_baseline(options.save, told)
    return _exit_code(changes, options.tolerance)


def _print(
    options: argparse.Namespace,
    text: str,
    told: dict[str, Any],
    changes: list[bench.Change],
) -> None:
    if options.json:
        shown = {**told, "compared": [asdict(one) for one in changes]}
        print(json.dumps(shown if changes else told, indent=1))
        return
    print(text)
    if changes:
        print(f"\nAgainst {options.compare}, {options.tolerance:.0%} are tolerated:")
        print("\n".join(str(one) for one in changes))


def _exit_code(changes: list[bench.Change], tolerance: float) -> int:
    worse = [one.name for one in changes if one.regressed]
    if worse:
        names = ", ".join(worse)
        message = f"pyesi: worse by more than {tolerance:.0%}: {names}."
        print(message, file=sys.stderr)
    return 1 if worse else 0


def _print_targets(options: argparse.Namespace) -> int:
    others = (options.target, options.mix, options.save, options.compare, options.png)
    if any(other is not None for other in others):
        raise ConfigurationError("--targets measures by itself: give it alone.")
    with _server(None) as simulator:
        measuring = bench.measure_targets(simulator.base_url, SECONDS_OF_TARGETS)
        targets = bench.run_timely(measuring)
    if options.json:
        print(json.dumps([asdict(one) for one in targets], indent=1))
    else:
        print(bench.table_of(targets))
    return 0
