"""Whether the files of a finished run are still as it wrote them.

Guarantee: a file counts as intact only when it is a regular file of its own name that holds, byte
for byte, what was written. Whatever else may stand there by now is never waited for and never
followed: a named pipe that nobody writes to would hold a reader for ever, and what a link leads to
is not the run's. What cannot be read is not intact. Nothing here writes, and a file is read in
pieces, however long it is.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Final

from cxone_async.report.files import FACT_NAMES

PIECE_BYTES: Final = 1 << 20

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def changed_files(
    directory: Path,
    digests: Mapping[str, str],
    watched: Callable[[Iterable[bytes]], Iterable[bytes]],
) -> list[str]:
    """Name those of `FACT_NAMES` that are missing, or not as `digests` (SHA-256 in hex) have them.

    `watched` is handed the pieces of each file, which it passes on; it may break the work off.
    Synchronous, and long for long files: call it from a thread.
    """
    return [name for name in FACT_NAMES if _digest(directory / name, watched) != digests.get(name)]


def _digest(path: Path, watched: Callable[[Iterable[bytes]], Iterable[bytes]]) -> str:
    """Return the SHA-256 in hex of a regular file; "" of anything else."""
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
