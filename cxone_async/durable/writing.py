"""One error, in one wording, for a disk or directory that refuses to be written.

Guarantee: every refusal reads "cannot write PATH: CAUSE (errno N)", with the cause as the
operating system words it, or SQLite, which has no errno. No content of a file is quoted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxone_async.errors import CannotWriteError


def cannot_write(path: Path, cause: str) -> CannotWriteError:
    """Return the error to raise when `path` cannot be written because of `cause`."""
    return CannotWriteError(f"cannot write {path}: {cause}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate an OSError into CannotWriteError, naming `path` and the cause."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, _cause(error)) from error


def cannot_read(path: Path, cause: str) -> CannotWriteError:
    """Return the error to raise when the disk does not let `path` be read because of `cause`."""
    return CannotWriteError(f"cannot read {path}: {cause}")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Translate an OSError of a read, naming `path` and the cause, with the same exit code."""
    try:
        yield
    except OSError as error:
        raise cannot_read(path, _cause(error)) from error


def _cause(error: OSError) -> str:
    words = error.strerror or type(error).__name__
    return f"{words} (errno {error.errno})" if error.errno else words
