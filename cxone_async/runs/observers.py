"""Observers: hooks that a run calls, for displays, logs, metrics and callers.

`import` and `plan` call the same hooks. An observer is called from the event loop, so it must
return quickly. An observer that raises is not called again; the run goes on without it.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

import msgspec

from cxone_async.errors import EXIT_INTERNAL, CXoneError, InterruptedRunError, RunError
from cxone_async.load.counters import RunCounters
from cxone_async.load.events import (
    BlockPrepared,
    ChunkSubmitted,
    ImportFinished,
    JournalCommitted,
)
from cxone_async.logs import log
from cxone_async.matching.name_order import NameOrderFinding
from cxone_async.outcome import Repair
from cxone_async.report.reconciliation import Command, Reconciliation
from cxone_async.runs.prune import Pruned, PruneResult
from cxone_async.source.columns import ColumnUse, Understood
from cxone_async.tenant.events import Paused, RequestMade, Throttled


class SendingNow(msgspec.Struct, frozen=True, kw_only=True):
    """How an import sends at this moment.

    `quota_per_minute` is the rate that is kept, in requests a minute; 0 when there is none.
    `open_circuits` are the kinds of requests of which none is sent, or one at a time, as they keep
    failing. `chunks_queued` wait for a place among the imports in flight.
    """

    quota_per_minute: float
    open_circuits: frozenset[str]
    chunks_queued: int


class RunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A run begins, or resumes where an earlier start stopped.

    `counters` belong to the run and change while it runs. `requests_in_last_minute` returns how
    many requests left in the 60 s before the call, `time_left_s` how long the run still takes (None
    while nothing can be said). `stop` asks an import to drain and to raise the error it is given; a
    second call ends it at once. Before rows are read, and when all have their outcome, the first
    call does so too. A plan has nothing to drain: `stop` is None.
    `sending_now` returns how an import sends at the moment of the call; a plan sends nothing.
    `segment_id` is "" when there is none; a plan has no tenant, no list and no campaign either.
    `settings` are those that differ from their defaults, without credentials.
    """

    command: Command
    run_directory: str
    tenant: str = ""
    list_id: str = ""
    campaign_id: str = ""
    segment_id: str = ""
    is_resumed: bool = False
    settings: Mapping[str, object] = MappingProxyType({})
    counters: RunCounters
    requests_in_last_minute: Callable[[], int]
    time_left_s: Callable[[], float | None]
    sending_now: Callable[[], SendingNow] | None = None
    stop: Callable[[CXoneError], None] | None = None


class ColumnsRead(msgspec.Struct, frozen=True):
    """The input's header was read, and nothing was done with a row yet.

    `samples` are the first three values of each column, as they are in the input: they belong on
    the terminal of the person who gave the file, masked, and nowhere else. `name_order` is what the
    first rows showed of the order of names; None where nothing was looked at.
    """

    understood: Understood
    samples: tuple[tuple[str, ...], ...]
    name_order: NameOrderFinding | None = None


