import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import (
    SCHEMA_VERSION,
    Entry,
    create,
    entry_after,
    open_for_reading,
    open_for_writing,
    refused_in_words,
)
from cxone_async.journal.events import JournalEvent, RunStarted, decode
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import Intended, RowAttempt
from cxone_async.journal.store import begun_before

MANY_EVENTS = 600  # more than one page of entries


@pytest.fixture
def path(tmp_path: Path, identity: RunIdentity) -> Path:
    path = tmp_path / "journal.db"
    create(path, RunStarted(identity))
    return path


def entries_from(last: Entry, count: int) -> Iterator[Entry]:
    for number in range(count):
        rows = tuple(RowAttempt(number * 10 + row, 1) for row in range(1, 11))
        last = entry_after(last.sequence, last.checksum, Intended(f"chunk-{number}", rows))
        yield last


def fill(path: Path, count: int) -> list[Entry]:
    with closing(open_for_writing(path)) as database:
        database.append(entries_from(database.last(), count))
        return list(database.entries())


def read(path: Path) -> list[Entry]:
    with closing(open_for_reading(path)) as database:
        return list(database.entries())


def open_and_read(path: Path) -> list[Entry]:
    with closing(open_for_writing(path)) as database:
        return list(database.entries())


def test_entries_are_numbered_from_1_and_read_back_page_by_page(path: Path) -> None:
    filled = fill(path, MANY_EVENTS)
    assert [entry.sequence for entry in filled] == list(range(1, MANY_EVENTS + 2))
    assert read(path) == filled
    first = decode(filled[1].payload)
    assert isinstance(first, Intended)
    assert first.chunk_id == filled[1].subject == "chunk-0"
    assert filled[1].kind == "intended"


def test_a_commit_is_flushed_before_it_returns(path: Path) -> None:
    with closing(open_for_writing(path)) as database:
        pragmas = [
            database._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]
    assert pragmas == ["wal", 2]


def test_an_append_is_there_whole_or_not_at_all(path: Path) -> None:
    with closing(open_for_writing(path)) as database:
        entries = list(entries_from(database.last(), 3))
        with pytest.raises(CannotWriteError, match="another process has written to it"):
            database.append([*entries, entries[0]])
        first, second = database.payloads([1, 2])
        assert (first is not None, second) == (True, None)
        database.append(entries)
        assert database.payloads([4, 2]) == [entries[2].payload, entries[0].payload]


def test_half_a_journal_of_an_earlier_try_is_made_anew(
    tmp_path: Path, identity: RunIdentity
) -> None:
    (tmp_path / "journal.db.new").write_bytes(b"half of a journal")
    create(tmp_path / "journal.db", RunStarted(identity))
    assert [file.name for file in tmp_path.iterdir()] == ["journal.db"]
    assert len(read(tmp_path / "journal.db")) == 1


def test_a_journal_that_cannot_be_made_whole_is_not_there(
    tmp_path: Path, identity: RunIdentity, file_size_limit
) -> None:
    with (
        file_size_limit(5000),
        pytest.raises(CannotWriteError, match=r"journal\.db: the disk reported an input/output"),
    ):
        create(tmp_path / "journal.db", RunStarted(identity))
    assert not (tmp_path / "journal.db").exists()


def test_a_directory_that_takes_no_files_is_named(unprivileged: Path, identity) -> None:
    unprivileged.chmod(0o500)
    with pytest.raises(CannotWriteError, match=r"journal\.db: Permission denied"):
        create(unprivileged / "journal.db", RunStarted(identity))


def test_a_name_that_cannot_be_made_durable_is_refused(unprivileged: Path, identity) -> None:
    unprivileged.chmod(0o300)  # names can be added, and the directory not be opened to sync it
    with pytest.raises(CannotWriteError, match=rf"cannot write {unprivileged}: Permission denied"):
        create(unprivileged / "journal.db", RunStarted(identity))


