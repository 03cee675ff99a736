"""One chunk, from submit to settlement: what is journalled, sent and emitted, in which order."""

import asyncio
import gc
import random
from dataclasses import dataclass, field

import msgspec
import pytest
import structlog

from cxone_async.errors import (
    AccessRefusedError,
    CannotWriteError,
    ConfigurationError,
    RequestError,
    TenantUnreachableError,
)
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkState,
    Intended,
    Settled,
    SettledAs,
)
from cxone_async.load.attempts import SENDS_PER_AMBIGUOUS_CHUNK, SubmitSemantics
from cxone_async.load.chunk import Chunk, ChunkLimit, ChunkMaker
from cxone_async.load.counters import RunCounters
from cxone_async.load.dispatcher import Dispatcher
from cxone_async.load.events import ChunkSubmitted
from cxone_async.load.failure_budget import FailureBudget, Limits
from cxone_async.load.import_ids import ImportIds
from cxone_async.load.poll_queue import PollQueue
from cxone_async.load.poll_schedule import PollSchedule
from cxone_async.load.worker import Worker, WorkerContext
from cxone_async.outcome import Outcome, Reason, RowOutcome
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.contact_lists.client import ContactListsDialect
from cxone_async.tenant.port import RequestKind, SentFields
from cxone_async.tenant.rate_limit.unlimited import UnlimitedLimiter
from cxone_async.testing import (
    InMemoryTenant,
    access_refused,
    answer_lost,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)
from cxone_async.testing.journal import InMemoryJournal

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

SUBMIT, POLL = RequestKind.SUBMIT, RequestKind.POLL
ONCE, IDEMPOTENT = SubmitSemantics.AT_MOST_ONCE, SubmitSemantics.IDEMPOTENT


class NotingJournal(InMemoryJournal):
    """Adds what has become durable to a log."""

    log: list[str]

    async def record(self, event):
        await super().record(event)
        self.log.append(type(event).__name__)


@dataclass
class Bench:
    """A worker, and everything that it touches. `log` has what happened, in order."""

    tenant: InMemoryTenant
    journal: InMemoryJournal
    dispatcher: Dispatcher
    counters: RunCounters
    log: list[str]
    outcomes: list[RowOutcome] = field(default_factory=list)
    members: list[object] = field(default_factory=list)
    import_ids: ImportIds = field(default_factory=ImportIds)
    observed: list[object] = field(default_factory=list)
    worker: Worker = field(init=False)

    async def emit(self, outcomes):
        if outcomes:
            self.log.append("emits")
        self.outcomes.extend(outcomes)

    async def work(self, *chunks):
        """Let the worker take these chunks, and all that comes of them, to the end."""
        for chunk in chunks:
            await self.dispatcher.put_first(chunk)
        await self.dispatcher.end_input()
        await self.worker.run()

    @property
    def events(self):
        return [type(event) for event in self.journal.chunk_events()]

    @property
    def ended(self):
        return {each.row: (each.outcome, each.reason) for each in self.outcomes}


@pytest.fixture
def bench(identity):
    """`bench(tenant, semantics)`: a worker of its own with everything around it."""

    def make(tenant, semantics=ONCE, contents=()):
        log: list[str] = []
        journal = NotingJournal(identity, contents)
        journal.log = log
        rng, counters = random.Random(1), RunCounters()
        capabilities = tenant.dialect.capabilities
        schedule = PollSchedule(capabilities.expected_import_s, capabilities.import_timeout_s)
        dispatcher = Dispatcher(ChunkMaker("run", "list-1"), ChunkLimit(500), 4)
        one = Bench(tenant, journal, dispatcher, counters, log)
        one.worker = Worker(
            WorkerContext(
                client=tenant,
                journal=journal,
                dispatcher=dispatcher,
                import_ids=one.import_ids,
                polls=PollQueue(schedule, UnlimitedLimiter(rng=rng)),
                failure_budget=FailureBudget(Limits(300.0, 900.0)),
                counters=counters,
                emit=one.emit,
                add_to_segment=one.members.extend,
                list_id="list-1",
                semantics=semantics,
                random=rng,
                observe=one.observed.append,
            )
        )
        planned = tenant.faults

        def noting(request):
            log.append(request.kind.value)
            return planned(request)

        tenant.faults = noting
        return one

    return make


