"""A regular file, read where it is, without blocking the event loop.

Guarantee: `blocks` never yields a byte that the fingerprint does not name. The fingerprint pass
keeps the digest of everything up to each block's end. The reading passes compare the stored bytes
with these digests block by block, before a block is inflated or handed on. So a file that is
overwritten, cut or appended to while it is read is refused at the first block that shows it,
whatever its size and times say.

A change behind the reading, in bytes that were handed on already, is found at the end, and so is a
file that was removed or replaced by another of its name: `verify` and a resumed run would not find
the bytes of this run. The system notes when a file was last written to (`st_ctime_ns`, which nobody
can set). What is there at the end is hashed once more if that time is another one, or if it was
so recent at the beginning that a second change could have the same time.
"""

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

import aiofiles
from aiofiles.threadpool.binary import AsyncBufferedReader

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.source.inflate import inflated

BLOCK_BYTES: Final = 1 << 18
"""A quarter of a megabyte. Larger blocks read no faster, and cutting them into records is
15 to 25 % slower, because the rows of a block no longer fit the processor's cache."""

_RECENT_NS: Final = 2_000_000_000
"""The coarsest time stamps of a file system in use are those of FAT: two seconds."""


class FileInput:
    """A regular file as an `Input`. `uri` is its path, `status` what it was when opened."""

    is_readable_again: ClassVar[bool] = True
    is_stream: ClassVar[bool] = False

    sheet: ClassVar[str] = ""

    def __init__(self, uri: str, status: os.stat_result) -> None:
        self.uri: Final = uri
        self.status: Final = status
        self._digests: Digests | None = None

    @property
    def name(self) -> str:
        return Path(self.uri).name

    @property
    def location(self) -> str:
        return str(Path(self.uri).absolute())

    @property
    def text_path(self) -> str:
        return self.uri

    @property
    def size_bytes(self) -> int:
        return self.status.st_size

    async def fingerprint(self) -> str:
        return (await self._known_digests()).whole

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return inflated(self.stored_blocks(), self.uri, BLOCK_BYTES)

    async def text_sha256(self) -> str:
        return ""

    async def make_readable_again(self, copy: Path, *, has_begun: bool = False) -> None:
        """Do nothing: a file can be read again where it is."""

    def discard_copy(self) -> None:
        """Do nothing: there is no copy."""

    def discard_text(self) -> None:
        """Do nothing: it is read where it is."""

    def renamed(self, uri: str) -> "FileInput":
        """Return the same file under its new path; it need not be hashed again."""
        same = FileInput(uri, self.status)
        same._digests = self._digests
        return same

    async def _known_digests(self) -> "Digests":
        if self._digests is None:
            self._digests = await asyncio.to_thread(self._read_digests)
        return self._digests

    def _read_digests(self) -> "Digests":
        with reading(self.uri), Path(self.uri).open("rb") as file:
            _refuse_if_changed(self.uri, self.status, os.fstat(file.fileno()))
            digests = Digests.of(file)
            _refuse_if_changed(self.uri, self.status, os.fstat(file.fileno()))
            return digests

    async def stored_blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the bytes as stored; otherwise as `blocks`."""
        one_pass = _Pass(self.uri, self.status, await self._known_digests())
        with reading(self.uri):
            async with _opened(self.uri) as file:
                await asyncio.to_thread(one_pass.begin, file.fileno())
                while block := await file.read(BLOCK_BYTES):
                    await asyncio.to_thread(one_pass.check, block, file.fileno())
                    yield block
                await asyncio.to_thread(one_pass.end, file.fileno())


class Digests:
    """SHA-256 of a file: of everything up to each block's end, and of the whole.

    A block takes 32 bytes, so a file of 10 GB takes 1.3 MB.
    """

    def __init__(self) -> None:
        self._running = hashlib.sha256()
        self._upto = bytearray()
        self.count = 0

    @classmethod
    def of(cls, file: BinaryIO) -> "Digests":
        """Hash a file from where it stands to its end."""
        digests = cls()
        while block := file.read(BLOCK_BYTES):
            digests.add(block)
        return digests

    def add(self, block: bytes) -> bytes:
        """Take the next block; return the digest of everything up to its end."""
        self._running.update(block)
        digest = self._running.digest()
        self._upto += digest
        self.count += 1
        return digest

    def upto(self, index: int) -> bytes:
        """Return the digest up to the end of block `index`, from 0; b"" behind the last."""
        size = self._running.digest_size
        return bytes(self._upto[index * size : (index + 1) * size])

    @property
    def whole(self) -> str:
        return self._running.hexdigest()


class _Pass:
    """What one pass over a file must find.

    Its methods block, and raise UnreadableInputError if the file has changed.
    """

    def __init__(self, uri: str, status: os.stat_result, expected: Digests) -> None:
        self._uri = uri
        self._status = status
        self._expected = expected
        self._found = Digests()
        self._known_unchanged: tuple[int, int] | None = None

    def begin(self, descriptor: int) -> None:
        status = self._refuse_if_changed(descriptor)
        if status.st_ctime_ns < time.time_ns() - _RECENT_NS:
            self._known_unchanged = status.st_ino, status.st_ctime_ns

    def check(self, block: bytes, descriptor: int) -> None:
        self._refuse_if_changed(descriptor)
        index = self._found.count
        if self._found.add(block) != self._expected.upto(index):
            raise self._changed()

    def end(self, descriptor: int) -> None:
        self._refuse_if_changed(descriptor)
        if self._found.count < self._expected.count or self._is_another():
            raise self._changed()

    def _refuse_if_changed(self, descriptor: int) -> os.stat_result:
        now = os.fstat(descriptor)
        _refuse_if_changed(self._uri, self._status, now, self._expected.whole)
        return now

    def _is_another(self) -> bool:
        """Whether the path stands by now for other bytes than those that were read, or for none."""
        try:
            now = Path(self._uri).stat()
            if (now.st_ino, now.st_ctime_ns) == self._known_unchanged:
                return False
            with Path(self._uri).open("rb") as file:
                return Digests.of(file).whole != self._expected.whole
        except FileNotFoundError:
            return True

    def _changed(self) -> UnreadableInputError:
        return _changed(self._uri, self._expected.whole)


@asynccontextmanager
async def _opened(uri: str) -> AsyncGenerator[AsyncBufferedReader, None]:
    """Open a file and close it, however its reader ends.

    A cancelled `aiofiles.open` alone would leave behind the file that its thread is opening.
    """
    opening = asyncio.create_task(_open(uri))
    try:
        await asyncio.wait([opening])
        yield opening.result()
    finally:
        # a task of its own goes on when the reader is cancelled once more
        await asyncio.wait([asyncio.create_task(_close(opening))])


async def _close(opening: "asyncio.Task[AsyncBufferedReader]") -> None:
    await asyncio.wait([opening])
    if opening.exception() is None:
        await opening.result().close()


async def _open(uri: str) -> AsyncBufferedReader:
    return await aiofiles.open(uri, "rb")


def _refuse_if_changed(
    uri: str, then: os.stat_result, now: os.stat_result, fingerprint: str = ""
) -> None:
    """Raise UnreadableInputError if size or time of the last change differ."""
    # Not the inode: some network file systems give the same file another one.
    if (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns):
        raise _changed(uri, fingerprint)


def _changed(uri: str, fingerprint: str) -> UnreadableInputError:
    way_on = (
        f". An import that has sent rows goes on only with the file of SHA-256 {fingerprint}: put "
        "it back and run the same command. With other bytes it is another run, which sends every "
        "row"
        if fingerprint
        else ""
    )
    return UnreadableInputError(
        f"{uri}: has changed since it was opened; nothing that was changed was used; start again"
        f"{way_on}"
    )


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