def test_a_write_ahead_log_without_its_journal_is_not_taken_for_a_new_run(
    tmp_path: Path, identity: RunIdentity
) -> None:
    (tmp_path / "journal.db-wal").write_bytes(b"x")
    with pytest.raises(ConfigurationError, match="is gone but its write-ahead log"):
        create(tmp_path / "journal.db", RunStarted(identity))


@pytest.mark.parametrize("open_file", [open_for_writing, open_for_reading])
class TestForeignFiles:
    @pytest.mark.parametrize("content", [b"", b"x"])
    def test_a_file_too_short_for_any_journal(
        self, tmp_path: Path, open_file, content: bytes
    ) -> None:
        (tmp_path / "journal.db").write_bytes(content)
        with pytest.raises(ConfigurationError, match="or all of it was cut off"):
            open_file(tmp_path / "journal.db")
        assert (tmp_path / "journal.db").read_bytes() == content

    @pytest.mark.parametrize("content", [b"phone,email\n" * 100, bytes(4096)])
    def test_a_file_that_is_no_database(self, tmp_path: Path, open_file, content: bytes) -> None:
        (tmp_path / "journal.db").write_bytes(content)
        with pytest.raises(ConfigurationError, match="is not a journal: it is no database"):
            open_file(tmp_path / "journal.db")
        assert (tmp_path / "journal.db").read_bytes() == content

    def test_the_database_of_another_program(self, tmp_path: Path, open_file) -> None:
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            other.execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY)")
        before = (tmp_path / "journal.db").read_bytes()
        with pytest.raises(ConfigurationError, match="another program's database") as refusal:
            open_file(tmp_path / "journal.db")
        assert refusal.value.exit_code == 78
        assert (tmp_path / "journal.db").read_bytes() == before

    def test_a_journal_whose_version_was_never_written(self, path: Path, open_file) -> None:
        with closing(sqlite3.connect(path)) as older:
            older.execute("PRAGMA user_version = 0")
        with pytest.raises(
            ConfigurationError, match=r"no known version .* \(its schema is 0, this"
        ):
            open_file(path)

    def test_a_journal_of_a_newer_version(self, path: Path, open_file) -> None:
        with closing(sqlite3.connect(path)) as newer:
            newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        with pytest.raises(ConfigurationError, match=r"newer version .* \(its schema is 2, this"):
            open_file(path)

    def test_a_directory(self, tmp_path: Path, open_file) -> None:
        (tmp_path / "journal.db").mkdir()
        with pytest.raises(ConfigurationError, match="is not a journal: it is no file"):
            open_file(tmp_path / "journal.db")

    def test_a_pipe_is_not_waited_on(self, tmp_path: Path, open_file) -> None:
        os.mkfifo(tmp_path / "journal.db")
        with pytest.raises(ConfigurationError, match="is not a journal: it is no file"):
            open_file(tmp_path / "journal.db")

    def test_a_path_that_leads_through_a_file(self, path: Path, open_file) -> None:
        with pytest.raises(ConfigurationError, match=r"journal\.db/journal\.db"):
            open_file(path / "journal.db")


