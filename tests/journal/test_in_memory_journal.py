import asyncio

import pytest

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import Bounced, Intended, RowAttempt
from cxone_async.testing.journal import InMemoryJournal

EVENTS = [Intended(f"c{row}", (RowAttempt(row, 1),)) for row in range(1, 6)]


async def record_all(journal: InMemoryJournal) -> list[BaseException | None]:
    return await asyncio.gather(
        *(journal.record(event) for event in EVENTS), return_exceptions=True
    )


@pytest.mark.parametrize("nth", [1, 2, 5])
async def test_the_nth_write_fails_and_leaves_nothing(identity: RunIdentity, nth: int) -> None:
    journal = InMemoryJournal(identity)
    journal.fail_write(nth)
    for event in EVENTS[: nth - 1]:
        await journal.record(event)
    with pytest.raises(CannotWriteError, match="as it was told to"):
        await journal.record(EVENTS[nth - 1])
    with pytest.raises(CannotWriteError, match="nothing can be recorded, it failed before"):
        await journal.record(Bounced("c1"))
    reopened = InMemoryJournal(identity, journal.snapshot())
    assert list(reopened.chunk_events()) == EVENTS[: nth - 1]
    for event in EVENTS[nth - 1 :]:
        await reopened.record(event)
    assert list(reopened.chunk_events()) == EVENTS


async def test_a_failed_write_may_have_reached_the_disk(identity: RunIdentity) -> None:
    journal = InMemoryJournal(identity)
    journal.fail_write(reaches_disk=True)
    with pytest.raises(CannotWriteError):
        await journal.record(EVENTS[0])
    reopened = InMemoryJournal(identity, journal.snapshot())
    assert list(reopened.chunk_events()) == EVENTS[:1]


async def test_events_that_share_a_commit_fail_together(identity: RunIdentity) -> None:
    journal = InMemoryJournal(identity)
    journal.fail_write(3)  # the first event goes alone, the others wait for one commit
    results = await record_all(journal)
    assert results[0] is None
    assert [type(result) for result in results[1:]] == [CannotWriteError] * 4
    assert list(journal.chunk_events()) == EVENTS[:1]


async def test_a_snapshot_is_what_was_durable_at_that_instant(identity: RunIdentity) -> None:
    snapshots = []

    async def pause() -> None:
        snapshots.append(journal.snapshot())

    journal = InMemoryJournal(identity, pause=pause)
    await journal.record(EVENTS[0])
    await journal.record(EVENTS[1])
    # Before and after each of the two writes.
    assert [len(snapshot) - 1 for snapshot in snapshots] == [0, 1, 1, 2]
    found = [list(InMemoryJournal(identity, taken).chunk_events()) for taken in snapshots]
    assert found == [[], EVENTS[:1], EVENTS[:1], EVENTS[:2]]


async def test_nobody_is_told_before_the_pause_is_over(identity: RunIdentity) -> None:
    gate = asyncio.Event()

    async def pause() -> None:
        await gate.wait()

    journal = InMemoryJournal(identity, pause=pause)
    recording = asyncio.ensure_future(journal.record(EVENTS[0]))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not recording.done()
    assert list(journal.chunk_events()) == []
    gate.set()
    await recording
    assert list(journal.chunk_events()) == EVENTS[:1]


async def test_contents_that_contradict_themselves_are_refused(identity: RunIdentity) -> None:
    journal = InMemoryJournal(identity)
    await journal.record(EVENTS[0])
    started, intended = journal.snapshot()
    with pytest.raises(ConfigurationError, match="is not the start of a run"):
        InMemoryJournal(identity, (intended,))
    with pytest.raises(ConfigurationError, match=r"starts only once \(event 3\)"):
        InMemoryJournal(identity, (started, intended, started))
