"""The program: `cxone-async`, and `python -m cxone_async`.

Signals are answered before the command line is loaded, which takes longer than all before it.
"""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from cxone_async.cli.process import (
    EXIT_STOPPED,
    StoppedBySignal,
    begin_loading,
    end_if_signalled,
    end_on_signals,
    end_work,
    signal_that_came,
)
from cxone_async.standard_streams import open_standard_streams


def main() -> None:
    """Run the command line; the exit code is the contract's."""
    try:
        code = _exit_code()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        code = ended.code
    _end(code)


def _exit_code() -> int:
    try:
        end_on_signals()
        begin_loading()
        open_standard_streams()
        from cxone_async.cli.main import run  # noqa: PLC0415  slow to load

        end_if_signalled()
        return run(sys.argv[1:])
    except StoppedBySignal as stopped:
        _end_stopped(stopped)
    except Exception:
        if (number := signal_that_came()) is None:
            raise
        _end_stopped(StoppedBySignal(number))  # what was raised for it became another error
    finally:
        end_work()


def _end(code: int) -> NoReturn:
    """End the process with an exit code.

    The threads of obstore are never told to end. One that is at work while the interpreter is taken
    down aborts the process (SIGABRT), so then it is not taken down.
    """
    if "obstore" in sys.modules:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _end_stopped(stopped: StoppedBySignal) -> NoReturn:
    from cxone_async.cli.ending import end_stopped  # noqa: PLC0415  slow to load
    from cxone_async.cli.json_document import json_document  # noqa: PLC0415
    from cxone_async.cli.termination import termination_message  # noqa: PLC0415

    document = json_document()
    if not document.command:
        document.begin(sys.argv[1:])
        termination_message().begin(sys.argv[1:])
    try:
        end_stopped(stopped, as_json=not sys.stderr.isatty())
    finally:
        document.write_error(EXIT_STOPPED)
        termination_message().write(EXIT_STOPPED)


if __name__ == "__main__":
    main()
