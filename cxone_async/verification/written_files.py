"""Whether the files of a run are, byte for byte, what the run wrote.

The journal of a finished run holds the SHA-256 of each file; SHA256SUMS has those of a plan. So an
edit is told from a run that is wrong: a contradiction between files that are as they were written
is the run's own. The files that people correct and comment say nothing of the run once they were
edited, and are not compared then.

The journal's own end is told by journal.head: the digest over all events up to one of them.
"""

import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

Add = Callable[[str], None]

_PIECE_BYTES: Final = 1 << 20
_MOST_HEAD_BYTES: Final = 4096
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_DRAWN_AGAIN: Final = frozenset({"report.html", "review.csv", "duplicates.csv"})
"""What `report` and `--show-values` write again, with the same facts in it."""
FOR_PEOPLE: Final = frozenset(
    {
        "rejects.csv",
        "rejects.xlsx",
        "unresolved.csv",
        "review.csv",
        "duplicates.csv",
        "report.html",
    }
)
"""What a person is asked to correct, to decide in or to read."""
_CHECKSUMS: Final = "SHA256SUMS"
_MOST_CHECKSUM_BYTES: Final = 1 << 20
_HEX_DIGITS: Final = 64
_KEPT: Final = re.compile(r"([^.]+)\.edited-[0-9]+(\.[a-z]+)")


class Edits(NamedTuple):
    """What is not as the run wrote it: a sentence for each file.

    `edited` holds, by name, those that are still files; `gone` what is there no more, no file, or
    not to be read.
    """

    edited: dict[str, str]
    gone: list[str]


def edited_files(directory: Path, digests: Mapping[str, str]) -> Edits:
    """Compare these files with what the run wrote.

    `digests` holds, by name, the SHA-256 in hex of each file as the run wrote it.
    """
    edits = Edits({}, [])
    for name, digest in sorted(digests.items()):
        path = directory / name
        try:
            found = _sha256_of(path)
        except FileNotFoundError:
            edits.gone.append(f"{name} is not there: it was removed after the run, which wrote it")
        except OSError as error:
            edits.gone.append(f"{name} cannot be read: {error.strerror} (errno {error.errno})")
        else:
            if not found:
                edits.gone.append(f"{name} was replaced after the run by something that is no file")
            elif found != digest:
                edits.edited[name] = _edit(name)
    return edits


def _edit(name: str) -> str:
    or_else = ", or written again by `report`, with --show-values or by another version"
    apart = ". It was not compared: whoever edits it need not keep to the run"
    return (
        f"{name} was edited after the run{or_else if name in _DRAWN_AGAIN else ''}: it "
        f"is not, byte for byte, what the run wrote{apart if name in FOR_PEOPLE else ''}"
    )


def kept_files(directory: Path, names: Set[str]) -> list[str]:
    """Return a sentence for each edited one of these that a later start has kept.

    A directory in which nobody may look shows none.
    """
    try:
        there = sorted(path.name for path in directory.iterdir())
    except OSError:
        return []
    return [
        f"{name} is kept: {of} was edited after the run, which then wrote its own again"
        for name in there
        if (found := _KEPT.fullmatch(name)) and (of := "".join(found.groups())) in names
    ]


def listed_digests(directory: Path) -> dict[str, str]:
    """Return the digests in SHA256SUMS by name; none where it cannot be read."""
    try:
        with _opened(directory / _CHECKSUMS) as descriptor:
            is_file = S_ISREG(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, _MOST_CHECKSUM_BYTES) if is_file else b""
    except OSError:
        return {}
    parts = (line.partition("  ") for line in content.decode(errors="replace").splitlines())
    return {
        name: digest for digest, _, name in parts if len(digest) == _HEX_DIGITS and "/" not in name
    }


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
    edits: Edits, others: Sequence[str], *, is_known: bool, is_same_input: bool
) -> tuple[str, ...]:
    """Return what is wrong: what is gone, then the others, with whose fault they are.

    `is_known` says whether the run recorded what it wrote.
    """
    compared = "" if not edits.edited else "that was compared "
    if not others:
        verdict = []
    elif edits.gone or edits.edited.keys() - FOR_PEOPLE:
        verdict = ["what follows is about the files as they are now:"]
    elif is_known and is_same_input:
        verdict = [
            f"no file {compared}was edited after the run: what follows is wrong in the run itself"
        ]
    else:
        verdict = []
    return (*edits.gone, *verdict, *others)
