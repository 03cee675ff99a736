"""What a run reads: one type, opened from one string.

Guarantee: other packages see only an `Input`; the kinds of input are known in this package alone.
(`verification` shares no code, so it opens its input itself.)

Another kind of input is one more branch of `open_input`, and one of these:

* a class of its own, like `FileInput`, if it can be read again where it is;
* a `CopiedInput` with a function that makes the copy, if it can be read only once or has to be
  converted first.
"""

import stat
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from cxone_async.errors import MissingInputError
from cxone_async.remote.open import open_remote
from cxone_async.remote.uri import SCHEMES, parse, scheme_of, shown
from cxone_async.source.file_input import FileInput, file_status, reading
from cxone_async.source.input_copy import STANDARD_INPUT, CopiedInput, copy_stream
from cxone_async.source.remote_input import RemoteInput


class Input(Protocol):
    """A CSV of contacts, wherever it is.

    A resumed run and `explain` read their input a second time. So an input that can be read only
    once has to be copied first (`make_readable_again`). Until then `size_bytes`, `fingerprint`
    and `blocks` raise UsageError.
    """

    @property
    def uri(self) -> str:
        """The string that it was opened from, without what must not be shown."""

    @property
    def name(self) -> str:
        """The name for people: a file's name without its folder, "-" for a stream, or a URI."""

    @property
    def location(self) -> str:
        """Where to open it again later: an absolute path; "" for what can be read only once.

        Of an input that lies elsewhere, it is the path of the copy.
        """

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once. Its copy is not kept."""

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

    async def make_readable_again(self, copy: Path, *, has_begun: bool = False) -> None:
        """Copy the input to `copy` if it is a stream or elsewhere; move the copy if there is one.

        An older file at `copy` is replaced, unless it is the same copy, or a run that `has_begun`
        was made of it: then another input is refused. Raises MissingInputError,
        UnreadableInputError, CannotWriteError, AccessRefusedError, RemoteUnreachableError. When
        cancelled, copying stops at the next bytes that arrive.
        """

    def discard_copy(self) -> None:
        """Remove the copy, if there is one."""


def open_input(uri: str) -> Input:
    """Open a path of a file, pipe or device, "-" for standard input, or a URI.

    Nothing is read yet. Raises MissingInputError when there is no such file and for a scheme that
    is not supported; UnreadableInputError for a directory and for what may not be looked at;
    UsageError for a URI that names no file.
    """
    if uri == STANDARD_INPUT:
        return CopiedInput(uri, copy_stream)
    if scheme_of(uri) in SCHEMES:
        return RemoteInput(open_remote(parse(uri)))
    if scheme_of(uri):
        raise MissingInputError(
            f"{shown(uri)}: this kind of input is not supported; give a file, a pipe, - for "
            f"standard input, or a URI that begins with {', '.join(SCHEMES)}"
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
