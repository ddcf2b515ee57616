"""What a bench asks for: a route, its values, and how often it comes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from typing import Any, NamedTuple

from pyesi.catalog import UncheckedRoute

_DRAWN_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One kind of request.

    Attributes:
        route: A path template that the catalog knows, or an `UncheckedRoute`.
        name: Its operation id, or its path.
        fixed: Values of parameters.
        choices: For other parameters, values of which each request takes one.
        weight: How often it comes, beside the others'.
    """

    route: str | UncheckedRoute
    name: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    weight: float = 1.0

    def shown(self) -> dict[str, Any]:
        """As a report tells it; long choices by their ends and number."""
        shown = {name: _shown_choice(values) for name, values in self.choices.items()}
        parameters = {**self.fixed, **shown}
        return {"route": self.name, "weight": self.weight, "parameters": parameters}


class Drawn(NamedTuple):
    """One request, ready to be asked."""

    route: str | UncheckedRoute
    parameters: Mapping[str, Any]


def draws(wanted: Sequence[Wanted], seed: int) -> Iterator[Drawn]:
    """Requests without end; the same ones in the same order for the same seed."""
    if len(wanted) == 1 and not wanted[0].choices:
        return repeat(Drawn(wanted[0].route, dict(wanted[0].fixed)))
    return _drawn_by_chance(wanted, random.Random(seed))


def _drawn_by_chance(
    wanted: Sequence[Wanted], chance: random.Random
) -> Iterator[Drawn]:
    weights = list(accumulate(one.weight for one in wanted))
    settled = {id(one): Drawn(one.route, dict(one.fixed)) for one in wanted}
    while True:
        for one in chance.choices(wanted, cum_weights=weights, k=_DRAWN_AT_ONCE):
            if not one.choices:
                yield settled[id(one)]
                continue
            chosen = {n: chance.choice(values) for n, values in one.choices.items()}
            yield Drawn(one.route, {**one.fixed, **chosen})


def _shown_choice(values: Sequence[Any]) -> str:
    if len(values) > 4:
        return f"{len(values)} values from {values[0]} to {values[-1]}"
    return " | ".join(map(str, values))