class RunEnded(msgspec.Struct, frozen=True):
    """A run ended. `result` is None when an exception ended it: `error`."""

    result: Reconciliation | None
    error: BaseException | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends so."""
        if self.result is not None:
            return self.result.exit_code
        match self.error:
            case RunError():
                return self.error.exit_code
            case asyncio.CancelledError():
                return InterruptedRunError.exit_code
        return EXIT_INTERNAL


class OlderRunsPurged(msgspec.Struct, frozen=True):
    """Older runs beside this one were purged; `pruned` is None when `error_type` prevented it."""

    pruned: Pruned | None
    error_type: str = ""


class RunObserver:
    """Hooks that a run calls. Override the ones you need."""

    def columns_read(self, event: ColumnsRead) -> None:
        """The header was read; the run may still be refused because of it."""

    def run_started(self, event: RunStarted) -> None:
        """The run begins."""

    def block_prepared(self, event: BlockPrepared) -> None:
        """A block of the input was prepared."""

    def chunk_submitted(self, event: ChunkSubmitted) -> None:
        """The tenant accepted a chunk."""

    def import_finished(self, event: ImportFinished) -> None:
        """An import ended."""

    def journal_committed(self, event: JournalCommitted) -> None:
        """The journal made events durable."""

    def request_made(self, event: RequestMade) -> None:
        """A request was made and answered, or got no answer."""

    def throttled(self, event: Throttled) -> None:
        """The tenant asked for fewer requests."""

    def paused(self, event: Paused) -> None:
        """All requests pause."""

    def older_runs_purged(self, event: OlderRunsPurged) -> None:
        """Older runs were purged, as `--retention-days` wants it, after this one had its files."""

    def run_ended(self, event: RunEnded) -> None:
        """The run ended. Called once, also after an exception."""


RunEvent = (
    ColumnsRead
    | RunStarted
    | BlockPrepared
    | ChunkSubmitted
    | ImportFinished
    | JournalCommitted
    | RequestMade
    | Throttled
    | Paused
    | OlderRunsPurged
    | RunEnded
)

_HOOK_OF: Final[dict[type[RunEvent], str]] = {
    ColumnsRead: "columns_read",
    RunStarted: "run_started",
    BlockPrepared: "block_prepared",
    ChunkSubmitted: "chunk_submitted",
    ImportFinished: "import_finished",
    JournalCommitted: "journal_committed",
    RequestMade: "request_made",
    Throttled: "throttled",
    Paused: "paused",
    OlderRunsPurged: "older_runs_purged",
    RunEnded: "run_ended",
}


_NAMES_LOGGED: Final = 50


class Observers:
    """Calls the hook of an event on every observer, in their order."""

    def __init__(self, observers: Sequence[RunObserver]) -> None:
        self._observers = list(observers)

    def __call__(self, event: RunEvent) -> None:
        """Tell every observer. Raises nothing: an observer that raises is left out from now on."""
        hook = _HOOK_OF[type(event)]
        for observer in self._observers.copy():
            try:
                getattr(observer, hook)(event)
            except Exception as error:
                self._observers.remove(observer)
                log.error(
                    "observer_failed",
                    observer=type(observer).__name__,
                    hook=hook,
                    error_type=type(error).__name__,
                )


@contextmanager
def told_the_end(
    observe: Callable[[RunEvent], None],
) -> Iterator[Callable[[Reconciliation], None]]:
    """Tell once how the block ended: with the result that it hands over, or by an exception."""
    results: list[Reconciliation] = []
    error: BaseException | None = None
    try:
        yield results.append
    except BaseException as raised:
        error = raised
        raise
    finally:
        observe(RunEnded(results[0] if results and error is None else None, error))


class LogObserver(RunObserver):
    """Logs what was understood of the header, that a run started, its requests and its end."""

    def columns_read(self, event: ColumnsRead) -> None:
        """Log the names of the columns and what they are used as."""
        understood, order = event.understood, event.name_order
        names = [(one, one.name or f"column {n}") for n, one in enumerate(understood.columns, 1)]
        used: dict[str, list[str]] = {}
        for column, name in names:
            if column.used_as is not ColumnUse.IGNORED:
                used.setdefault(column.field or column.used_as, []).append(name)
        ignored = [name for column, name in names if column.used_as is ColumnUse.IGNORED]
        log.info(
            "columns_read",
            used={field: _some(columns) for field, columns in used.items()},
            ignored=_some(ignored),
            encoding=understood.format.encoding,
            delimiter=understood.format.delimiter,
            sheet=understood.format.sheet,
            lines_skipped=understood.format.lines_skipped,
            name_order=order.columns.value if order is not None else "",
            one_field_order=order.one_field.value if order is not None else "",
        )
        if understood.drift:
            log.warning(
                "columns_changed",
                gone=_some(understood.drift.gone),
                new=_some(understood.drift.new),
            )

    def run_started(self, event: RunStarted) -> None:
        """Log an import's start."""
        if event.command != "import":
            return
        log.info(
            "run_started",
            command=event.command,
            run_dir=event.run_directory,
            tenant=event.tenant,
            list_id=event.list_id,
            campaign_id=event.campaign_id,
            segment_id=event.segment_id or None,
            resumed=event.is_resumed,
            settings=dict(event.settings),
        )

    def request_made(self, event: RequestMade) -> None:
        """Log a request, for whoever looks for what is slow or fails."""
        log.debug(
            "request_made",
            kind=event.kind,
            status=event.status,
            duration_s=round(event.duration_s, 3),
            sent_bytes=event.sent_bytes,
            received_bytes=event.received_bytes,
        )

    def older_runs_purged(self, event: OlderRunsPurged) -> None:
        """Log how much went, and which runs should have gone too."""
        pruned = event.pruned
        if pruned is None:
            log.warning("older_runs_not_purged", error_type=event.error_type)
            return
        keys: dict[str, object] = {
            "ended_before": pruned.ended_before,
            "runs": len(pruned.of(PruneResult.PURGED)),
            "files_removed": pruned.removed_files,
            "removed_bytes": pruned.removed_bytes,
            "not_purged": _some([one.directory for one in pruned.of(PruneResult.NOT_PURGED)]),
            "left_alone": _some(
                [one.directory for one in pruned.runs if one.purged and one.purged.left]
            ),
        }
        if pruned.exit_code:
            log.warning("older_runs_purged", **keys)
        else:
            log.info("older_runs_purged", **keys)

    def run_ended(self, event: RunEnded) -> None:
        """Log the result, if there is one."""
        result = event.result
        if result is None:
            return
        if marked := result.repairs.get(Repair.DNC_FLAG_NOT_HONOURED):
            log.warning("dnc_flags_not_honoured", rows=marked)
        namibian = result.repairs.get(Repair.COUNTRY_NA_IS_NAMIBIA)
        empty = result.repairs.get(Repair.EMPTY_WORD)
        if namibian and empty:
            log.warning("country_na_beside_empty_words", rows=namibian, rows_with_empty_words=empty)
        quota = result.quota
        log.info(
            "run_finished",
            integrity=result.data_integrity_check,
            total_input=result.total_input,
            imported=result.successfully_imported,
            duplicates=result.fuzzy_deduplicated,
            invalid=result.invalid,
            suppressed=result.suppressed,
            failed=result.failed_after_retries,
            unresolved=result.unresolved,
            ready=result.ready,
            segmented=result.segmented,
            requests=result.requests,
            polls=result.polls,
            requests_by_kind=result.requests_by_kind,
            starts=result.starts.count if result.starts else None,
            starts_cut_short=result.starts.cut_short if result.starts else None,
            starts_added_up=result.starts.are_added_up if result.starts else None,
            duration_s=result.duration_s,
            polls_per_chunk=quota.polls_per_chunk if quota else None,
            early_polls=quota.early_polls if quota else None,
            throttled=quota.throttled if quota else None,
            quota_efficiency=quota.efficiency if quota else None,
            quota_found_per_minute=quota.found_per_minute if quota else None,
            exit_code=result.exit_code,
        )


def _some(names: Sequence[str]) -> list[str]:
    """Return names for a log line, which must not grow with the width of the input."""
    more = len(names) - _NAMES_LOGGED
    return [*names[:_NAMES_LOGGED], *([f"and {more:,} more"] if more > 0 else [])]
