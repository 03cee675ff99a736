"""Converts the input to an encoding in which it can be cut at byte level.

Guarantee: the bytes that `Transcoder` delivers are UTF-8, or in a single-byte encoding
whose first half is ASCII. In both, a byte below 128 always is the ASCII character it
looks like, so line ends, quotes and delimiters can be found without decoding, and one
broken character never swallows its neighbours. Such input passes through untouched,
so rejects.csv can repeat a row byte for byte. Everything else (UTF-16,
Shift-JIS, ...) is transcoded to UTF-8 on the way; its rejects are therefore UTF-8.

A sequence that cannot be decoded does not stop the stream: it becomes the bytes of a
lone surrogate, which are no valid UTF-8. The record that holds them fails to decode
later, and no other.

A byte order mark is believed before the declared encoding, and never delivered.
"""

import codecs
import itertools
from functools import lru_cache
from typing import Final

from cxone_async.errors import UsageError

AUTO: Final = "auto"
"""UTF-8, in a file that was looked at first: `encoding_check` refuses it if it is another one."""

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LONGEST_MARK_BYTES: Final = 4
# Python calls these text encodings, but they are notations for one string, not charsets.
_NOT_CHARSETS: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
# Names that require a mark: without one, programs write little-endian.
_WITHOUT_MARK: Final = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MARK_UNDECODABLE: Final = "cxone_async.mark_undecodable"


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_MARK_UNDECODABLE, _mark_undecodable)


def encoding_name(declared: str) -> str:
    """The canonical name of a declared encoding.

    That of AUTO is UTF-8. Raises UsageError when Python knows no charset of that name.
    """
    if declared == AUTO:
        return "utf-8"
    try:
        name = codecs.lookup(declared).name.replace("_", "-")
        is_charset = name not in _NOT_CHARSETS and isinstance(b"a".decode(name), str)
    except UnicodeDecodeError:  # a charset whose characters are wider than a byte
        is_charset = True
    except (LookupError, ValueError):
        is_charset = False
    if not is_charset:
        raise UsageError(
            f"encoding {declared!r} is not known; auto, utf-8, cp1252 and utf-16-le are examples"
        )
    return _WITHOUT_MARK.get(name, name)


@lru_cache(maxsize=8)
def _passes_through(encoding: str) -> bool:
    """Tell whether bytes in `encoding` can be cut as they are.

    That holds for UTF-8, and for one byte a character with ASCII below 128 and nothing of ASCII
    above. Decoding every pair of bytes shows the latter.
    """
    if encoding == "utf-8":
        return True
    every_pair = bytes(itertools.chain.from_iterable(itertools.product(range(256), repeat=2)))
    try:
        alphabet = bytes(range(256)).decode(encoding, "surrogateescape")
        text = every_pair.decode(encoding, "surrogateescape")
    except UnicodeDecodeError:
        return False
    return (
        len(alphabet) == 256
        and alphabet[:128].encode() == bytes(range(128))
        and not any(character.isascii() for character in alphabet[128:])
        and text == "".join(alphabet[byte] for byte in every_pair)
    )


def mark_and_encoding(head: bytes, declared: str) -> tuple[bytes, str]:
    """Return the byte order mark that `head` begins with, and the encoding of what follows it.

    Without a mark that is b"" and the declared encoding.
    """
    for mark, marked in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return mark, marked
    return b"", declared


class Transcoder:
    """Makes a stream of blocks, in the declared or marked encoding, safe to cut.

    `encoding` names what the delivered bytes are in; it is None until the first bytes
    are delivered, since a byte order mark may overrule the declared encoding. `source` names what
    the input is in, from then on, and `has_mark` says whether there was a mark.
    """

    def __init__(self, declared: str = "utf-8") -> None:
        """Raises UsageError when `declared` is no known charset."""
        self._declared = encoding_name(declared)
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self.encoding: str | None = None
        self.has_mark = False
        self.source: str | None = None

    def feed(self, block: bytes) -> bytes:
        """What can be delivered of the stream so far (b"" while its first bytes are few)."""
        if self.encoding is None:
            self._head += block
            if len(self._head) < LONGEST_MARK_BYTES:
                return b""
            return self._begin()
        return self._deliver(block, final=False)

    def finish(self) -> bytes:
        """The rest, once the stream has ended."""
        begun = self._begin() if self.encoding is None else b""
        return begun + self._deliver(b"", final=True)

    def _begin(self) -> bytes:
        head, self._head = self._head, b""
        mark, source = mark_and_encoding(head, self._declared)
        head = head[len(mark) :]
        self.has_mark = bool(mark)
        self.source = source
        if _passes_through(source):
            self.encoding = source
        else:
            self.encoding = "utf-8"
            self._decoder = codecs.getincrementaldecoder(source)(_MARK_UNDECODABLE)
        return self._deliver(head, final=False)

    def _deliver(self, block: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return block
        return self._decoder.decode(block, final).encode("utf-8", "surrogatepass")
