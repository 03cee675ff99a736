"""Starts a child of a run: `python -m cxone_async.prepare.start_child normalising PARENT`.

The other one is `matching`; PARENT is the id of the process that starts it.

A child imports what it needs only once it can end as it should: with no memory for the import, as
with none later. Neither imports what only the other needs.
"""

import sys
from typing import BinaryIO

from cxone_async.prepare.child_process import run


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Serve as the child that the command line names."""
    if sys.argv[1] == "normalising":
        from cxone_async.prepare.normalising_child import serve_normalising  # noqa: PLC0415

        serve_normalising(source, target)
    else:
        from cxone_async.prepare.matching_child import serve_matching  # noqa: PLC0415

        serve_matching(source, target)


if __name__ == "__main__":
    run(serve, int(sys.argv[2]))