def rows(dialect, count=3, attempt=1):
    return [
        PendingRow(
            number,
            number + 1,
            b"raw",
            dialect.payload(SentFields(f"1202555{number:04d}", "", "A", "B", "US")),
            attempt,
        )
        for number in range(1, count + 1)
    ]


def chunk(tenant, count=3, state=ChunkState.NEW, import_id=""):
    made = ChunkMaker("run", "list-1").make(rows(tenant.dialect, count))
    return Chunk(made.chunk_id, made.rows, state, import_id)


async def test_each_step_is_durable_before_the_next_one_is_taken(bench):
    one = bench(InMemoryTenant())
    await one.work(chunk(one.tenant))
    assert one.log == ["token", "Intended", "submit", "Accepted", "poll", "Settled", "emits"]
    assert set(one.ended.values()) == {(Outcome.IMPORTED, "")}
    assert [member.contact_id for member in one.members] == [
        outcome.contact_id for outcome in one.outcomes
    ]
    assert (one.counters.chunks_accepted, one.counters.contacts_sent) == (1, 3)
    assert one.counters.chunks_in_flight == 0


async def test_who_watches_is_told_which_rows_a_chunk_has_and_what_became_of_them(bench):
    one = bench(InMemoryTenant())
    sent = chunk(one.tenant, 4)
    scattered = Chunk(sent.chunk_id, (sent.rows[3], sent.rows[1]))
    await one.work(scattered)
    submitted, finished = one.observed
    assert submitted == ChunkSubmitted(sent.chunk_id, submitted.import_id, 2, 2, 4)
    assert (finished.chunk_id, finished.imported_count) == (sent.chunk_id, 2)


async def test_a_worker_that_waits_for_the_next_chunk_holds_no_rows_of_the_last(bench):
    one = bench(InMemoryTenant())
    await one.dispatcher.put_first(chunk(one.tenant, count=17))
    working = asyncio.create_task(one.worker.run())
    await asyncio.sleep(3600)
    assert (len(one.outcomes), one.dispatcher.in_flight) == (17, 0)
    gc.collect()
    held = [each for each in gc.get_objects() if isinstance(each, Chunk) and len(each.rows) == 17]
    assert held == []
    await one.dispatcher.end_input()
    await working


FAULTS = {
    "no connection": no_connection,
    "429": throttled,
    "503": lambda: throttled(status=503),
    "request lost": request_lost,
    "answer lost": answer_lost,
}


@pytest.mark.parametrize("what", ["no connection", "429", "503"])
@pytest.mark.parametrize("semantics", [ONCE, IDEMPOTENT])
async def test_a_send_that_was_not_processed_is_taken_back_and_made_again(bench, what, semantics):
    one = bench(InMemoryTenant(faults=fault_plan({(SUBMIT, 1): FAULTS[what]()})), semantics)
    await one.work(chunk(one.tenant))
    assert one.events == [Intended, Bounced, Intended, Accepted, Settled]
    assert set(one.ended.values()) == {(Outcome.IMPORTED, "")}
    assert {outcome.attempts for outcome in one.outcomes} == {1}


@pytest.mark.parametrize("what", ["request lost", "answer lost"])
async def test_an_ambiguous_send_ends_as_unresolved_under_at_most_once(bench, what):
    one = bench(InMemoryTenant(faults=fault_plan({(SUBMIT, 1): FAULTS[what]()})))
    await one.work(chunk(one.tenant))
    assert one.events == [Intended, Settled]
    assert set(one.ended.values()) == {(Outcome.UNRESOLVED, Reason.AMBIGUOUS_SUBMIT)}
    assert one.log.count("submit") == 1


@pytest.mark.parametrize("what", ["request lost", "answer lost"])
async def test_an_ambiguous_send_is_repeated_under_its_key_when_that_is_idempotent(bench, what):
    one = bench(InMemoryTenant(faults=fault_plan({(SUBMIT, 1): FAULTS[what]()})), IDEMPOTENT)
    await one.work(chunk(one.tenant))
    assert set(one.ended.values()) == {(Outcome.IMPORTED, "")}
    assert len(one.tenant.submissions) == 1
    assert len(one.tenant.accepted) == 3


