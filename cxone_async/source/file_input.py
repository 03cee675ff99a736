"""A regular file, read where it is, without blocking the event loop.

Guarantee: a file that was replaced or changed since it was opened is refused and not read. So
the bytes that a run reads are the bytes that its fingerprint names, unless the file changes
during the reading itself; `verify` finds that.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import aiofiles

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.source.inflate import inflated

BLOCK_BYTES: Final = 1 << 18
"""A quarter of a megabyte. Larger blocks read no faster, and cutting them into records is
15 to 25 % slower, because the rows of a block no longer fit the processor's cache."""


@dataclass(frozen=True, slots=True)
class FileInput:
    """A regular file as an `Input`. `uri` is its path, `status` what it was when opened."""

    uri: str
    status: os.stat_result
    is_readable_again: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return Path(self.uri).name

    @property
    def location(self) -> str:
        return str(Path(self.uri).absolute())

    @property
    def size_bytes(self) -> int:
        return self.status.st_size

    async def fingerprint(self) -> str:
        return await asyncio.to_thread(self._digest)

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return inflated(self._stored_blocks(), self.uri, BLOCK_BYTES)

    async def make_readable_again(self, copy: Path) -> None:
        """Do nothing: a file can be read again where it is."""

    def discard_copy(self) -> None:
        """Do nothing: there is no copy."""

    async def _stored_blocks(self) -> AsyncGenerator[bytes, None]:
        with reading(self.uri):
            async with aiofiles.open(self.uri, "rb") as file:
                self._refuse_if_changed(file.fileno())
                while block := await file.read(BLOCK_BYTES):
                    yield block

    def _digest(self) -> str:
        with reading(self.uri), Path(self.uri).open("rb") as file:
            self._refuse_if_changed(file.fileno())
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _refuse_if_changed(self, descriptor: int) -> None:
        # Not the inode: some network file systems give the same file another one.
        now, then = os.fstat(descriptor), self.status
        if (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns):
            raise UnreadableInputError(f"{self.uri}: has changed since it was opened; start again")


def file_status(uri: str) -> os.stat_result:
    """Look at a file, pipe or device (links are followed).

    Raises MissingInputError when there is nothing there, UnreadableInputError for a directory
    and for what may not be looked at.
    """
    with reading(uri):
        status = Path(uri).stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError
        return status


@contextmanager
def reading(uri: str) -> Iterator[None]:
    """Translate what the operating system says about a file.

    It becomes MissingInputError (there is no such file) or UnreadableInputError.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingInputError(f"{uri}: there is no such file") from error
    except IsADirectoryError as error:
        raise UnreadableInputError(f"{uri}: is a directory, not a CSV file") from error
    except OSError as error:
        raise UnreadableInputError(f"{uri}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name, which can come from a settings file
        raise MissingInputError(f"{uri!r}: is no file name") from error
