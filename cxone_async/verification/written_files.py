"""Whether the files of a run are, byte for byte, what the run wrote.

The journal of a finished run holds the SHA-256 of each file. So an edit is told from a run that is
wrong: of an edited file nothing else can be said of the run; a contradiction between files that are
as they were written is the run's own.

The journal's own end is told by journal.head: the digest over all events up to one of them.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Final

Add = Callable[[str], None]

_PIECE_BYTES: Final = 1 << 20
_MOST_HEAD_BYTES: Final = 4096
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_DRAWN_AGAIN: Final = frozenset({"report.html", "review.csv", "duplicates.csv"})
"""What `report` and `--show-values` write again, with the same facts in it."""


def edited_files(directory: Path, digests: Mapping[str, str]) -> list[str]:
    """Return a sentence for each of these files that is not what the run wrote.

    `digests` holds, by name, the SHA-256 in hex of each file as the run wrote it.
    """
    return [
        said
        for name, digest in sorted(digests.items())
        if (said := _edit(directory / name, digest))
    ]


def _edit(path: Path, digest: str) -> str:
    try:
        found = _sha256_of(path)
    except FileNotFoundError:
        return f"{path.name} is not there: it was removed after the run, which wrote it"
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror} (errno {error.errno})"
    if found == digest:
        return ""
    if not found:
        return f"{path.name} was replaced after the run by something that is no file"
    or_else = ", or written again by `report`, with --show-values or by another version"
    return (
        f"{path.name} was edited after the run{or_else if path.name in _DRAWN_AGAIN else ''}: it "
        "is not, byte for byte, what the run wrote"
    )


def _sha256_of(path: Path) -> str:
    """Return the digest of a regular file, in hex; "" for anything else."""
    found = hashlib.sha256()
    with _opened(path) as descriptor:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        while piece := os.read(descriptor, _PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file to be read, neither through a link nor waiting for a writer. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def refused_by_the_disk(*paths: Path) -> str:
    """Return what the disk says of the first of these files that cannot be read; "" if all can.

    SQLite calls a database malformed when a read of it fails.
    """
    for path in paths:
        try:
            _sha256_of(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{path.name}: {error.strerror} (errno {error.errno})"
    return ""


class HeadCheck:
    """Compares journal.head with the events of the journal, which it is shown in their order."""

    def __init__(self, journal_path: Path, add: Add) -> None:
        self._name = journal_path.with_suffix(".head").name
        self._add = add
        self._sha256 = hashlib.sha256()
        self._digest = ""
        self.is_there = False
        self._sequence, self._expected = self._read(journal_path.with_suffix(".head"))

    def see(self, sequence: int, kind: bytes, subject: bytes, payload: bytes) -> None:
        """Take note of the next event."""
        self._sha256.update(b"%d %s %s %d " % (sequence, kind, subject, len(payload)))
        self._sha256.update(payload)
        if sequence == self._sequence:
            self._digest = self._sha256.hexdigest()

    def finish(self, *, keeps_head: bool) -> None:
        """Report a head that the journal does not have, and a head that is missing."""
        if self._expected and self._digest != self._expected:
            what = "is another one" if self._digest else "is not there"
            self._add(
                f"{self._name}: event {self._sequence:,}, for which it was written, {what} in "
                "journal.db: one of both was replaced or edited after the run"
            )
        if keeps_head and not self.is_there:
            self._add(f"{self._name} is not there: it was removed after the run, which wrote it")

    def _read(self, path: Path) -> tuple[int, str]:
        try:
            with _opened(path) as descriptor:
                self.is_there = True
                is_file = S_ISREG(os.fstat(descriptor).st_mode)
                content = os.read(descriptor, _MOST_HEAD_BYTES) if is_file else b""
        except FileNotFoundError:
            return 0, ""
        except OSError as error:
            self.is_there = True
            self._add(f"{self._name} cannot be read: {error.strerror} (errno {error.errno})")
            return 0, ""
        said, _, check = content.rpartition(b" ")
        if check == b"%08x\n" % zlib.crc32(said):
            match _decoded(said):
                case {"sequence": int(sequence), "digest": str(digest)}:
                    return sequence, digest
        self._add(f"{self._name} was edited after the run: it is not as it was written")
        return 0, ""


def _decoded(said: bytes) -> object:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def in_order(
    edited: Sequence[str], others: Sequence[str], *, is_known: bool, is_same_input: bool
) -> tuple[str, ...]:
    """Return all sentences: what was edited, then what is wrong, with whose fault it is.

    `is_known` says whether the run recorded what it wrote.
    """
    if not others:
        return tuple(edited)
    if edited:
        return (*edited, "what follows is about the files as they are now:", *others)
    if is_known and is_same_input:
        verdict = "no file was edited after the run: what follows is wrong in the run itself"
        return (verdict, *others)
    return tuple(others)
