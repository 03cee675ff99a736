"""The journal's file: one SQLite table that only grows.

Guarantee: a file named journal.db is whole from its first event on, or it is refused.

* It is made under another name, synced, renamed, and the directory synced. So an empty or
  half-made journal.db can only be one that was cut off later.
* Every entry carries a checksum over itself and the entry before it. So a changed, missing or
  moved entry is found; SQLite, whose pages carry no checksums, would not notice.
* `check_pages` finds pages that put the last entries out of reach.

Nothing can notice a write-ahead log that was lost together with its last entries: journal.db and
journal.db-wal belong together.

The database uses a write-ahead log with `synchronous=FULL`: a commit is flushed before it
returns. Where the file system cannot do a write-ahead log, SQLite keeps its rollback journal,
which is as durable and slower.

SQLite up to 3.51.2 can corrupt such a database when two connections write or checkpoint at once.
There is one writing connection, guarded by the lease on the run directory. Readers open the
file read-only and cannot checkpoint it.

Everything here is synchronous, belongs to the thread that opened the connection, and raises
CannotWriteError (disk full, input/output error, read-only, locked) or ConfigurationError
(foreign, truncated, damaged, newer). Messages never quote a payload.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EIO
from pathlib import Path

import msgspec

from cxone_async.durable.directory import sync_directory
from cxone_async.durable.writing import cannot_read, cannot_write, writing
from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.disk_errors import refuse_what_cannot_be_read
from cxone_async.journal.events import JournalEvent, encode, kind_of, subject_of

APPLICATION_ID = 0x43584A4C  # "CXJL" in the header, where file(1) looks
SCHEMA_VERSION = 1
PAGE_ENTRIES = 256

_SCHEMA = """
    CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        payload BLOB NOT NULL,
        checksum INTEGER NOT NULL
    )
"""
_LOCK_WAIT_S = 1.0
_SMALLEST_PAGE_BYTES = 512  # of any SQLite database

_CANNOT_WRITE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reported an input/output error",
    sqlite3.SQLITE_READONLY: "it is read-only, or its volume is",
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_LOCKED: "another program has locked it",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened here",
    sqlite3.SQLITE_PERM: "access to it is not permitted",
    sqlite3.SQLITE_CONSTRAINT: "another process has written to it",
}


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One line of the table: an event, encoded. `sequence` counts from 1 without gaps."""

    sequence: int
    kind: str
    subject: str
    payload: bytes
    checksum: int


