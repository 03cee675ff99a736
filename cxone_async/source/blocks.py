"""A file on disk to blocks of bytes, without holding the event loop.

Guarantee: blocks are at most `block_bytes` long and in order; a gzip file, told by its
first two bytes whatever its name, yields what it inflates to. Everything the operating
system says about the file becomes one of two errors here: there is no such file
(MissingInputError), or it cannot be read (UnreadableInputError).

Only regular files are read here, since a resumed run and `verify` read them again; see
`spool` for standard input and pipes.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aiofiles

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.source.inflate import GZIP_MAGIC, Inflater

BLOCK_BYTES: Final = 1 << 18
"""A quarter of a megabyte. Larger blocks read no faster, and cutting them into records is
15 to 25 % slower, as the rows of a block no longer fit the processor's cache."""


async def read_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> AsyncGenerator[bytes, None]:
    """The content of a regular file in blocks of at most `block_bytes`, inflated if need be.

    Raises MissingInputError when there is no such file; UnreadableInputError when it is a
    directory or may not be read and, after the blocks before that, for corrupt or cut
    gzip data.
    """
    with reading(path):
        async with aiofiles.open(path, "rb") as file:
            block = await file.read(block_bytes)
            if not block.startswith(GZIP_MAGIC):
                while block:
                    yield block
                    block = await file.read(block_bytes)
                return
            inflater = Inflater(str(path), block_bytes)
            while block:
                inflater.feed(block)
                while inflated := await asyncio.to_thread(inflater.take):
                    yield inflated
                block = await file.read(block_bytes)
            inflater.finish()


async def fingerprint(path: Path) -> str:
    """SHA-256 of the file as it is on disk (of a gzip file, of the compressed bytes), in
    hexadecimal digits. Raises as `read_blocks` does."""

    def digest() -> str:
        with reading(path), path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return await asyncio.to_thread(digest)


def is_regular(path: Path) -> bool:
    """Whether the path is a file that can be read more than once (links are followed).

    Raises MissingInputError when there is nothing there, UnreadableInputError for a
    directory and for what may not be looked at.
    """
    with reading(path):
        path.stat()
        if path.is_dir():
            raise IsADirectoryError
        return path.is_file()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what the operating system says about `path` into MissingInputError or
    UnreadableInputError."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingInputError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise UnreadableInputError(f"{path}: is a directory, not a CSV file") from error
    except OSError as error:
        raise UnreadableInputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name, which can come from a settings file
        raise MissingInputError(f"{str(path)!r}: is no file name") from error
