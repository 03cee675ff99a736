"""What every journal does, on a real disk or in memory."""

import asyncio

import msgspec
import pytest
from fixtures.journal_events import Heard

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.events import RunFinished, RunStarted
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    Bounced,
    ChunkEvent,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.segments import (
    SegmentAdded,
    SegmentEvent,
    SegmentIntended,
    SegmentRefused,
)

FINISHED = RunFinished(b'{"total_input":2}', {"outcomes.csv": "0" * 64, "review.csv": "f" * 64})
ENDS = (
    RowSettlement(1, SettledAs.IMPORTED, "id-1"),
    RowSettlement(2, SettledAs.FAILED, reason="tenant_invalid_phone", detail="phone"),
)
CHUNK: list[ChunkEvent] = [
    Intended("c", (RowAttempt(1, 1), RowAttempt(2, 1))),
    Bounced("c"),
    Intended("c", (RowAttempt(1, 1), RowAttempt(2, 1))),
    Accepted("c", "import-1"),
    Settled("c", ENDS),
]
BATCHES: list[SegmentEvent] = [
    SegmentIntended("b1", (1,)),
    SegmentRefused("b1", "status_413"),
    SegmentIntended("b2", (1,)),
    SegmentAdded("b2"),
]


async def test_a_new_journal_is_empty_and_knows_whose_it_is(disk, identity: RunIdentity) -> None:
    journal = await disk.open()
    assert journal.identity == identity
    assert journal.finished is None
    assert disk.chunk_events() == []
    assert disk.segment_events() == []


async def test_events_are_read_back_in_order_by_kind(disk) -> None:
    journal = await disk.open()
    for event in [*CHUNK, *BATCHES]:
        await journal.record(event)
    assert disk.chunk_events() == CHUNK
    assert disk.segment_events() == BATCHES


async def test_every_event_that_was_recorded_survives_a_crash(disk) -> None:
    for number, event in enumerate([*CHUNK, *BATCHES], start=1):
        journal = await disk.open()
        await journal.record(event)
        disk.crash()
        journal = await disk.open()
        assert [*disk.chunk_events(), *disk.segment_events()] == [*CHUNK, *BATCHES][:number]


async def test_opening_feeds_every_projection_each_event_once_and_in_order(
    disk, identity: RunIdentity
) -> None:
    new, first, second = Heard(), Heard(), Heard()
    journal = await disk.open(projections=[new])
    for event in [*CHUNK, *BATCHES]:
        await journal.record(event)
    await journal.finish(FINISHED)
    assert new.events == [
        RunStarted(identity, keeps_head=True)
    ]  # whoever records an event knows it
    disk.crash()
    await disk.open(projections=[first, second])
    assert (
        first.events
        == second.events
        == [RunStarted(identity, keeps_head=True), *CHUNK, *BATCHES, FINISHED]
    )


async def test_the_identity_survives_a_crash_before_the_first_event(disk, identity) -> None:
    await disk.open()
    disk.crash()
    journal = await disk.open(msgspec.structs.replace(identity, run_id="drawn again"))
    assert journal.identity == identity


async def test_another_run_is_refused_and_what_differs_is_named(disk, identity) -> None:
    await (await disk.open()).close()
    other = msgspec.structs.replace(identity, settings={**identity.settings, "threshold": "90"})
    with pytest.raises(ConfigurationError, match="setting threshold was '85', is '90'"):
        await disk.open(other)
    assert (await disk.open()).identity == identity


async def test_a_closed_journal_goes_on_where_it_stopped(disk) -> None:
    journal = await disk.open()
    for event in CHUNK[:2]:
        await journal.record(event)
    await journal.close()
    journal = await disk.open()
    for event in CHUNK[2:]:
        await journal.record(event)
    assert disk.chunk_events() == CHUNK


async def test_what_contradicts_the_journal_is_refused_and_not_written(disk) -> None:
    journal = await disk.open()
    await journal.record(CHUNK[0])
    for wrong in (
        Accepted("unknown", "import-1"),
        Settled("c", ENDS),  # imported rows without an import
        Intended("c", (RowAttempt(1, 1),)),
        Intended("d", (RowAttempt(2, 1),)),
        SegmentIntended("b", (1,)),
        SegmentAdded("b"),
    ):
        with pytest.raises(ConfigurationError):
            await journal.record(wrong)
    disk.crash()
    journal = await disk.open()
    assert disk.chunk_events() == CHUNK[:1]
    assert disk.segment_events() == []
    with pytest.raises(ConfigurationError):  # the reopened journal remembers
        await journal.record(Intended("d", (RowAttempt(2, 1),)))
    await journal.record(Accepted("c", "import-1"))


