"""Inputs that are read through a copy: standard input, pipes, devices.

Guarantee: the copy is either whole or absent, and readable by its owner only.

The copying thread is a daemon, and not one of the event loop's pool: a read from a pipe or a
terminal can block for ever, and a pool thread would keep a stopped process alive. For the same
reason it reads the descriptor and not `sys.stdin.buffer`: the thread would still hold that
buffer's lock when the interpreter ends.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Final

from cxone_async.durable.atomic_file import AtomicFile, files_together
from cxone_async.durable.directory import sync_directory
from cxone_async.durable.writing import writing
from cxone_async.errors import UsageError
from cxone_async.source.file_input import BLOCK_BYTES, FileInput, file_status, reading

STANDARD_INPUT: Final = "-"
_STANDARD_INPUT_DESCRIPTOR: Final = 0

MakeCopy = Callable[[str, Path], Awaitable[None]]
"""Copies the input of a URI to a path. Raises MissingInputError, UnreadableInputError,
CannotWriteError."""


class CopiedInput:
    """An `Input` that can be read only once, and again once `make_copy` has copied it."""

    name: ClassVar[str] = STANDARD_INPUT
    location: ClassVar[str] = ""
    is_stream: ClassVar[bool] = True

    def __init__(self, uri: str, make_copy: MakeCopy) -> None:
        self.uri: Final = uri
        self._make_copy = make_copy
        self._path: Path | None = None
        self._copy: FileInput | None = None

    @property
    def is_readable_again(self) -> bool:
        return self._copy is not None

    @property
    def size_bytes(self) -> int:
        return self._readable().size_bytes

    async def fingerprint(self) -> str:
        return await self._readable().fingerprint()

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return self._readable().blocks()

    async def make_readable_again(self, copy: Path, *, has_begun: bool = False) -> None:
        if self._copy is None:
            self._path = copy
            await self._make_copy(self.uri, copy)
            self._copy = FileInput(str(copy), file_status(str(copy)))
        else:
            move(Path(self._copy.uri), copy)
            self._path = copy
            self._copy = self._copy.renamed(str(copy))

    def discard_copy(self) -> None:
        if self._path is not None:
            with suppress(OSError):  # a directory was in the way, and is not ours
                self._path.unlink(missing_ok=True)
        self._path = self._copy = None

    def _readable(self) -> FileInput:
        if self._copy is None:
            raise UsageError(f"{self.uri}: can be read only once; give a file")
        return self._copy


def move(copy: Path, target: Path) -> None:
    """Give a copy another name, durably. Raises CannotWriteError."""
    with writing(target):
        copy.replace(target)
    sync_directory(target.parent)


async def copy_stream(uri: str, target: Path) -> None:
    """Copy a pipe, a device or standard input, to its end, to a file at `target`.

    Raises MissingInputError or UnreadableInputError for the stream, CannotWriteError for the
    target. When cancelled, copying stops at the next bytes that arrive.
    """
    loop = asyncio.get_running_loop()
    copied: asyncio.Future[None] = loop.create_future()
    watch = _Watch()

    def settle(error: Exception | None) -> None:
        if copied.done():
            return
        if error is None:
            copied.set_result(None)
        else:
            copied.set_exception(error)

    def copy() -> None:
        error: Exception | None = None
        try:
            _copy(uri, target, watch)
        except Exception as raised:  # whatever it is, the waiting coroutine raises it
            error = raised
        with suppress(RuntimeError):  # the loop is closed, so no one is waiting
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=copy, name="input-copy", daemon=True).start()
    try:
        await copied
    finally:
        watch.abandon()


class _AbandonedError(Exception):
    """Nobody waits for the copy any more."""


class _Watch:
    """Tells the copying thread whether anybody still waits for the copy.

    Once `abandon` has returned, no file is made: who waited may clear the directory away.
    """

    def __init__(self) -> None:
        self._is_abandoned = False
        self._making = threading.Lock()

    def abandon(self) -> None:
        with self._making:
            self._is_abandoned = True

    def check(self) -> None:
        """Raise _AbandonedError when nobody waits any more."""
        if self._is_abandoned:
            raise _AbandonedError

    @contextmanager
    def file_at(self, target: Path) -> Iterator[AtomicFile]:
        """Make the file of the copy, if it is still waited for."""
        with ExitStack() as stack:
            with self._making:
                self.check()
                [file] = stack.enter_context(files_together(target.parent, [target.name]))
            yield file


def _copy(uri: str, target: Path, watch: _Watch) -> None:
    with _opened(uri) as descriptor, watch.file_at(target) as file:
        while piece := _read(descriptor, uri):
            watch.check()
            file.write(piece)
        watch.check()


@contextmanager
def _opened(uri: str) -> Iterator[int]:
    if uri == STANDARD_INPUT:
        yield _STANDARD_INPUT_DESCRIPTOR
        return
    with reading(uri):
        descriptor = os.open(uri, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int, uri: str) -> bytes:
    with reading(uri):
        return os.read(descriptor, BLOCK_BYTES)
