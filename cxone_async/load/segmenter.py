"""Adds imported contacts to the segment, in calls as large as the tenant allows.

Guarantee: only rows whose import is durable get here. A row counts as segmented only when the
tenant's yes to its batch is durable. Adding twice is harmless, so a call without a usable answer
is made again. A refused batch is halved until the refused contact is alone. Segment calls have
states of their own and do not change the outcome of a row.

Calls are made at the same time, because each may wait two minutes behind submits and polls
(`tenant.rate_limit`): one after the other, a run at 600 a minute would end with minutes of
nothing but segment calls. A batch gets its number when it is journalled, not before. So a crash
leaves the numbers from 1 on without a gap, and a resumed run counts on. The first call goes
alone, and so does the first after a 413: one call shows whether the tenant knows the segment, and
how many ids it takes. A size that was too large is in the journal, so a resumed run does not try
it again.

Finding one refused contact among 5,000 takes some 25 calls, because each time the other half is
taken. When nothing is taken, it is the segment that the tenant refuses (it may be closed), and
halving would cost two calls a contact. So the halves of a refused batch go before all others, in
random order, and after `REFUSALS_AT_FIRST` refusals without a yes no more calls are made.
"""

import asyncio
import random
import sys
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from cxone_async.errors import ContentRefusedError, RequestError
from cxone_async.journal.events import JournalEvent
from cxone_async.journal.port import Journal
from cxone_async.journal.segments import SegmentAdded, SegmentEvent, SegmentIntended, SegmentRefused
from cxone_async.load.attempts import SEGMENT_CALL, NextStep, backoff_s, next_step
from cxone_async.load.failure_budget import FailureBudget
from cxone_async.logs import log
from cxone_async.tenant.port import TenantClient

REFUSALS_AT_FIRST = 40
"""Thirteen halvings lead to a single contact of 5,000; the rest is for finding one that is taken.
When nine contacts in ten are bad, 27 more refusals in a row happen in one case of seventeen."""

TOO_LARGE = "status_413"

CALLS_AT_ONCE = 64
"""Enough for 600 requests a minute: 30 calls of 5,000 ids a minute, each two minutes in line."""


class Member(msgspec.Struct, frozen=True, gc=False):
    """An imported row and the tenant's id of its contact."""

    row: int
    contact_id: str


