"""One chunk at a time: submit, poll, to a terminal state.

Guarantee, in the order in which it happens: the intent is durable before the first byte
of a submission, the import id before the first poll, the result before any outcome is
emitted. Between two of these steps a crash leaves a state that resume can name. A
submission whose standing is unknown is never sent again under `at-most-once`; under
`idempotent` it is sent again with the same key only.

A worker is `in_doubt` from the intent until the tenant's answer is durable. Anywhere else
it may be cancelled without leaving a doubt behind, which is what draining does.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
)
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkState,
    Intended,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.port import Journal
from cxone_async.load.attempts import SubmitSemantics, backoff_s
from cxone_async.load.chunk import Chunk
from cxone_async.load.counters import RunCounters
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import ChunkSubmitted, ObserveLoad, unobserved
from cxone_async.load.failure_budget import FailureBudget
from cxone_async.load.poll_queue import Polls
from cxone_async.load.poll_schedule import LAST_LOOK_S
from cxone_async.load.segmenter import Member
from cxone_async.load.settlement import (
    OUTCOME_OF,
    ends_of_refusal,
    ends_of_report,
    ends_unresolved,
    outcome_of,
    split_rows,
    stray_results,
)
from cxone_async.logs import log
from cxone_async.outcome import Reason, RowOutcome
from cxone_async.tenant.port import ImportReport, Submitted, TenantClient

NOT_FOUND_GRACE_S = 60.0
"""How long polls may answer 404, and nothing else, before the import counts as lost."""

IMPORT_TIMEOUT_S = LAST_LOOK_S
"""How long an import may stay unfinished before its rows count as unresolved. That it is, only
an answer can say: while the tenant gives none, the import is not given up."""

SENDS_PER_AMBIGUOUS_CHUNK = 8
"""How often an ambiguous submission is sent in all under `idempotent` semantics."""

SENT_WITHOUT_ANSWER = (ChunkState.SENDING, ChunkState.IN_DOUBT)
"""States in which a resumed chunk may have been taken by the tenant."""


Emit = Callable[[Sequence[RowOutcome]], Awaitable[None]]


class WorkerContext(msgspec.Struct, frozen=True):
    """What all workers of a run share."""

    client: TenantClient
    journal: Journal
    dispatcher: Dispatcher
    polls: Polls
    failure_budget: FailureBudget
    counters: RunCounters
    emit: Emit
    add_to_segment: Callable[[Sequence[Member]], None]
    list_id: str
    semantics: SubmitSemantics
    random: random.Random
    observe: ObserveLoad = unobserved


class Worker:
    """Takes chunks from the dispatcher until there are none left."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self.in_doubt = False
        self.stopping = False

    async def run(self) -> None:
        """Work until the dispatcher has nothing more, or until told to stop.

        Raises RunError leaves (AccessRefusedError, ConfigurationError, CannotWriteError,
        TenantUnreachableError): the chunk in hand stays as the journal has it.
        """
        while not self.stopping:
            chunk = await self._context.dispatcher.next_chunk()
            if chunk is None:
                return
            self._context.counters.chunks_in_flight += 1
            try:
                await self._bring_to_end(chunk)
            finally:
                self._context.counters.chunks_in_flight -= 1
            await self._context.dispatcher.done()

    async def _bring_to_end(self, chunk: Chunk) -> None:
        if chunk.state is ChunkState.ACCEPTED:
            await self._follow(chunk, Submitted(chunk.import_id))
            return
        if chunk.state in SENT_WITHOUT_ANSWER and not self._may_send_again:
            await self._settle(chunk, ends_unresolved(chunk.rows, Reason.AMBIGUOUS_SUBMIT))
            return
        submitted = await self._submit(chunk)
        if submitted and not self.stopping:
            await self._follow(chunk, submitted)

    @property
    def _may_send_again(self) -> bool:
        return self._context.semantics is SubmitSemantics.IDEMPOTENT

    async def _submit(self, chunk: Chunk) -> Submitted | None:
        """Send until the tenant has said yes or no; None when the chunk is settled instead."""
        context = self._context
        ambiguous_sends = int(chunk.state in SENT_WITHOUT_ANSWER)
        not_sent = 0
        while not self.stopping:
            try:
                submitted = await context.client.submit(
                    context.list_id,
                    [row.record for row in chunk.rows],
                    chunk.chunk_id,
                    lambda: self._intend(chunk),
                )
            except (RateLimitedError, NotSentError) as error:
                await self._certainly_not_taken(chunk, ambiguous_sends)
                context.failure_budget.refused(error)
                if isinstance(error, NotSentError):
                    not_sent += 1
                    await asyncio.sleep(backoff_s(not_sent, context.random, error.retry_after_s))
            except (AmbiguousError, ContentRefusedError) as error:
                if isinstance(error, ContentRefusedError) and not ambiguous_sends:
                    context.failure_budget.answered()
                    await self._settle(chunk, ends_of_refusal(chunk.rows, error))
                    await context.dispatcher.send_apart(split_rows(chunk.rows, error))
                    return None
                # A refusal tells of this sending; an earlier one may have been taken all the same.
                ambiguous_sends += 1
                log.warning(
                    "submit_ambiguous", chunk=chunk.chunk_id, status=error.status, what=str(error)
                )
                if not self._may_send_again or ambiguous_sends == SENDS_PER_AMBIGUOUS_CHUNK:
                    await self._settle(chunk, ends_unresolved(chunk.rows, Reason.AMBIGUOUS_SUBMIT))
                    context.failure_budget.refused(error)
                    return None
                self.in_doubt = False  # what is durable says SENDING: a resume sends it again
                context.failure_budget.refused(error)
                await asyncio.sleep(backoff_s(ambiguous_sends, context.random, error.retry_after_s))
            except NotFoundError as error:
                await self._certainly_not_taken(chunk, ambiguous_sends)
                raise ConfigurationError(
                    f"the tenant knows no contact list {context.list_id!r}"
                ) from error
            except (AccessRefusedError, ConfigurationError):
                await self._certainly_not_taken(chunk, ambiguous_sends)
                raise
            else:
                context.failure_budget.answered()
                await context.journal.record(Accepted(chunk.chunk_id, submitted.import_id))
                self.in_doubt = False
                context.counters.chunks_accepted += 1
                context.counters.contacts_sent += len(chunk.rows)
                context.observe(
                    ChunkSubmitted(chunk.chunk_id, submitted.import_id, len(chunk.rows))
                )
                return submitted
        return None

    async def _certainly_not_taken(self, chunk: Chunk, ambiguous_sends: int) -> None:
        if self.in_doubt and not ambiguous_sends:
            await self._context.journal.record(Bounced(chunk.chunk_id))
        self.in_doubt = False

    async def _intend(self, chunk: Chunk) -> None:
        if self.in_doubt:  # the same call sends again: a 401, which the tenant did not process
            await self._context.journal.record(Bounced(chunk.chunk_id))
        self.in_doubt = True
        await self._context.journal.record(Intended(chunk.chunk_id, chunk.attempts))

    async def _follow(self, chunk: Chunk, submitted: Submitted) -> None:
        report = await self._poll_to_end(submitted)
        if report is None:
            log.error("import_lost", chunk=chunk.chunk_id, rows=len(chunk.rows))
            ends = ends_unresolved(chunk.rows, Reason.IMPORT_LOST)
        else:
            dialect = self._context.client.dialect
            ends = ends_of_report(chunk.rows, report, dialect)
            if strays := stray_results(chunk.rows, ends, report, dialect):
                log.warning("stray_results", chunk=chunk.chunk_id, count=strays)
        await self._settle(chunk, ends, submitted.import_id)

    async def _poll_to_end(self, submitted: Submitted) -> ImportReport | None:
        """Poll until the import is finished; None when the tenant has lost it."""
        context = self._context
        polled = context.polls.enter(submitted.retry_after_s)
        not_found_since_s: float | None = None
        failures = 0
        while True:
            await polled.turn()
            is_answered = True
            try:
                report = await context.client.poll(context.list_id, submitted.import_id)
            except RateLimitedError as error:
                context.failure_budget.refused(error)
                continue
            except (AmbiguousError, NotSentError) as error:
                context.failure_budget.refused(error)
                not_found_since_s = None
                is_answered = error.status != 0
                asked_s = error.retry_after_s
            except NotFoundError as error:
                context.failure_budget.answered()
                asked_s = error.retry_after_s
                not_found_since_s = polled.age_s if not_found_since_s is None else not_found_since_s
                if polled.age_s - not_found_since_s >= NOT_FOUND_GRACE_S:
                    polled.lost()
                    return None
            else:
                context.failure_budget.answered()
                not_found_since_s = None
                asked_s = report.retry_after_s
                if report.import_id == submitted.import_id:
                    failures = 0
                    if report.state.is_terminal:
                        polled.completed()
                        return report
                    polled.not_yet(report.retry_after_s)
                    context.counters.early_polls += 1
                    if polled.age_s < IMPORT_TIMEOUT_S:
                        continue
            if is_answered and polled.age_s >= IMPORT_TIMEOUT_S:
                polled.lost()
                return None
            failures += 1
            await asyncio.sleep(backoff_s(failures, context.random, asked_s))

    async def _settle(
        self, chunk: Chunk, ends: Sequence[RowSettlement], import_id: str = ""
    ) -> None:
        """Make the ends durable, then tell the collector and the dispatcher."""
        context = self._context
        await context.journal.record(Settled(chunk.chunk_id, tuple(ends)))
        self.in_doubt = False
        context.add_to_segment(
            [
                Member(end.row, end.contact_id)
                for end in ends
                if end.settled_as is SettledAs.IMPORTED
            ]
        )
        again = [
            msgspec.structs.replace(row, attempt=row.attempt + 1)
            for row, end in zip(chunk.rows, ends, strict=True)
            if end.settled_as is SettledAs.RETRY
        ]
        await context.emit(
            [
                outcome_of(row, end, import_id)
                for row, end in zip(chunk.rows, ends, strict=True)
                if end.settled_as in OUTCOME_OF
            ]
        )
        if again:
            await context.dispatcher.send_again(again)
