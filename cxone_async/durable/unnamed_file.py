"""A file without a name, for what memory has no room for.

Guarantee: a kill leaves nothing of it behind. What was appended is read back as it was.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cxone_async.durable.writing import reading, writing


class UnnamedFile:
    """Pieces on the disk, each found again by where it starts and how long it is.

    Everything here blocks: call it from a thread, one call at a time. Raises CannotWriteError.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._end = self._on_disk = 0
        with writing(directory):
            self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  closed by close()

    def append(self, piece: bytes) -> int:
        """Put a piece at the end; return where it starts."""
        start = self._end
        with writing(self._directory):
            self._file.write(piece)
        self._end += len(piece)
        return start

    def read(self, start: int, size_bytes: int) -> bytes:
        """Return `size_bytes` bytes from `start` on."""
        if self._on_disk < self._end:
            with writing(self._directory):
                self._file.flush()
            self._on_disk = self._end
        with reading(self._directory):
            return os.pread(self._file.fileno(), size_bytes, start)

    def close(self) -> None:
        """Give the disk space back."""
        with suppress(OSError):  # a full disk was told of before
            self._file.close()
