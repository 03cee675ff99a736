"""The lines of review.csv, kept on disk until the files are written.

Guarantee: iterating yields what was appended, in that order, one appended batch in memory at a
time. A list full of look-alikes would otherwise fill the memory.
"""

import struct
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from cxone_async.durable.writing import writing
from cxone_async.outcome import Resemblance

_LENGTH = struct.Struct("<I")


class ReviewSpool:
    """Keeps resemblances in an unnamed file in the run directory. Raises CannotWriteError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[Resemblance]).decode
        self.count = 0
        with writing(directory):
            self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  closed by close()

    def append(self, resemblances: Sequence[Resemblance]) -> None:
        """Take the resemblances of the next rows."""
        if not resemblances:
            return
        body = self._encode(resemblances)
        with writing(self._directory):
            self._file.write(_LENGTH.pack(len(body)) + body)
        self.count += len(resemblances)

    def __iter__(self) -> Iterator[Resemblance]:
        with writing(self._directory):
            self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            yield from self._decode(self._file.read(*_LENGTH.unpack(head)))

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