def test_a_journal_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a journal: it is no file"):
        open_for_reading(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_names_that_mean_something_in_an_address_are_only_names(
    tmp_path: Path, identity: RunIdentity
) -> None:
    directory = tmp_path / "50% of ?mode=memory #1"
    directory.mkdir()
    create(directory / "journal.db", RunStarted(identity))
    assert len(fill(directory / "journal.db", 1)) == 2
    assert [file.name for file in directory.iterdir()] == ["journal.db"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE events SET payload = payload || x'00' WHERE sequence = 7",
        "UPDATE events SET payload = replace(payload, 'chunk-5', 'chunk-6') WHERE sequence = 7",
        "UPDATE events SET subject = 'chunk-6' WHERE sequence = 7",
        "UPDATE events SET kind = 'settled' WHERE sequence = 7",
        "UPDATE events SET checksum = checksum + 1 WHERE sequence = 7",
        "UPDATE events SET sequence = 1000 WHERE sequence = 7",
        "UPDATE events SET sequence = -7 WHERE sequence = 7",
        "UPDATE events SET sequence = sequence + 1000 WHERE sequence > 7",
        "DELETE FROM events WHERE sequence = 7",
        "DELETE FROM events WHERE sequence < 7",
        "UPDATE events SET payload = (SELECT payload FROM events WHERE sequence = 8)"
        " WHERE sequence = 7",
        "UPDATE events SET payload = 'text' WHERE sequence = 7",
        "UPDATE events SET kind = x'ff' WHERE sequence = 7",
        "UPDATE events SET kind = cast(x'ff' AS TEXT) WHERE sequence = 7",
        "DROP TABLE events",
    ],
)
@pytest.mark.parametrize("reading", [read, open_and_read])
def test_an_entry_that_is_not_as_it_was_written_is_found(
    path: Path, tampering: str, reading
) -> None:
    fill(path, 20)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(tampering)
    with pytest.raises(ConfigurationError, match=r"journal\.db is damaged"):
        reading(path)


def test_an_entry_of_another_journal_in_the_same_place_is_found(
    path: Path, tmp_path: Path, identity: RunIdentity
) -> None:
    other = tmp_path / "other.db"
    create(other, RunStarted(msgspec.structs.replace(identity, run_id="another run")))
    for journal in (path, other):
        fill(journal, 20)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS other", (str(other),))
        connection.execute("DELETE FROM main.events WHERE sequence = 7")
        connection.execute("INSERT INTO main.events SELECT * FROM other.events WHERE sequence = 7")
        connection.commit()
    with pytest.raises(ConfigurationError, match="is damaged: event 7 is not as written"):
        read(path)


def test_a_journal_without_a_last_entry_is_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM events")
    with (
        closing(open_for_writing(path)) as database,
        pytest.raises(ConfigurationError, match="is damaged"),
    ):
        database.last()


@pytest.mark.parametrize("reading", [read, open_and_read])
def test_a_journal_that_was_cut_off_is_refused_wherever_it_was_cut(path: Path, reading) -> None:
    fill(path, 200)
    whole = path.read_bytes()
    for length in [*range(0, 600, 37), *range(600, len(whole), 1013)]:
        path.write_bytes(whole[:length])
        with pytest.raises(ConfigurationError):
            reading(path)
    path.write_bytes(whole)
    assert len(reading(path)) == 201


def told_by(path: Path) -> list[JournalEvent]:
    with closing(open_for_reading(path)) as database:
        entries = list(database.entries())
        database.check_pages()
        return [decode(entry.payload) for entry in entries]


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[JournalEvent]]:
    path = tmp_path_factory.mktemp("intact") / "journal.db"
    create(path, RunStarted(RunIdentity("r", "import", "", "", "", "", "", {})))
    fill(path, 100)
    return path, path.read_bytes(), told_by(path)


@pytest.mark.slow
@given(position=st.integers(0, 2**30), flipped_bits=st.integers(1, 255))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_byte_never_makes_another_journal(
    intact: tuple[Path, bytes, list[JournalEvent]], position: int, flipped_bits: int
) -> None:
    path, content, events = intact
    changed = bytearray(content)
    changed[position % len(content)] ^= flipped_bits
    path.write_bytes(changed)
    try:
        found = told_by(path)
    except (ConfigurationError, CannotWriteError):
        return
    if not found:  # a table that is keyed otherwise shows none: such a journal is not opened
        with pytest.raises(ConfigurationError, match="not the start of a run"):
            begun_before(path)
        return
    assert found == events  # the byte means nothing


@pytest.mark.parametrize(
    ("was", "becomes"),
    [(b"PRIMARY", b"primary"), (b"CREATE", b"CR\xc5ATE"), (b"events", b"\xe5vents")],
)
def test_a_broken_table_definition_is_damage_unless_it_says_the_same(
    intact: tuple[Path, bytes, list[JournalEvent]], was: bytes, becomes: bytes
) -> None:
    path, content, events = intact
    path.write_bytes(content.replace(was, becomes[: len(was)]))
    if becomes == was.lower():
        assert told_by(path) == events
    else:
        with pytest.raises(ConfigurationError, match="is damaged"):
            told_by(path)


