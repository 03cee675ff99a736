"""What a process needs before anything is loaded that takes time: an answer to signals.

Guarantee: from the first tenth of a second on, SIGTERM, SIGINT and SIGHUP end a command with exit
code 75 and one line. Without a handler, process 1 of a container would not notice SIGTERM at all.
A run installs handlers of its own (`signals`), which drain it.

Raising is not enough. Python drops what a handler raises in a destructor or the callback of a weak
reference, of which imports are full, and a library may catch it. So a signal is noted too, and
whoever has loaded something or is about to wait looks at the note.

And no garbage is collected until a command begins its work, nor at the end: what is loaded stays,
and looking through it takes a fifth of a usage error's time.
"""

import gc
import signal
import sys
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
    """Note a signal when it comes, and raise StoppedBySignal."""
    sys.unraisablehook = _say_unless_stopped
    for number in stopping_signals():
        signal.signal(number, _end)


def signal_that_came() -> signal.Signals | None:
    """Return the last signal that StoppedBySignal was raised for."""
    return _came[-1] if _came else None


def end_if_signalled() -> None:
    """Raise StoppedBySignal if a signal came, whatever became of the exception then."""
    if (number := signal_that_came()) is not None:
        raise StoppedBySignal(number)


def begin_loading() -> None:
    """Collect no garbage until `begin_work`."""
    gc.disable()


def begin_work() -> None:
    """Collect garbage from here on, but do not look for it in what is loaded already."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def end_work() -> None:
    """Do not look for garbage in what is left. All that is to be done on exit is still done."""
    gc.freeze()


_came: Final[list[signal.Signals]] = []


def _end(number: int, _frame: FrameType | None) -> None:
    _came.append(signal.Signals(number))
    raise StoppedBySignal(number)


def _say_unless_stopped(dropped: "sys.UnraisableHookArgs") -> None:
    """Say nothing of a StoppedBySignal that Python drops: the note has it."""
    if not isinstance(dropped.exc_value, StoppedBySignal):
        sys.__unraisablehook__(dropped)
