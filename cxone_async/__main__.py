"""The program: `cxone-async`, and `python -m cxone_async`.

Signals are answered before the command line is loaded, which takes longer than all before it.
"""

import sys
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
        end_on_signals()
        begin_loading()
        open_standard_streams()
        from cxone_async.cli.main import run  # noqa: PLC0415  slow to load

        end_if_signalled()
        sys.exit(run(sys.argv[1:]))
    except StoppedBySignal as stopped:
        _end_stopped(stopped)
    except Exception:
        if (number := signal_that_came()) is None:
            raise
        _end_stopped(StoppedBySignal(number))  # what was raised for it became another error
    finally:
        end_work()


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
