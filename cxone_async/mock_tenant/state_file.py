"""The tenant's memory on disk (`--state`): imports and segments, as an SQLite database.

Guarantee: what is answered with success is on the disk before the answer leaves, each change whole
or not at all, so it survives a kill. The file belongs to one program at a time, is readable by its
owner only since it holds contacts, and takes no new contacts beyond `most_bytes`.

Tokens, counts of requests and the quota are not kept: a client signs in again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from cxone_async.mock_tenant.keeper import CannotKeepError, KeptImport
from cxone_async.mock_tenant.state import Import

MOST_BYTES: Final = 1 << 30

_APPLICATION: Final = 0x43584D54  # "CXMT"
_VERSION: Final = 1
_TABLES: Final = (
    "CREATE TABLE import (number INTEGER PRIMARY KEY, import_id TEXT, list_id TEXT, key TEXT, "
    "body BLOB, result_codes BLOB, accepted_at_s REAL, latency_s REAL)",
    "CREATE TABLE members (segment_id TEXT, import_id TEXT, marks BLOB, "
    "PRIMARY KEY (segment_id, import_id))",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
)


class StateFile:
    """Keeps one tenant's memory in a file. Raises `CannotKeepError` when it cannot."""

    def __init__(
        self,
        path: Path,
        *,
        most_bytes: int = MOST_BYTES,
        wall_clock_s: Callable[[], float] = time.time,
    ) -> None:
        self._most_bytes = most_bytes
        self._wall_clock_s = wall_clock_s
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise CannotKeepError(error.strerror or str(error)) from None
        try:
            self._database = sqlite3.connect(path, timeout=0, isolation_level=None)
            self._bytes = self._open()
        except sqlite3.Error as error:
            raise CannotKeepError(_in_words(error)) from None

    def close(self) -> None:
        """Give the file free for another program."""
        self._database.close()

    def has_room(self, new_bytes: int) -> bool:
        """Whether a submission of so many bytes still fits."""
        return self._bytes + new_bytes <= self._most_bytes

    def imports(self) -> Iterator[KeptImport]:
        """Yield the imports in the order in which they were accepted."""
        now_s = self._wall_clock_s()
        rows = self._database.execute(
            "SELECT import_id, list_id, key, body, result_codes, accepted_at_s, latency_s "
            "FROM import ORDER BY number"
        )
        for import_id, list_id, key, body, result_codes, accepted_at_s, latency_s in rows:
            age_s = max(0.0, now_s - accepted_at_s)
            yield KeptImport(import_id, list_id, key, body, result_codes, age_s, latency_s)

    def members(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield segment, import, and one byte for each contact of it: 1 for a member."""
        yield from self._database.execute(
            "SELECT segment_id, import_id, marks FROM members ORDER BY rowid"
        )

    def keep_import(self, accepted: Import, latency_s: float) -> None:
        """Put an import on the disk."""
        row = (
            accepted.import_id,
            accepted.list_id,
            accepted.idempotency_key,
            accepted.body,
            accepted.result_codes,
            self._wall_clock_s(),
            latency_s,
        )
        self._change(
            "INSERT INTO import (import_id, list_id, key, body, result_codes, accepted_at_s, "
            "latency_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [row],
        )
        self._bytes += len(accepted.body)

    def keep_members(self, segment_id: str, marks: Mapping[str, bytes | bytearray]) -> None:
        """Put on the disk who is in a segment now, of the imports given."""
        self._change(
            "INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET marks = excluded.marks",
            [(segment_id, import_id, bytes(marked)) for import_id, marked in marks.items()],
        )

    def forget(self) -> None:
        """Empty the file; nothing of a contact stays in it."""
        self._change("DELETE FROM members", [()])
        self._change("DELETE FROM import", [()])
        self._change("VACUUM", None)
        self._change("PRAGMA wal_checkpoint(TRUNCATE)", None)
        self._bytes = 0

    def _open(self) -> int:
        execute = self._database.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        application, version = (
            execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != _APPLICATION:
            raise CannotKeepError("the file is of another program")
        if tables and version != _VERSION:
            raise CannotKeepError("the file is of another version of the stand-in")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("BEGIN IMMEDIATE")  # takes the lock, which stays
        if not tables:
            for statement in _TABLES:
                execute(statement)
        (held,) = execute("SELECT coalesce(sum(length(body)), 0) FROM import").fetchone()
        execute("COMMIT")
        return int(held)

    def _change(self, statement: str, rows: list[tuple[object, ...]] | None) -> None:
        try:
            if rows is None:
                self._database.execute(statement)
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(statement, rows)
                self._database.execute("COMMIT")
            except sqlite3.Error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise CannotKeepError(_in_words(error)) from None


def _in_words(error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another program uses the file"
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
        return "the file is of another program"
    return str(error)
