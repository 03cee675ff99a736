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
from cxone_async.printable import printable

LOCK_NAME = "lock"
LONGEST_NOTE_BYTES = 4096

_held: set["RunDirectoryLease"] = set()


class Holder(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who holds a lease, or held it last, and what it works on ("" when it did not say)."""

    pid: int
    host: str
    input_name: str = ""


class RunDirectoryLease:
    """The lease on a run directory; a context manager that releases it. Made by `acquire`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _held.add(self)

    @classmethod
    def acquire(cls, run_directory: Path, input_name: str = "") -> Self:
        """Take the lease on an existing directory, without waiting.

        `input_name` is for people who ask what is being done there (see `held_leases`).

        Raises RunDirectoryBusyError when another process, or another lease in this process,
        has it; the message names the holder if the holder could write its name down. Raises
        CannotWriteError when the lock file cannot be written or the file system has no locks.
        """
        return cls(_locked(run_directory / LOCK_NAME, f"run directory {run_directory}", input_name))

    @classmethod
    def acquire_file(cls, path: Path, what: str) -> Self:
        """Take the lease on a file that several run directories share, without waiting.

        The lock is a file beside it, which ends in `.lock`. `what` names the file in a refusal.
        Raises as `acquire`.
        """
        return cls(_locked(path.with_name(f"{path.name}.{LOCK_NAME}"), what, ""))

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


def _locked(path: Path, what: str, input_name: str) -> int:
    """Return the descriptor of a file that is locked. Raises as `RunDirectoryLease.acquire`."""
    with writing(path):
        # Descriptors are closed on exec unless one asks otherwise (PEP 446).
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            _lock(descriptor, what, input_name)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def _lock(descriptor: int, what: str, input_name: str) -> None:
    """Lock the open file and write down who holds it. Raises RunDirectoryBusyError, OSError."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        by_whom = _holder_in_words(os.pread(descriptor, LONGEST_NOTE_BYTES, 0))
        raise RunDirectoryBusyError(f"{what} is in use by {by_whom}") from None
    os.ftruncate(descriptor, 0)
    holder = Holder(os.getpid(), socket.gethostname(), printable(input_name))
    os.write(descriptor, msgspec.json.encode(holder))


def holder_in(note: bytes) -> Holder | None:
    """Return the holder that wrote this into `lock`; None when nobody did so."""
    try:
        return msgspec.json.decode(note, type=Holder)
    except msgspec.DecodeError:
        return None


def _holder_in_words(note: bytes) -> str:
    holder = holder_in(note)
    return f"process {holder.pid} on {holder.host}" if holder else "another process"


os.register_at_fork(after_in_child=release_all)
