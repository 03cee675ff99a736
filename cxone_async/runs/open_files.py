"""How many files and connections a run may have open at once.

Guarantee: a run begins only where the process may open what it needs, and opens no more connections
than there is room for beside its files. Descriptors for the files at the end are held from the
start, so that they are there when everything else is in use.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from cxone_async.errors import ConfigurationError
from cxone_async.logs import log

OWN_FILES: Final = 28
"""At most 21 were seen at once before the end: journal, lock, input, outcomes that wait, event loop
and the pipes of two children. The rest is for looking up a name and for what Python loads."""

FINAL_FILES: Final = 16
"""At most 12 were seen: nine files with names, and the parts of a workbook."""

OF_A_CONNECTION: Final = 3
"""One to submit and one to ask, and one more while an address of each kind is tried."""


def connections_beside_files(wanted: int) -> int:
    """Return how many connections of each kind a run may open: `wanted`, or what there is room for.

    Raises the process's limit as far as that takes and the hard limit allows. Logs when there are
    fewer than wanted. Raises ConfigurationError when not even one fits; a plan wants none.
    """
    open_now = sum(1 for _ in Path("/dev/fd").iterdir()) - 1  # itself
    needed = open_now + OWN_FILES + FINAL_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = allowed(soft, hard, needed + wanted * OF_A_CONNECTION)
    if limit > soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    connections = min(wanted, (limit - needed) // OF_A_CONNECTION)
    if connections < min(wanted, 1):
        raise ConfigurationError(
            f"the limit of {limit} open files (ulimit -n) is too low: a run needs "
            f"{needed + OF_A_CONNECTION * min(wanted, 1)}, and "
            f"{needed + OF_A_CONNECTION * wanted} for all its connections"
        )
    if connections < wanted:
        log.warning(
            "few_open_files",
            limit=limit,
            needed=needed + OF_A_CONNECTION * wanted,
            connections=connections,
        )
    return connections


def allowed(soft: int, hard: int, needed: int) -> int:
    """Return the limit to work with: the soft one, or more where that is needed and allowed."""
    soft, hard = (needed if one == resource.RLIM_INFINITY else one for one in (soft, hard))
    return max(soft, min(needed, hard))


@contextmanager
def final_files_in_reserve() -> Iterator[None]:
    """Hold the descriptors of the final files until the block has ended."""
    with ExitStack() as held:
        for _ in range(FINAL_FILES):
            held.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        yield
