"""One process per run directory.

Guarantee: while a lease is held, no other process on this machine gets one on the same
directory. The lease is a kernel lock (`flock`) on the file `lock`. The kernel releases it when
the holder ends, however it ends, so the start after a kill need not wait, and a left-over `lock`
file is no obstacle. The file is never removed: another process may already have it open, and
would then lock a file that no other process can see.

The descriptor is closed on exec and, in the child, after a fork. So no child process keeps the
lease when its parent is gone.

Across machines the lease is only as good as the file system. Over NFS, Linux turns `flock` into
a lock at the server: it may be off (`nolock`, `local_lock`), and after a node dies the server
frees it only when the node's own lease has expired. SQLite's write-ahead log does not work
across machines either. In a cluster, put the run directory on a block volume that one pod at a
time may mount (ReadWriteOncePod).
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from cxone_async.durable.writing import writing
from cxone_async.errors import RunDirectoryBusyError

LOCK_NAME = "lock"
_LONGEST_NOTE_BYTES = 4096

_held: set["RunDirectoryLease"] = set()


class _Holder(msgspec.Struct):
    pid: int
    host: str


class RunDirectoryLease:
    """The lease on a run directory; a context manager that releases it. Made by `acquire`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _held.add(self)

    @classmethod
    def acquire(cls, run_directory: Path) -> Self:
        """Take the lease on an existing directory, without waiting.

        Raises RunDirectoryBusyError when another process, or another lease in this process,
        has it; the message names the holder if the holder could write its name down. Raises
        CannotWriteError when the lock file cannot be written or the file system has no locks.
        """
        path = run_directory / LOCK_NAME
        with writing(path):
            # Descriptors are closed on exec unless one asks otherwise (PEP 446).
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                _lock(descriptor, run_directory)
            except BaseException:
                os.close(descriptor)
                raise
        return cls(descriptor)

    def release(self) -> None:
        """Give the lease up. Releasing twice is harmless."""
        _held.discard(self)
        if self._descriptor is not None:
            # Closing, not unlocking: a fork shares the lock, and unlocking in either would
            # take it from both. A close that fails closes all the same.
            descriptor, self._descriptor = self._descriptor, None
            with suppress(OSError):
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def release_all() -> None:
    """Give up every lease of this process. A forked child does this automatically."""
    for lease in list(_held):
        lease.release()


def _lock(descriptor: int, run_directory: Path) -> None:
    """Lock the open file and write down who holds it. Raises RunDirectoryBusyError, OSError."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder_in_words(os.pread(descriptor, _LONGEST_NOTE_BYTES, 0))
        raise RunDirectoryBusyError(
            f"run directory {run_directory} is in use by {holder}"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, msgspec.json.encode(_Holder(os.getpid(), socket.gethostname())))


def _holder_in_words(note: bytes) -> str:
    try:
        holder = msgspec.json.decode(note, type=_Holder)
    except msgspec.DecodeError:
        return "another process"
    return f"process {holder.pid} on {holder.host}"


os.register_at_fork(after_in_child=release_all)
