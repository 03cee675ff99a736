"""Where an input is copied to before the name of its run directory is known.

Guarantee: a copy that a killed process left is removed by the next start in the same directory.

The name of a run directory that nobody gave is made of the input, so the input has to be read
first. Its copy is made in a directory of its own, 0700, which a living process holds as it holds a
run directory. What is not held is what a killed process left.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cxone_async.durable.lease import RunDirectoryLease
from cxone_async.durable.writing import writing
from cxone_async.errors import RunError
from cxone_async.logs import log

_PREFIX: Final = ".cxone-run-"
_SUFFIX: Final = ".partial"


@contextmanager
def copying_place(within: Path = Path()) -> Iterator[Path]:
    """Make a directory for a copy; remove it, with what is in it, at the end.

    Raises CannotWriteError.
    """
    with writing(within):
        place = Path(tempfile.mkdtemp(prefix=_PREFIX, suffix=_SUFFIX, dir=within))
    try:
        with RunDirectoryLease.acquire(place):
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def remove_places_of_the_dead(within: Path) -> None:
    """Remove what killed processes left in this directory; what cannot be removed stays."""
    for place in within.glob(f"{_PREFIX}*{_SUFFIX}"):
        if place.is_symlink() or not place.is_dir():
            continue
        with suppress(RunError):  # a living process holds it, or it is not ours
            with RunDirectoryLease.acquire(place):
                shutil.rmtree(place, ignore_errors=True)
            log.info("leftover_removed", name=place.name)


def remove_unfinished_copies(run_directory: Path, name: str) -> None:
    """Remove what killed processes left of a copy of this name in a run directory that is held."""
    for leftover in run_directory.glob(f".{name}*{_SUFFIX}"):
        with suppress(OSError):
            leftover.unlink()
            log.info("leftover_removed", name=leftover.name)