def test_a_page_that_has_forgotten_its_last_entries_is_found(
    intact: tuple[Path, bytes, list[JournalEvent]],
) -> None:
    path, content, _ = intact
    page_bytes, leaf_of_a_table = 4096, 13
    leaves = [
        start
        for start in range(page_bytes, len(content), page_bytes)
        if content[start] == leaf_of_a_table
    ]
    for start in leaves:
        entries = int.from_bytes(content[start + 3 : start + 5], "big")
        for fewer in range(entries):
            changed = bytearray(content)
            changed[start + 3 : start + 5] = fewer.to_bytes(2, "big")
            path.write_bytes(changed)
            with pytest.raises(ConfigurationError, match="is damaged"):
                told_by(path)
    assert len(leaves) > 1


def test_another_programs_lock_is_named_on_opening_and_on_writing(path: Path) -> None:
    with closing(open_for_writing(path)) as database, closing(sqlite3.connect(path)) as other:
        entries = list(entries_from(database.last(), 1))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CannotWriteError, match="another program has locked it") as refusal:
            database.append(entries)
        assert refusal.value.exit_code == 73
        with pytest.raises(CannotWriteError, match="another program has locked it"):
            open_for_writing(path)
        other.execute("ROLLBACK")
        database.append(entries)


def test_a_full_disk_is_named_and_what_was_there_stays(path: Path) -> None:
    with closing(open_for_writing(path)) as database:
        entries = list(entries_from(database.last(), MANY_EVENTS))
        database.append(entries[:1])
        database._connection.execute("PRAGMA max_page_count = 4")
        with pytest.raises(CannotWriteError, match=r"journal\.db: the disk is full"):
            database.append(entries[1:])
    assert len(read(path)) == 2


def test_an_input_output_error_is_named_and_what_was_there_stays(
    path: Path, file_size_limit
) -> None:
    with closing(open_for_writing(path)) as database:
        entries = list(entries_from(database.last(), MANY_EVENTS))
        database.append(entries[:1])
        with (
            file_size_limit(20_000),
            pytest.raises(CannotWriteError, match="the disk reported an input/output error"),
        ):
            database.append(entries[1:])
    assert len(read(path)) == 2


def test_a_read_only_journal_is_named_on_opening(unprivileged: Path, identity) -> None:
    path = unprivileged / "journal.db"
    create(path, RunStarted(identity))
    path.chmod(0o400)
    with pytest.raises(CannotWriteError, match="it is read-only, or its volume is"):
        open_for_writing(path)
    path.chmod(0)
    with pytest.raises(CannotWriteError, match="cannot be opened here"):
        open_for_writing(path)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, CannotWriteError, "the disk is full"),
        (sqlite3.SQLITE_IOERR_FSYNC, CannotWriteError, "input/output error"),
        (sqlite3.SQLITE_READONLY_DBMOVED, CannotWriteError, "read-only"),
        (sqlite3.SQLITE_LOCKED, CannotWriteError, "locked"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CannotWriteError, "locked"),
        (sqlite3.SQLITE_PERM, CannotWriteError, "not permitted"),
        (sqlite3.SQLITE_CORRUPT_INDEX, ConfigurationError, "damaged or truncated"),
        (sqlite3.SQLITE_ERROR, ConfigurationError, "damaged or truncated"),
    ],
)
def test_what_sqlite_reports_is_said_in_words(code: int, kind: type, words: str) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    with (
        pytest.raises(kind, match=rf"run/journal\.db.*{words}"),
        refused_in_words(Path("run/journal.db")),
    ):
        raise error


def test_a_mistake_of_our_own_is_not_blamed_on_the_file(path: Path) -> None:
    database = open_for_writing(path)
    database.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        next(database.entries())
