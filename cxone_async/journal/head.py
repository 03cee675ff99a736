"""The head of a journal: how far it has come, in a small file of its own.

Guarantee: the head never says more than the journal holds, unless the journal has lost its end.
After each group commit, and before anybody acts on it, the file `journal.head` is written anew,
synced and renamed. So a process that was killed in between leaves a head that lags behind, which
is harmless. A journal that lags behind its head has lost what it once held: SQLite drops the end
of a write-ahead log that is gone, cut off or damaged, and calls the rest whole.

The head holds a running digest over all entries, so another journal, such as an older copy that
went on, is noticed too. It holds the number of submissions begun and the highest row that any of
them named. So what a lost end may have sent is known: no row above that one. And it holds how many
rows have their outcome, so that another process can say how far a run is without reading all of
its journal.

Heads are kept since journals say so in their first event. Older journals have none until a
version that keeps one goes on with them.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

import msgspec

from cxone_async.durable.writing import reading, writing
from cxone_async.errors import ConfigurationError
from cxone_async.journal.database import Entry
from cxone_async.journal.fold import RowsSettled

NOTHING_SETTLED = RowsSettled()

_LARGEST_BYTES = 4096
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class JournalHead(msgspec.Struct, frozen=True):
    """How far a journal had come.

    `digest` is the SHA-256, in hexadecimal digits, over its first `sequence` entries.
    `submissions` counts the submissions begun so far, `highest_row` is the highest row in any of
    them, or 0. `settled` is None in heads of earlier versions.
    """

    sequence: int
    digest: str
    submissions: int
    highest_row: int
    settled: RowsSettled | None = None


class RunningDigest:
    """The digest over the entries taken so far. `sequence` is the number of the last one.

    Given the head that was kept, it compares itself with it in passing: `meets_head` is whether
    the head's entry was there and is the one that the head was written for.
    """

    def __init__(self, head: JournalHead | None = None) -> None:
        self._sha256 = sha256()
        self._head = head
        self.sequence = 0
        self.meets_head = head is None

    @property
    def digest(self) -> str:
        """The SHA-256 so far, in hexadecimal digits."""
        return self._sha256.hexdigest()

    def add(self, entry: Entry) -> None:
        """Take in the next entry."""
        prefix = f"{entry.sequence} {entry.kind} {entry.subject} {len(entry.payload)} "
        self._sha256.update(prefix.encode())
        self._sha256.update(entry.payload)
        self.sequence = entry.sequence
        head = self._head
        if head is not None and entry.sequence == head.sequence:
            self.meets_head = head.digest == self.digest

    def over(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Take in each of the entries and pass it on."""
        for entry in entries:
            self.add(entry)
            yield entry


class HeadFile:
    """The file that holds the head. It belongs to the thread of the journal."""

    def __init__(self, journal_path: Path, digest: RunningDigest) -> None:
        self._path = head_path(journal_path)
        self._temporary = self._path.with_name(f".{self._path.name}.partial")
        self._digest = digest
        self._is_clear = False

    def keep(
        self,
        entries: Iterable[Entry],
        submissions: int,
        highest_row: int,
        settled: RowsSettled = NOTHING_SETTLED,
    ) -> None:
        """Take in entries that are durable, and write the head. Raises CannotWriteError."""
        for entry in entries:
            self._digest.add(entry)
        head = JournalHead(
            self._digest.sequence, self._digest.digest, submissions, highest_row, settled
        )
        with writing(self._path):
            if not self._is_clear:  # of what a killed process left
                self._temporary.unlink(missing_ok=True)
                self._is_clear = True
            descriptor = os.open(
                self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            try:
                os.write(descriptor, _encode(head))
                # Without it a power cut may leave an empty file under the name.
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._temporary.replace(self._path)


def head_path(journal_path: Path) -> Path:
    """Return where the head of a journal is."""
    return journal_path.with_suffix(".head")


def read_head(journal_path: Path) -> JournalHead | None:
    """Return the head of a journal; None when there is none.

    Raises CannotWriteError when the disk refuses, ConfigurationError for a file that is not as it
    was written.
    """
    path = head_path(journal_path)
    with reading(path):
        try:
            descriptor = os.open(path, _FLAGS)
        except FileNotFoundError:
            return None
        try:
            is_file = S_ISREG(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, _LARGEST_BYTES) if is_file else b""
        finally:
            os.close(descriptor)
    head = _decode(content)
    if head is None:
        raise ConfigurationError(
            f"{path} is damaged: it is not as it was written, so whether {journal_path.name} has "
            "lost its end is not known"
        )
    return head


def _encode(head: JournalHead) -> bytes:
    said = msgspec.json.encode(head)
    return b"%b %08x\n" % (said, zlib.crc32(said))


def _decode(content: bytes) -> JournalHead | None:
    said, _, check = content.rpartition(b" ")
    if check != b"%08x\n" % zlib.crc32(said):
        return None
    try:
        return msgspec.json.decode(said, type=JournalHead)
    except msgspec.DecodeError:
        return None
