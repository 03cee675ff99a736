"""One process per run directory.

Guarantee: while a lease is held no other process gets one on the same directory, on
this machine. It is a lock of the kernel (`flock`) on the file `lock`, which goes when
the holder ends, however it ends: after a kill the next start goes on at once, and a
`lock` file that is lying about is no obstacle. The file is never removed, since another
process may have it open, waiting to lock what would then be nobody's file.

The descriptor is closed on exec, and closed after a fork in the child, so no child
process keeps the lease alive when its parent is gone.

Across machines this is only as good as the file system. Over NFS, Linux turns `flock`
into a lock at the server: it may be off (`nolock`, `local_lock`), and after a node dies
the server frees it only when the node's lease there has run out. SQLite's write-ahead
log does not work across machines either. In a cluster the run directory belongs on a
block volume that one pod at a time may mount (ReadWriteOncePod).
"""

import fcntl
import os
import socket
from pathlib import Path
from typing import Self

import msgspec

from cxone_async.errors import CannotWriteError, RunDirectoryBusyError

_LOCK_NAME = "lock"
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

        Raises RunDirectoryBusyError, naming the holder where it has left its name, while
        another process (or another lease in this one) has it, and CannotWriteError when
        the lock file cannot be written or the file system has no locks.
        """
        path = run_directory / _LOCK_NAME
        try:
            # Descriptors are closed on exec unless one asks otherwise (PEP 446).
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise CannotWriteError(f"{path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, msgspec.json.encode(_Holder(os.getpid(), socket.gethostname())))
        except BlockingIOError:
            holder = _holder_in_words(os.pread(descriptor, _LONGEST_NOTE_BYTES, 0))
            os.close(descriptor)
            raise RunDirectoryBusyError(
                f"run directory {run_directory} is in use by {holder}"
            ) from None
        except OSError as error:
            os.close(descriptor)
            raise CannotWriteError(f"{path}: {error.strerror}") from error
        return cls(descriptor)

    def release(self) -> None:
        """Give the lease up. Releasing twice is harmless."""
        _held.discard(self)
        if self._descriptor is not None:
            # Closing, not unlocking: a fork shares the lock, and unlocking in either would
            # take it from both.
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def release_all() -> None:
    """Give up every lease of this process; a forked child does so by itself."""
    for lease in list(_held):
        lease.release()


def _holder_in_words(note: bytes) -> str:
    try:
        holder = msgspec.json.decode(note, type=_Holder)
    except msgspec.DecodeError:
        return "another process"
    return f"process {holder.pid} on {holder.host}"


os.register_at_fork(after_in_child=release_all)