class SegmentMembership:
    """Which rows are in the segment: one byte a row.

    A `journal.port.Projection`: opening the journal feeds it, and so does the segmenter.
    `largest_batch` is how many contacts a call may hold, as the tenant's answers have shown.
    `problem` is the code of the last refusal that was not about the size of a call, "" for none.
    """

    def __init__(self) -> None:
        self._added = bytearray()
        self._open: dict[str, tuple[int, ...]] = {}
        self.batches = 0
        self.count = 0
        self.largest_batch = sys.maxsize
        self.problem = ""

    def apply(self, event: JournalEvent) -> None:
        """Take in the next event of the journal."""
        match event:
            case SegmentIntended(batch_id=batch_id, rows=rows):
                self.batches += batch_id not in self._open
                self._open[batch_id] = rows
            case SegmentAdded(batch_id=batch_id):
                for row in self._open.pop(batch_id):
                    if row >= len(self._added):
                        self._added.extend(bytes(row + 65_536 - len(self._added)))
                    self.count += not self._added[row]
                    self._added[row] = 1
            case SegmentRefused(batch_id=batch_id):
                rows = self._open.pop(batch_id)
                if event.reason == TOO_LARGE:
                    self.largest_batch = max(1, min(self.largest_batch, len(rows) // 2))
                else:
                    self.problem = event.reason

    def contains(self, row: int) -> bool:
        """Say whether the tenant confirmed that the row's contact is in the segment."""
        return row < len(self._added) and bool(self._added[row])

    @property
    def open_batches(self) -> dict[str, tuple[int, ...]]:
        """Batches that were intended and have no answer, by id."""
        return dict(self._open)


class Segmenter:
    """Collects members and adds them in batches; one task runs `run`."""

    def __init__(
        self,
        client: TenantClient,
        journal: Journal,
        segment_id: str,
        membership: SegmentMembership,
        failure_budget: FailureBudget,
        random_source: random.Random,
    ) -> None:
        self._client = client
        self._journal = journal
        self._segment_id = segment_id
        self._membership = membership
        self._call_size = client.dialect.capabilities.segment_call_size()
        self._failure_budget = failure_budget
        self._random = random_source
        self._batches = membership.batches
        self._waiting: list[Member] = []
        self._apart: deque[Sequence[Member]] = deque()
        self._reopened: dict[str, dict[int, str]] = {
            batch_id: dict.fromkeys(rows, "") for batch_id, rows in membership.open_batches.items()
        }
        self._batch_of_row = {
            row: batch_id for batch_id, rows in self._reopened.items() for row in rows
        }
        self._ready_again: deque[str] = deque()
        self._ended = False
        self._changed = asyncio.Event()
        self._is_accepted = False
        self._refused_in_a_row = 0
        self._given_up_for = ""

    def add(self, members: Iterable[Member]) -> None:
        """Take imported rows, each once. Those without a contact id cannot be added."""
        for member in members:
            batch_id = self._batch_of_row.pop(member.row, None)
            if batch_id is not None:
                batch = self._reopened[batch_id]
                batch[member.row] = member.contact_id
                if all(batch.values()):
                    self._ready_again.append(batch_id)
            elif member.contact_id and not self._membership.contains(member.row):
                self._waiting.append(member)
        self._changed.set()

    def end(self) -> None:
        """No more members will come; `run` returns when all calls are made."""
        self._ended = True
        self._changed.set()

    async def run(self) -> None:
        """Add members until the end. Raises RunError leaves."""
        calls: set[asyncio.Task[None]] = set()
        try:
            while not self._ended or calls or self._apart or self._waiting or self._ready_again:
                self._changed.clear()
                at_once = CALLS_AT_ONCE if self._is_accepted else 1
                while len(calls) < at_once and (batch := self._next_batch()) is not None:
                    call = asyncio.create_task(self._add(*batch), name="segment-call")
                    call.add_done_callback(self._call_ended)
                    calls.add(call)
                await self._changed.wait()
                for call in [each for each in calls if each.done()]:
                    calls.remove(call)
                    call.result()
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    @property
    def _batch_size(self) -> int:
        if self._given_up_for:
            return self._call_size
        return min(self._call_size, self._membership.largest_batch)

    def _call_ended(self, _call: asyncio.Task[None]) -> None:
        self._changed.set()

    def _next_batch(self) -> tuple[str | None, Sequence[Member]] | None:
        """Return the id of a reopened batch, or None, and the members to add."""
        if self._ready_again:
            batch_id = self._ready_again.popleft()
            batch = self._reopened.pop(batch_id)
            return batch_id, [Member(row, contact_id) for row, contact_id in batch.items()]
        if self._apart:
            members = self._apart.popleft()
        elif len(self._waiting) >= self._batch_size or (self._ended and self._waiting):
            members = self._waiting[: self._batch_size]
            del self._waiting[: len(members)]
        else:
            return None
        return None, members

    async def _add(self, reopened_id: str | None, members: Sequence[Member]) -> None:
        if self._given_up_for:
            if reopened_id is not None:  # it must not stay open
                await self._record(SegmentRefused(reopened_id, self._given_up_for))
            return
        batch_id = reopened_id or self._new_batch_id()
        await self._record(SegmentIntended(batch_id, tuple(member.row for member in members)))
        failures = 0
        while True:
            try:
                await self._client.add_to_segment(
                    self._segment_id, [member.contact_id for member in members]
                )
            except RequestError as error:
                match next_step(error, SEGMENT_CALL, failures):
                    case NextStep.SEND_WHEN_ALLOWED:
                        self._failure_budget.refused(error)
                    case NextStep.SEND_AFTER_WAIT:
                        self._failure_budget.refused(error)
                        await self._wait(max(failures, 1), error)
                    case NextStep.REPEAT_AFTER_WAIT:
                        self._failure_budget.refused(error)
                        failures += 1
                        await self._wait(failures, error)
                    case NextStep.LEAVE_UNRESOLVED:
                        self._failure_budget.refused(error)
                        await self._record(SegmentRefused(batch_id, "no_usable_answer"))
                        self._report(members, error.status, "no usable answer")
                        return
                    case NextStep.SPLIT if isinstance(error, ContentRefusedError):
                        self._failure_budget.answered()
                        await self._record(SegmentRefused(batch_id, f"status_{error.status}"))
                        self._split(members, error)
                        return
                    case _:  # GIVE_UP
                        self._given_up_for = "segment_not_found"
                        await self._record(SegmentRefused(batch_id, self._given_up_for))
                        self._report(members, error.status, "the tenant knows no such segment")
                        return
            else:
                self._failure_budget.answered()
                self._is_accepted = True
                self._refused_in_a_row = 0
                await self._record(SegmentAdded(batch_id))
                return

    async def _wait(self, failures: int, error: RequestError) -> None:
        await asyncio.sleep(backoff_s(failures, self._random, error.retry_after_s))

    def _new_batch_id(self) -> str:
        self._batches += 1
        return f"segment-{self._batches}"

    def _split(self, members: Sequence[Member], error: ContentRefusedError) -> None:
        self._refused_in_a_row += error.index is None  # a contact that is named needs no search
        if not self._is_accepted and self._refused_in_a_row >= REFUSALS_AT_FIRST:
            self._given_up_for = "all_refused"
            self._report(members, error.status, "all are refused; no more calls are made")
            return
        if len(members) == 1:
            self._report(members, error.status, "the contact is refused")
            return
        if error.status == 413:
            self._is_accepted = False
            self._refused_in_a_row = 0
            self._waiting[:0] = members
            return
        if error.index is not None and 0 <= error.index < len(members):
            self._report(members[error.index : error.index + 1], error.status, "refused")
            self._apart.appendleft([*members[: error.index], *members[error.index + 1 :]])
            return
        middle = len(members) // 2
        halves = [members[:middle], members[middle:]]
        self._random.shuffle(halves)
        self._apart.extendleft(halves)

    async def _record(self, event: SegmentEvent) -> None:
        await self._journal.record(event)
        self._membership.apply(event)

    def _report(self, members: Sequence[Member], status: int, what: str) -> None:
        log.error("segment_failed", contacts=len(members), status=status, what=what)