async def test_a_send_that_stays_ambiguous_is_given_up(bench):
    tenant = InMemoryTenant(
        faults=lambda request: request_lost() if request.kind is SUBMIT else None
    )
    one = bench(tenant, IDEMPOTENT)
    await one.work(chunk(one.tenant))
    assert one.log.count("submit") == SENDS_PER_AMBIGUOUS_CHUNK
    assert set(one.ended.values()) == {(Outcome.UNRESOLVED, Reason.AMBIGUOUS_SUBMIT)}


@pytest.mark.parametrize("after", ["no connection", "429"])
async def test_a_later_send_that_was_not_processed_does_not_undo_an_earlier_doubt(bench, after):
    """Were the intent taken back, a resume under at-most-once would send the rows again."""
    faults = fault_plan({(SUBMIT, 1): answer_lost(), (SUBMIT, 2): FAULTS[after]()})
    one = bench(InMemoryTenant(faults=faults), IDEMPOTENT)
    await one.work(chunk(one.tenant))
    assert Bounced not in one.events


async def test_a_refusal_after_a_doubt_does_not_settle_the_doubt(bench):
    faults = fault_plan({(SUBMIT, 1): answer_lost(), (SUBMIT, 2): content_refused(index=0)})
    one = bench(InMemoryTenant(faults=faults), IDEMPOTENT)
    await one.work(chunk(one.tenant))
    assert len(one.tenant.submissions) == 1
    assert set(one.ended.values()) == {(Outcome.IMPORTED, "")}


@pytest.mark.parametrize("index", [1, None])
async def test_a_refused_chunk_loses_the_offending_contact_and_no_other(bench, index):
    tenant = InMemoryTenant()
    one = bench(tenant)
    bad = rows(tenant.dialect)[1].payload
    take = tenant.submit

    async def refusing(list_id, payloads, key, before_send):
        if bad in payloads:
            await before_send()
            where = payloads.index(bad) if index is not None else None
            raise content_refused(code="INVALID_PHONE", index=where).error()
        return await take(list_id, payloads, key, before_send)

    tenant.submit = refusing
    await one.work(chunk(tenant))
    assert one.ended == {
        1: (Outcome.IMPORTED, ""),
        2: (Outcome.FAILED, Reason.TENANT_INVALID_PHONE),
        3: (Outcome.IMPORTED, ""),
    }
    assert {outcome.attempts for outcome in one.outcomes} == {1}


async def test_contacts_refused_for_a_while_go_out_again_with_their_next_attempt(bench):
    one = bench(InMemoryTenant(refuse=lambda fields, attempt: "BUSY" if attempt < 3 else None))
    await one.work(chunk(one.tenant))
    assert set(one.ended.values()) == {(Outcome.IMPORTED, "")}
    assert {outcome.attempts for outcome in one.outcomes} == {3}
    assert len(one.tenant.submissions) == 3


@pytest.mark.parametrize(("said", "kept"), [("ANNA", "a word of 4 characters"), ("BUSY", "BUSY")])
async def test_a_tenant_that_repeats_a_name_as_its_code_does_not_get_it_into_the_journal(
    bench, said, kept
):
    tenant = InMemoryTenant(refuse=lambda fields, attempt: said)
    payload = ContactListsDialect().payload(SentFields("12025550100", "", "Anna", "B", "US"))
    made = ChunkMaker("run", "list-1").make([PendingRow(1, 2, b"raw", payload, 1)])
    one = bench(tenant)
    await one.work(made)
    assert [outcome.detail for outcome in one.outcomes] == [kept]
    details = [
        end.detail
        for event in one.journal.chunk_events()
        if isinstance(event, Settled)
        for end in event.settlements
    ]
    assert details == [kept] * 3


async def test_an_import_that_failed_whole_is_sent_again(bench):
    one = bench(InMemoryTenant(fails=lambda nth: nth == 1))
    await one.work(chunk(one.tenant))
    settled = [event for event in one.journal.chunk_events() if isinstance(event, Settled)]
    assert {end.settled_as for end in settled[0].settlements} == {SettledAs.RETRY}
    assert {outcome.attempts for outcome in one.outcomes} == {2}


