"""Takes one chunk at a time through submit, follow and settle.

Guarantee, in the order in which it happens: the intent is durable before the first byte of a
submission, the import id before the first poll, the settlement before any outcome is emitted. A
crash between two of these steps leaves a state that a resume can name. A submission that may have
been taken is never sent again under `at-most-once`; under `idempotent` it is sent again with the
same key only.

A worker is `in_doubt` from the intent until the tenant's answer is durable. At any other time it
can be cancelled without leaving a row in doubt, and draining does so.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from cxone_async.errors import (
    AccessRefusedError,
    ConfigurationError,
    ContentRefusedError,
    RequestError,
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
from cxone_async.load.attempts import SUBMISSION, NextStep, SubmitSemantics, backoff_s, next_step
from cxone_async.load.chunk import Chunk
from cxone_async.load.counters import RunCounters
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import ChunkSubmitted, ImportFinished, unobserved
from cxone_async.load.failure_budget import FailureBudget
from cxone_async.load.import_follower import ImportFollower
from cxone_async.load.import_ids import ImportIds
from cxone_async.load.poll_queue import Polls
from cxone_async.load.segmenter import Member
from cxone_async.load.settlement import (
    OUTCOME_OF,
    leave_unresolved,
    needs_refused_rows,
    not_sent_again,
    outcome_of,
    settle_refusal,
    settle_report,
    settled_by_name,
    split_rows,
    stray_results,
)
from cxone_async.load.tenant_words import codes_only
from cxone_async.logs import log
from cxone_async.outcome import Reason, RowOutcome
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.port import SentSize, Submitted, TenantClient

SENT_WITHOUT_ANSWER = (ChunkState.SENDING, ChunkState.IN_DOUBT)
"""States in which a resumed chunk may have been taken by the tenant."""


Emit = Callable[[Sequence[RowOutcome]], Awaitable[None]]

NotePeople = Callable[[Sequence[PendingRow]], Awaitable[None]]
"""Makes it durable, in the ledger, that these rows may have been sent."""


class WorkerContext(msgspec.Struct, frozen=True):
    """What all workers of a run share."""

    client: TenantClient
    journal: Journal
    dispatcher: Dispatcher
    import_ids: ImportIds
    polls: Polls
    failure_budget: FailureBudget
    counters: RunCounters
    emit: Emit
    add_to_segment: Callable[[Sequence[Member]], None]
    list_id: str
    semantics: SubmitSemantics
    random: random.Random
    observe: Callable[[ChunkSubmitted | ImportFinished], None] = unobserved
    note_people: NotePeople | None = None


@dataclass(slots=True)
class _Sends:
    """How the sends of one chunk went so far."""

    ambiguous: int
    not_sent: int = 0


class Worker:
    """Takes chunks from the dispatcher until there are none left."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._follower = ImportFollower(
            context.client,
            context.list_id,
            context.polls,
            context.failure_budget,
            context.counters,
            context.random,
        )
        self.in_doubt = False
        self.stopping = False

    async def run(self) -> None:
        """Work until the dispatcher has nothing more, or until told to stop.

        Raises RunError leaves (AccessRefusedError, ConfigurationError, CannotWriteError,
        TenantUnreachableError): the chunk in hand stays as the journal has it.
        """
        # One call a chunk, so that a worker that waits for the next holds no rows of the last.
        while not self.stopping and await self._work_on_next():
            pass

    async def _work_on_next(self) -> bool:
        """Bring the next chunk to its end; say whether there was one."""
        chunk = await self._context.dispatcher.next_chunk()
        if chunk is None:
            return False
        self._context.counters.chunks_in_flight += 1
        try:
            await self._bring_to_end(chunk)
        finally:
            self._context.counters.chunks_in_flight -= 1
        await self._context.dispatcher.done(chunk)
        return True

    async def _bring_to_end(self, chunk: Chunk) -> None:
        if chunk.state is ChunkState.ACCEPTED:
            await self._follow(chunk, Submitted(chunk.import_id))
            return
        if chunk.is_lost:
            await self._leave(chunk)
            return
        may_be_taken = chunk.state in SENT_WITHOUT_ANSWER
        if may_be_taken and self._context.semantics is SubmitSemantics.AT_MOST_ONCE:
            await self._settle(chunk, leave_unresolved(chunk.rows, Reason.AMBIGUOUS_SUBMIT))
            return
        submitted = await self._submit(chunk, _Sends(ambiguous=int(may_be_taken)))
        if submitted and not self.stopping:
            await self._follow(chunk, submitted)

    async def _leave(self, chunk: Chunk) -> None:
        """Settle a chunk that may be in what the journal has lost, without sending it."""
        if chunk.state not in SENT_WITHOUT_ANSWER:
            await self._note_people(chunk)
            await self._context.journal.record(Intended(chunk.chunk_id, chunk.attempts))
        await self._settle(chunk, leave_unresolved(chunk.rows, Reason.JOURNAL_LOST))

    async def _submit(self, chunk: Chunk, sends: _Sends) -> Submitted | None:
        """Send until the tenant has said yes or no; None when the chunk is settled instead."""
        context = self._context
        payloads = [row.payload for row in chunk.rows]
        while not self.stopping:
            try:
                submitted = await context.client.submit(
                    context.list_id, payloads, chunk.chunk_id, lambda: self._intend(chunk)
                )
            except RequestError as error:
                if not await self._goes_again(chunk, sends, error):
                    return None
            except (AccessRefusedError, ConfigurationError):
                await self._not_taken(chunk, sends)
                raise
            else:
                context.failure_budget.answered()
                await context.journal.record(Accepted(chunk.chunk_id, submitted.import_id))
                self.in_doubt = False
                context.import_ids.give(submitted.import_id, chunk.chunk_id)
                context.counters.chunks_accepted += 1
                context.counters.contacts_sent += len(chunk.rows)
                rows = [row.row for row in chunk.rows]
                context.observe(
                    ChunkSubmitted(
                        chunk.chunk_id, submitted.import_id, len(rows), min(rows), max(rows)
                    )
                )
                return submitted
        return None

    async def _goes_again(self, chunk: Chunk, sends: _Sends, error: RequestError) -> bool:
        """Act on a send that failed; False when that settled the chunk."""
        context = self._context
        match next_step(error, SUBMISSION[context.semantics], sends.ambiguous):
            case NextStep.SEND_WHEN_ALLOWED:
                await self._not_taken(chunk, sends)
                context.failure_budget.refused(error)
            case NextStep.SEND_AFTER_WAIT:
                await self._not_taken(chunk, sends)
                context.failure_budget.refused(error)
                sends.not_sent += 1
                await self._wait(sends.not_sent, error)
            case NextStep.REPEAT_AFTER_WAIT:
                sends.ambiguous += 1
                _log_ambiguous(chunk, error)
                self.in_doubt = False  # what is durable says SENDING: a resume sends it again
                context.failure_budget.refused(error)
                await self._wait(sends.ambiguous, error)
            case NextStep.LEAVE_UNRESOLVED:
                _log_ambiguous(chunk, error)
                await self._settle(chunk, leave_unresolved(chunk.rows, Reason.AMBIGUOUS_SUBMIT))
                context.failure_budget.refused(error)
                return False
            case NextStep.SPLIT if isinstance(error, ContentRefusedError):
                context.failure_budget.answered()
                capabilities = context.client.dialect.capabilities
                await self._settle(chunk, settle_refusal(chunk.rows, error, capabilities))
                await context.dispatcher.send_apart(split_rows(chunk.rows, error))
                return False
            case _:  # GIVE_UP
                await self._not_taken(chunk, sends)
                raise ConfigurationError(
                    f"the tenant knows no contact list {context.list_id!r}"
                ) from error
        return True

    async def _wait(self, failures: int, error: RequestError) -> None:
        await asyncio.sleep(backoff_s(failures, self._context.random, error.retry_after_s))

    async def _intend(self, chunk: Chunk) -> None:
        if self.in_doubt:  # the same call sends again: a 401, which the tenant did not process
            await self._context.journal.record(Bounced(chunk.chunk_id))
        else:
            await self._note_people(chunk)
        self.in_doubt = True
        await self._context.journal.record(Intended(chunk.chunk_id, chunk.attempts))

    async def _note_people(self, chunk: Chunk) -> None:
        """Tell the ledger before the journal: what only the ledger knows was not sent."""
        if self._context.note_people is not None:
            await self._context.note_people(chunk.rows)

    async def _not_taken(self, chunk: Chunk, sends: _Sends) -> None:
        """Take back the intent of this send, unless an earlier send may have been taken."""
        if self.in_doubt and not sends.ambiguous:
            await self._context.journal.record(Bounced(chunk.chunk_id))
        self.in_doubt = False

    async def _follow(self, chunk: Chunk, submitted: Submitted) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        sent = SentSize(len(chunk.rows), sum(len(row.payload) for row in chunk.rows))
        report = await self._follower.last_report(submitted, sent)
        if report is None:
            log.error("import_lost", chunk=chunk.chunk_id, rows=len(chunk.rows))
            settlements = leave_unresolved(chunk.rows, Reason.IMPORT_LOST)
        else:
            dialect = self._context.client.dialect
            refused = (
                await self._follower.refused_rows(submitted.import_id)
                if needs_refused_rows(report, dialect.capabilities)
                else ()
            )
            settlements = settle_report(chunk.rows, report, dialect, refused)
            if strays := stray_results(chunk.rows, settlements, report, dialect):
                log.warning("stray_results", chunk=chunk.chunk_id, count=strays)
            if self._context.import_ids.is_shared(submitted.import_id):
                log.error("import_id_repeated", chunk=chunk.chunk_id, rows=len(chunk.rows))
                settlements = settled_by_name(chunk.rows, settlements, report)
            if chunk.is_lost:
                settlements = not_sent_again(settlements, Reason.JOURNAL_LOST)
        await self._settle(chunk, settlements, submitted.import_id)
        counts = Counter(settlement.settled_as for settlement in settlements)
        self._context.observe(
            ImportFinished(
                chunk.chunk_id,
                submitted.import_id,
                loop.time() - began_s,
                counts[SettledAs.IMPORTED],
                counts[SettledAs.FAILED],
                counts[SettledAs.UNRESOLVED],
                counts[SettledAs.DUPLICATE],
            )
        )

    async def _settle(
        self, chunk: Chunk, settlements: Sequence[RowSettlement], import_id: str = ""
    ) -> None:
        """Make the settlements durable, then tell the segmenter, the collector, the dispatcher."""
        context = self._context
        settlements = codes_only(chunk.rows, settlements, context.client.dialect)
        await context.journal.record(Settled(chunk.chunk_id, settlements))
        self.in_doubt = False
        context.add_to_segment(
            [
                Member(settlement.row, settlement.contact_id)
                for settlement in settlements
                if settlement.settled_as is SettledAs.IMPORTED
            ]
        )
        again = [
            msgspec.structs.replace(row, attempt=row.attempt + 1)
            for row, settlement in zip(chunk.rows, settlements, strict=True)
            if settlement.settled_as is SettledAs.RETRY
        ]
        await context.emit(
            [
                outcome_of(row, settlement, import_id)
                for row, settlement in zip(chunk.rows, settlements, strict=True)
                if settlement.settled_as in OUTCOME_OF
            ]
        )
        if again:
            await context.dispatcher.send_again(again)


def _log_ambiguous(chunk: Chunk, error: RequestError) -> None:
    log.warning("submit_ambiguous", chunk=chunk.chunk_id, status=error.status, what=str(error))
