"""What a client is watched by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._async_flow import AsyncFlow
from ._base import BaseClient

if TYPE_CHECKING:
    from pyesi.alerts import Alerts
    from pyesi.metrics import MetricsServer


class WatchedClient(BaseClient):
    """The part of a client that tells when it is not well.

    Thread-safe.
    """

    @property
    def alerts(self) -> Alerts:
        """Callbacks for alerts: `esi.alerts.on("error_rate", tell)`."""
        found: Alerts | None = vars(self).get("_alerts")
        # setdefault: two threads that ask first have the same.
        return found or vars(self).setdefault("_alerts", self._make_alerts())

    def serve_metrics(self, port: int, *, host: str = "127.0.0.1") -> MetricsServer:
        """Answer ``GET /metrics`` for Prometheus, from a thread of its own.

        It goes on until it is closed, or the process ends; once this client is closed
        there are no series of it any more.

        Args:
            port: Where to listen; 0 takes a free one.
            host: At which address; by default this machine alone can reach it.

        Raises:
            ConfigurationError: Nothing can listen there.
        """
        from pyesi.metrics import serve_metrics

        return serve_metrics(port, self, host=host)

    def _make_alerts(self) -> Alerts:
        from pyesi.alerts import Alerts  # most clients have none

        name = self._config.user_agent.split()[0].partition("/")[0]
        return Alerts(self, name, on_loop=isinstance(self, AsyncFlow))

    def _disconnect(self) -> None:
        """Closed, or inherited by a child: nothing more is told here."""
        super()._disconnect()
        alerts: Alerts | None = vars(self).get("_alerts")
        if alerts is not None:
            alerts.end()
