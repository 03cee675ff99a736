"""A journal that the disk did not let SQLite read, told from one that is damaged.

SQLite calls both "malformed": when a read fails with EIO, it takes the file system for damaged. A
person who is told that restores a backup, or starts a new run, and sends contacts again. So the
files are read once more:

* a read that fails again is told with its path and errno;
* a database that is whole now was not damaged: one read of it had failed.
"""

import os
import sqlite3
from contextlib import closing
from errno import EIO
from pathlib import Path
from typing import Final

from cxone_async.durable.writing import cannot_read, reading

_PIECE_BYTES: Final = 1 << 20


def refuse_what_cannot_be_read(path: Path) -> None:
    """Raise CannotWriteError if the disk is what SQLite complained of; else return.

    Call it after SQLite called the database at `path` malformed. It reads all of it.
    """
    for part in (path, path.with_name(f"{path.name}-wal")):
        with reading(part):
            _read_all(part)
    if _is_whole(path):
        raise cannot_read(
            path,
            f"{os.strerror(EIO)} (errno {EIO}) in one read of it, and it is whole when read again. "
            "The journal is not damaged. See to the disk, then run the same command to resume",
        )


def _read_all(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        while os.read(descriptor, _PIECE_BYTES):
            pass
    finally:
        os.close(descriptor)


def _is_whole(path: Path) -> bool:
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            (entries,) = connection.execute("SELECT count(*) FROM events").fetchone()
    except sqlite3.Error:
        return False
    return bool(found == "ok" and entries)