class JournalDatabase:
    """One connection to a journal file."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def append(self, entries: Iterable[Entry]) -> None:
        """Make the entries durable, all or none."""
        with refused_in_words(self._path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                map(msgspec.structs.astuple, entries),
            )

    def entries(self, page_entries: int = PAGE_ENTRIES) -> Iterator[Entry]:
        """Every entry in order, each held to its checksum and to the entry before it.

        Reads a page of `page_entries` at a time and only once one of them is asked for. Raises
        ConfigurationError at the first entry that is not as it was written.
        """
        sequence = checksum = 0
        while page := self._page(sequence, page_entries):
            for entry in page:
                sequence += 1
                checksum = _checksum(checksum, sequence, entry.kind, entry.subject, entry.payload)
                if entry.sequence != sequence or entry.checksum != checksum:
                    raise ConfigurationError(
                        f"{self._path} is damaged: event {sequence} is not as written"
                    )
                yield entry

    def _page(self, after: int, page_entries: int) -> list[Entry]:
        with refused_in_words(self._path):
            lines = self._connection.execute(
                "SELECT sequence, kind, subject, payload, checksum FROM events "
                "WHERE sequence > ? ORDER BY sequence LIMIT ?",
                (after, page_entries),
            ).fetchall()
            return msgspec.convert(lines, list[Entry])

    def last(self) -> Entry:
        """The last entry. Raises ConfigurationError when there is none."""
        with refused_in_words(self._path):
            line = self._connection.execute(
                "SELECT sequence, kind, subject, payload, checksum FROM events "
                "ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
            return msgspec.convert(line, Entry)

    def payloads(self, sequences: Iterable[int]) -> list[bytes | None]:
        """The payload of each entry, or None where there is none."""
        with refused_in_words(self._path):
            lines = [
                self._connection.execute(
                    "SELECT payload FROM events WHERE sequence = ?", (sequence,)
                ).fetchone()
                for sequence in sequences
            ]
        return [None if line is None else line[0] for line in lines]

    def check_pages(self) -> None:
        """Raise ConfigurationError when the pages do not fit together.

        A broken page may put the last entries out of reach without any checksum being wrong.
        Call it after all entries have been read: it reads the file in no good order, and 660 MB
        took 14 s from the disk but half a second from memory.
        """
        with refused_in_words(self._path):
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise ConfigurationError(f"{self._path} is damaged: its pages do not fit together")

    def close(self) -> None:
        """Close the file. When the writer closes, SQLite folds the write-ahead log into it.

        Raises CannotWriteError when the disk refuses.
        """
        with refused_in_words(self._path):
            self._connection.close()


def entry_after(sequence: int, checksum: int, event: JournalEvent) -> Entry:
    """`event` as the entry that follows the one with this sequence and checksum."""
    kind, subject, payload = kind_of(type(event)), subject_of(event), encode(event)
    return Entry(
        sequence + 1,
        kind,
        subject,
        payload,
        _checksum(checksum, sequence + 1, kind, subject, payload),
    )


def create(path: Path, first: JournalEvent) -> None:
    """Make a journal that holds `first`: whole, 0600 and durable, or not there at all."""
    making = path.with_name(f"{path.name}.new")
    if Path(f"{path}-wal").exists():
        raise ConfigurationError(
            f"{path} is gone but its write-ahead log {path.name}-wal is there: what the run had "
            "done is not known any more"
        )
    with refused_in_words(path):
        making.unlink(missing_ok=True)
        descriptor = os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.close(descriptor)
        connection = _connect(making, "mode=rw")
        try:
            # Nothing to roll back to: a half-made file is made again.
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute(_SCHEMA)
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                msgspec.structs.astuple(entry_after(0, 0, first)),
            )
            connection.execute("COMMIT")
        finally:
            connection.close()
        making.rename(path)
        sync_directory(path.parent)


def open_for_writing(path: Path) -> JournalDatabase:
    """Open an existing journal; the caller holds the lease on its directory."""
    return _open(
        path,
        "mode=rw",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "BEGIN IMMEDIATE",  # read-only or locked: say so now, not after the first chunk
        "ROLLBACK",
    )


def open_for_reading(path: Path) -> JournalDatabase:
    """Open an existing journal without changing it.

    A write-ahead log that a killed process left is read too. For that SQLite needs
    journal.db-shm beside it, or permission to make it. Without such a log the file is read
    as it is, which works on a read-only volume.
    """
    log = Path(f"{path}-wal")
    with refused_in_words(path):
        left_behind = log.exists() and log.stat().st_size > 0
    if not left_behind:
        return _open(path, "mode=ro&immutable=1")
    try:
        return _open(path, "mode=ro")
    except CannotWriteError as error:
        raise CannotWriteError(
            f"{error}. The run did not end and left a write-ahead log, {log.name}, which cannot "
            "be read where nothing can be written: copy the run directory to a writable volume"
        ) from error


_NOT_OF_SQLITE = 0


@contextmanager
def refused_in_words(path: Path, kind: str = "a journal") -> Iterator[None]:
    """Translate what SQLite and the file system raise; `kind` is what the file is to be."""
    try:
        with writing(path):
            yield
    except (msgspec.ValidationError, UnicodeDecodeError):
        # The latter when SQLite complains of the file in the file's own broken text.
        raise ConfigurationError(
            f"{path} is damaged: its content is not as it was written"
        ) from None
    except sqlite3.ProgrammingError:
        raise  # a bug here, not a fault of the file
    except sqlite3.DatabaseError as error:
        # An extended code names the primary one in its low byte. A value that Python cannot decode
        # has no code: SQLite read it, so the disk is not to blame.
        extended = getattr(error, "sqlite_errorcode", _NOT_OF_SQLITE)
        primary = extended & 0xFF
        if extended == sqlite3.SQLITE_IOERR_READ:
            cause = f"{os.strerror(EIO)} (errno {EIO})"
            raise cannot_read(path, cause) from error
        if primary in _CANNOT_WRITE:
            raise cannot_write(path, _CANNOT_WRITE[primary]) from error
        if primary == sqlite3.SQLITE_CORRUPT:
            refuse_what_cannot_be_read(path)
        if primary == sqlite3.SQLITE_NOTADB:
            raise ConfigurationError(f"{path} is not {kind}: it is no database") from error
        raise ConfigurationError(f"{path} is damaged or truncated: {error}") from error


def _connect(path: Path, query: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}", uri=True, isolation_level=None, timeout=_LOCK_WAIT_S
    )


def _open(path: Path, query: str, *statements: str) -> JournalDatabase:
    with refused_in_words(path):
        if not path.is_file():
            raise ConfigurationError(f"{path} is not a journal: it is no file")
        if path.stat().st_size < _SMALLEST_PAGE_BYTES:
            raise ConfigurationError(f"{path} is not a journal, or all of it was cut off")
        connection = _connect(path, query)
        try:
            _refuse_foreign(connection, path)
            for statement in statements:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
    return JournalDatabase(connection, path)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise ConfigurationError(f"{path} is not a journal: it is another program's database")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "no known"
        raise ConfigurationError(
            f"{path} was written by {age} version of cxone_async (its schema is {version}, this "
            f"one reads {SCHEMA_VERSION})"
        )


def _checksum(previous: int, sequence: int, kind: str, subject: str, payload: bytes) -> int:
    header = zlib.crc32(f"{sequence} {kind} {subject}".encode(), previous)
    return zlib.crc32(payload, header)
