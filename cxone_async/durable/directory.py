"""The run directory, and the durability of the names in a directory.

Guarantee: a run directory made here is readable by its owner only, and its name is synced
before `create_run_directory` returns. A file whose bytes are flushed is still lost in a power
cut when its name is not.
"""

import os
from pathlib import Path

from cxone_async.durable.writing import cannot_write, writing


def create_run_directory(path: Path) -> None:
    """Make the directory (0700) and its missing parents; leave an existing one as it is.

    Raises CannotWriteError, naming the directory that could not be made, or what is in its place.
    """
    _make(path.absolute(), 0o700)


def sync_directory(directory: Path) -> None:
    """Make renames and removals in `directory` durable. Raises CannotWriteError."""
    with writing(directory):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _make(directory: Path, mode: int) -> None:
    with writing(directory):
        if directory.is_dir():
            return
        if directory.is_symlink():
            raise cannot_write(directory, "it is a link, and leads to no directory")
        if directory.exists():
            raise cannot_write(directory, "it is a file, and a directory is needed there")
    _make(directory.parent, 0o777)
    with writing(directory):
        directory.mkdir(mode, exist_ok=True)
    sync_directory(directory.parent)