async def test_an_import_whose_id_was_given_before_is_not_sent_again_when_it_is_said_to_have_failed(
    bench,
):
    one = bench(InMemoryTenant(fails=lambda nth: True))
    submit, ids = one.tenant.submit, []

    async def the_first_id(*args):
        answer = await submit(*args)
        ids.append(answer.import_id)
        return msgspec.structs.replace(answer, import_id=ids[0])

    one.tenant.submit = the_first_id
    with structlog.testing.capture_logs() as logged:
        await one.work(chunk(one.tenant))
    assert len(one.tenant.submissions) == 2
    assert set(one.ended.values()) == {(Outcome.UNRESOLVED, Reason.NO_RESULT)}
    assert [each["rows"] for each in logged if each["event"] == "import_id_repeated"] == [3]


@pytest.mark.parametrize("state", [ChunkState.SENDING, ChunkState.IN_DOUBT])
@pytest.mark.parametrize(
    ("semantics", "outcome", "sends"),
    [(ONCE, Outcome.UNRESOLVED, 0), (IDEMPOTENT, Outcome.IMPORTED, 1)],
)
async def test_a_resumed_chunk_that_may_be_taken_is_sent_again_only_when_idempotent(
    bench, identity, state, semantics, outcome, sends
):
    tenant, journal = InMemoryTenant(), InMemoryJournal(identity)
    open_chunk = chunk(tenant, state=state)
    await journal.record(Intended(open_chunk.chunk_id, open_chunk.attempts))
    one = bench(tenant, semantics, journal.snapshot())
    await one.work(open_chunk)
    assert {what for what, _ in one.ended.values()} == {outcome}
    assert one.log.count("submit") == sends


async def test_a_resumed_chunk_that_was_accepted_is_polled_and_not_sent(bench, identity):
    tenant, journal = InMemoryTenant(), InMemoryJournal(identity)
    sent = chunk(tenant)
    payloads = [row.payload for row in sent.rows]

    async def nothing():
        return None

    import_id = (await tenant.submit("list-1", payloads, sent.chunk_id, nothing)).import_id
    await journal.record(Intended(sent.chunk_id, sent.attempts))
    await journal.record(Accepted(sent.chunk_id, import_id))
    one = bench(tenant, contents=journal.snapshot())
    await one.work(chunk(tenant, state=ChunkState.ACCEPTED, import_id=import_id))
    assert one.log == ["poll", "Settled", "emits"]
    assert {outcome.import_id for outcome in one.outcomes} == {import_id}


@pytest.mark.parametrize("semantics", [ONCE, IDEMPOTENT])
@pytest.mark.parametrize(
    ("state", "events"),
    [
        (ChunkState.NEW, [Intended, Settled]),
        (ChunkState.UNSENT, [Intended, Bounced, Intended, Settled]),
        (ChunkState.SENDING, [Intended, Settled]),
        (ChunkState.IN_DOUBT, [Intended, Intended, Settled]),
    ],
)
async def test_a_chunk_that_may_be_in_what_the_journal_lost_is_never_sent(
    bench, identity, semantics, state, events
):
    tenant, journal = InMemoryTenant(), InMemoryJournal(identity)
    lost = msgspec.structs.replace(chunk(tenant, state=state), is_lost=True)
    for event in events[: -1 if state in (ChunkState.SENDING, ChunkState.IN_DOUBT) else -2]:
        await journal.record(
            Bounced(lost.chunk_id) if event is Bounced else Intended(lost.chunk_id, lost.attempts)
        )
    one = bench(tenant, semantics, journal.snapshot())
    await one.work(lost)
    assert set(one.ended.values()) == {(Outcome.UNRESOLVED, Reason.JOURNAL_LOST)}
    assert one.events == events
    assert one.log.count("submit") == 0


