"""Whole runs against a dialect that `load/` knows nothing of: a bulk file, counts, refused rows."""

import asyncio
import random
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from fixtures.bulk_file_dialect import (
    BULK_FILE,
    BulkFileDialect,
    refuse_some,
    times_taken,
    upload_of,
)

from cxone_async.errors import AmbiguousError, InterruptedRunError, RunError
from cxone_async.journal.events import RunFinished
from cxone_async.journal.lifecycle import Intended, Settled
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal
from cxone_async.load.attempts import SubmitSemantics
from cxone_async.load.chunk import ChunkLimit
from cxone_async.load.wiring import QUEUE_CHUNKS, chunks_ahead
from cxone_async.outcome import Outcome, Reason
from cxone_async.tenant.port import RequestKind
from cxone_async.testing import (
    Fault,
    answer_lost,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)
from cxone_async.testing.journal import DurableEvent, InMemoryJournal
from cxone_async.verification.comparison import verify

pytestmark = [pytest.mark.asyncio, pytest.mark.virtual_time]

ROWS = 700
POLL, SUBMIT = RequestKind.POLL, RequestKind.SUBMIT


def expected_outcomes(csv_of, rows):
    phones = [line.split(b",")[0].decode() for line in csv_of(rows).splitlines()[1:]]
    return {
        row: Outcome.FAILED if phone.endswith("3") else Outcome.IMPORTED
        for row, phone in enumerate(phones, 1)
    }


def outcomes_of(sink):
    return {row: each.outcome for row, each in sink.by_row.items()}


