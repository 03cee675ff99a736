"""Standard output and standard error, which may be slow, full, closed or gone.

Guarantee: no write to a stream of this module raises because the stream cannot take it, and none
to `standard_error()` waits for a reader. Logs and the progress line go there. A thread of its own
writes them; lines are dropped and counted while more than `MOST_QUEUED_BYTES` wait, and where
writing fails. Once a line can be written again, the log says how many were lost.

Guarantee: what is written while a block is kept below stands whole above the block, whoever writes
it and from whichever thread. On a terminal the log and the progress share the screen.
"""

import errno
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, Final, TextIO

MOST_QUEUED_BYTES: Final = 4 << 20
"""Some 15,000 lines. A run writes one every few seconds, and some for each failed request."""

STACK_BYTES: Final = 256 << 10
"""Of the thread that writes. The usual 8 MiB are hard to get where memory is short."""

LONGEST_WAIT_S: Final = 5.0
"""How long the end of a command waits for a reader that does not read."""


class QueuedText:
    """Text on its way to a file descriptor; stands where a text file is expected.

    `tell_lost` is called with the number of lines that were lost, once writing works again.
    """

    errors: Final = "backslashreplace"

    def __init__(
        self, descriptor: int, *, encoding: str = "utf-8", most_bytes: int = MOST_QUEUED_BYTES
    ) -> None:
        self.encoding: Final = encoding
        self.tell_lost: Callable[[int], object] | None = None
        self.lost_lines = 0
        self._descriptor = descriptor
        self._most_bytes = most_bytes
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._untold_lines = 0
        self._is_given_up = False
        self._torn = b""
        self._below = ""

    def write(self, text: str) -> int:
        """Queue the text, or count its lines as lost. Never waits for a reader, never raises."""
        if not text:  # as Rich writes at the end of each capture: no line to give an end
            return 0
        with self._changed:
            if self._below:
                end = "" if text.endswith("\n") else "\n"
                self._put(f"{_erasing(self._below)}{text}{end}{self._below}", lost=text)
            else:
                self._put(text, lost=text)
        return len(text)

    def keep_below(self, block: str) -> None:
        """Show a block below all that is written from now on, in place of the one before.

        Only for a terminal. `block` has no line end behind its last line, and no line that is wider
        than the terminal.
        """
        with self._changed:
            if self._put(f"{_erasing(self._below)}{block}", lost=""):
                self._below = block

    def leave_below(self) -> None:
        """Leave the block where it stands; what is written from now on comes after it."""
        with self._changed:
            if self._below:
                self._put("\n", lost="")
                self._below = ""

    def _put(self, text: str, *, lost: str) -> bool:
        """Queue the text and return True, or count the lines of `lost` as lost."""
        data = text.encode(self.encoding, self.errors)
        if not self._has_room(len(data)):
            self._count_lost(lost.encode(self.encoding, self.errors))
            return False
        self._queue.append(data)
        self._queued_bytes += len(data)
        self._start_thread()
        self._changed.notify_all()
        return True

    def flush(self) -> None:
        """Do nothing: what has been queued is written as soon as it can be."""

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def finish(self, longest_s: float = LONGEST_WAIT_S) -> None:
        """Wait until all is written. What takes longer counts as lost, and so does what follows."""
        self.leave_below()
        with self._changed:
            if self._is_given_up:
                return
            if self._thread is None:
                self._write_all()
            if not self._changed.wait_for(lambda: not self._queue, longest_s):
                self._is_given_up = True
                self._count_lost(*self._queue)
                while len(self._queue) > 1:  # the first is being written
                    self._queued_bytes -= len(self._queue.pop())

    def _has_room(self, size_bytes: int) -> bool:
        """Say whether so much may wait; there is always room for how many lines were lost."""
        is_telling = threading.current_thread() is self._thread
        fits = self._queued_bytes + size_bytes <= self._most_bytes
        return is_telling or (fits and not self._is_given_up)

    def _start_thread(self) -> None:
        """Start the thread if there is none; where that is not possible, the end writes."""
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._write_for_ever, name="standard-error", daemon=True)
        others = threading.stack_size(STACK_BYTES)
        with suppress(RuntimeError):  # no thread left, or no memory for it
            thread.start()
            self._thread = thread
        threading.stack_size(others)

    def _count_lost(self, *texts: bytes) -> None:
        lines = sum(text.count(b"\n") for text in texts)
        self.lost_lines += lines
        self._untold_lines += lines

    def _write_for_ever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
            self._write_all()

    def _write_all(self) -> None:
        """Write what is queued. Waits for the reader."""
        while self._queue:
            text = self._queue[0]
            written, error = _write(self._descriptor, self._torn + text)
            with self._changed:
                if error is not None:
                    self._count_lost(text)
                    self._torn = b"\n" if written else self._torn
                    untold = 0
                else:
                    self._torn, untold, self._untold_lines = b"", self._untold_lines, 0
            if untold and self.tell_lost is not None:
                self.tell_lost(untold)
            with self._changed:
                self._queued_bytes -= len(self._queue.popleft())
                self._changed.notify_all()


def _erasing(block: str) -> str:
    """Return what takes a block off the terminal and goes to where it began."""
    return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * block.count("\n") if block else ""


@cache
def standard_error() -> QueuedText:
    """Return standard error as logs and displays use it."""
    return QueuedText(2, encoding=(sys.stderr and sys.stderr.encoding) or "utf-8")


class LenientFile(FileIO):
    """A file whose writing is given up, not failed; `lost_by` is the reason, an errno."""

    lost_by: int | None = None

    def write(self, data: Any, /) -> int:
        """Write all of the bytes, or take them for written. Waits for a reader."""
        if self.lost_by is None:
            _, self.lost_by = _write(self.fileno(), data)
        return len(data)


def _write(descriptor: int, data: Any) -> tuple[int, int | None]:
    """Write bytes, however long that takes; return how many, and why the rest was not (errno)."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # another program has made the pipe non-blocking
            ready = select.poll()
            ready.register(descriptor, select.POLLOUT)
            ready.poll()
        except OSError as error:
            return len(data) - len(left), error.errno
    return len(data), None


def open_standard_streams() -> None:
    """Give the process three open streams, of which the two that are written never fail.

    Were a descriptor closed, the next file to be opened would get its number, and what is written
    to the stream would go into that file.
    """
    for descriptor, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)  # gets the lowest number that is free
    sys.stdout = _lenient(sys.stdout, 1)
    sys.stderr = _lenient(sys.stderr, 2)


def _lenient(stream: TextIO | None, descriptor: int) -> TextIO:
    raw = LenientFile(descriptor, "w", closefd=False)
    return TextIOWrapper(
        BufferedWriter(raw),
        encoding=stream.encoding if stream else "utf-8",
        errors="backslashreplace",
        line_buffering=descriptor == 2 or raw.isatty(),
    )


def lost_output() -> int | None:
    """Flush standard output; return why a part of it could not be written, as an errno.

    A reader who has read enough and is gone does not count.
    """
    with suppress(OSError):
        sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    lost_by = raw.lost_by if isinstance(raw, LenientFile) else None
    return None if lost_by == errno.EPIPE else lost_by
