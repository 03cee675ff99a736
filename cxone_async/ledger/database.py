"""The file of a ledger: one SQLite database for one tenant, one list and one matching policy.

Guarantee: it is whole from its first moment on, or it is refused: made under another name, synced,
renamed. Its owner alone can read it.

* `people` are those who count, in the order in which their runs ended; `person_keys` leads to them.
* `in_flight` are the rows that the latest run is about to send or has sent. When the run has ended,
  those that count become people. The keys of many people are put in order at once then: one by one
  they would change nearly every page of the file for each submission.
* `runs` has a line for each run, with what was counted of all people when it began.

With an entry for each key, a person takes some 130 bytes. Everything here is synchronous and raises
CannotWriteError or ConfigurationError (another program's file, damaged, newer, of another list).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cxone_async.durable.directory import sync_directory
from cxone_async.errors import CannotWriteError, ConfigurationError, MissingInputError
from cxone_async.journal.database import refused_in_words
from cxone_async.ledger.port import EarlierRun, LedgerIdentity, LedgerRun
from cxone_async.matching.policy import POLICIES_WITH_LEDGER

APPLICATION_ID: Final = 0x43584C47  # "CXLG" in the header, where file(1) looks
SCHEMA_VERSION: Final = 1
"""Also that of the keys: a change of what a policy's keys are made of needs a new version."""

AFTER_ALL_RUNS: Final = 1 << 62
"""As the number of a run in `runs_before`: all runs."""

PEOPLE_FORGOTTEN: Final = b"-"
"""Instead of a run's frequencies, when people were forgotten whom it knew."""

_KIND: Final = "a ledger"
_LOCK_WAIT_S: Final = 1.0
_HALF: Final = 1 << 31
_SCHEMA: Final = (
    """
    CREATE TABLE ledger (
        ledger_id TEXT NOT NULL,
        tenant TEXT NOT NULL,
        list_id TEXT NOT NULL,
        policy TEXT NOT NULL,
        frequencies BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        directory TEXT NOT NULL,
        started_s INTEGER NOT NULL,
        input_sha256 TEXT NOT NULL,
        frequencies BLOB NOT NULL,
        people_before INTEGER NOT NULL,
        last_person INTEGER
    )
    """,
    """
    CREATE TABLE in_flight (
        row INTEGER PRIMARY KEY,
        person BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        row INTEGER NOT NULL,
        contact_id,
        "values" BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE person_keys (
        key INTEGER NOT NULL,
        person INTEGER NOT NULL,
        PRIMARY KEY (key, person)
    ) WITHOUT ROWID
    """,
)


@contextmanager
def told_in_words(path: Path) -> Iterator[None]:
    """Translate what SQLite and the file system raise."""
    with refused_in_words(path, _KIND):
        yield


def stored_key(key: int) -> int:
    """Return a key of 32 bits as a number with a sign, which SQLite stores in four bytes."""
    return key - _HALF


def key_of(stored: int) -> int:
    """Return the key that `stored_key` made the number of."""
    return stored + _HALF


def open_for_writing(path: Path, identity: LedgerIdentity, ledger_id: str) -> sqlite3.Connection:
    """Open the ledger, or make it, with this id; the caller holds the lease on it."""
    with told_in_words(path):
        if not os.path.lexists(path):
            _create(path, identity, ledger_id)
        connection = _open(path, "mode=rw", identity)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")  # read-only or locked: say so now
            connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path, identity: LedgerIdentity) -> sqlite3.Connection:
    """Open the ledger beside the process that writes to it, if there is one; it is not changed.

    Where nobody has it open, it can be read where nothing can be written, too.
    """
    is_open = Path(f"{path}-wal").exists()
    with told_in_words(path):
        return _open(path, "mode=ro" if is_open else "mode=ro&immutable=1", identity)


