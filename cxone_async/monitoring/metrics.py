"""The metrics of a run, by Prometheus' conventions.

Guarantee: a label holds a word of this program, such as a kind of request, an outcome or a reason,
or the name of a tenant's list or campaign; never anything of a contact. Names and labels are a
contract; `metric_families.py` has them all.

What happens once is counted by the hooks. What the run counts itself is read when somebody asks,
so it costs nothing until then. All of it belongs to the run's event loop. Counts are those of this
process: a resumed run begins again at 0, as Prometheus expects of a counter, and rows that ended
in earlier starts are counted again as they are accounted for.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from cxone_async import __version__
from cxone_async.load.events import (
    BlockPrepared,
    ChunkSubmitted,
    ImportFinished,
    JournalCommitted,
)
from cxone_async.monitoring.metric_families import FAMILIES, STATUS_CLASSES
from cxone_async.monitoring.progress import RunProgress
from cxone_async.monitoring.resident_memory import resident_memory_bytes
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.tenant.events import Paused, RequestMade, Throttled
from cxone_async.tenant.port import RequestKind

_REASONS_TOLD: Final = 100
"""More reasons than there are codes; it bounds the rules of a matching policy."""

OPENMETRICS: Final = openmetrics.CONTENT_TYPE_LATEST


class RunMetrics(RunObserver):
    """Measures one run. `text` and `openmetrics` return it in the two formats of Prometheus."""

    def __init__(
        self, progress: RunProgress, *, wall_clock_s: Callable[[], float] = time.time
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry(auto_describe=False)
        self._wall_clock_s = wall_clock_s
        self._requests = _counter("cxone_requests_total", registry)
        self._request_s = _histogram("cxone_request_duration_seconds", registry)
        self._throttled = _counter("cxone_throttled_total", registry)
        for kind in RequestKind:
            self._throttled.labels(kind.value)
            for status in STATUS_CLASSES:
                self._requests.labels(kind.value, status)
        self._pause_s = _counter("cxone_pause_seconds_total", registry)
        self._import_s = _histogram("cxone_import_duration_seconds", registry)
        self._commit_s = _histogram("cxone_journal_commit_seconds", registry)
        self._last_progress = Gauge(
            "cxone_last_progress_timestamp_seconds",
            FAMILIES["cxone_last_progress_timestamp_seconds"].meaning,
            registry=registry,
        )
        self._last_progress.set(wall_clock_s())
        registry.register(_LiveFigures(progress))

    def text(self) -> bytes:
        """Return the metrics in the text format that every version of Prometheus reads."""
        return generate_latest(self.registry)

    def openmetrics(self) -> bytes:
        """Return the metrics in the OpenMetrics format."""
        text: bytes = openmetrics.generate_latest(self.registry)  # type: ignore[no-untyped-call]
        return text

    def requests_by_kind_and_status(self) -> dict[tuple[str, str], int]:
        """Return how many requests of each kind got an answer of each class."""
        (family,) = self._requests.collect()
        return {
            (sample.labels["kind"], sample.labels["status"]): int(sample.value)
            for sample in family.samples
        }

    def run_started(self, event: RunStarted) -> None:
        """Note that the run got on."""
        self._progressed()

    def block_prepared(self, event: BlockPrepared) -> None:
        """Note that the run got on."""
        self._progressed()

    def chunk_submitted(self, event: ChunkSubmitted) -> None:
        """Note that the run got on."""
        self._progressed()

    def import_finished(self, event: ImportFinished) -> None:
        """Measure the import."""
        self._progressed()
        self._import_s.observe(event.duration_s)

    def journal_committed(self, event: JournalCommitted) -> None:
        """Measure the commit."""
        self._commit_s.observe(event.duration_s)

    def request_made(self, event: RequestMade) -> None:
        """Count the request."""
        self._requests.labels(event.kind, status_class(event.status)).inc()
        self._request_s.labels(event.kind).observe(event.duration_s)

    def throttled(self, event: Throttled) -> None:
        """Count the answer."""
        self._throttled.labels(event.kind).inc()

    def paused(self, event: Paused) -> None:
        """Add the pause."""
        self._pause_s.inc(event.pause_s)

    def run_ended(self, event: RunEnded) -> None:
        """Note that the run got on, if it did: to its end."""
        if event.result is not None:
            self._progressed()

    def _progressed(self) -> None:
        self._last_progress.set(self._wall_clock_s())


def status_class(status: int) -> str:
    """Return `2xx` for 200 to 299, and so on; `none` for 0, which is no answer."""
    return f"{status // 100}xx" if status else "none"


def _counter(name: str, registry: CollectorRegistry) -> Counter:
    family = FAMILIES[name]
    return Counter(name, family.meaning, family.labels, registry=registry)


def _histogram(name: str, registry: CollectorRegistry) -> Histogram:
    family = FAMILIES[name]
    return Histogram(
        name, family.meaning, family.labels, buckets=family.bucket_bounds, registry=registry
    )


class _LiveFigures(Collector):
    """What the run counts itself, read when it is asked for."""

    def __init__(self, progress: RunProgress) -> None:
        self._progress = progress

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        progress = self._progress
        started = progress.started
        if started is not None:
            yield _now(
                "cxone_run_info",
                {
                    (
                        __version__,
                        started.command,
                        started.list_id,
                        started.campaign_id,
                        started.segment_id,
                    ): 1
                },
            )
        yield _now("cxone_run_started_timestamp_seconds", progress.began_at_s)
        if progress.ended is not None:
            yield _now("cxone_run_ended_timestamp_seconds", progress.ended_at_s)
            yield _now("cxone_run_exit_code", progress.ended.exit_code)
        yield _now("cxone_rows_read_total", progress.rows_read)
        yield _now(
            "cxone_rows_total",
            {(outcome.value,): rows for outcome, rows in progress.rows.items()},
        )
        reasons = sorted(progress.reasons.items(), key=lambda one: -one[1])[:_REASONS_TOLD]
        yield _now(
            "cxone_rows_by_reason_total",
            {(outcome.value, reason): rows for (outcome, reason), rows in reasons},
        )
        counters = started.counters if started else None
        yield _now("cxone_chunks_in_flight", counters.chunks_in_flight if counters else 0)
        yield from _sending(started)
        yield _now(
            "cxone_resident_memory_bytes",
            {(process,): held for process, held in resident_memory_bytes().items()},
        )
        if (left_s := progress.time_left_s) is not None:
            yield _now("cxone_time_left_seconds", left_s)


def _sending(started: RunStarted | None) -> Iterator[Metric]:
    if started is None or started.sending_now is None:
        return
    now = started.sending_now()
    used = started.requests_in_last_minute()
    yield _now("cxone_requests_in_last_minute", used)
    yield _now("cxone_queue_chunks", now.chunks_queued)
    yield _now(
        "cxone_circuit_open",
        {(kind.value,): int(kind.value in now.open_circuits) for kind in RequestKind},
    )
    if now.quota_per_minute:
        yield _now("cxone_quota_per_minute", now.quota_per_minute)
        yield _now("cxone_quota_used_ratio", used / now.quota_per_minute)


def _now(name: str, values: float | Mapping[tuple[str, ...], float]) -> Metric:
    """Return a counter or gauge with one value, or with one for each combination of labels."""
    described = FAMILIES[name]
    of_its_kind = CounterMetricFamily if described.kind == "counter" else GaugeMetricFamily
    family = of_its_kind(name, described.meaning, labels=described.labels)
    for labels, value in (values if isinstance(values, Mapping) else {(): values}).items():
        family.add_metric(labels, value)
    return family
