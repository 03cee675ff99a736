"""What the two children of a run have in common: the frames that they read and write.

A frame is a four-byte length and a body; an empty frame ends the input. The first body is the
child's job. The parent, which is trusted, pickles that of the first child; all other bodies are
bytes of the input, and then MessagePack.

The children import neither asyncio nor what the other one needs (`start_child`): a short list is
prepared in less time than that takes.
"""

import ctypes
import gc
import os
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec

from cxone_async.errors import is_want_of_memory
from cxone_async.prepare.rows import Normalised, Prepared

PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>

OUT_OF_MEMORY: Final = 71
"""The exit code of a child that is refused memory."""

LENGTH: Final = struct.Struct(">I")

YOUNG_OBJECTS: Final = 50_000
"""Python searches for reference cycles after this many new objects. A block of rows makes a few
thousand objects and no cycles. With the default of 700 the search takes up to a tenth of the time
of normalising."""


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """A child could not go on; `error` names a class of the exception tree."""

    error: str
    message: str


class NormalisedBlock(msgspec.Struct, frozen=True, array_like=True, tag="normalised"):
    """The first child's answer to one block."""

    normalised: Normalised


class PreparedBlock(msgspec.Struct, frozen=True, array_like=True, tag="prepared"):
    """The second child's answer to one block."""

    prepared: Prepared


def read_frame(source: BinaryIO) -> bytes:
    """Return the body of the next frame. Ends the process when the writer is gone."""
    (length,) = LENGTH.unpack(_read_exactly(source, LENGTH.size))
    return _read_exactly(source, length)


def _read_exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise SystemExit  # the writer is gone, so there is nothing left to do
    return data


def write_frame(target: BinaryIO, body: bytes) -> None:
    """Write one frame. Raises BrokenPipeError when the reader is gone."""
    target.write(LENGTH.pack(len(body)))
    target.write(body)
    target.flush()


def end_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it is gone (Linux).

    The end of its input says so too, but not while it works on a block, nor while it loads what it
    needs. A parent that is gone already is not noticed.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(serve: Callable[[BinaryIO, BinaryIO], None], parent: int) -> None:
    """Serve the process with the id `parent`, by standard input and output, until either ends."""
    end_with_parent()
    if os.getppid() != parent:
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        return
    except Exception as error:
        if is_want_of_memory(error):
            os._exit(OUT_OF_MEMORY)
        raise
