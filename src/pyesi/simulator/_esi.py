"""What ESI answers: a pure function of the request, the state and the time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from pyesi.catalog import Route, routes
from pyesi.simulator._chance import seed_of
from pyesi.simulator._checks import check_known, check_parameters, read_body
from pyesi.simulator._clock import Clock, http_date
from pyesi.simulator._compatibility import DATES, effective_date
from pyesi.simulator._faults import FaultScript, Occasion
from pyesi.simulator._freshness import (
    cache_headers,
    entity_tag,
    is_not_modified,
    lifetime_of,
    told_expiry,
    window_of,
)
from pyesi.simulator._identity import Identity, read_token
from pyesi.simulator._ledger import Ledger, Resource
from pyesi.simulator._limits import Allowance, ErrorLimit, RateLimits, token_cost
from pyesi.simulator._paths import Found, Paths
from pyesi.simulator._question import Content, Question, language_of
from pyesi.simulator._request import Connection, Refusal, Reply, Request
from pyesi.simulator._settings import Settings
from pyesi.simulator._spoiling import change_headers, spoil
from pyesi.simulator._store import BodyStore, accepts_gzip, coded
from pyesi.simulator._window import Windows
from pyesi.simulator._world import World

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and what can be said of it before it is answered."""

    request: Request
    found: Found | None
    identity: Identity | None
    now: float
    resource: Resource

    @property
    def route(self) -> Route | None:
        """The operation, if the path names one."""
        return self.found.route if self.found else None

    @property
    def user(self) -> str:
        """Whose tokens are spent (esi-reference.md §4)."""
        ip = self.request.connection.ip
        if self.identity is None:
            return ip
        application = self.identity.application
        if self.route is not None and self.route.secured:
            return f"{application}:{self.identity.character_id}"
        return f"{ip}:{application}"


@dataclass(slots=True)
class PendingRoll:
    """A roll of The Forge's orders that waits for so many more of its pages."""

    after_pages: int
    pages: int | None = None


