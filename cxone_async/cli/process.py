"""What a process needs before anything is loaded that takes time: an answer to signals.

Guarantee: from the first tenth of a second on, SIGTERM, SIGINT and SIGHUP end a command with exit
code 75 and one line. Without a handler, process 1 of a container would not notice SIGTERM at all.
A run installs handlers of its own (`signals`), which drain it.
"""

import signal
from types import FrameType
from typing import Final

STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
EXIT_STOPPED: Final = 75


class StoppedBySignal(SystemExit):
    """A signal ends the command: anywhere, since nothing that it does needs an end of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(EXIT_STOPPED)
        self.message = f"stopped by {signal.Signals(number).name}; run the same command again"


def stopping_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop a command: not SIGHUP where `nohup` has it ignored."""
    return tuple(
        number
        for number in STOPPING
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
    )


def end_on_signals() -> None:
    """Raise StoppedBySignal when a signal comes."""
    for number in stopping_signals():
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    raise StoppedBySignal(number)
