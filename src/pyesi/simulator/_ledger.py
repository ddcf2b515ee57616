"""What the simulator saw."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field

_KEPT_REQUESTS = 20000
_SHOWN_BODY = 4096


@dataclass(frozen=True, slots=True)
class Resource:
    """What one client may not ask for again before it expires."""

    client: str
    identity: str
    method: str
    target: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Early:
    """A request that came before the expiry which its client had been told."""

    resource: Resource
    seconds: float


@dataclass(slots=True)
class Ledger:
    """Counts requests and answers; nothing in it decides anything."""

    answers: dict[str, Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    targets: Counter[str] = field(default_factory=Counter)
    posts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    early: list[Early] = field(default_factory=list)
    requests: deque[dict[str, object]] = field(
        default_factory=lambda: deque(maxlen=_KEPT_REQUESTS)
    )
    received: int = 0
    with_token: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    bytes_out: int = 0
    errors: int = 0
    connections: int = 0
    open_connections: int = 0
    most_connections: int = 0
    _told: dict[Resource, float] = field(default_factory=dict)

    def on_request(self, resource: Resource, now: float) -> None:
        """Look whether a request comes before its time."""
        told = self._told.get(resource)
        if told is not None and now < told:
            self.early.append(Early(resource, told - now))

    def on_told(self, resource: Resource, expires: float) -> None:
        """Remember what a client was told of a resource's expiry."""
        self._told[resource] = expires

    def on_write(self, method: str, target: str, body: bytes) -> None:
        """Count what must never be sent twice."""
        self.posts[method, target, body[:_SHOWN_BODY].decode(errors="replace")] += 1

    def on_start(self) -> None:
        """Count a request that is being answered."""
        self.received += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def on_connection(self) -> None:
        """Count a connection that carries its first request to ESI."""
        self.connections += 1
        self.open_connections += 1
        self.most_connections = max(self.most_connections, self.open_connections)

    def counters(self) -> dict[str, object]:
        """Show all counts as JSON's values."""
        statuses: Counter[int] = Counter()
        for counts in self.answers.values():
            statuses.update(counts)
        return {
            "requests": self.received,
            "answers": statuses.total(),
            "by_status": {str(status): n for status, n in sorted(statuses.items())},
            "by_operation": {
                operation: {str(status): n for status, n in sorted(counts.items())}
                for operation, counts in sorted(self.answers.items())
            },
            "by_target": dict(self.targets),
            "not_modified": statuses[304],
            "early": len(self.early),
            "early_requests": [
                {
                    "method": early.resource.method,
                    "target": early.resource.target,
                    "identity": early.resource.identity,
                    "early_by": early.seconds,
                }
                for early in self.early[:100]
            ],
            "writes": [
                {"method": method, "target": target, "body": body, "times": times}
                for (method, target, body), times in self.posts.items()
            ],
            "tokens": dict(self.tokens),
            "errors": self.errors,
            "faults": dict(self.faults),
            "clients": dict(self.clients),
            "with_token": self.with_token,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "bytes_out": self.bytes_out,
            "connections": self.connections,
            "open_connections": self.open_connections,
            "most_connections": self.most_connections,
        }
