"""What a run reads: one type, opened from one string.

Guarantee: other packages see only an `Input`; the kinds of input are known in this package alone.
(`verification` shares no code, so it opens its input itself.)

Another kind of input is one more branch of `open_input`, and one of these:

* a class of its own, like `FileInput`, if it can be read again where it is;
* a `CopiedInput` with a function that makes the copy, if it can be read only once or has to be
  converted first.
"""

import re
import stat
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, Protocol

from cxone_async.errors import MissingInputError
from cxone_async.source.file_input import FileInput, file_status, reading
from cxone_async.source.input_copy import STANDARD_INPUT, CopiedInput, copy_stream

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Input(Protocol):
    """A CSV of contacts, wherever it is.

    A resumed run and `explain` read their input a second time. So an input that can be read only
    once has to be copied first (`make_readable_again`). Until then `size_bytes`, `fingerprint`
    and `blocks` raise UsageError.
    """

    @property
    def uri(self) -> str:
        """The string that it was opened from, unchanged."""

    @property
    def name(self) -> str:
        """The name for people: the file's name without its folder, or "-" for a copied input."""

    @property
    def location(self) -> str:
        """Where to open it again later: an absolute path; "" for what can be read only once."""

    @property
    def is_readable_again(self) -> bool:
        """Whether its bytes can be read more than once."""

    @property
    def size_bytes(self) -> int:
        """The size as stored: of a gzip file, the compressed size."""

    async def fingerprint(self) -> str:
        """Return the SHA-256 of the bytes as stored, in hexadecimal digits.

        It is computed once: `blocks` yields these bytes or raises. Raises as `blocks`.
        """

    def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the content from its beginning, inflated if it is gzip.

        Blocks are at most BLOCK_BYTES long. Each is compared with the fingerprint first; the
        first call computes it if nobody has asked for it. Raises MissingInputError when the input
        is gone. Raises UnreadableInputError when it cannot be read or has changed since it was
        opened. After the blocks before that, it raises UnreadableInputError for a change while it
        is read, and for corrupt or truncated gzip data.
        """

    async def make_readable_again(self, copy: Path) -> None:
        """Copy the input to `copy`, if it can be read only once; move the copy if there is one.

        An older file at `copy` is replaced. Raises MissingInputError, UnreadableInputError,
        CannotWriteError. When cancelled, copying stops at the next bytes that arrive.
        """

    def discard_copy(self) -> None:
        """Remove the copy, if there is one."""


def open_input(uri: str) -> Input:
    """Open a path of a file, pipe or device, or "-", which is standard input.

    Nothing is read yet. Raises MissingInputError when there is no such file and for a scheme that
    is not supported; UnreadableInputError for a directory and for what may not be looked at.
    """
    if uri == STANDARD_INPUT:
        return CopiedInput(uri, copy_stream)
    if _SCHEME.match(uri):
        raise MissingInputError(
            f"{uri}: this kind of input is not supported; give a file, a pipe, or - for standard "
            "input"
        )
    status = file_status(uri)
    if stat.S_ISREG(status.st_mode):
        return FileInput(uri, status)
    return CopiedInput(uri, copy_stream)


def file_exists(uri: str) -> bool:
    """Say whether there is anything at a path. Raises UnreadableInputError when that is unknown."""
    try:
        with reading(uri):
            Path(uri).stat()
    except MissingInputError:
        return False
    return True