async def test_a_whole_input_goes_out_as_one_file_and_every_row_has_its_outcome(
    wire, csv_of, bulk_file_tenant
):
    tenant = bulk_file_tenant(refuse=refuse_some, latency_s=lambda draw: 900.0)
    wired = wire(csv_of(ROWS), tenant, chunk_size=500_000, segment_id=None)
    sink = await wired.execute()
    assert len(sink.outcomes) == ROWS
    assert outcomes_of(sink) == expected_outcomes(csv_of, ROWS)
    assert {each.reason for each in sink.outcomes} == {"", Reason.TENANT_INVALID_PHONE}
    assert {each.contact_id for each in sink.outcomes} == {""}
    assert [len(each.payloads) for each in tenant.submissions.values()] == [ROWS, ROWS // 10]
    assert set(times_taken(tenant).values()) == {1}


async def test_a_submission_leaves_as_one_file_with_every_line_once():
    payloads = [b"%d,12025550101,,Ada,L,US\r\n" % row for row in range(5_000)]
    upload = upload_of(payloads)
    parts = [part async for part in upload.parts()]
    assert len(parts) > 1
    assert sum(map(len, parts)) == upload.size_bytes
    lines = b"".join(parts).splitlines(keepends=True)
    assert lines[0].startswith(b"row,phone,")
    assert lines[1:] == payloads


async def test_a_chunk_is_never_larger_than_the_dialect_allows_in_rows_and_in_bytes(
    wire, csv_of, bulk_file_tenant
):
    small = replace(BULK_FILE, max_payloads=40, max_payload_bytes=1500)
    tenant = bulk_file_tenant(refuse=refuse_some, dialect=BulkFileDialect(capabilities=small))
    wired = wire(csv_of(200), tenant, chunk_size=500_000, segment_id=None)
    sink = await wired.execute()
    assert outcomes_of(sink) == expected_outcomes(csv_of, 200)
    sizes = [len(each.payloads) for each in tenant.submissions.values()]
    assert max(sizes) < 40, "the bytes bind before the rows"
    assert len(sizes) < 12


async def test_the_larger_a_chunk_may_be_the_fewer_wait_for_a_worker():
    ahead = {rows: chunks_ahead(QUEUE_CHUNKS, ChunkLimit(rows)) for rows in (1, 500, 4000, 500_000)}
    assert ahead == {1: 32, 500: 32, 4000: 4, 500_000: 1}


async def test_a_refusal_for_a_while_is_tried_as_often_as_the_dialect_says(
    wire, csv_of, bulk_file_tenant
):
    tenant = bulk_file_tenant(refuse=lambda fields, attempt: "BUSY")
    sink = await wire(csv_of(20), tenant, chunk_size=20, segment_id=None).execute()
    assert {each.reason for each in sink.outcomes} == {Reason.RETRIES_EXHAUSTED}
    assert {each.attempts for each in sink.outcomes} == {BULK_FILE.attempts_per_contact}


async def test_where_the_list_of_refused_rows_does_not_come_the_rows_stay_unresolved(
    wire, csv_of, bulk_file_tenant
):
    broken = Fault(lambda: AmbiguousError("planned", status=500))
    tenant = bulk_file_tenant(
        refuse=refuse_some,
        faults=lambda each: broken if each.kind is POLL and each.nth > 1 else None,
    )
    sink = await wire(csv_of(50), tenant, chunk_size=50, segment_id=None).execute()
    assert sink.counts == {Outcome.UNRESOLVED: 50}
    assert {each.reason for each in sink.outcomes} == {Reason.NO_RESULT}


async def test_where_nobody_was_refused_the_list_is_not_asked_for(wire, csv_of, bulk_file_tenant):
    tenant = bulk_file_tenant()
    sink = await wire(csv_of(50), tenant, chunk_size=50, segment_id=None).execute()
    assert sink.counts == {Outcome.IMPORTED: 50}
    assert [each.kind for each in tenant.requests].count(POLL) == 1


@pytest.mark.parametrize("fault", [no_connection(), request_lost(), throttled(5.0)])
async def test_the_list_of_refused_rows_is_asked_for_again(wire, csv_of, bulk_file_tenant, fault):
    tenant = bulk_file_tenant(refuse=refuse_some, faults=fault_plan({(POLL, 2): fault}))
    sink = await wire(csv_of(50), tenant, chunk_size=50, segment_id=None).execute()
    assert outcomes_of(sink) == expected_outcomes(csv_of, 50)


async def test_a_stopped_run_goes_on_where_it_was(wire, csv_of, bulk_file_tenant, reopened):
    tenant = bulk_file_tenant(refuse=refuse_some, latency_s=lambda draw: 900.0)
    first = wire(csv_of(200), tenant, chunk_size=50, segment_id=None, concurrency=2)
    running = asyncio.create_task(first.execute())
    await asyncio.sleep(1000.0)
    first.run.stop(InterruptedRunError("stopped by the test"))
    with pytest.raises(InterruptedRunError):
        await running
    again = wire(
        csv_of(200), tenant, chunk_size=50, segment_id=None, journal=reopened(first.journal)
    )
    sink = await again.execute()
    assert len(sink.outcomes) == 200
    assert outcomes_of(sink) == expected_outcomes(csv_of, 200)
    assert set(times_taken(tenant).values()) == {1}


def trouble(draw):
    """A tenant that gets one request in six wrong, in some way."""

    def faults(request):
        if draw.random() > 1 / 6:
            return None
        return draw.choice([no_connection, request_lost, answer_lost, throttled])()

    return faults


def assert_equation(sink, tenant, journal, rows, semantics):
    """Each row has one outcome, and it is true of the tenant."""
    assert sorted(each.row for each in sink.outcomes) == list(range(1, rows + 1))
    taken = times_taken(tenant)
    for row, outcome in outcomes_of(sink).items():
        on_list = taken[f"person{row - 1}@example.com"]
        if outcome is Outcome.IMPORTED:
            assert on_list == 1
        elif outcome is Outcome.FAILED:
            assert on_list == 0
        else:
            assert on_list <= 1
    events = list(journal.chunk_events())
    intended = {event.chunk_id for event in events if isinstance(event, Intended)}
    assert intended == {event.chunk_id for event in events if isinstance(event, Settled)}
    if semantics is SubmitSemantics.IDEMPOTENT:
        assert not sink.counts[Outcome.UNRESOLVED]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
async def test_killed_at_any_moment_a_run_comes_to_the_same_end(
    wire, csv_of, bulk_file_tenant, identity, seed
):
    draw, rows = random.Random(seed), 60
    semantics = draw.choice(list(SubmitSemantics))
    is_troubled = draw.random() < 0.7
    tenant = bulk_file_tenant(
        refuse=refuse_some,
        seed=seed,
        latency_s=lambda each: each.lognormvariate(5, 1),
        round_trip_s=0.2,
    )
    if is_troubled:
        tenant.faults = trouble(draw)
    contents: tuple[DurableEvent, ...] = ()
    kills = 0
    while True:
        journal = InMemoryJournal(identity, contents)
        wired = wire(
            csv_of(rows), tenant, journal=journal, semantics=semantics, segment_id=None,
            chunk_size=draw.choice([7, 20]), concurrency=3, block_bytes=300, seed=seed + kills,
        )  # fmt: skip
        running = asyncio.create_task(wired.execute())
        if kills < 4:
            await asyncio.sleep(draw.choice([0.0, 0.3, 30.0, 300.0]) * draw.random())
            for _ in range(draw.randrange(12)):
                await asyncio.sleep(0)
        else:
            tenant.faults = lambda request: None
            await asyncio.wait([running])
        # What is durable now is what a process that dies now leaves behind.
        contents = journal.snapshot()
        if running.done():
            break
        kills += 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    try:
        sink = running.result()
    except RunError as error:
        raise AssertionError(f"the run did not end: {error}") from error
    assert_equation(sink, tenant, journal, rows, semantics)


async def test_verify_finds_the_files_the_journal_and_the_input_to_agree(
    wire, csv_of, bulk_file_tenant, identity, write_run, run_directory: Path
):
    content = csv_of(100)
    tenant = bulk_file_tenant(refuse=refuse_some, faults=fault_plan({(SUBMIT, 2): answer_lost()}))
    wired = wire(content, tenant, chunk_size=40, segment_id=None)
    sink = await wired.execute()
    assert set(sink.counts) == {Outcome.IMPORTED, Outcome.FAILED, Outcome.UNRESOLVED}
    (run_directory.parent / "input.csv").write_bytes(content)
    ordered = [sink.by_row[row] for row in sorted(sink.by_row)]
    result = write_run(ordered, header=b"phone,email,first_name,last_name")
    assert result.data_integrity_check == "PASS"
    journal = await SqliteJournal.open(
        run_directory / JOURNAL_NAME,
        msgspec.structs.replace(
            identity,
            segment_id="",
            input_fingerprint=sha256(content).hexdigest(),
            settings={"encoding": "utf-8"},
        ),
    )
    for event in wired.journal.chunk_events():
        await journal.record(event)
    await journal.finish(RunFinished(msgspec.json.encode(result), write_run.digests))
    await journal.close()
    assert verify(run_directory, run_directory.parent / "input.csv") == ()
