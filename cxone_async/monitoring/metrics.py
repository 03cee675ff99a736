"""The metrics of a run, by Prometheus' conventions.

Guarantee: a label holds a word of this program, such as a kind of request, an outcome or a reason,
or the name of a tenant's list or campaign; never anything of a contact. Names and labels are a
contract; `docs/metrics.md` lists them.

What happens once is counted by the hooks. What the run counts itself is read when somebody asks,
so it costs nothing until then. All of it belongs to the run's event loop. Counts are those of this
process: a resumed run begins again at 0, as Prometheus expects of a counter, and rows that ended
in earlier starts are counted again as they are accounted for.
"""

import time
from collections.abc import Callable, Iterator
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
from cxone_async.monitoring.progress import RunProgress
from cxone_async.monitoring.resident_memory import resident_memory_bytes
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.tenant.events import Paused, RequestMade, Throttled
from cxone_async.tenant.port import RequestKind

IMPORT_BUCKETS_S: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
REQUEST_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMIT_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

STATUS_CLASSES: Final = ("2xx", "4xx", "5xx", "none")
"""Each is there from the start, so that the first of its kind is an increase."""

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
        self._requests = Counter(
            "cxone_requests_total",
            "Requests to the tenant, by kind and class of status (none: no answer).",
            ("kind", "status"),
            registry=registry,
        )
        self._request_s = Histogram(
            "cxone_request_duration_seconds",
            "Time from sending a request to its whole answer, or to giving up.",
            ("kind",),
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._throttled = Counter(
            "cxone_throttled_total",
            "Answers by which the tenant asked for fewer requests (429, 503), by kind of request.",
            ("kind",),
            registry=registry,
        )
        for kind in RequestKind:
            self._throttled.labels(kind.value)
            for status in STATUS_CLASSES:
                self._requests.labels(kind.value, status)
        self._pause_s = Counter(
            "cxone_pause_seconds_total",
            "Time for which all requests were, or are to be, held because the tenant asked for it.",
            registry=registry,
        )
        self._import_s = Histogram(
            "cxone_import_duration_seconds",
            "Time from the tenant's acceptance of a chunk to the end of its import.",
            buckets=IMPORT_BUCKETS_S,
            registry=registry,
        )
        self._commit_s = Histogram(
            "cxone_journal_commit_seconds",
            "Time that a commit of the journal took to be on the disk.",
            buckets=COMMIT_BUCKETS_S,
            registry=registry,
        )
        self._last_progress = Gauge(
            "cxone_last_progress_timestamp_seconds",
            "When the run last got on: read, sent or settled rows. Seconds since the epoch.",
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


class _LiveFigures(Collector):
    """What the run counts itself, read when it is asked for."""

    def __init__(self, progress: RunProgress) -> None:
        self._progress = progress

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        progress = self._progress
        started = progress.started
        if started is not None:
            yield _labelled(
                GaugeMetricFamily(
                    "cxone_run_info",
                    "Which run this is; always 1.",
                    labels=("version", "command", "list_id", "campaign_id", "segment_id"),
                ),
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
        yield GaugeMetricFamily(
            "cxone_run_started_timestamp_seconds",
            "When this start of the run began. Seconds since the epoch.",
            value=progress.began_at_s,
        )
        if progress.ended is not None:
            yield GaugeMetricFamily(
                "cxone_run_ended_timestamp_seconds",
                "When the run ended. Seconds since the epoch; absent until then.",
                value=progress.ended_at_s,
            )
            yield GaugeMetricFamily(
                "cxone_run_exit_code",
                "Exit code of the command, 0 when all is well; absent until the run has ended.",
                value=progress.ended.exit_code,
            )
        yield CounterMetricFamily(
            "cxone_rows_read_total", "Rows of the input that were read.", value=progress.rows_read
        )
        yield _labelled(
            CounterMetricFamily(
                "cxone_rows_total", "Rows that have their outcome.", labels=("outcome",)
            ),
            {(outcome.value,): rows for outcome, rows in progress.rows.items()},
        )
        reasons = sorted(progress.reasons.items(), key=lambda one: -one[1])[:_REASONS_TOLD]
        yield _labelled(
            CounterMetricFamily(
                "cxone_rows_by_reason_total",
                "Rows that have their outcome, by reason code, or by the rule of a duplicate.",
                labels=("outcome", "reason"),
            ),
            {(outcome.value, reason): rows for (outcome, reason), rows in reasons},
        )
        counters = started.counters if started else None
        yield GaugeMetricFamily(
            "cxone_chunks_in_flight",
            "Chunks that are being sent or imported.",
            value=counters.chunks_in_flight if counters else 0,
        )
        yield from _sending(started)
        yield _labelled(
            GaugeMetricFamily(
                "cxone_resident_memory_bytes",
                "Memory that a process of the run holds: run, normalising, matching.",
                labels=("process",),
            ),
            {(process,): held for process, held in resident_memory_bytes().items()},
        )
        if (left_s := progress.time_left_s) is not None:
            yield GaugeMetricFamily(
                "cxone_time_left_seconds",
                "Time that the run still takes, as far as can be said; absent while nothing can.",
                value=left_s,
            )


def _sending(started: RunStarted | None) -> Iterator[Metric]:
    if started is None or started.sending_now is None:
        return
    now = started.sending_now()
    used = started.requests_in_last_minute()
    yield GaugeMetricFamily(
        "cxone_requests_in_last_minute", "Requests that left in the last 60 s.", value=used
    )
    yield GaugeMetricFamily(
        "cxone_queue_chunks",
        "Chunks that wait for a place among those in flight.",
        value=now.chunks_queued,
    )
    yield _labelled(
        GaugeMetricFamily(
            "cxone_circuit_open",
            "1 while requests of the kind are held back because they keep failing, else 0.",
            labels=("kind",),
        ),
        {(kind.value,): int(kind.value in now.open_circuits) for kind in RequestKind},
    )
    if now.quota_per_minute:
        yield GaugeMetricFamily(
            "cxone_quota_per_minute",
            "Requests a minute that the run allows itself; absent without a quota.",
            value=now.quota_per_minute,
        )
        yield GaugeMetricFamily(
            "cxone_quota_used_ratio",
            "Share of a minute's quota that left in the last 60 s, 0 to 1; absent without a quota.",
            value=used / now.quota_per_minute,
        )


def _labelled(
    family: CounterMetricFamily | GaugeMetricFamily, values: dict[tuple[str, ...], float]
) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
