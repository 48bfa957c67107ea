"""What the service has counted since its start, for Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from .hint_service import HintCounts
from .requests import StaffHandler


class HintMetrics(Collector):
    """The counts of hints as Prometheus's metrics."""

    def __init__(self, counts: HintCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Called for each answer."""
        answers = CounterMetricFamily(
            "containrlab_hint_answers", "Hints and explanations given.", labels=["kind", "source"]
        )
        for (kind, source), count in self._counts.answers.items():
            answers.add_metric([kind, source], count)
        failures = CounterMetricFamily(
            "containrlab_hint_ai_failures", "Questions that AI did not answer.", labels=["reason"]
        )
        for reason, count in self._counts.failures.items():
            failures.add_metric([reason], count)
        refusals = CounterMetricFamily(
            "containrlab_hint_refusals", "Questions beyond a limit.", labels=["limit"]
        )
        for limit, count in self._counts.refusals.items():
            refusals.add_metric([limit], count)
        yield from (answers, failures, refusals)


class MetricsHandler(StaffHandler):
    """For a token with the scope of course staff, as a Prometheus may have one."""

    def get(self) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(HintMetrics(self.services.hints.counts))
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(generate_latest(registry))