def ledger_id_of(path: Path, identity: LedgerIdentity) -> str:
    """Return the id of the ledger at `path`; "" where there is none."""
    with told_in_words(path):
        if not os.path.lexists(path):
            return ""
        with closing(open_for_reading(path, identity)) as connection:
            (ledger_id,) = connection.execute("SELECT ledger_id FROM ledger").fetchone()
    return str(ledger_id)


def identity_in(path: Path) -> LedgerIdentity:
    """Return whose ledger there is. Raises MissingInputError when there is none."""
    with told_in_words(path):
        if not os.path.lexists(path):
            raise MissingInputError(f"there is no ledger {path}")
        is_open = Path(f"{path}-wal").exists()
        query = "mode=ro" if is_open else "mode=ro&immutable=1"
        with closing(_open(path, query, None)) as connection:
            found = connection.execute("SELECT tenant, list_id, policy FROM ledger").fetchone()
    identity = LedgerIdentity(*found)
    if identity.policy not in POLICIES_WITH_LEDGER:
        raise ConfigurationError(f"{path} is damaged: it names no policy that is known")
    return identity


def write_anew(connection: sqlite3.Connection) -> None:
    """Write the file over with nothing but what it holds now, and empty its log.

    For a while that takes twice the room. Raises CannotWriteError while another process reads.
    """
    connection.execute("VACUUM")
    (is_held_up, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_held_up:
        raise CannotWriteError("another process reads the ledger")


def runs_before(connection: sqlite3.Connection, number: int) -> list[EarlierRun]:
    """Return the runs before the one with this number, which have ended, the latest first."""
    return [
        EarlierRun(LedgerRun(*line), people)
        for people, *line in connection.execute(
            "SELECT last_person - people_before, run_id, name, directory, started_s, input_sha256 "
            "FROM runs WHERE number < ? ORDER BY number DESC",
            (number,),
        )
    ]


def _create(path: Path, identity: LedgerIdentity, ledger_id: str) -> None:
    making = path.with_name(f"{path.name}.new")
    making.unlink(missing_ok=True)
    os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = _connect(making, "mode=rw")
    try:
        # Nothing to roll back to: a half-made file is made again.
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, x'')",
            (ledger_id, identity.tenant, identity.list_id, identity.policy),
        )
        connection.execute("COMMIT")
    finally:
        connection.close()
    making.rename(path)
    sync_directory(path.parent)


def _connect(path: Path, query: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        isolation_level=None,
        timeout=_LOCK_WAIT_S,
        check_same_thread=False,
    )


def _open(path: Path, query: str, identity: LedgerIdentity | None) -> sqlite3.Connection:
    if not path.is_file() or path.is_symlink():
        raise ConfigurationError(f"{path} is not {_KIND}: it is no file")
    if not path.stat().st_size:
        raise ConfigurationError(f"{path} is not {_KIND}, or all of it was cut off")
    connection = _connect(path, query)
    try:
        _refuse_foreign(connection, path)
        _refuse_another(connection, path, identity)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise ConfigurationError(f"{path} is not {_KIND}: it is another program's database")
    if version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "no known"
        raise ConfigurationError(
            f"{path} was written by {age} version of cxone_async (its schema is {version}, this "
            f"one reads {SCHEMA_VERSION})"
        )


def _refuse_another(
    connection: sqlite3.Connection, path: Path, asked: LedgerIdentity | None
) -> None:
    found = connection.execute("SELECT tenant, list_id, policy FROM ledger").fetchall()
    if len(found) != 1:
        raise ConfigurationError(f"{path} is damaged: it does not say whose it is")
    if asked is None:
        return
    for what, is_of, wanted in zip(
        ("tenant", "list", "policy"),
        found[0],
        (asked.tenant, asked.list_id, asked.policy),
        strict=True,
    ):
        if is_of != wanted:
            raise ConfigurationError(
                f"{path} is the ledger of another {what}: of {is_of!r}, not of {wanted!r}. Each "
                "tenant, list and --match has a ledger of its own: name another file"
            )
