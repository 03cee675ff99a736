"""What the disk did is not told as damage of the journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cxone_async.errors import CannotWriteError, ConfigurationError
from cxone_async.journal.database import create, refused_in_words
from cxone_async.journal.disk_errors import refuse_what_cannot_be_read
from cxone_async.journal.events import RunStarted
from cxone_async.journal.identity import RunIdentity


@pytest.fixture
def path(tmp_path: Path, identity: RunIdentity) -> Path:
    path = tmp_path / "journal.db"
    create(path, RunStarted(identity))
    return path


def malformed() -> sqlite3.DatabaseError:
    """What SQLite raises when a read fails with EIO, and when the file is damaged."""
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def test_a_journal_of_which_one_read_failed_is_not_called_damaged(path: Path) -> None:
    with (
        pytest.raises(CannotWriteError, match=r"cannot read .*journal\.db: .* \(errno 5\) in one"),
        refused_in_words(path),
    ):
        raise malformed()


def test_a_first_read_that_fails_is_told_as_a_read(path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    with (
        pytest.raises(CannotWriteError, match=r"cannot read .*journal\.db: .* \(errno 5\)$"),
        refused_in_words(path),
    ):
        raise error


def test_a_read_that_fails_again_is_told_with_its_path_and_errno(tmp_path: Path) -> None:
    # Its first page is not mapped, so that reading it is an input/output error.
    (tmp_path / "journal.db").symlink_to("/proc/self/mem")
    with pytest.raises(CannotWriteError, match=r"journal\.db: Input/output error \(errno 5\)$"):
        refuse_what_cannot_be_read(tmp_path / "journal.db")


def test_a_log_that_cannot_be_read_is_told_as_the_log(path: Path) -> None:
    path.with_name("journal.db-wal").symlink_to("/proc/self/mem")
    with pytest.raises(CannotWriteError, match=r"journal\.db-wal: Input/output error"):
        refuse_what_cannot_be_read(path)


@pytest.mark.parametrize("damage", ["pages", "no table", "no entry", "no database"])
def test_a_journal_that_is_damaged_is_called_so(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    match damage:
        case "pages":
            content[4096:4200] = b"\xff" * 104
            path.write_bytes(content)
        case "no table" | "no entry":
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(
                    "DROP TABLE events" if damage == "no table" else "DELETE FROM events"
                )
        case _:
            path.write_bytes(b"x" * 9000)
    with pytest.raises(ConfigurationError, match="is damaged or truncated"), refused_in_words(path):
        raise malformed()
