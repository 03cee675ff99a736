"""Reads one sheet of a workbook for the process that starts it (`sheet_process`).

The workbook is standard input. A frame on standard output is a four-byte length and MessagePack:
first the name of the sheet or why there is none, then lists of rows, and at the end an empty list.
"""

import os
import resource
import struct
import sys
from itertools import islice
from typing import BinaryIO, Final

import msgspec

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.input_form import InputForm
from cxone_async.source.workbook import sheet_rows

LENGTH: Final = struct.Struct(">I")
OUT_OF_MEMORY: Final = 71
_ROWS_A_FRAME: Final = 256


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """The sheet that is read."""

    sheet: str


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why no sheet is read; `is_usage` if a flag is wrong, and not the workbook."""

    message: str
    is_usage: bool


def _serve(source: BinaryIO, target: BinaryIO, sheet: str) -> None:
    try:
        name, rows = sheet_rows(source, InputForm(sheet))
    except (UnreadableInputError, UsageError) as error:
        _write(target, Refused(str(error), isinstance(error, UsageError)))
        return
    _write(target, Opened(name))
    while some := list(islice(rows, _ROWS_A_FRAME)):
        _write(target, some)
    _write(target, [])


def _write(target: BinaryIO, content: object) -> None:
    body = msgspec.msgpack.encode(content)
    target.write(LENGTH.pack(len(body)) + body)
    target.flush()


def _main() -> int:
    limit_bytes, sheet = int(sys.argv[1]), sys.argv[2]
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    for other in (soft, hard):
        if other != resource.RLIM_INFINITY:
            limit_bytes = min(limit_bytes, other)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with os.fdopen(os.dup(0), "rb") as source:
            source.seek(0)
            _serve(source, sys.stdout.buffer, sheet)
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        os._exit(1)  # nobody reads any more
    return 0


if __name__ == "__main__":
    sys.exit(_main())
