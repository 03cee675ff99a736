"""The rows of a sheet, read by a process of its own that may take so much memory and no more.

Guarantee: a workbook that the library cannot hold in memory is refused, and ends neither this
process nor the machine. A few kilobytes can ask for hundreds of gigabytes: a cell in the last row
and column makes the sheet that large, and one long text may stand in a million cells. The library
is refused that memory and aborts, which nothing in the same process could survive.
"""

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import IO, BinaryIO, Final

import msgspec

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.input_form import InputForm
from cxone_async.source.workbook import NEEDS_THE_EXTRA
from cxone_async.source.workbook_child import LENGTH, OUT_OF_MEMORY, Opened, Refused

LEAST_MEMORY_BYTES: Final = 2 << 30
"""What reading any workbook may take, as an empty sheet of a million rows and 60 columns does."""
_MOST_MEMORY_BYTES: Final = 1 << 46
_ENVIRONMENT: Final = ("HOME", "LANG", "LC_", "LD_", "PATH", "PYTHON")
"""How the names of the variables begin that Python itself needs. No secret is among them."""
_FOR_WANT_OF_MEMORY: Final = (OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL)
_FIRST: Final = msgspec.msgpack.Decoder(Opened | Refused)
_ROWS: Final = msgspec.msgpack.Decoder(list[list[str]])


def memory_limit_bytes(size_bytes: int, form: InputForm) -> int:
    """Return how much memory reading a workbook of this size may take."""
    unpacked = min(form.max_unpacked_ratio * size_bytes, form.max_unpacked_bytes)
    if math.isinf(unpacked):
        return _MOST_MEMORY_BYTES
    return min(max(int(unpacked), LEAST_MEMORY_BYTES), _MOST_MEMORY_BYTES)


@contextmanager
def sheet_of(
    file: BinaryIO, size_bytes: int, form: InputForm
) -> Iterator[tuple[str, Iterator[Sequence[str]]]]:
    """Give the name of a sheet and its rows, as `sheet_rows` does. The process ends with the block.

    Raises, and so do the rows, what `sheet_rows` raises; UnreadableInputError when reading takes
    too much memory.
    """
    if find_spec("python_calamine") is None:
        raise UnreadableInputError(NEEDS_THE_EXTRA)
    file.flush()
    limit_bytes = memory_limit_bytes(size_bytes, form)
    child = subprocess.Popen(  # noqa: S603  the interpreter of this process
        [sys.executable, "-P", "-m", f"{__package__}.workbook_child", str(limit_bytes), form.sheet],
        stdin=file.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the library's own words on its end
        process_group=0,  # Ctrl-C is for this process, which ends that one
        env={name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)},
    )
    try:
        first = _FIRST.decode(_frame(child, limit_bytes))
        if isinstance(first, Refused):
            raise (UsageError if first.is_usage else UnreadableInputError)(first.message)
        yield first.sheet, _rows(child, limit_bytes)
    finally:
        child.kill()
        child.communicate()


def _rows(child: subprocess.Popen[bytes], limit_bytes: int) -> Iterator[Sequence[str]]:
    while rows := _ROWS.decode(_frame(child, limit_bytes)):
        yield from rows


def _frame(child: subprocess.Popen[bytes], limit_bytes: int) -> bytes:
    source = child.stdout
    if source is not None:  # as it is a pipe
        length = source.read(LENGTH.size)
        if len(length) == LENGTH.size and (body := _whole(source, *LENGTH.unpack(length))):
            return body
    if child.wait() in _FOR_WANT_OF_MEMORY:
        raise UnreadableInputError(
            f"reading the workbook takes more memory than there is, or than the "
            f"{limit_bytes >> 20:,} MiB that its size allows, as it does when a cell far below or "
            "right of the list is filled; delete such cells, or save the list as CSV; if its size "
            "is right, give a larger --max-unpacked-ratio"
        )
    raise UnreadableInputError("the workbook is damaged: the process that read it ended")


def _whole(source: IO[bytes], size: int) -> bytes:
    body = source.read(size)
    return body if len(body) == size else b""
