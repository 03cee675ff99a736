"""The metrics of a run as OpenTelemetry's values.

They are those of `/metrics`, of the same names and labels: counted once, told in two forms.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, cast

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import Metric as Family
from prometheus_client.samples import Sample

_SECOND_NS: Final = 1_000_000_000
_NOT_KNOWN: Final = cast(float, None)
"""What Prometheus does not keep: None leaves it out of the message, though its type says float."""


def metrics_data(
    families: Iterable[Family],
    resource: Resource,
    scope: InstrumentationScope,
    *,
    since_s: float,
    now_s: float,
) -> MetricsData:
    """Return what the families hold; they count from `since_s`, in seconds since the epoch."""
    times_ns = (int(since_s * _SECOND_NS), int(now_s * _SECOND_NS))
    told = [one for family in families if (one := _metric(family, times_ns))]
    return MetricsData([ResourceMetrics(resource, [ScopeMetrics(scope, told, "")], "")])


def _metric(family: Family, times_ns: tuple[int, int]) -> Metric | None:
    if not family.samples:
        return None
    data: Gauge | Histogram | Sum
    match family.type:
        case "histogram":
            name = family.name
            data = Histogram(_distributions(family, times_ns), AggregationTemporality.CUMULATIVE)
        case "counter":
            name = f"{family.name}_total"
            points = [_point(one, times_ns) for one in family.samples if one.name == name]
            data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
        case _:
            name = family.name
            data = Gauge([_point(one, times_ns) for one in family.samples])
    return Metric(name, family.documentation, "", data)


def _point(sample: Sample, times_ns: tuple[int, int]) -> NumberDataPoint:
    return NumberDataPoint(sample.labels, *times_ns, sample.value)


def _distributions(family: Family, times_ns: tuple[int, int]) -> list[HistogramDataPoint]:
    """Return a point for each combination of labels. Prometheus' buckets hold those before them."""
    by_labels: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for sample in family.samples:
        labels = tuple(item for item in sample.labels.items() if item[0] != "le")
        if sample.name == f"{family.name}_bucket":
            by_labels.setdefault(labels, {})[sample.labels["le"]] = sample.value
        elif sample.name == f"{family.name}_sum":
            sums[labels] = sample.value
    return [
        _distribution(dict(labels), buckets, sums[labels], times_ns)
        for labels, buckets in by_labels.items()
    ]


def _distribution(
    labels: Mapping[str, str], buckets: Mapping[str, float], total: float, times_ns: tuple[int, int]
) -> HistogramDataPoint:
    in_or_below = [0, *map(int, buckets.values())]
    return HistogramDataPoint(
        labels,
        *times_ns,
        count=in_or_below[-1],
        sum=total,
        bucket_counts=[after - before for before, after in pairwise(in_or_below)],
        explicit_bounds=[float(bound) for bound in buckets if bound != "+Inf"],
        min=_NOT_KNOWN,
        max=_NOT_KNOWN,
    )
