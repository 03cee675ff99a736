"""What a start used: how notes add up, when they are made, and that they cost no write."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from fixtures.journal_events import events_in

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.events import RunFinished, RunStarted, decode, encode, kind_of, subject_of
from cxone_async.journal.fold import fold_of
from cxone_async.journal.lifecycle import Accepted, Intended, RowAttempt
from cxone_async.journal.starts import NOTE_EVERY_S, NOTHING_USED, StartUsed, Used, UseNotes
from cxone_async.journal.store import JOURNAL_NAME, SqliteJournal
from cxone_async.testing.journal import InMemoryJournal

ONE = Used(10.0, {"poll": 2, "submit": 1}, 1, 500, 1, 3, 1000.0)
INTENDED = Intended("c", (RowAttempt(1, 1),))


class Use:
    """A start that has used one request more at each look."""

    def __init__(self):
        self.looks = 0

    def __call__(self):
        self.looks += 1
        return Used(requests={"poll": self.looks})


class Notes:
    """A projection that keeps the notes of the starts before."""

    def __init__(self):
        self.told = []

    def apply(self, event):
        if isinstance(event, StartUsed):
            polls = event.used.requests.get("poll", 0)
            self.told.append((event.start, event.has_ended, polls))


def test_what_two_starts_used_adds_up():
    other = Used(5.0, {"poll": 1, "segment": 4}, 2, 7, 0, 1, 10.0)
    assert ONE + other == Used(15.0, {"poll": 3, "submit": 1, "segment": 4}, 3, 507, 1, 4, 1010.0)
    assert NOTHING_USED + ONE == ONE


def test_without_a_quota_in_one_start_there_is_no_room_that_could_be_added_up():
    assert (ONE + msgspec.structs.replace(ONE, room=None)).room is None


def test_a_note_is_due_at_once_and_then_when_the_last_is_old():
    notes = UseNotes(3, Use())
    assert notes.opening() == StartUsed(3, False, NOTHING_USED)
    assert notes.due(100.0) == StartUsed(3, False, Used(requests={"poll": 1}))
    assert notes.due(100.0 + NOTE_EVERY_S - 0.1) is None
    assert notes.due(100.0 + NOTE_EVERY_S) == StartUsed(3, False, Used(requests={"poll": 2}))
    assert notes.closing() == StartUsed(3, True, Used(requests={"poll": 3}))


def test_the_bytes_of_a_note_do_not_change_between_versions():
    note = StartUsed(2, True, Used(1.5, {"poll": 1}, 1, 2, 0, 0, None))
    written = (
        b"\x94\xaastart_used\x02\xc3\x97\xcb\x3f\xf8\0\0\0\0\0\0\x81\xa4poll\x01\x01\x02\0\0\xc0"
    )
    assert encode(note) == written
    assert decode(written) == note
    assert subject_of(note) == ""


@pytest.mark.parametrize(
    ("notes", "next_start"),
    [
        ([], 1),
        ([StartUsed(1, False, ONE)], 2),
        ([StartUsed(1, False, ONE), StartUsed(1, True, ONE), StartUsed(2, False, ONE)], 3),
        ([INTENDED], 2),  # by a version that made no notes
        ([INTENDED, StartUsed(2, False, ONE)], 3),
    ],
)
def test_each_start_has_the_next_number(identity, notes, next_start):
    assert fold_of([RunStarted(identity), *notes]).next_start == next_start


@pytest.mark.parametrize(
    "notes",
    [
        [StartUsed(3, False, ONE)],
        [StartUsed(0, False, ONE)],
        [StartUsed(1, False, ONE), StartUsed(3, False, ONE)],
        [StartUsed(1, False, ONE), StartUsed(2, False, ONE), StartUsed(1, False, ONE)],
        [StartUsed(1, True, ONE), StartUsed(1, False, ONE)],
        [StartUsed(1, True, ONE), StartUsed(1, True, ONE)],
    ],
)
def test_a_note_out_of_turn_is_refused(identity, notes):
    with pytest.raises(ConfigurationError, match="a note of start"):
        fold_of([RunStarted(identity), *notes])


async def test_a_start_notes_that_it_was_there_what_it_used_and_that_it_ended(disk):
    first, second = Notes(), Notes()
    journal = await disk.open(projections=[first], used=Use())
    assert journal.starts == 1
    await journal.record(INTENDED)
    await journal.close()
    await journal.close()  # harmless, and no second note
    disk.crash()
    journal = await disk.open(projections=[second], used=Use())
    assert journal.starts == 2
    assert first.told == []
    assert second.told == [(1, False, 0), (1, False, 1), (1, True, 2)]


async def test_of_a_start_that_was_killed_the_last_note_is_kept(disk):
    heard = Notes()
    journal = await disk.open(used=Use())
    await journal.record(INTENDED)
    await journal.record(Accepted("c", "i"))  # its commit is too soon after for a note
    disk.crash()
    await disk.open(projections=[heard], used=Use())
    assert heard.told == [(1, False, 0), (1, False, 1)]


async def test_a_start_that_cannot_write_any_more_makes_no_note(disk):
    heard = Notes()
    journal = await disk.open(used=Use())
    await journal.finish(RunFinished(b"{}"))
    await journal.close()
    disk.crash()
    journal = await disk.open(projections=[heard], used=Use())
    await journal.close()  # a finished run notes nothing more
    assert (heard.told, disk.is_finished(), journal.starts) == ([(1, False, 0)], True, 1)


async def test_without_anybody_to_ask_no_note_is_made(disk):
    heard = Notes()
    journal = await disk.open()
    await journal.record(INTENDED)
    await journal.close()
    assert journal.starts == 0
    disk.crash()
    journal = await disk.open(projections=[heard], used=Use())
    assert (heard.told, journal.starts) == ([], 2)


async def test_after_a_failed_write_no_note_is_written(identity):
    journal = InMemoryJournal(identity, used=Use())
    journal.fail_write()
    with pytest.raises(CannotWriteError):
        await journal.record(INTENDED)
    await journal.close()
    assert len(journal.snapshot()) == 2  # the start of the run, and that of its first start


async def test_notes_go_into_the_commits_of_others_and_need_none_of_their_own(identity, tmp_path):
    commits: list[object] = []
    path = tmp_path / JOURNAL_NAME
    journal = await SqliteJournal.open(path, identity, used=Use(), committed=commits.append)
    await journal.record(INTENDED)
    await journal.record(Accepted("c", "i"))
    assert len(commits) == 2
    await journal.close()
    assert len(commits) == 2
    kinds = [kind_of(type(event)) for event in events_in(path)]
    assert kinds == [
        "run_started", "start_used", "intended", "start_used", "accepted", "start_used",
    ]  # fmt: skip


@pytest.mark.slow
async def test_a_last_note_that_cannot_be_written_changes_no_end(identity, tmp_path):
    heard = Notes()
    path = tmp_path / JOURNAL_NAME
    journal = await SqliteJournal.open(path, identity, used=Use())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await journal.close()
        other.execute("ROLLBACK")
    again = await SqliteJournal.open(path, identity, [heard], used=Use())
    await again.close()
    assert heard.told == [(1, False, 0)]
