"""What a run reads: one type, opened from one string.

Guarantee: other packages see only an `Input`; the kinds of input are known in this package alone.
(`verification` shares no code, so it opens its input itself.)

Another kind of input is one more branch of `open_input`, and one of these:

* a class of its own, like `FileInput`, if it can be read again where it is;
* a `CopiedInput` with a function that makes the copy, if it can be read only once.

What is no CSV is turned into one by a `ConvertedInput`, wherever it comes from. Another format is
a `Kind` and a branch in `conversion.py`.
"""

import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.remote.open import open_remote
from cxone_async.remote.uri import SCHEMES, parse, scheme_of, shown
from cxone_async.source.converted_input import (
    ConvertedInput,
    kind_of_path,
    refuse_unused_of_text,
)
from cxone_async.source.file_input import FileInput, file_status, reading
from cxone_async.source.input_copy import STANDARD_INPUT, CopiedInput, copy_stream
from cxone_async.source.input_form import InputForm
from cxone_async.source.kind import Kind
from cxone_async.source.remote_input import RemoteInput


class Input(Protocol):
    """A list of contacts, wherever it is, read as CSV.

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

    @property
    def text_path(self) -> str:
        """The path of the text that `blocks` reads."""

    @property
    def sheet(self) -> str:
        """The name of the sheet that is read; "" for what has no sheets."""

    async def text_sha256(self) -> str:
        """Return the SHA-256 of the CSV that was made of the input; "" when none was made."""

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

        What has to be converted to CSV becomes one beside it, with `.csv` behind the name.

        An older file at `copy` is replaced, unless it is the same copy, or a run that `has_begun`
        was made of it: then another input is refused. Raises MissingInputError,
        UnreadableInputError, CannotWriteError, AccessRefusedError, RemoteUnreachableError. When
        cancelled, copying stops at the next bytes that arrive.
        """

    def discard_copy(self) -> None:
        """Remove the copy and the CSV that was made of it, if there are any."""

    def discard_text(self) -> None:
        """Remove the CSV that was made of the input, if there is one; a copy stays."""


def open_input(uri: str, form: InputForm | None = None) -> Input:
    """Open a path of a file, pipe or device, "-" for standard input, or a URI.

    Of a file, at most the beginning is read. Raises MissingInputError when there is no such file
    and for a scheme that is not supported; UnreadableInputError for a directory, for what may not
    be looked at, and for what is no list of contacts; UsageError for a URI that names no file, and
    for a form that does not fit.
    """
    form = form or InputForm()
    if uri == STANDARD_INPUT:
        return ConvertedInput(CopiedInput(uri, copy_stream), form)
    if scheme_of(uri) in SCHEMES:
        return ConvertedInput(RemoteInput(open_remote(parse(uri))), form)
    if scheme_of(uri):
        raise MissingInputError(
            f"{shown(uri)}: this kind of input is not supported; give a file, a pipe, - for "
            f"standard input, or a URI that begins with {', '.join(SCHEMES)}"
        )
    status = file_status(uri)
    if not stat.S_ISREG(status.st_mode):
        return ConvertedInput(CopiedInput(uri, copy_stream), form)
    file = FileInput(uri, status)
    try:
        kind = kind_of_path(uri)
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{uri}: {str(error).removeprefix(f'{uri}: ')}") from error
    if kind is not Kind.TEXT:
        return ConvertedInput(file, form)
    refuse_unused_of_text(uri, form)
    return file


def name_of(uri: str) -> str:
    """Return the name for people before anything is opened; only of a pipe it is another one."""
    return shown(uri) if scheme_of(uri) else Path(uri).name


@asynccontextmanager
async def readable_input(uri: str, form: InputForm | None = None) -> AsyncIterator[Input]:
    """Open an input and make it readable again, by a copy that is removed at the end if need be.

    Raises as `open_input` and `Input.make_readable_again`.
    """
    source = open_input(uri, form)
    with TemporaryDirectory(prefix="cxone-async-") as directory:
        await source.make_readable_again(Path(directory, "input"))
        yield source


def file_exists(uri: str) -> bool:
    """Say whether there is anything at a path. Raises UnreadableInputError when that is unknown."""
    try:
        with reading(uri):
            Path(uri).stat()
    except MissingInputError:
        return False
    return True