async def test_an_import_from_before_a_loss_is_polled_and_none_of_its_rows_goes_again(
    bench, identity
):
    tenant = InMemoryTenant(refuse=lambda fields, _: "BUSY" if "0002" in fields.phone else None)
    journal = InMemoryJournal(identity)
    sent = chunk(tenant)

    async def nothing():
        return None

    import_id = (
        await tenant.submit("list-1", [row.payload for row in sent.rows], sent.chunk_id, nothing)
    ).import_id
    await journal.record(Intended(sent.chunk_id, sent.attempts))
    await journal.record(Accepted(sent.chunk_id, import_id))
    one = bench(tenant, contents=journal.snapshot())
    await one.work(Chunk(sent.chunk_id, sent.rows, ChunkState.ACCEPTED, import_id, is_lost=True))
    assert one.ended == {
        1: (Outcome.IMPORTED, ""),
        2: (Outcome.UNRESOLVED, Reason.JOURNAL_LOST),
        3: (Outcome.IMPORTED, ""),
    }
    assert len(tenant.submissions) == 1


async def test_an_unknown_list_is_a_matter_of_configuration_and_leaves_no_doubt(bench):
    one = bench(InMemoryTenant(lists=()))
    with pytest.raises(ConfigurationError, match="'list-1'"):
        await one.work(chunk(one.tenant))
    assert one.events == [Intended, Bounced]
    assert not one.worker.in_doubt


async def test_refused_credentials_stop_the_worker_and_leave_no_doubt(bench):
    one = bench(InMemoryTenant(faults=fault_plan({(SUBMIT, 1): access_refused()})))
    with pytest.raises(AccessRefusedError):
        await one.work(chunk(one.tenant))
    assert one.events == [Intended, Bounced]
    assert not one.worker.in_doubt


async def test_an_intent_that_cannot_be_written_sends_nothing(bench):
    one = bench(InMemoryTenant())
    one.journal.fail_write()
    with pytest.raises(CannotWriteError):
        await one.work(chunk(one.tenant))
    assert "submit" not in one.log


async def test_a_worker_is_in_doubt_only_between_the_intent_and_the_durable_answer(bench):
    tenant = InMemoryTenant(round_trip_s=10.0, latency_s=lambda draw: 100.0)
    one = bench(tenant)
    working = asyncio.create_task(one.work(chunk(tenant)))
    doubts = []
    await asyncio.sleep(0.5)
    while not working.done():
        doubts.append((one.worker.in_doubt, one.log[-1] if one.log else ""))
        await asyncio.sleep(1.0)
    in_doubt = {last for is_in_doubt, last in doubts if is_in_doubt}
    certain = {last for is_in_doubt, last in doubts if not is_in_doubt}
    assert in_doubt == {"submit"}
    assert "poll" in certain
    assert "submit" not in certain


async def test_a_worker_that_is_told_to_stop_does_not_send_again(bench):
    one = bench(InMemoryTenant(faults=lambda request: throttled(5.0)))
    working = asyncio.create_task(one.work(chunk(one.tenant)))
    await asyncio.sleep(1.0)
    one.worker.stopping = True
    await working
    assert one.outcomes == []
    assert not one.worker.in_doubt


async def test_a_tenant_that_never_answers_stops_the_worker_resumable(bench):
    one = bench(InMemoryTenant(faults=lambda request: no_connection()))
    with pytest.raises(TenantUnreachableError):
        await one.work(chunk(one.tenant))
    assert one.outcomes == []


@pytest.mark.parametrize("leaf", sorted(RequestError.__subclasses__(), key=str))
@pytest.mark.parametrize("semantics", [ONCE, IDEMPOTENT])
async def test_whatever_goes_wrong_with_one_send_the_journal_and_the_outcomes_agree(
    bench, leaf, semantics
):
    """Every leaf, raised once, leaves the chunk settled, or taken back and the run stopped."""
    one = bench(InMemoryTenant(), semantics)
    take = one.tenant.submit
    raised: list[Exception] = []

    async def failing_once(list_id, payloads, key, before_send):
        if not raised:
            await before_send()
            raised.append(leaf("planned", status=400))
            raise raised[0]
        return await take(list_id, payloads, key, before_send)

    one.tenant.submit = failing_once
    try:
        await one.work(chunk(one.tenant))
    except ConfigurationError:
        assert one.events == [Intended, Bounced]
        return
    assert sorted(one.ended) == [1, 2, 3]
    assert one.events[-1] is Settled
    assert len(one.tenant.accepted) == sum(
        outcome is Outcome.IMPORTED for outcome, _ in one.ended.values()
    )
