"""Files that are either whole or absent.

Guarantee: a file has its own name only when all of its bytes are on the disk. It is written
under a temporary name in the same directory, readable by its owner only, then fsynced and
renamed; then the directory is fsynced, because a rename is durable only when its directory
is. On any failure the temporary file is removed.

Everything here blocks: call it from a thread.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from cxone_async.durable.directory import sync_directory
from cxone_async.durable.writing import writing

_BUFFER_BYTES = 1 << 20
_SUFFIX = ".partial"
_FOR_ITS_OWNER = 0o600


class AtomicFile:
    """A file that is being written. As a context manager it is published, or discarded on error.

    `mode` is that of the file, in place of one for its owner alone. Raises CannotWriteError when
    the directory or the disk refuses.
    """

    def __init__(self, path: Path, *, mode: int = _FOR_ITS_OWNER) -> None:
        self.path = path
        with writing(path):
            descriptor, name = tempfile.mkstemp(
                dir=path.parent, prefix=f".{path.name}.", suffix=_SUFFIX
            )
        self._temporary = Path(name)
        if mode != _FOR_ITS_OWNER:
            os.fchmod(descriptor, mode)
        self._file = os.fdopen(descriptor, "wb", _BUFFER_BYTES)
        self._digest = sha256()
        self._is_left_out = False

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of everything written so far."""
        return self._digest.hexdigest()

    @property
    def is_kept(self) -> bool:
        """Whether there is to be a file of this name."""
        return not self._is_left_out

    def write(self, data: bytes) -> None:
        with writing(self.path):
            self._file.write(data)
        self._digest.update(data)

    def leave_out(self) -> None:
        """Have no file of this name: `publish` removes an older one."""
        self._is_left_out = True

    def seal(self) -> None:
        """Flush everything to the disk and close the file; nothing can be written afterwards."""
        with writing(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def publish(self) -> None:
        """Give the sealed file its name, replacing an older file. Not durable yet.

        An empty directory of that name is removed; one that holds something is refused.
        """
        with writing(self.path):
            if not self._is_left_out:
                _remove_empty_directory(self.path)
                self._temporary.replace(self.path)
            elif self.path.is_file() or self.path.is_symlink():
                self.path.unlink()

    def discard(self) -> None:
        """Remove the temporary file; harmless after `publish`."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.seal()
                self.publish()
                sync_directory(self.path.parent)
        finally:
            self.discard()


@contextmanager
def files_together(
    directory: Path,
    names: Sequence[str],
    before_names: Callable[[Sequence[AtomicFile]], object] = len,
) -> Iterator[list[AtomicFile]]:
    """Write several files so that the last one proves that the others are complete.

    Yields one open file for each name. When the block succeeds, all files are flushed, an
    older last file is removed, and the new files get their names in the given order. So
    whenever the last file exists, the others exist and come from the same writing. When the
    block fails, nothing in the directory has changed. `before_names` gets the sealed files
    before the first name is given or taken away.
    """
    for name in names:
        _remove_leftovers(directory, name)
    files: list[AtomicFile] = []
    try:
        for name in names:
            files.append(AtomicFile(directory / name))
        yield files
        *others, last = files
        for file in files:
            file.seal()
        before_names(files)
        with writing(last.path):
            _remove_empty_directory(last.path)
            last.path.unlink(missing_ok=True)
        sync_directory(directory)
        for file in others:
            file.publish()
        sync_directory(directory)
        last.publish()
        sync_directory(directory)
    finally:
        for file in files:
            file.discard()


def _remove_leftovers(directory: Path, name: str) -> None:
    """Remove what a killed writer left, which may be as large as the file itself."""
    for leftover in directory.glob(f".{name}.*{_SUFFIX}"):
        with suppress(OSError):
            leftover.unlink()


def _remove_empty_directory(path: Path) -> None:
    with suppress(OSError):  # no directory, or one that holds something
        path.rmdir()
