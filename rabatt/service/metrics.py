"""What is counted of a running service. No label ever holds a customer, a receipt or an account.

Where several processes serve, PROMETHEUS_MULTIPROC_DIR names the folder in which they keep their figures, so that any
of them can tell those of all. prometheus_client looks at it once, when it is imported.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "rabatt_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "rabatt_request_seconds",
            "Time to the answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.evaluations = Counter(
            "rabatt_evaluations",
            "Receipts evaluated, by whether the best was proven.",
            ("optimal",),
            registry=self.registry,
        )
        self.claims = Counter("rabatt_claims", "Claims, by what became of them.", ("result",), registry=self.registry)
        self.rules = Gauge(
            "rabatt_rules",
            "Rules in memory, of all accounts; of the process that has the most.",
            registry=self.registry,
            multiprocess_mode="livemax",
        )

    def figures(self, rules: int) -> bytes:
        """The figures of all processes, as Prometheus reads them, with the number of rules that this one holds."""
        self.rules.set(rules)
        registry = self.registry
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
