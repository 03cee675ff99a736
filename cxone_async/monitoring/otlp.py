"""`--otlp`: traces and metrics, sent to an OpenTelemetry collector by OTLP over HTTP.

Guarantee: a collector that fails, refuses or hangs never ends the run and never holds up its event
loop. It is logged once, without its address; what cannot be sent is dropped, so memory is bounded;
and the end of the run waits for it for `LONGEST_CALL_S` at most.

Proxies and netrc of the environment are ignored. Of OpenTelemetry's own variables, the SDK reads
those for headers, certificates, the service's name, resource attributes, sampling and batches.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import Final

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from requests.adapters import HTTPAdapter

from cxone_async import __version__
from cxone_async.logs import log
from cxone_async.monitoring.bounded_call import LONGEST_CALL_S, bounded_call
from cxone_async.monitoring.metrics import RunMetrics
from cxone_async.monitoring.otlp_metrics import metrics_data
from cxone_async.monitoring.progress import RunProgress
from cxone_async.monitoring.spans import RunSpans

NAME: Final = "cxone-async"
LONGEST_EXPORT_S: Final = 4.0
"""With all its tries. Less than `LONGEST_CALL_S`, so that a call that is given up ends, too."""

TellProblem = Callable[[str], None]


class Telemetry:
    """Sends the spans and the metrics of one run to one collector.

    `url` is that of the collector, to which `/v1/traces` and `/v1/metrics` are added. Spans leave
    by a thread of the SDK, in batches; metrics as often as `publish` is called.
    """

    def __init__(
        self,
        url: str,
        progress: RunProgress,
        metrics: RunMetrics,
        *,
        limit_s: float = LONGEST_CALL_S,
        export_limit_s: float = LONGEST_EXPORT_S,
    ) -> None:
        # It would write to standard error, with the address, and again and again.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        self._loop = asyncio.get_running_loop()
        self._names = copy_context()  # of the run, for a line that a thread has written
        self._progress = progress
        self._metrics = metrics
        self._limit_s = limit_s
        self._resource = Resource({SERVICE_NAME: NAME, "service.version": __version__}).merge(
            OTELResourceDetector().detect()
        )
        self._scope = InstrumentationScope(NAME, __version__)
        self._problem = ""
        self._is_pushing = False
        base = url.rstrip("/")
        self._to_traces = _Counted(
            OTLPSpanExporter(
                f"{base}/v1/traces", timeout=export_limit_s, session=_session(self._tell)
            )
        )
        self._to_metrics = OTLPMetricExporter(
            f"{base}/v1/metrics", timeout=export_limit_s, session=_session(self._tell)
        )
        self._batches = BatchSpanProcessor(self._to_traces)
        tracers = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        tracers.add_span_processor(self._batches)
        self.spans = RunSpans(tracers.get_tracer(NAME, __version__))

    async def publish(self) -> None:
        """Send the metrics as they are now. Raises nothing."""
        if self._is_pushing:
            return  # the last call was given up, and its thread is still at it
        told = metrics_data(
            self._metrics.registry.collect(),
            self._resource,
            self._scope,
            since_s=self._progress.began_at_s,
            now_s=time.time(),
        )
        self._is_pushing = True
        await self._bounded(lambda: self._push(told))

    async def end(self) -> None:
        """Send what is left of both, at once. Raises nothing."""
        self.spans.close()
        await asyncio.gather(self.publish(), self._bounded(self._batches.shutdown))
        self._to_traces.shutdown()  # a thread that was given up sends nothing more
        self._to_metrics.shutdown()
        if self._to_traces.sent_count < self.spans.recorded_count:
            self._say("spans were dropped")

    async def _bounded(self, call: Callable[[], None]) -> None:
        try:
            await bounded_call(call, self._limit_s)
        except TimeoutError:
            self._say("TimeoutError")

    def _push(self, told: MetricsData) -> None:
        try:
            if self._to_metrics.export(told) is not MetricExportResult.SUCCESS:
                self._tell("not sent")
        finally:
            self._is_pushing = False

    def _tell(self, problem: str) -> None:
        """Log a problem, from any thread."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._say, problem, context=self._names)

    def _say(self, problem: str) -> None:
        if not self._problem:
            self._problem = problem
            log.warning("telemetry_not_delivered", error_type=problem)


class _Counted(SpanExporter):
    """An exporter that counts the spans that have arrived."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_shut = False
        self.sent_count = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.sent_count += len(spans)
        return result

    def shutdown(self) -> None:
        if not self._is_shut:
            self._is_shut = True
            self._exporter.shutdown()


def _session(tell: TellProblem) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Watched(tell))
    return session


class _Watched(HTTPAdapter):
    """Tells why a request failed: the exporters say only that one did, and take 3xx for success."""

    def __init__(self, tell: TellProblem) -> None:
        super().__init__()
        self._tell = tell

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        try:
            answer = super().send(request, stream, timeout, verify, cert, proxies)
        except OSError as error:  # of requests, too
            self._tell(type(error).__name__)
            raise
        if not 200 <= answer.status_code < 300:
            self._tell(f"HTTP {answer.status_code}")
        return answer