async def test_an_event_that_has_no_bytes_is_refused_and_leaves_nothing(disk) -> None:
    journal = await disk.open()
    await journal.record(CHUNK[0])
    with pytest.raises(UnicodeEncodeError):
        await journal.record(Accepted("c", "half a surrogate pair \ud800"))
    await journal.record(Accepted("c", "import-1"))
    assert disk.chunk_events() == [CHUNK[0], Accepted("c", "import-1")]


async def test_many_recorders_at_once_keep_their_own_order(disk) -> None:
    journal = await disk.open()

    async def recorder(number: int) -> list[ChunkEvent]:
        rows = (RowAttempt(number, 1),)
        events: list[ChunkEvent] = [
            Intended(f"c{number}", rows),
            Accepted(f"c{number}", f"import-{number}"),
            Settled(f"c{number}", (RowSettlement(number, SettledAs.IMPORTED, f"id-{number}"),)),
        ]
        for event in events:
            await journal.record(event)
            assert event in disk.chunk_events()
        return events

    recorded = await asyncio.gather(*(recorder(number) for number in range(1, 21)))
    disk.crash()
    await disk.open()
    found = disk.chunk_events()
    assert len(found) == 60
    for number, events in enumerate(recorded, start=1):
        assert [event for event in found if event.chunk_id == f"c{number}"] == events


async def test_events_become_durable_in_the_order_of_the_calls(disk) -> None:
    journal = await disk.open()
    events = [Intended(f"c{row}", (RowAttempt(row, 1),)) for row in range(30, 0, -1)]
    async with asyncio.TaskGroup() as group:
        for event in events:
            group.create_task(journal.record(event))
    assert disk.chunk_events() == events


async def test_a_recorder_that_is_cancelled_leaves_the_journal_whole(disk) -> None:
    journal = await disk.open()
    recording = [
        asyncio.ensure_future(journal.record(Intended(f"c{row}", (RowAttempt(row, 1),))))
        for row in range(1, 6)
    ]
    await asyncio.sleep(0)
    recording[0].cancel()
    recording[3].cancel()
    await asyncio.wait(recording)
    await journal.record(Accepted("c1", "import-1"))
    disk.crash()
    await disk.open()
    found = disk.chunk_events()
    assert [event.chunk_id for event in found] == ["c1", "c2", "c3", "c4", "c5", "c1"]


async def test_the_settlements_of_a_settled_chunk_are_read_back(disk) -> None:
    journal = await disk.open()
    for event in CHUNK:
        await journal.record(event)
    assert await journal.settlements_of(["c"]) == [ENDS]
    disk.crash()
    assert await (await disk.open()).settlements_of(["c"]) == [ENDS]


async def test_a_chunk_that_is_not_settled_has_no_settlements(disk) -> None:
    journal = await disk.open()
    for event in CHUNK[:-1]:
        await journal.record(event)
    for chunk_id in ("c", "unknown"):
        with pytest.raises(KeyError):
            await journal.settlements_of([chunk_id])


async def test_a_chunk_whose_settling_is_not_durable_yet_has_no_settlements(disk) -> None:
    journal = await disk.open()
    for event in CHUNK[:-1]:
        await journal.record(event)
    first = asyncio.ensure_future(journal.record(Intended("d", (RowAttempt(3, 1),))))
    settling = asyncio.ensure_future(journal.record(CHUNK[-1]))
    await asyncio.sleep(0)
    with pytest.raises(KeyError):
        await journal.settlements_of(["c"])
    await asyncio.gather(first, settling)
    assert await journal.settlements_of(["c"]) == [ENDS]


async def test_a_finished_run_keeps_its_totals_and_digests_and_takes_nothing_more(disk) -> None:
    journal = await disk.open()
    for event in CHUNK:
        await journal.record(event)
    await journal.finish(FINISHED)
    assert journal.finished == FINISHED
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="nothing can follow"):
            await journal.record(BATCHES[0])
        with pytest.raises(ConfigurationError, match="nothing can follow"):
            await journal.finish(RunFinished(b"{}"))
        disk.crash()
        journal = await disk.open()
        assert journal.finished == FINISHED
    assert disk.chunk_events() == CHUNK


async def test_a_run_with_an_open_chunk_is_not_finished(disk) -> None:
    journal = await disk.open()
    await journal.record(CHUNK[0])
    with pytest.raises(ConfigurationError, match="1 chunks and 0 segment batches are open"):
        await journal.finish(RunFinished(b"{}"))
    assert journal.finished is None
    disk.crash()
    assert (await disk.open()).finished is None


async def test_a_closed_journal_records_nothing(disk) -> None:
    journal = await disk.open()
    recording = asyncio.ensure_future(journal.record(CHUNK[0]))
    await asyncio.sleep(0)
    await journal.close()
    await recording
    await journal.close()
    with pytest.raises(CannotWriteError, match="is closed"):
        await journal.record(CHUNK[1])
    with pytest.raises(CannotWriteError, match="is closed"):
        await journal.finish(RunFinished(b"{}"))
    await disk.open()
    assert disk.chunk_events() == CHUNK[:1]