class Esi:
    """The simulated ESI: its state, and the one function that answers.

    It knows no socket and reads no clock: each call is told the time.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.paths = Paths(routes())
        self.store = BodyStore()
        self.reset()

    def reset(self) -> None:
        """Begin anew; only written bodies are kept, which follow from the seed."""
        self.clock.reset()
        settings = self.settings
        overrides = {
            group: Allowance(*allowance)
            for group, allowance in settings.windows.items()
        }
        self.world = World(settings, settings.pages)
        self.windows = Windows(self.clock.now())
        self.rate_limits = RateLimits(overrides)
        self.error_limit = ErrorLimit(settings.error_limit or 0)
        self.script = FaultScript(random.Random(settings.seed))
        self.ledger = Ledger()
        self.down_until = 0.0
        self.pending_roll: PendingRoll | None = None

    def prepare(self) -> None:
        """Write all pages of The Forge's orders ahead of the first request."""
        headers = {"Accept-Encoding": "gzip"}
        for page in range(1, self.settings.pages + 1):
            query = (("order_type", "all"), ("page", str(page)))
            asked = Request(
                "GET", FORGE_ORDERS, query, headers, b"", Connection("", 0, False)
            )
            self.answer(asked, self.clock.now())
        self.reset()

    def answer(self, request: Request, now: float) -> Reply:
        """Answer one request."""
        asked = self._ask(request, now)
        self._note(asked)
        fault = self.script.next(_occasion(asked))
        try:
            self._guard(asked)
            reply = self._respond(asked)
        except Refusal as refusal:
            reply = refusal.reply()
        if fault is not None:
            self.ledger.faults[fault.kind] += 1
            reply = spoil(reply, fault)
        self._settle(asked, reply)
        self._dress(asked, reply)
        return reply

    def roll(self, path: str, pages: int | None = None) -> None:
        """Regenerate a path's answers at once, The Forge's orders with so many pages.

        Raises:
            ValueError: No cached answer has this path.
        """
        found = self.paths.find("GET", path)
        if found is None:
            raise ValueError(f"no route has the path {path}")
        lifetime = lifetime_of(found.route, self.settings.lifetime) or 60
        if pages is not None:
            self.world.forge_pages = pages
        self.windows.roll(path, lifetime, self.clock.now())

    def _ask(self, request: Request, now: float) -> Asked:
        found = self.paths.find(request.method, request.path)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        identity = read_token(token) if scheme.lower() == "bearer" else None
        localised = found is not None and found.route.localised
        user_agent = request.headers.get("User-Agent", "")
        resource = Resource(
            client=f"{request.connection.ip} {user_agent}",
            identity=(
                f"{identity.application}:{identity.character_id}" if identity else ""
            ),
            method=request.method,
            target=request.target,
            language=(
                language_of(request.headers.get("Accept-Language")) if localised else ""
            ),
        )
        return Asked(request, found, identity, now, resource)

    def _note(self, asked: Asked) -> None:
        request = asked.request
        ledger = self.ledger
        ledger.on_request(asked.resource, asked.now)
        ledger.targets[f"{request.method} {request.target}"] += 1
        ledger.clients[request.headers.get("User-Agent", "")] += 1
        ledger.with_token += "Authorization" in request.headers
        if request.method in {"POST", "PUT", "DELETE"}:
            ledger.on_write(request.method, request.target, request.body)
        ledger.requests.append(
            {
                "at": asked.now,
                "method": request.method,
                "target": request.target,
                "connection": request.connection.number,
                "reused": request.connection.reused,
                "headers": {
                    name.lower(): value
                    for name, value in request.headers.items()
                    if name.lower() != "authorization"
                },
            }
        )

    def _guard(self, asked: Asked) -> None:
        """Refuse what no route would ever see."""
        request, now = asked.request, asked.now
        ip = request.connection.ip
        if self._limits_errors and self.error_limit.remaining(ip, now) == 0:
            raise Refusal(420, "This software has exceeded the error limit for ESI.")
        if asked.route is None:
            methods = self.paths.methods(request.path)
            raise Refusal(405, "Method not allowed") if methods else _unknown_route()
        wait = self._retry_after(asked)
        if wait is not None:
            raise Refusal(429, "Rate limit exceeded", extra={"retry_after": wait})
        if now < self.down_until:
            raise Refusal(503, "The datasource tranquility is temporarily unavailable")
        if asked.route.since > effective_date(request, now):
            raise _unknown_route()

    def _respond(self, asked: Asked) -> Reply:
        assert asked.found is not None, "the guard lets no unknown route pass"
        request, route, values = asked.request, asked.found.route, asked.found.values
        if route.secured:
            self._check_token(asked, route, values)
        check_parameters(route, values, request)
        check_known(route, values)
        question = Question(
            request=request,
            route=route,
            values=values,
            identity=asked.identity,
            language=language_of(request.headers.get("Accept-Language")),
            now=asked.now,
            window=window_of(
                route, self.windows, request.path, asked.now, self.settings.lifetime
            ),
            body=read_body(route, request.body) if request.body or route.body else None,
        )
        reply = self._write(question, self.world.content(question))
        self._count_order_page(route)
        return reply

    def _check_token(
        self, asked: Asked, route: Route, values: Mapping[str, str]
    ) -> None:
        identity = asked.identity
        if "Authorization" not in asked.request.headers:
            raise Refusal(401, "Unauthorized - No token provided")
        if identity is None:
            raise Refusal(401, "Unauthorized - Invalid token")
        if identity.expires <= asked.now:
            raise Refusal(403, "token is expired", extra={"sso_status": 400})
        if not identity.scopes.issuperset(route.scopes):
            raise Refusal(
                403, "token is not valid for scope", extra={"sso_status": 200}
            )
        own = route.path.startswith("/characters/{character_id}")
        if own and values["character_id"] != str(identity.character_id):
            raise Refusal(403, "token is not valid for this character")
        if route.roles and identity.character_id in self.settings.roleless:
            raise Refusal(403, "The given character doesn't have the required role(s)")

    def _write(self, question: Question, content: Content) -> Reply:
        route, request, window = question.route, question.request, question.window
        if content.status == 204:
            return Reply(204)
        reply = Reply(content.status, {"Content-Type": _JSON})
        if content.pages is not None:
            reply.headers["X-Pages"] = str(content.pages)
        if route.localised:
            reply.headers["Content-Language"] = question.language
        if window is not None:
            tag = entity_tag(route, content.tag)
            lifetime = lifetime_of(route, self.settings.lifetime)
            reply.headers["ETag"] = tag
            reply.headers |= cache_headers(route, window, lifetime, question.now)
            reply.told_expiry = told_expiry(reply.headers, question.now)
            if is_not_modified(request.headers, tag, window):
                return _not_modified(reply, route)
        self._fill(reply, question, content)
        return reply

    def _fill(self, reply: Reply, question: Question, content: Content) -> None:
        """Put the body in, written anew or kept from an earlier request."""
        request = question.request
        packed = accepts_gzip(request.headers.get("Accept-Encoding", ""))
        if question.window is None:
            reply.body, is_packed = coded(content.write(), packed=packed)
        else:
            key = (request.target, question.language, content.tag)
            cached = key in self.store
            if not cached:
                self.store.put(key, content.write())
            reply.headers["X-Esi-Cache-Status"] = "HIT" if cached else "MISS"
            reply.body, is_packed = self.store.get(key, packed=packed)
        if is_packed:
            reply.headers["Content-Encoding"] = "gzip"
        language = ", Accept-Language" if question.route.localised else ""
        reply.headers["Vary"] = f"Accept-Encoding{language}"

    def _count_order_page(self, route: Route) -> None:
        if route.operation_id != "GetMarketsRegionIdOrders":
            return
        roll = self.pending_roll
        if roll is not None:
            roll.after_pages -= 1
            if roll.after_pages <= 0:
                self.pending_roll = None
                self.roll(FORGE_ORDERS, roll.pages)

    @property
    def _limits_errors(self) -> bool:
        return self.settings.error_limit is not None

    def _retry_after(self, asked: Asked) -> int | None:
        route = asked.route
        if route is None or route.rate_limit_group is None:
            return None
        if not self.settings.rate_limits:
            return None
        window = self.rate_limits.window(
            route.rate_limit_group, asked.user, _declared(route)
        )
        return window.retry_after(asked.now)

    def _settle(self, asked: Asked, reply: Reply) -> None:
        """Charge the answer to one of the two limiters, and tell what is left."""
        route, now = asked.route, asked.now
        ip = asked.request.connection.ip
        operation = route.operation_id if route else "unknown"
        self.ledger.answers[operation][reply.status] += 1
        if route is not None and route.rate_limit_group and reply.status != 420:
            if self.settings.rate_limits:
                self._charge(asked, route, reply)
        elif self._limits_errors:
            if reply.status != 420:
                self.error_limit.record(ip, reply.status, now)
                self.ledger.errors += reply.status >= 400
            remaining = self.error_limit.remaining(ip, now)
            reply.headers["X-ESI-Error-Limit-Remain"] = str(remaining)
            reset = self.error_limit.reset_after(now)
            reply.headers["X-ESI-Error-Limit-Reset"] = str(reset)

    def _charge(self, asked: Asked, route: Route, reply: Reply) -> None:
        group = route.rate_limit_group or ""
        window = self.rate_limits.window(group, asked.user, _declared(route))
        cost = token_cost(reply.status)
        window.spend(cost, asked.now)
        self.ledger.tokens[group] += cost
        reply.headers["X-Ratelimit-Group"] = group
        reply.headers["X-Ratelimit-Limit"] = str(window.allowance)
        reply.headers["X-Ratelimit-Remaining"] = str(window.remaining(asked.now))
        reply.headers["X-Ratelimit-Used"] = str(cost)
        wait = window.retry_after(asked.now)
        if reply.status == 429 and wait is not None:
            reply.headers.setdefault("Retry-After", str(wait))

    def _dress(self, asked: Asked, reply: Reply) -> None:
        """Add what every answer carries."""
        request = asked.request
        headers = reply.headers
        headers["Date"] = http_date(int(asked.now))
        headers["X-Esi-Request-Id"] = _request_id(
            self.settings.seed, self.ledger.received
        )
        headers["Strict-Transport-Security"] = "max-age=31536000"
        headers["Access-Control-Allow-Origin"] = "*"
        if reply.status == 405:
            headers["Allow"] = ", ".join(self.paths.methods(request.path))
        try:
            headers["X-Compatibility-Date"] = effective_date(request, asked.now)
        except Refusal:
            headers["X-Compatibility-Date"] = DATES[-1]
        reply.resource = asked.resource
        if reply.fault is not None:
            change_headers(reply, reply.fault, asked.now)


FORGE_ORDERS = "/markets/10000002/orders"


def _unknown_route() -> Refusal:
    return Refusal(404, "Not found")


def _declared(route: Route) -> Allowance:
    return Allowance(route.rate_limit_tokens or 0, route.rate_limit_window or 900)


def _request_id(seed: int, number: int) -> str:
    first, second = seed_of(seed, number, 1), seed_of(seed, number, 2)
    digits = f"{first:016x}{second:016x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)


def _occasion(asked: Asked) -> Occasion:
    page = asked.request.first("page") or "1"
    return Occasion(
        method=asked.request.method,
        path=asked.request.path,
        page=int(page) if page.isdecimal() else 0,
        reused=asked.request.connection.reused,
        token="Authorization" in asked.request.headers,
        template=asked.route.path if asked.route else None,
        operation=asked.route.operation_id if asked.route else None,
    )


def _not_modified(reply: Reply, route: Route) -> Reply:
    """Strip an answer to what a 304 has; static routes leave X-Pages out of it."""
    reply.status = 304
    del reply.headers["Content-Type"]
    if route.expires_daily:
        reply.headers.pop("X-Pages", None)
    return reply
