"""The program: `cxone-async`, and `python -m cxone_async`.

Signals are answered before the command line is loaded, which takes longer than all before it.
"""

import sys

from cxone_async.cli.process import StoppedBySignal, end_on_signals
from cxone_async.standard_streams import open_standard_streams


def main() -> None:
    """Run the command line; the exit code is the contract's."""
    end_on_signals()
    open_standard_streams()
    try:
        from cxone_async.cli.main import run  # noqa: PLC0415  slow to load

        sys.exit(run(sys.argv[1:]))
    except StoppedBySignal as stopped:
        from cxone_async.cli.ending import end_stopped  # noqa: PLC0415  slow to load

        end_stopped(stopped, as_json=not sys.stderr.isatty())


if __name__ == "__main__":
    main()
