"""The input's physical lines, as `verify` reads them.

Written separately from the code that imports, and in another way: whole lines instead of blocks.
Both follow what the documentation says of the input:

* Lines end with a line feed, a carriage return or both.
* A byte order mark is not part of the data.
* An encoding in which ASCII bytes may be parts of other characters is converted to UTF-8.
"""

import codecs
import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from cxone_async.errors import MissingInputError, UnreadableInputError

_BLOCK_BYTES: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingInputError(f"no such input: {path}") from error
    except (OSError, EOFError) as error:
        raise UnreadableInputError(
            f"{path}: {getattr(error, 'strerror', None) or error}"
        ) from error


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def physical_lines(path: Path, encoding: str) -> Iterator[bytes]:
    """Yield the input's lines with their line ends, as bytes that agree with ASCII.

    `encoding` is used when the input has no byte order mark. Raises MissingInputError and
    UnreadableInputError.
    """
    with _reading(path), path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.open(raw) as unpacked:
                yield from _lines(_ascii_compatible(unpacked, encoding))
        else:
            yield from _lines(_ascii_compatible(raw, encoding))


def mark_of_copies(path: Path, encoding: str) -> bytes:
    """Return the byte order mark that the files of rejects begin with: that of UTF-8, or none.

    They have it if the input begins with a mark, or is none that agrees with ASCII. Raises as
    `physical_lines` does.
    """
    return codecs.BOM_UTF8 if _has_mark(path) or not _cuts_as_bytes(encoding) else b""


def encoding_of_lines(path: Path, encoding: str) -> str:
    """Return the encoding of the lines that `physical_lines` yields. Raises the same errors."""
    return encoding if not _has_mark(path) and _cuts_as_bytes(encoding) else "utf-8"


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file as it is, in hex. Raises as `physical_lines` does."""
    with _reading(path), path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _has_mark(path: Path) -> bool:
    with _reading(path), path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if packed else raw as file:
            head = file.read(len(codecs.BOM_UTF32_LE))
    return any(head.startswith(mark) for mark, _ in _MARKS)


def _ascii_compatible(file: _Readable, encoding: str) -> Iterator[bytes]:
    head = file.read(_BLOCK_BYTES)
    for mark, marked in _MARKS:
        if head.startswith(mark):
            head, encoding = head[len(mark) :], marked
            break
    decoder = None if _cuts_as_bytes(encoding) else _decoder(encoding)
    while head:
        yield decoder.decode(head).encode() if decoder else head
        head = file.read(_BLOCK_BYTES)
    if decoder:
        yield decoder.decode(b"", final=True).encode()


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    without_mark = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
    name = codecs.lookup(encoding).name
    return codecs.getincrementaldecoder(without_mark.get(name, name))("replace")


def _cuts_as_bytes(encoding: str) -> bool:
    """UTF-8, or exactly one byte a character with ASCII where it belongs."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise UnreadableInputError(f"unknown encoding {encoding!r}") from error
    if name in ("utf-8", "utf-8-sig"):
        return True
    every_byte = bytes(range(256)).decode(name, "replace")
    return len(every_byte) == 256 and every_byte[:128] == bytes(range(128)).decode("ascii")


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()  # a line that may not have ended: a line feed may follow its carriage return
    for block in blocks:
        held += block
        if b"\n" in block or b"\r" in block:
            *lines, last = bytes(held).splitlines(keepends=True)
            held = bytearray(last)
            yield from lines
    yield from bytes(held).splitlines(keepends=True)
