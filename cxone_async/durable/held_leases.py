"""Which run directories are in use, seen from another process.

Guarantee: no lease is taken for it, not for a moment, and no file is written. A lease that was
taken to see whether it is free would refuse a start that comes just then.

Linux lists the locks of all processes in /proc/locks, by device and inode. A file system may give
another device there than to whoever asks for the file's status (overlays, Btrfs), so an inode whose
lock is held by the process that the file names counts too. Locks of processes that this one
cannot see, such as those in another container, are not listed. Elsewhere than on Linux nothing is.
Then what the file names tells whether it is worth waiting: its host is this one, and its process
lives; or it is another, of which nothing is known.

Everything here blocks: call it from a thread.
"""

import os
import re
import socket
from enum import StrEnum
from errno import EPERM
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple, Self

from cxone_async.durable.lease import LOCK_NAME, LONGEST_NOTE_BYTES, Holder, holder_in

_LOCKS = Path("/proc/locks")
_LOCK = re.compile(r"^\d+: FLOCK +\w+ +WRITE +(-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ", re.MULTILINE)
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Use(StrEnum):
    """Whether a process works in a run directory."""

    IN_USE = "in use"
    FREE = "free"
    UNKNOWN = "unknown"
    """Its last holder was on another host, or in another container."""


class DirectoryUse(NamedTuple):
    """Whether a directory is in use, by whom or by whom last, and since when.

    `holder` is None where that is not written down; `since_s` is in seconds since 1970, 0.0 for a
    directory in which no process has ever worked.
    """

    use: Use
    holder: Holder | None
    since_s: float


NEVER_USED = DirectoryUse(Use.FREE, None, 0.0)


class HeldLeases:
    """The locks of this machine at one moment. Made by `read`."""

    def __init__(self, holders: dict[int, dict[tuple[int, int], int]] | None) -> None:
        self._holders = holders
        self._host = socket.gethostname()

    @classmethod
    def read(cls, locks: Path = _LOCKS) -> Self:
        """Read which locks are held now; on a machine that does not say, none is known."""
        try:
            return cls(_holders_in(locks.read_text(errors="replace")))
        except OSError:
            return cls(None)

    def of(self, run_directory: Path) -> DirectoryUse:
        """Return whether `run_directory` is in use. Raises OSError when that cannot be read."""
        try:
            descriptor = os.open(run_directory / LOCK_NAME, _FLAGS)
        except FileNotFoundError:
            return NEVER_USED
        try:
            found = os.fstat(descriptor)
            is_file = S_ISREG(found.st_mode)
            note = os.read(descriptor, LONGEST_NOTE_BYTES) if is_file else b""
        finally:
            os.close(descriptor)
        holder = holder_in(note)
        return DirectoryUse(self._use(found, holder), holder, found.st_mtime)

    def _use(self, found: os.stat_result, holder: Holder | None) -> Use:
        if self._holders is not None:
            here = self._holders.get(found.st_ino, {})
            device = os.major(found.st_dev), os.minor(found.st_dev)
            if device in here or (holder is not None and holder.pid in here.values()):
                return Use.IN_USE
        if holder is None:
            return Use.UNKNOWN if self._holders is None else Use.FREE
        if holder.host != self._host:
            return Use.UNKNOWN
        if self._holders is not None:
            return Use.FREE
        return Use.IN_USE if _lives(holder.pid) else Use.FREE


def _holders_in(locks: str) -> dict[int, dict[tuple[int, int], int]]:
    """Return, by inode and by device, which process holds a lock of the whole file.

    A line reads `1: FLOCK  ADVISORY  WRITE 4711 08:01:131105 0 EOF`; one of a process that waits
    has `->` before the kind.
    """
    holders: dict[int, dict[tuple[int, int], int]] = {}
    for pid, major, minor, inode in _LOCK.findall(locks):
        holders.setdefault(int(inode), {})[int(major, 16), int(minor, 16)] = int(pid)
    return holders


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == EPERM  # of another user
    return True
