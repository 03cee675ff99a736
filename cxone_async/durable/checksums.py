"""Keeps what a person has edited when a program writes its files again.

Guarantee: a file is replaced only when its bytes are known to come from the program, or are those
that replace it. Anything else under its name (an edited file, one that was emptied, a link, a
directory) is kept under a free name, `rejects.edited-1.csv` for `rejects.csv`.

`SHA256SUMS` holds the digest of each file, as `sha256sum -c` reads it. It cannot change in the same
moment as the files. So before the first of them gets its name, `SHA256SUMS.next` holds the digests
of the old files and of the new ones. It goes only when `SHA256SUMS` holds the new ones. A writer
killed at any moment leaves each of its files known in one of both.

Everything here blocks: call it from a thread.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.durable.directory import sync_directory
from cxone_async.durable.writing import writing

CHECKSUMS: Final = "SHA256SUMS"
PIECE_BYTES: Final = 1 << 20

_NEXT: Final = f"{CHECKSUMS}.next"
_KEPT: Final = re.compile(r"[a-z_]+\.edited-[0-9]+\.[a-z]+")
_MOST_BYTES: Final = 1 << 20
_HEX_DIGITS: Final = 64
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

Pieces = Callable[[Iterable[bytes]], Iterable[bytes]]
"""Gets the pieces of a file and passes them on; it may raise to end the work."""


class KeptFile(NamedTuple):
    """An edited file: the name that it had, and the one under which it is kept."""

    name: str
    kept_as: str


def digest_of(path: Path, watched: Pieces = iter) -> str:
    """Return the SHA-256 in hex of a regular file; "" for anything else or unreadable."""
    digest = sha256()
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            if not S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            for piece in watched(iter(lambda: os.read(descriptor, PIECE_BYTES), b"")):
                digest.update(piece)
        finally:
            os.close(descriptor)
    except OSError:
        return ""
    return digest.hexdigest()


def lines_of(digests: Iterable[tuple[str, str]]) -> bytes:
    """Return the lines of a file of checksums. `digests` are pairs of name and SHA-256 in hex."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests).encode()


def keep_edited(
    directory: Path,
    files: Sequence[AtomicFile],
    written_before: Mapping[str, str],
    watched: Pieces = iter,
) -> list[KeptFile]:
    """Keep what was edited of the files that `files`, all of them sealed, are about to replace.

    `written_before` holds digests that are known from elsewhere, by name. Until `forget_old_ones`,
    both the old and the new files are known. Raises CannotWriteError.
    """
    known = _known(directory) | set(written_before.items())
    known |= {(file.path.name, file.digest) for file in files if file.is_kept}
    edited = [
        file.path
        for file in files
        if file.path.name != CHECKSUMS
        and os.path.lexists(file.path)
        and (file.path.name, digest_of(file.path, watched)) not in known
    ]
    with AtomicFile(directory / _NEXT) as pending:
        pending.write(lines_of(sorted(known)))
    kept = [_keep(path) for path in edited]
    if kept:
        sync_directory(directory)
    return kept


def forget_old_ones(directory: Path) -> None:
    """Have only the digests in SHA256SUMS known, which has its name. Raises CannotWriteError."""
    path = directory / _NEXT
    with writing(path):
        path.unlink(missing_ok=True)


def digests_with(directory: Path, name: str, digest: str) -> bytes:
    """Return the lines of SHA256SUMS with another digest of `name`."""
    return lines_of((dict(_read(directory / CHECKSUMS)) | {name: digest}).items())


def edited_since(directory: Path, moment_s: float) -> list[str]:
    """Return the names of files that a person has edited later than `moment_s` (since 1970).

    A file that is merely newer, such as one of a directory that was copied, is none. Raises
    OSError.
    """
    known = _known(directory)
    names = {name for name, _ in known}
    with os.scandir(directory) as scanned:
        newer = [
            one.name
            for one in scanned
            if (one.name in names or _KEPT.fullmatch(one.name))
            and one.is_file(follow_symlinks=False)
            and one.stat(follow_symlinks=False).st_mtime > moment_s
        ]
    return sorted(
        name
        for name in newer
        if name not in names or (name, digest_of(directory / name)) not in known
    )


def _known(directory: Path) -> set[tuple[str, str]]:
    return {*_read(directory / CHECKSUMS), *_read(directory / _NEXT)}


def _read(path: Path) -> list[tuple[str, str]]:
    """Return names and digests; none of a file that cannot be read, so that all looks edited."""
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            is_file = S_ISREG(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, _MOST_BYTES) if is_file else b""
        finally:
            os.close(descriptor)
    except OSError:
        return []
    parts = (line.partition("  ") for line in content.decode(errors="replace").splitlines())
    return [(name, digest) for digest, _, name in parts if len(digest) == _HEX_DIGITS]


def _keep(path: Path) -> KeptFile:
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.stem}.edited-{number}{path.suffix}")):
        number += 1
    with writing(kept):
        path.rename(kept)
    return KeptFile(path.name, kept.name)
