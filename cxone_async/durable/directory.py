"""The run directory and the durability of the names in it.

Guarantee: a run directory that this makes is 0700 and survives a power loss by the time
it is there to be used: a file that is flushed is still lost when its name is not.
"""

import os
from pathlib import Path

from cxone_async.errors import CannotWriteError


def create_run_directory(path: Path) -> None:
    """Make the directory and what is missing above it; one that is there is left as it is.

    Raises CannotWriteError when something else is in the way or the file system refuses.
    """
    try:
        _make(path.absolute(), 0o700)
    except OSError as error:
        raise CannotWriteError(
            f"run directory {path} cannot be made: {error.strerror}: {error.filename}"
        ) from error


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(directory: Path, mode: int) -> None:
    if directory.is_dir():
        return
    _make(directory.parent, 0o777)
    directory.mkdir(mode, exist_ok=True)
    sync_directory(directory.parent)
