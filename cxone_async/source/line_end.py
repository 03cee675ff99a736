"""Whether an input's last line has a line end. If not, the file may have been cut off."""

from collections.abc import AsyncIterator
from typing import Final

from cxone_async.source.encoding import LONGEST_MARK_BYTES, encoding_name, mark_and_encoding

_LONGEST_CHARACTER_BYTES: Final = 4


class LineEndWatch:
    """Watches blocks pass, and knows afterwards how the last one ended."""

    def __init__(self, declared: str = "utf-8") -> None:
        """Raises UsageError when `declared` is no known charset."""
        self._declared = encoding_name(declared)
        self._head = b""
        self._tail = b""

    async def over(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the blocks unchanged."""
        async for block in blocks:
            if len(self._head) < LONGEST_MARK_BYTES:
                self._head += block[:LONGEST_MARK_BYTES]
            tail = self._tail + block[-_LONGEST_CHARACTER_BYTES:]
            self._tail = tail[-_LONGEST_CHARACTER_BYTES:]
            yield block

    @property
    def has_line_end(self) -> bool:
        """Whether the last character so far is a carriage return or a line feed."""
        _, encoding = mark_and_encoding(self._head, self._declared)
        return self._tail.decode(encoding, "replace").endswith(("\n", "\r"))
