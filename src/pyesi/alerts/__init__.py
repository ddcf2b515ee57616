"""The shipped alert rules in the process that they are about, without Prometheus.

    @esi.alerts.on("error_rate")
    def tell(alert):
        print(alert.state, alert.summary)

Thresholds, windows and patience are those of docs/how-to/monitoring/alerts.yml.
"""

from __future__ import annotations

from ._alert import Alert
from ._alerts import Alerts
from ._history import History
from ._reading import Reading
from ._rules import RULES, Rule
from ._subscription import Subscription

__all__ = [
    "RULES",
    "Alert",
    "Alerts",
    "History",
    "Reading",
    "Rule",
    "Subscription",
]
