"""A run as an OpenTelemetry trace: the run, each block, each chunk, each request.

Guarantee: a span has ids of the run, its list and its chunks, row numbers, counts, kinds and codes,
and nothing of a contact.

Spans are made when what they tell of has ended, from the events that all observers see. A request's
event does not name its chunk, so requests are beside the chunks, within the run.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from cxone_async.load.events import BlockPrepared, ChunkSubmitted, ImportFinished
from cxone_async.log_context import run_names
from cxone_async.runs.observers import RunEnded, RunObserver, RunStarted
from cxone_async.tenant.events import RequestMade

_SECOND_NS: Final = 1_000_000_000


class RunSpans(RunObserver):
    """Makes the spans of one run. `close` ends those that are open."""

    def __init__(self, tracer: Tracer, *, wall_clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._tracer = tracer
        self._wall_clock_ns = wall_clock_ns
        self._run = tracer.start_span("run", start_time=wall_clock_ns())
        self._in_run = set_span_in_context(self._run)
        self._chunks: dict[str, Span] = {}
        self._started: RunStarted | None = None
        self._is_closed = False
        self.recorded_count = 0

    def run_started(self, event: RunStarted) -> None:
        """Say which run it is."""
        self._started = event
        names = run_names()
        said = {"cxone.run_id": names.run_id if names else "", "cxone.list_id": event.list_id}
        self._run.set_attribute("cxone.command", event.command)
        self._run.set_attributes({name: value for name, value in said.items() if value})

    def block_prepared(self, event: BlockPrepared) -> None:
        """Add the block: the time for which the run waited for it."""
        last_row = self._started.counters.rows_read if self._started else event.row_count
        attributes: dict[str, int] = {
            "cxone.rows": event.row_count,
            "cxone.rows_ready": event.ready_count,
        }
        if event.row_count:
            attributes |= {
                "cxone.first_row": last_row - event.row_count + 1,
                "cxone.last_row": last_row,
            }
        self._end(self._past("prepare block", event.waited_s, attributes))

    def chunk_submitted(self, event: ChunkSubmitted) -> None:
        """Begin the chunk: the tenant has taken it."""
        attributes: dict[str, int | str] = {
            "cxone.chunk_id": event.chunk_id,
            "cxone.contacts": event.contact_count,
            "cxone.first_row": event.first_row,
            "cxone.last_row": event.last_row,
        }
        if self._started is not None:
            attributes["cxone.chunk_number"] = self._started.counters.chunks_accepted
        self._chunks[event.chunk_id] = self._tracer.start_span(
            "chunk", self._in_run, attributes=attributes, start_time=self._wall_clock_ns()
        )

    def import_finished(self, event: ImportFinished) -> None:
        """End the chunk. One that an earlier start has sent begins where this start took it up."""
        chunk = self._chunks.pop(event.chunk_id, None) or self._past(
            "chunk", event.duration_s, {"cxone.chunk_id": event.chunk_id}
        )
        chunk.set_attributes(
            {
                "cxone.imported": event.imported_count,
                "cxone.failed": event.failed_count,
                "cxone.unresolved": event.unresolved_count,
            }
        )
        self._end(chunk)

    def request_made(self, event: RequestMade) -> None:
        """Add the request: from sending it to its whole answer, or to giving up."""
        attributes: dict[str, int | str] = {"cxone.kind": event.kind}
        if event.status:
            attributes["http.response.status_code"] = event.status
        request = self._past("request", event.duration_s, attributes, SpanKind.CLIENT)
        if not event.status or event.status >= 400:
            request.set_status(Status(StatusCode.ERROR))
        self._end(request)

    def run_ended(self, event: RunEnded) -> None:
        """Say how the run ended, and end it."""
        self._run.set_attribute("cxone.exit_code", event.exit_code)
        if event.exit_code:
            self._run.set_status(Status(StatusCode.ERROR))
        self.close()

    def close(self) -> None:
        """End the run, and its chunks whose imports have not ended. It may be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        for chunk in self._chunks.values():
            chunk.set_status(Status(StatusCode.ERROR))
            self._end(chunk)
        self._chunks.clear()
        self._end(self._run)

    def _past(
        self,
        name: str,
        duration_s: float,
        attributes: Mapping[str, int | str],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        began_ns = self._wall_clock_ns() - round(duration_s * _SECOND_NS)
        return self._tracer.start_span(
            name, self._in_run, kind, attributes=attributes, start_time=began_ns
        )

    def _end(self, span: Span) -> None:
        self.recorded_count += span.is_recording()
        span.end(self._wall_clock_ns())
