import asyncio
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from fixtures.journal_events import Heard, chunk_events_in, events_in, pages_read

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import Entry, create, entry_after, open_for_writing
from cxone_async.journal.events import JournalLossAccepted, RunFinished, RunStarted
from cxone_async.journal.fold import RowsSettled
from cxone_async.journal.head import HeadFile, RunningDigest, read_head
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import (
    Accepted,
    ChunkEvent,
    Intended,
    RowAttempt,
    RowSettlement,
    Settled,
    SettledAs,
)
from cxone_async.journal.loss import ANY_ROW, RowsReported
from cxone_async.journal.segments import SegmentAdded, SegmentEvent, SegmentIntended
from cxone_async.journal.store import Begun, SqliteJournal, begun_before

EVENTS: list[ChunkEvent | SegmentEvent] = [
    Intended("c", (RowAttempt(1, 1), RowAttempt(2, 1))),
    Accepted("c", "import-1"),
    Settled("c", (RowSettlement(1, SettledAs.IMPORTED, "id-1"), RowSettlement(2, SettledAs.RETRY))),
    SegmentIntended("b", (1,)),
]


async def record_all(path: Path, identity: RunIdentity) -> SqliteJournal:
    journal = await SqliteJournal.open(path, identity)
    for event in EVENTS:
        await journal.record(event)
    return journal


def entries_from(last: Entry, count: int) -> Iterator[Entry]:
    for row in range(1, count + 1):
        event = Intended(f"chunk-{row}", (RowAttempt(row, 1),))
        last = entry_after(last.sequence, last.checksum, event)
        yield last


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def modes_in(directory: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in directory.iterdir()}


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
async def test_the_journal_and_what_lies_beside_it_are_for_their_owner_alone(
    tmp_path: Path, identity: RunIdentity, umask: int
) -> None:
    before = os.umask(umask)
    try:
        journal = await record_all(tmp_path / "journal.db", identity)
        modes = modes_in(tmp_path)
        await journal.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        ["journal.db", "journal.db-wal", "journal.db-shm", "journal.head"], 0o600
    )


async def test_a_closed_journal_is_one_file_and_its_head(
    tmp_path: Path, identity: RunIdentity
) -> None:
    await (await record_all(tmp_path / "journal.db", identity)).close()
    assert sorted(contents(tmp_path)) == ["journal.db", "journal.head"]


async def test_two_hundred_who_wait_share_a_few_commits(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path, identity)
    before = (tmp_path / "journal.db-wal").stat().st_size
    async with asyncio.TaskGroup() as group:
        for row in range(1, 201):
            group.create_task(journal.record(Intended(f"c{row}", (RowAttempt(row, 1),))))
    # A commit writes at least one page of 4,096 bytes to the log; one each would be 200.
    pages = ((tmp_path / "journal.db-wal").stat().st_size - before) / 4096
    assert pages < 20
    assert len(chunk_events_in(path)) == 200
    await journal.close()


async def test_it_tells_how_long_each_commit_took(tmp_path: Path, identity) -> None:
    told: list[float] = []
    journal = await SqliteJournal.open(tmp_path / "journal.db", identity, committed=told.append)
    for event in EVENTS:
        await journal.record(event)
    await journal.close()
    assert len(told) == len(EVENTS)
    assert all(duration_s >= 0 for duration_s in told)


async def test_a_failed_write_stops_the_journal_and_reopening_tells_what_is_there(
    tmp_path: Path, identity: RunIdentity, file_size_limit
) -> None:
    path = tmp_path / "journal.db"
    journal = await record_all(path, identity)
    big = Intended("d", tuple(RowAttempt(row, 1) for row in range(1000, 9000)))
    with file_size_limit((tmp_path / "journal.db-wal").stat().st_size + 5000):
        results = await asyncio.gather(
            journal.record(big),
            journal.record(Intended("e", (RowAttempt(3, 1),))),
            return_exceptions=True,
        )
    assert [type(result) for result in results] == [CannotWriteError] * 2
    with pytest.raises(CannotWriteError, match="nothing can be recorded, it failed before"):
        await journal.record(Intended("f", (RowAttempt(4, 1),)))
    with pytest.raises(CannotWriteError):
        await journal.finish(RunFinished(b"{}"))
    assert journal.finished is None
    await journal.close()
    reopened = await SqliteJournal.open(path, identity)
    assert chunk_events_in(path) == EVENTS[:3]
    await reopened.record(big)
    await reopened.close()


