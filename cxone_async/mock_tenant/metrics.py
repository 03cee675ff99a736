"""What the stand-in serves at `/metrics`: its statistics, by Prometheus' conventions.

A label holds a word of this program or the name of a segment that the tenant was started with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cxone_async.mock_tenant.statistics import TenantStatistics

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def exposition(statistics: TenantStatistics, quota_per_minute: int) -> bytes:
    """Return the statistics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(statistics, quota_per_minute))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, statistics: TenantStatistics, quota_per_minute: int) -> None:
        self._statistics = statistics
        self._quota_per_minute = quota_per_minute

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        told = self._statistics
        requests = CounterMetricFamily(
            "cxone_mock_tenant_requests_total",
            "Requests answered, by kind and status.",
            labels=("kind", "status"),
        )
        for kind, by_status in told.requests.by_kind_and_status.items():
            for status, count in by_status.items():
                requests.add_metric((kind, status), count)
        yield requests
        for name, meaning, value in (
            ("tokens_issued", "Tokens given out.", told.tokens_issued),
            (
                "throttled_by_quota",
                "Requests refused with 429 because the quota was used up.",
                told.requests.throttled_by_quota,
            ),
            (
                "idempotent_repeats",
                "Submissions answered with the import that their key had made before.",
                told.idempotent_repeats,
            ),
            (
                "idempotency_conflicts",
                "Submissions refused since their key had carried another body or list.",
                told.idempotency_conflicts,
            ),
            ("polls", "Polls that found their import.", told.polls.total),
        ):
            yield CounterMetricFamily(f"cxone_mock_tenant_{name}_total", meaning, value=value)
        yield GaugeMetricFamily(
            "cxone_mock_tenant_contacts",
            "Contacts on the lists.",
            value=told.contacts_accepted,
        )
        for name, meaning, label, counts in (
            ("imports", "Imports by status.", "status", told.imports),
            ("refused_contacts", "Contacts refused in completed imports.", "code", told.refused),
            (
                "segment_contacts",
                "Contacts in a segment.",
                "segment_id",
                {segment_id: one.count for segment_id, one in told.segments.items()},
            ),
        ):
            family = GaugeMetricFamily(f"cxone_mock_tenant_{name}", meaning, labels=(label,))
            for word, count in counts.items():
                family.add_metric((word,), count)
            yield family
        yield GaugeMetricFamily(
            "cxone_mock_tenant_most_processed_in_60_s",
            "The most requests that any 60 s held, without those that were refused with 429.",
            value=told.requests.most_processed_in_60_s,
        )
        yield GaugeMetricFamily(
            "cxone_mock_tenant_quota_per_minute",
            "Requests a minute that the tenant allows; 0 without a limit.",
            value=self._quota_per_minute,
        )
