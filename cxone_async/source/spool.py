"""Standard input, or a pipe, to a file that can be read again.

Guarantee: the target is either absent or whole, and readable by its owner only. A run
reads its input more than once (to resume, to verify), so what can be read only once is
copied into the run directory first.

The copying thread is a daemon of its own: a read from a pipe or a terminal can block for
ever, and in the event loop's pool it would keep a stopped process alive. For the same
reason it reads the descriptor and not `sys.stdin.buffer`, whose lock it would still hold
when the interpreter ends.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cxone_async.errors import CannotWriteError
from cxone_async.source.blocks import BLOCK_BYTES, reading

STANDARD_INPUT: Final = Path("-")
_STANDARD_INPUT_DESCRIPTOR: Final = 0


async def spool(source: Path, target: Path) -> None:
    """Copies `source`, to its end, to `target`; `-` is standard input.

    Raises MissingInputError or UnreadableInputError for the source, CannotWriteError for
    the target. When it is cancelled, copying stops at the next bytes that arrive.
    """
    loop = asyncio.get_running_loop()
    copied: asyncio.Future[None] = loop.create_future()
    abandoned = threading.Event()

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
            _copy(source, target, abandoned)
        except Exception as raised:  # whatever it is, the waiting coroutine raises it
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=copy, name="spool", daemon=True).start()
    try:
        await copied
    finally:
        abandoned.set()


def _copy(source: Path, target: Path, abandoned: threading.Event) -> None:
    partial = target.with_name(f"{target.name}.partial")
    descriptor = _open(source)
    try:
        with _writing(partial):
            partial.unlink(missing_ok=True)
            output = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(output, "wb") as file:  # noqa: PTH123  a descriptor, not a path
                while piece := _read(descriptor, source):
                    if abandoned.is_set():
                        break
                    with _writing(target):
                        file.write(piece)
                with _writing(target):
                    file.flush()
                    os.fsync(file.fileno())
            if not abandoned.is_set():
                _put_in_place(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    finally:
        if descriptor != _STANDARD_INPUT_DESCRIPTOR:
            os.close(descriptor)


def _open(source: Path) -> int:
    if source == STANDARD_INPUT:
        return _STANDARD_INPUT_DESCRIPTOR
    with reading(source):
        return os.open(source, os.O_RDONLY | os.O_CLOEXEC)


def _read(descriptor: int, source: Path) -> bytes:
    with reading(source):
        return os.read(descriptor, BLOCK_BYTES)


def _put_in_place(partial: Path, target: Path) -> None:
    with _writing(target):
        partial.replace(target)
        directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWriteError(f"{path}: cannot be written: {error.strerror}") from error
