"""Gzip, inflated a block at a time.

Guarantee: at most one block of inflated bytes is held, whatever the compressed bytes claim. A
small file that inflates to terabytes costs time and no memory.

* Several members one after another are one stream (RFC 1952, section 2.2).
* Zero padding after a member is skipped, as gzip itself does.
* A stream that ends early or fails its checksum is an error that says where.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from cxone_async.errors import UnreadableInputError

GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS


async def inflated(
    stored: AsyncGenerator[bytes, None], name: str, block_bytes: int
) -> AsyncGenerator[bytes, None]:
    """Yield the stored blocks as they are, or inflated if their first two bytes say gzip.

    Inflated blocks are at most `block_bytes` long, and are made in a thread. `name` names the
    input in messages. Raises UnreadableInputError for corrupt or truncated gzip data, after the
    blocks before it. `stored` is closed at the end.
    """
    async with aclosing(stored):
        head = await anext(stored, b"")
        while len(head) < len(GZIP_MAGIC) and (more := await anext(stored, b"")):
            head += more
        if not head.startswith(GZIP_MAGIC):
            if head:
                yield head
            async for block in stored:
                yield block
            return
        inflater = Inflater(name, block_bytes)
        compressed = head
        while compressed:
            inflater.feed(compressed)
            while block := await asyncio.to_thread(inflater.take):
                yield block
            compressed = await anext(stored, b"")
        inflater.finish()


class Inflater:
    """Inflates one gzip stream that comes in pieces of any size.

    After each `feed`, call `take` until it returns b"". `name` names the input in messages.
    """

    def __init__(self, name: str, block_bytes: int) -> None:
        self._name = name
        self._block_bytes = block_bytes
        self._member = zlib.decompressobj(_GZIP_FORMAT)
        self._waiting = b""
        self._fed_bytes = 0

    def feed(self, compressed: bytes) -> None:
        self._waiting += compressed
        self._fed_bytes += len(compressed)

    def take(self) -> bytes:
        """Return the next inflated bytes, at most a block; b"" when more must be fed first.

        Raises UnreadableInputError for data that is not gzip or fails its checksum.
        """
        block = b""
        while not block and self._waiting:
            if self._member.eof:
                self._waiting = self._waiting.lstrip(b"\0")
                if not self._waiting:
                    break
                self._member = zlib.decompressobj(_GZIP_FORMAT)
            block = self._inflate()
        return block

    def finish(self) -> None:
        """Raise UnreadableInputError if the stream ended before its last member did."""
        if not self._member.eof:
            raise UnreadableInputError(
                f"{self._name}: the gzip data is cut short: it ends after "
                f"{self._fed_bytes} bytes in the middle of a member"
            )

    def _inflate(self) -> bytes:
        try:
            block = self._member.decompress(self._waiting, self._block_bytes)
        except zlib.error as error:
            position = self._fed_bytes - len(self._waiting)
            raise UnreadableInputError(
                f"{self._name}: the gzip data is corrupt somewhere after byte {position}"
            ) from error
        member = self._member
        self._waiting = member.unused_data if member.eof else member.unconsumed_tail
        return block
