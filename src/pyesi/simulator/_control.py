"""What tests may tell the simulator and ask of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyesi.simulator._esi import FORGE_ORDERS, Esi, PendingRoll
from pyesi.simulator._faults import read_rules


class Control:
    """Turns the simulator's screws.

    Each word is also a path below `/_simulator/`: a GET asks, a POST with a JSON
    object tells.
    """

    def __init__(self, esi: Esi, on_reset: Callable[[], None] = lambda: None) -> None:
        self._esi = esi
        self._on_reset = on_reset
        self._words: dict[str, Callable[[Mapping[str, Any]], object]] = {
            "clock": self._clock,
            "counters": self._counters,
            "downtime": self._downtime,
            "faults": self._faults,
            "requests": self._requests,
            "reset": self._reset,
            "roll": self._roll,
        }

    def control(self, word: str, told: Mapping[str, Any]) -> object:
        """Obey one word.

        Raises:
            ValueError: The word or what it is told makes no sense.
        """
        if word not in self._words:
            raise ValueError(f"no control {word!r}: {', '.join(sorted(self._words))}")
        return self._words[word](told)

    def _clock(self, told: Mapping[str, Any]) -> object:
        clock = self._esi.clock
        clock.advance(float(_only(told, "advance").get("advance", 0)))
        return {"now": clock.now(), "offset": clock.offset}

    def _counters(self, _told: Mapping[str, Any]) -> object:
        return self._esi.ledger.counters()

    def _requests(self, _told: Mapping[str, Any]) -> object:
        return {"requests": list(self._esi.ledger.requests)}

    def _downtime(self, told: Mapping[str, Any]) -> object:
        seconds = float(_only(told, "seconds").get("seconds", 0))
        self._esi.down_until = self._esi.clock.now() + seconds if seconds else 0.0
        return {"until": self._esi.down_until}

    def _faults(self, told: Mapping[str, Any]) -> object:
        told = _only(told, "rules", "clear")
        rules = read_rules(told.get("rules", []))
        if told.get("clear"):
            self._esi.script.clear()
        self._esi.script.add(rules)
        return {"fired": self._esi.script.fired}

    def _roll(self, told: Mapping[str, Any]) -> object:
        told = _only(told, "path", "pages", "after_pages")
        pages = told.get("pages")
        if "after_pages" in told:
            self._esi.pending_roll = PendingRoll(int(told["after_pages"]), pages)
        else:
            self._esi.roll(told.get("path", FORGE_ORDERS), pages)
        return {}

    def _reset(self, _told: Mapping[str, Any]) -> object:
        self._on_reset()
        self._esi.reset()
        return {}


def _only(told: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    unknown = sorted(told.keys() - set(names))
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)}: it takes {', '.join(names)}")
    return told


class Controlled(ABC):
    """The words as methods; the simulator here and the one elsewhere share them."""

    @abstractmethod
    def control(self, word: str, **told: Any) -> dict[str, Any]:
        """Send one word of control.

        Raises:
            ValueError: The word or what it is told makes no sense.
        """

    def advance(self, seconds: float) -> None:
        """Turn the simulator's clock forward."""
        self.control("clock", advance=seconds)

    def now(self) -> float:
        """Read the simulator's clock, in seconds since the epoch."""
        return float(self.control("clock")["now"])

    def faults(
        self, rules: Sequence[Mapping[str, Any]], *, clear: bool = False
    ) -> None:
        """Append rules to the script of faults: see `Rule`."""
        self.control("faults", rules=list(rules), clear=clear)

    def roll(self, path: str = FORGE_ORDERS, *, pages: int | None = None) -> None:
        """Regenerate a path's answers now, The Forge's orders by default."""
        told: dict[str, Any] = {} if pages is None else {"pages": pages}
        self.control("roll", path=path, **told)

    def roll_after(self, served: int, *, pages: int | None = None) -> None:
        """Regenerate The Forge's orders once so many more of its pages were served.

        Args:
            served: How many more pages are served first.
            pages: How many pages there are from then on; unchanged by default.
        """
        told: dict[str, Any] = {} if pages is None else {"pages": pages}
        self.control("roll", after_pages=served, **told)

    def downtime(self, seconds: float) -> None:
        """Be down for so many seconds of the simulator's clock; 0 ends it."""
        self.control("downtime", seconds=seconds)

    def counters(self) -> dict[str, Any]:
        """Show what the simulator saw since its last reset."""
        return self.control("counters")

    def requests(self) -> list[dict[str, Any]]:
        """Show each request since the last reset, without its Authorization."""
        return list(self.control("requests")["requests"])

    def reset(self) -> None:
        """Begin anew: clock, market, limiters, faults and counters."""
        self.control("reset")
