"""One line for `kubectl describe pod`: how the night went, in the container's termination log.

Guarantee: the file is written only where it is there already, which is in a pod, and only by the
commands that a pod is run for. Nothing that goes wrong there changes how a command ends; the same
is said on standard error.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from cxone_async import __version__
from cxone_async.notifications.message import EndOfRun, one_line
from cxone_async.notifications.next_step import AFTER_STOP

TERMINATION_LOG: Final = Path("/dev/termination-log")
MOST_BYTES: Final = 4096
"""What Kubernetes keeps of it."""

TOLD_OF: Final = frozenset({"import", "plan"})


class TerminationMessage:
    """What is noted of a command's end, written once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._command = ""
        self._end: EndOfRun | None = None

    def begin(self, arguments: Sequence[str]) -> None:
        """Begin a command."""
        self._command = arguments[0] if arguments else ""
        self._end = None

    def note(self, end: EndOfRun) -> None:
        """Note how a run ended."""
        self._end = end

    def note_stop(self, message: str, exit_code: int) -> None:
        """Note why a command ended early, unless more is known of its end."""
        if self._end is None:
            self._end = EndOfRun(
                command=self._command,
                happened=message,
                exit_code=exit_code,
                next_step=AFTER_STOP.get(exit_code, ""),
                version=__version__,
            )

    def write(self, exit_code: int) -> None:
        """Write the line, with the exit code that the command ends with."""
        if self._end is None or self._command not in TOLD_OF:
            return
        with suppress(OSError):
            _write(self._path, cut_bytes(one_line(replace(self._end, exit_code=exit_code))))


@cache
def termination_message() -> TerminationMessage:
    """Return the message of this process."""
    return TerminationMessage(TERMINATION_LOG)


def cut_bytes(line: str) -> bytes:
    """Return a line in UTF-8, with its line end, as long as Kubernetes keeps it."""
    text = line.encode(errors="backslashreplace")
    if len(text) >= MOST_BYTES:
        text = text[: MOST_BYTES - 4].decode(errors="ignore").encode() + b"..."
    return text + b"\n"


def _write(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, text)
    finally:
        os.close(descriptor)