@pytest.mark.parametrize("trouble", ["foreign", "damaged", "locked", "another run"])
async def test_a_journal_that_does_not_open_is_let_go_of(
    tmp_path: Path, identity: RunIdentity, trouble: str
) -> None:
    path = tmp_path / "journal.db"
    await (await record_all(path, identity)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        if trouble == "locked":
            other.execute("BEGIN EXCLUSIVE")
        elif trouble == "foreign":
            other.execute("PRAGMA application_id = 1")
        elif trouble == "damaged":
            other.execute("DELETE FROM events WHERE sequence = 2")
        asked = msgspec.structs.replace(
            identity, list_id="list-2" if trouble == "another run" else identity.list_id
        )
        with pytest.raises((ConfigurationError, CannotWriteError)):
            await SqliteJournal.open(path, asked)
    if trouble in {"locked", "another run"}:
        journal = await SqliteJournal.open(path, identity)
        assert chunk_events_in(path) == EVENTS[:3]
        await journal.close()
    assert sorted(contents(tmp_path)) == ["journal.db", "journal.head"]


@pytest.mark.parametrize("is_begun", [False, True])
async def test_opening_that_is_cancelled_leaves_no_thread_and_no_connection_behind(
    tmp_path: Path, identity: RunIdentity, is_begun: bool
) -> None:
    path = tmp_path / "journal.db"
    if is_begun:
        await (await record_all(path, identity)).close()
    opening = asyncio.create_task(SqliteJournal.open(path, identity))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [each for each in threading.enumerate() if each.name.startswith("journal")] == []
    assert sorted(modes_in(tmp_path)) in ([], ["journal.head"], ["journal.db", "journal.head"])


async def test_a_journal_whose_last_event_is_out_of_reach_is_not_resumed(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    await (await record_all(path, identity)).close()
    content = bytearray(path.read_bytes())
    entries_on_the_page = 4096 + 3  # in the header of the table's one page, two bytes
    assert content[entries_on_the_page : entries_on_the_page + 2] == b"\x00\x05"
    content[entries_on_the_page + 1] = 4
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="its pages do not fit together"):
        await SqliteJournal.open(path, identity)


async def test_opening_reads_each_page_of_the_journal_once(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    create(path, RunStarted(identity))
    with closing(open_for_writing(path)) as database:
        database.append(entries_from(database.last(), 1000))  # 1,001 entries: four pages
    with pages_read() as pages:
        begun = begun_before(path)
    assert begun is not None
    assert begun.identity == identity
    assert pages == [0]
    first, second = Heard(), Heard()
    with pages_read() as pages:
        journal = await SqliteJournal.open(path, identity, [first, second])
        await journal.close()
    assert pages == [0, 256, 512, 768, 1001]
    assert len(first.events) == len(second.events) == 1001


async def test_a_directory_that_is_not_there_is_named(
    tmp_path: Path, identity: RunIdentity
) -> None:
    with pytest.raises(CannotWriteError, match="No such file or directory"):
        await SqliteJournal.open(tmp_path / "missing" / "journal.db", identity)


class TestBegunBefore:
    def test_where_nothing_was_begun_there_is_nothing(self, tmp_path: Path) -> None:
        assert begun_before(tmp_path / "journal.db") is None
        assert list(tmp_path.iterdir()) == []

    async def test_it_tells_whose_run_is_under_way(self, tmp_path: Path, identity) -> None:
        journal = await record_all(tmp_path / "journal.db", identity)
        assert begun_before(tmp_path / "journal.db") == Begun(identity, None)
        await journal.close()

    async def test_it_tells_that_a_run_is_finished(self, tmp_path: Path, identity) -> None:
        journal = await SqliteJournal.open(tmp_path / "journal.db", identity)
        finished = RunFinished(b'{"total_input":0}', {"outcomes.csv": "0" * 64})
        await journal.finish(finished)
        await journal.close()
        before = contents(tmp_path)
        assert begun_before(tmp_path / "journal.db") == Begun(identity, finished)
        assert contents(tmp_path) == before

    async def test_what_a_killed_process_left_is_read_and_not_folded_in(
        self, tmp_path: Path, identity
    ) -> None:
        (tmp_path / "run").mkdir()
        journal = await record_all(tmp_path / "run" / "journal.db", identity)
        left = tmp_path / "left"
        shutil.copytree(tmp_path / "run", left)
        await journal.close()
        before = contents(left)
        for _ in range(2):
            assert begun_before(left / "journal.db") == Begun(identity, None)
            assert events_in(left / "journal.db")[1:] == EVENTS
        after = contents(left)
        assert len(before["journal.db-wal"]) > 0
        for name in ("journal.db", "journal.db-wal"):
            assert after[name] == before[name]

    @pytest.mark.parametrize("left_behind", [["", "-wal", "-shm"], [""]])
    async def test_it_reads_where_nothing_can_be_written(
        self, unprivileged: Path, identity, left_behind: list[str]
    ) -> None:
        journal = await record_all(unprivileged / "journal.db", identity)
        if len(left_behind) == 1:
            await journal.close()
        volume = unprivileged / "volume"
        volume.mkdir()
        for suffix in left_behind:
            shutil.copy(unprivileged / f"journal.db{suffix}", volume)
            (volume / f"journal.db{suffix}").chmod(0o400)
        await journal.close()
        volume.chmod(0o500)
        assert begun_before(volume / "journal.db") == Begun(identity, None)
        assert events_in(volume / "journal.db")[1:] == EVENTS
        assert sorted(file.name for file in volume.iterdir()) == sorted(
            f"journal.db{suffix}" for suffix in left_behind
        )
        volume.chmod(0o700)

    async def test_where_the_log_cannot_be_read_it_says_what_to_do(
        self, unprivileged: Path, identity
    ) -> None:
        journal = await record_all(unprivileged / "journal.db", identity)
        volume = unprivileged / "volume"
        volume.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(unprivileged / f"journal.db{suffix}", volume)
        await journal.close()
        volume.chmod(0o500)
        with pytest.raises(CannotWriteError, match="copy the run directory to a writable volume"):
            begun_before(volume / "journal.db")
        volume.chmod(0o700)

    def test_a_journal_that_does_not_say_whose_it_is_is_refused(self, tmp_path: Path) -> None:
        create(tmp_path / "journal.db", EVENTS[0])
        with pytest.raises(ConfigurationError, match="is not the start of a run"):
            begun_before(tmp_path / "journal.db")

    def test_a_journal_without_events_is_refused(self, tmp_path: Path, identity) -> None:
        create(tmp_path / "journal.db", RunStarted(identity))
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other, other:
            other.execute("DELETE FROM events")
        with pytest.raises(ConfigurationError, match="is not the start of a run"):
            begun_before(tmp_path / "journal.db")


MORE: list[ChunkEvent | SegmentEvent] = [
    Intended("d", (RowAttempt(7, 1), RowAttempt(8, 1))),
    Accepted("d", "import-2"),
]
LOSSES = [
    "log gone",
    "log cut",
    "bit flipped in the log",
    "older copy",
    "head gone",
    "journal gone",
]


async def lose_the_end(directory: Path, identity: RunIdentity, loss: str) -> Path:
    """Return the journal of a killed process, which then lost its end."""
    live, left = directory / "live", directory / "left"
    live.mkdir()
    journal = await SqliteJournal.open(live / "journal.db", identity)
    for event in EVENTS:
        await journal.record(event)
    older = contents(live)
    for event in MORE:
        await journal.record(event)
    shutil.copytree(live, left, ignore=shutil.ignore_patterns("*-shm"))
    await journal.close()
    path, log = left / "journal.db", left / "journal.db-wal"
    match loss:
        case "log gone":
            log.unlink()
        case "log cut":
            os.truncate(log, log.stat().st_size - 100)
        case "bit flipped in the log":
            content = bytearray(log.read_bytes())
            content[len(content) // 2] ^= 4
            log.write_bytes(content)
        case "older copy":
            log.write_bytes(older["journal.db-wal"])
        case "head gone":
            (left / "journal.head").unlink()
        case "journal gone":
            path.unlink()
            log.unlink()
    return path


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_journal_that_has_lost_its_end_is_refused(
    tmp_path: Path, identity: RunIdentity, loss: str
) -> None:
    path = await lose_the_end(tmp_path, identity, loss)
    before = contents(path.parent)
    with pytest.raises(ConfigurationError, match=r"journal\.db has lost its end"):
        await SqliteJournal.open(path, identity)
    if loss == "journal gone":
        with pytest.raises(ConfigurationError, match=r"journal\.db has lost its end"):
            begun_before(path)
        assert contents(path.parent) == before
    else:
        begun_before(path)  # the whole journal is not read for it


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_loss_that_is_accepted_is_part_of_the_journal_from_then_on(
    tmp_path: Path, identity: RunIdentity, loss: str
) -> None:
    path = await lose_the_end(tmp_path, identity, loss)
    begun_before(path, accepts_loss=True)
    heard, again = Heard(), Heard()
    journal = await SqliteJournal.open(path, identity, [heard], accepts_loss=True)
    accepted = heard.events[-1]
    assert isinstance(accepted, JournalLossAccepted)
    assert accepted.submissions == 2
    assert accepted.highest_row == (ANY_ROW if loss == "head gone" else 8)
    await journal.record(Intended("e", (RowAttempt(20, 1),)))
    await journal.close()
    resumed = await SqliteJournal.open(path, identity, [again])
    assert again.events == [*heard.events, Intended("e", (RowAttempt(20, 1),))]
    await resumed.close()


async def test_a_loss_that_nobody_has_accepted_survives_a_kill_while_the_journal_is_made_anew(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = await lose_the_end(tmp_path, identity, "journal gone")
    HeadFile(path, RunningDigest()).keep(
        [entry_after(0, 0, RunStarted(identity, keeps_head=True))], 2, 8
    )
    with pytest.raises(ConfigurationError, match="its head says submission 2"):
        begun_before(path)
    create(path, RunStarted(identity, keeps_head=True))
    with pytest.raises(ConfigurationError, match="event 1 and submission 0, its head says"):
        await SqliteJournal.open(path, identity)


async def test_a_log_without_its_journal_goes_when_the_loss_is_accepted(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = await lose_the_end(tmp_path, identity, "")
    path.unlink()
    journal = await SqliteJournal.open(path, identity, accepts_loss=True)
    await journal.close()
    assert [type(event) for event in events_in(path)] == [RunStarted, JournalLossAccepted]


async def test_a_head_that_lags_behind_by_a_commit_is_no_loss(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    journal = await record_all(path, identity)
    before = (tmp_path / "journal.head").read_bytes()
    await journal.record(SegmentAdded("b"))
    await journal.close()
    (tmp_path / "journal.head").write_bytes(before)
    heard = Heard()
    await (await SqliteJournal.open(path, identity, [heard])).close()
    assert heard.events[1:] == [*EVENTS, SegmentAdded("b")]


async def test_files_that_say_more_than_the_journal_refuse_it(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    await (await record_all(path, identity)).close()
    more, as_much = RowsReported(2, 2, 9), RowsReported(1, 1, 9)
    with pytest.raises(ConfigurationError, match=r"reconciliation\.csv says that 2 were sent"):
        await SqliteJournal.open(path, identity, reported=more)
    await (await SqliteJournal.open(path, identity, reported=as_much)).close()
    accepted = await SqliteJournal.open(path, identity, reported=more, accepts_loss=True)
    await accepted.close()
    await (await SqliteJournal.open(path, identity, reported=more)).close()


async def test_a_journal_from_before_heads_were_kept_gets_one_with_its_next_event(
    tmp_path: Path, identity: RunIdentity
) -> None:
    path = tmp_path / "journal.db"
    create(path, RunStarted(identity))
    journal = await SqliteJournal.open(path, identity)
    assert read_head(path) is None
    await journal.record(EVENTS[0])
    await journal.close()
    head = read_head(path)
    assert head is not None
    assert (head.sequence, head.submissions, head.highest_row) == (2, 1, 2)
    assert head.settled == RowsSettled()
    (tmp_path / "journal.head").unlink()
    await (await SqliteJournal.open(path, identity)).close()


async def test_a_head_that_cannot_be_written_stops_the_journal(
    tmp_path: Path, identity: RunIdentity
) -> None:
    journal = await record_all(tmp_path / "journal.db", identity)
    (tmp_path / "journal.head").unlink()
    (tmp_path / "journal.head").mkdir()
    with pytest.raises(CannotWriteError, match=r"cannot write .*journal\.head"):
        await journal.record(SegmentAdded("b"))
    with pytest.raises(CannotWriteError, match="nothing can be recorded"):
        await journal.record(SegmentAdded("b"))
    await journal.close()
