"""ESI's two limiters, as the server keeps them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

_MINUTE = 60
_CHEAPEST_SUCCESS = 2


def token_cost(status: int) -> int:
    """Say what an answer costs in the floating window: 2, 1, 5 or nothing."""
    if status == 429:
        return 0
    return {2: 2, 3: 1, 4: 5}.get(status // 100, 0)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many tokens may be spent within how many seconds."""

    tokens: int
    seconds: float

    def __str__(self) -> str:
        """Write it as `X-Ratelimit-Limit` does: `12000/15m`."""
        seconds = self.seconds
        if seconds >= _MINUTE and seconds % _MINUTE == 0:
            return f"{self.tokens}/{int(seconds // _MINUTE)}m"
        return f"{self.tokens}/{seconds:g}s"


class FloatingWindow:
    """Tokens spent by one user in one group; each comes back a window later.

    A request passes while a success could still be paid for. What an answer costs is
    known only afterwards, so an expensive one may overdraw: then none remain.
    """

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self._spent: deque[tuple[float, int]] = deque()
        self._used = 0

    def remaining(self, now: float) -> int:
        """Count the tokens left; never negative."""
        self._forget(now)
        return max(self.allowance.tokens - self._used, 0)

    def retry_after(self, now: float) -> int | None:
        """Say after how many whole seconds a request may pass; None if it may now."""
        self._forget(now)
        missing = self._used + _CHEAPEST_SUCCESS - self.allowance.tokens
        if missing <= 0:
            return None
        for spent_at, tokens in self._spent:
            missing -= tokens
            if missing <= 0:
                return max(math.ceil(spent_at + self.allowance.seconds - now), 1)
        return math.ceil(self.allowance.seconds)

    def spend(self, tokens: int, now: float) -> None:
        """Take the tokens that an answer cost."""
        self._forget(now)
        if tokens:
            self._spent.append((now, tokens))
            self._used += tokens

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] + self.allowance.seconds <= now:
            self._used -= self._spent.popleft()[1]


class RateLimits:
    """The floating windows of all groups and users."""

    def __init__(self, overrides: dict[str, Allowance]) -> None:
        self._overrides = overrides
        self._windows: dict[tuple[str, str], FloatingWindow] = {}

    def window(self, group: str, user: str, declared: Allowance) -> FloatingWindow:
        """Find the window of one user in one group."""
        key = (group, user)
        found = self._windows.get(key)
        if found is None:
            allowance = self._overrides.get(group, declared)
            found = self._windows[key] = FloatingWindow(allowance)
        return found


class ErrorLimit:
    """How many errors each address may cause in a fixed minute."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self._errors: dict[tuple[str, int], int] = {}

    def remaining(self, ip: str, now: float) -> int:
        """Count the errors left in this minute."""
        return max(self.allowed - self._errors.get((ip, int(now) // _MINUTE), 0), 0)

    def reset_after(self, now: float) -> int:
        """Say in how many whole seconds the minute ends."""
        return _MINUTE - int(now) % _MINUTE

    def record(self, ip: str, status: int, now: float) -> None:
        """Count an answer; only 4xx and 5xx weigh."""
        if status >= 400:
            key = (ip, int(now) // _MINUTE)
            self._errors[key] = self._errors.get(key, 0) + 1
