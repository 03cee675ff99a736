"""Zip, zstd, bzip2, xz and gzip, unpacked a block at a time.

Guarantee: a file that is cut short or damaged is refused, and so is one that unpacks to more than
the form allows; neither is taken for a shorter list. What is held at once does not grow with the
file.
"""

import bz2
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

import zstandard

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.file_input import BLOCK_BYTES
from cxone_async.source.input_form import SMALL_BYTES, InputForm
from cxone_async.source.kind import Kind

_LARGEST_WINDOW_BYTES: Final = 1 << 27
_PIECE_BYTES: Final = 1 << 16
_ZSTANDARD_PIECE_BYTES: Final = 1 << 11
"""Of zstd, a piece of this size can become 32 MB, since the library takes no limit."""
_SHOWN_MEMBERS: Final = 20
_NOT_MEMBERS: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


class _Zstandard:
    """A zstd frame, with the methods of the decompressors of Python's own library."""

    needs_input: Final = True

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(
            max_window_size=_LARGEST_WINDOW_BYTES
        ).decompressobj()

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        del max_length
        return self._frame.decompress(data)

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data


class _Gzip:
    """A gzip member, with the methods of the other decompressors."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._member.decompress(self._member.unconsumed_tail + data, max(max_length, 0))

    @property
    def needs_input(self) -> bool:
        return not self._member.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data


_STREAMS: Final[dict[Kind, tuple[Callable[[], _Decompressor], int]]] = {
    Kind.GZIP: (_Gzip, _PIECE_BYTES),
    Kind.ZSTANDARD: (_Zstandard, _ZSTANDARD_PIECE_BYTES),
    Kind.BZIP2: (bz2.BZ2Decompressor, _PIECE_BYTES),
    Kind.XZ: (
        lambda: lzma.LZMADecompressor(memlimit=2 * _LARGEST_WINDOW_BYTES),
        _PIECE_BYTES,
    ),
}
_DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zstandard.ZstdError, zlib.error)


def is_stream(kind: Kind) -> bool:
    """Say whether `unpacked` can unpack files of a kind."""
    return kind in _STREAMS


def unpacked(file: BinaryIO, kind: Kind, form: InputForm) -> Iterator[bytes]:
    """Yield what a gzip, zstd, bzip2 or xz file holds.

    Several streams one after another are one. Raises UnreadableInputError for damaged data, for
    data that is cut short, and when more comes out than the form allows.
    """
    return bounded(_streams(file, kind), _size(file), form)


def _streams(file: BinaryIO, kind: Kind) -> Iterator[bytes]:
    new, piece_bytes = _STREAMS[kind]
    stream = new()
    waiting = b""
    while True:
        if not waiting and (stream.eof or stream.needs_input):
            waiting = file.read(piece_bytes)
            if not waiting:
                break
        if stream.eof:
            waiting = waiting.lstrip(b"\0")
            if not waiting:
                continue
            stream = new()
        try:
            block = stream.decompress(waiting, BLOCK_BYTES)
        except _DAMAGED as error:
            raise UnreadableInputError(f"the {kind} data is damaged") from error
        waiting = stream.unused_data if stream.eof else b""
        if block:
            yield block
    if not stream.eof:
        raise UnreadableInputError(f"the {kind} data is cut short")


def bounded(blocks: Iterator[bytes], packed_bytes: int, form: InputForm) -> Iterator[bytes]:
    """Yield the blocks; raise UnreadableInputError when they are more than the form allows."""
    total = 0
    for block in blocks:
        total += len(block)
        refuse_if_too_large(total, packed_bytes, form)
        yield block


def refuse_if_too_large(total: int, packed_bytes: int, form: InputForm) -> None:
    """Raise UnreadableInputError if `packed_bytes` became more bytes than the form allows."""
    if total > form.max_unpacked_bytes:
        raise UnreadableInputError(
            f"unpacks to more than {form.max_unpacked_bytes:,} bytes; if that is right, give a "
            "larger --max-unpacked-bytes"
        )
    if total > SMALL_BYTES and total > form.max_unpacked_ratio * packed_bytes:
        raise UnreadableInputError(
            f"unpacks to more than {form.max_unpacked_ratio:g} times its size, as a zip bomb does; "
            "if that is right, give a larger --max-unpacked-ratio"
        )


def opened_zip(file: BinaryIO) -> zipfile.ZipFile:
    """Open a zip file. Raises UnreadableInputError for one that is damaged or cut short."""
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableInputError("the zip file is damaged or cut short") from error


def only_member(archive: zipfile.ZipFile, form: InputForm) -> zipfile.ZipInfo:
    """Return the file in a zip file that is to be read.

    Raises UnreadableInputError for a zip file without files, or with several when none is named;
    UsageError when the one that is named is not there.
    """
    members = [
        one
        for one in archive.infolist()
        if not one.is_dir()
        and not one.filename.startswith(_NOT_MEMBERS)
        and not one.filename.endswith(_NOT_MEMBERS)
    ]
    names = shown([one.filename for one in members])
    if form.member:
        for one in members:
            if one.filename == form.member:
                return one
        raise UsageError(f"--member: the zip file has no file of that name; it has {names}")
    if not members:
        raise UnreadableInputError("the zip file has no file in it")
    if len(members) > 1:
        raise UnreadableInputError(
            f"the zip file has several files; name one with --member: {names}"
        )
    return members[0]


def shown(names: list[str]) -> str:
    """Return names for a message."""
    more = len(names) - _SHOWN_MEMBERS
    return ", ".join(names[:_SHOWN_MEMBERS]) + (f" and {more} more" if more > 0 else "")


def unpacked_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, form: InputForm
) -> Iterator[bytes]:
    """Yield what one file in a zip file holds. Raises UnreadableInputError as `unpacked`."""
    if member.flag_bits & 1:
        raise UnreadableInputError(
            "the zip file has a password; unpack it, and give the file that is in it"
        )
    return bounded(_member_blocks(archive, member), max(member.compress_size, 1), form)


def _member_blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as file:
            while block := file.read(BLOCK_BYTES):
                yield block
    except NotImplementedError as error:
        raise UnreadableInputError(
            "the zip file is packed in a way that is not supported; unpack it, and give the file "
            "that is in it"
        ) from error
    except (zipfile.BadZipFile, *_DAMAGED) as error:
        raise UnreadableInputError("the zip file is damaged or cut short") from error


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
