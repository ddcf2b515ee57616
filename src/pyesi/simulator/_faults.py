"""The script of what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

Kind = Literal[
    "latency",
    "slow_drip",
    "reset_before",
    "reset_in_body",
    "truncate",
    "status",
    "wrong_content_length",
    "truncated_gzip",
    "gzip_bomb",
    "endless_body",
    "header_flood",
    "html_504",
    "wrapped_page_end_500",
    "redirect",
    "close_before_answer",
    "invalid_json",
    "no_answer",
    "headers",
    "raw",
]


class Fault(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One thing that goes wrong; each kind reads the settings that it needs.

    Attributes:
        kind: What goes wrong.
        seconds: latency: how long the answer is held back. slow_drip, endless_body:
            the pause between two pieces.
        bytes: slow_drip, endless_body: size of a piece. gzip_bomb: size when
            decoded. header_flood: size of all headers.
        share: reset_in_body, truncate, truncated_gzip: which part of the body is
            still sent.
        delta: wrong_content_length: what is added to the true length.
        code: status, redirect: the status sent. gzip_bomb, endless_body: likewise.
        body: status, raw: what is sent instead; JSON unless it is a string.
        location: redirect: where to.
        headers: What is added to the answer's headers or replaced in them.
        missing: Which headers are left out.
    """

    kind: Kind
    seconds: float | None = None
    bytes: int | None = None
    share: float = 0.5
    delta: int = -7
    code: int | None = None
    body: object = None
    location: str = "https://login.eveonline.com/"
    headers: dict[str, str] = {}
    missing: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests a rule is for; what is not set holds for all.

    Attributes:
        method: As on the wire.
        path: The path itself, ESI's template for it, or a pattern with `*`.
        operation: The operation id.
        page: The query parameter `page`; an absent one counts as 1.
        reused: Whether the connection carried a request before.
        token: Whether there is an Authorization header.
    """

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    page: int | None = None
    reused: bool | None = None
    token: bool | None = None


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the script.

    Attributes:
        fault: What goes wrong.
        match: For which requests.
        times: How often; None is for ever.
        after: How many matching requests pass unharmed first.
        chance: For which share of the matching requests, drawn by the seed.
    """

    fault: Fault
    match: Match = msgspec.field(default_factory=Match)
    times: int | None = 1
    after: int = 0
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule can look at."""

    method: str
    path: str
    page: int
    reused: bool = False
    token: bool = False
    template: str | None = None
    operation: str | None = None


def _fits(match: Match, occasion: Occasion) -> bool:
    wanted_and_seen = (
        (match.method, occasion.method),
        (match.operation, occasion.operation),
        (match.page, occasion.page),
        (match.reused, occasion.reused),
        (match.token, occasion.token),
    )
    if any(wanted not in {None, seen} for wanted, seen in wanted_and_seen):
        return False
    if match.path is None or match.path == occasion.template:
        return True
    return fnmatchcase(occasion.path, match.path)


@dataclass(slots=True)
class FaultScript:
    """Hands out faults: the first rule that fits and is not used up decides."""

    chance: random.Random
    _rules: list[Rule] = field(default_factory=list)
    fired: int = 0

    def add(self, rules: list[Rule]) -> None:
        """Append rules to the script."""
        self._rules.extend(rules)

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def next(self, occasion: Occasion) -> Fault | None:
        """Say what goes wrong with this request, if anything."""
        for rule in self._rules:
            if rule.times == 0 or not _fits(rule.match, occasion):
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.chance < 1.0 and self.chance.random() >= rule.chance:
                continue
            if rule.times is not None:
                rule.times -= 1
            self.fired += 1
            return rule.fault
        return None


def read_rules(listed: object) -> list[Rule]:
    """Read rules from JSON's values.

    Raises:
        ValueError: Something is misspelt; the message names it.
    """
    if isinstance(listed, Mapping):
        listed = [listed]
    return msgspec.convert(listed, list[Rule])
