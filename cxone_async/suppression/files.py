"""Reads the suppression files of one run.

Guarantee: a file that changes while it is read is refused, and so is one that cannot be read to
its end. Messages name the file and the line, never what stands in it.

The text is UTF-8, or what a byte order mark says; gzip is inflated. Bytes that are no UTF-8 are
harmless outside the columns that count, and make a line unreadable in them.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from phonenumbers import country_code_for_region

from cxone_async.contacts.suppression import NOBODY_LISTED, Listed, SuppressionSource
from cxone_async.durable.threads import in_thread, unless_stopped
from cxone_async.errors import MissingInputError, UnreadableInputError, why_unreadable
from cxone_async.source.encoding import Transcoder
from cxone_async.source.inflate import GZIP_MAGIC, Inflater
from cxone_async.source.kind import HEAD_BYTES
from cxone_async.suppression.entries import Entries, FileReader
from cxone_async.suppression.file_kind import refuse_other_kinds
from cxone_async.suppression.sorted_numbers import NumberSorter, SortedList

BLOCK_BYTES: Final = 1 << 18
LINE_CAP_BYTES: Final = 1 << 20
FEW_PHONES: Final = 50_000
"""Lists up to this length are looked up in a set, in a third of the time."""

_DIGITS_AND_NEWLINES: Final = b"0123456789\n"


@dataclass(frozen=True, slots=True)
class Suppression:
    """The suppression files of a run, read.

    `sha256` is the digest of what they say, in hex: it does not depend on the files' order, names,
    compression or line ends. `day` is the day by which entries expire; "" where no file has a
    column for that.
    """

    listed: Listed
    sources: tuple[SuppressionSource, ...]
    sha256: str
    day: str = ""


NO_SUPPRESSION: Final = Suppression(NOBODY_LISTED, (), sha256(b"").hexdigest())


@asynccontextmanager
async def reading_suppression(
    paths: Sequence[Path], region: str, day: str, directory: Path | None
) -> AsyncIterator[Suppression]:
    """Read the files in a thread; a long list is held until the context ends.

    `region` and `day` are those of `FileReader`. `directory` takes unnamed temporary files; None
    means the system's. Raises MissingInputError, UnreadableInputError, CannotWriteError.
    """
    if not paths:
        yield NO_SUPPRESSION
        return
    read = await in_thread(lambda stop: read_files(paths, region, day, directory, stop))
    try:
        yield read
    finally:
        if isinstance(read.listed.long, SortedList):
            await asyncio.to_thread(read.listed.long.close)


def read_files(
    paths: Sequence[Path],
    region: str,
    day: str,
    directory: Path | None = None,
    stop: threading.Event | None = None,
) -> Suppression:
    """Read the files here and now; as `reading_suppression`."""
    stop = stop or threading.Event()
    with ExitStack() as stack:
        sorters = [NumberSorter(directory) for _ in range(3)]
        for sorter in sorters:
            stack.callback(sorter.close)
        phones, one, other = sorters
        entries = Entries(phones, (one, other))
        sources, digests, expires, has_bare_digits = [], [], False, False
        for path in paths:
            reader = FileReader(entries, region, day)
            digest = _read_file(path, reader, stop)
            sources.append(
                SuppressionSource(
                    name=path.name,
                    phones=reader.phones,
                    emails=reader.emails,
                    expired=reader.expired,
                    empty=reader.empty,
                )
            )
            digests.append(digest)
            expires = expires or reader.has_expiry
            has_bare_digits = has_bare_digits or reader.has_bare_digits
        return Suppression(
            _listed(entries, region if has_bare_digits else ""),
            tuple(sources),
            _joint_digest(digests),
            day if expires else "",
        )


def _read_file(path: Path, reader: FileReader, stop: threading.Event) -> str:
    """Read one file and return its digest."""
    digest = sha256()
    try:
        with _opened(path) as file:
            before = os.fstat(file.fileno())
            blocks = _of_text(unless_stopped(stop, _inflated(file, path)))
            reader.read(_lines(blocks, digest.update))
            after = os.fstat(file.fileno())
    except UnreadableInputError as error:
        raise UnreadableInputError(f"suppression file {path}: {error}") from error
    except OSError as error:
        raise UnreadableInputError(f"suppression file {path} {why_unreadable(error)}") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UnreadableInputError(f"suppression file {path}: changed while it was read")
    return digest.hexdigest()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a NUL in it
        raise MissingInputError(f"no such suppression file: {path}") from error


def _joint_digest(digests: Sequence[str]) -> str:
    """Return the digest of a single file as it is, as earlier versions recorded it."""
    if len(digests) == 1:
        return digests[0]
    return sha256("\n".join(sorted(digests)).encode()).hexdigest()


def _listed(entries: Entries, region: str) -> Listed:
    phones = frozenset(entries.long_phones)
    sorted_phones = sorted_emails = None
    few = entries.phones.in_memory()
    if few is not None and len(few) <= FEW_PHONES:
        phones |= {f"{number:.0f}" for number in few}
    else:
        sorted_phones = entries.phones.sealed()
    if len(entries.emails[0]):
        entries.move_emails()
        one, other = entries.emails
        sorted_emails = (one.sealed(), other.sealed())
    is_long = sorted_phones is not None or sorted_emails is not None
    return Listed(
        phones,
        frozenset(entries.few_emails),
        SortedList(sorted_phones, sorted_emails) if is_long else None,
        str(country_code_for_region(region) or ""),
    )


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block


def _inflated(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield the file's content. Raises UnreadableInputError for gzip data cut short or corrupt."""
    blocks = _blocks(file)
    head = b""
    while len(head) < len(GZIP_MAGIC) and (more := next(blocks, b"")):
        head += more
    if not head.startswith(GZIP_MAGIC):
        yield head
        yield from blocks
        return
    inflater = Inflater(path.name, BLOCK_BYTES)
    compressed = head
    while compressed:
        inflater.feed(compressed)
        while block := inflater.take():
            yield block
        compressed = next(blocks, b"")
    inflater.finish()


def _of_text(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content as it is. Raises UnreadableInputError for what is no text."""
    begin = b""
    while len(begin) < HEAD_BYTES and (more := next(blocks, b"")):
        begin += more
    refuse_other_kinds(begin)
    yield begin
    yield from blocks


def _lines(blocks: Iterator[bytes], digest: Callable[[bytes], object]) -> Iterator[str]:
    """Yield whole lines, joined by newlines, and feed the digest with them.

    The digest is that of all lines joined by newlines. Raises UnreadableInputError for a line that
    is too long.
    """
    first_line = 1
    for piece in _whole_lines(_decodable(blocks)):
        text = _with_newlines(piece)
        digest((b"" if first_line == 1 else b"\n") + text.encode("utf-8", "surrogateescape"))
        first_line += text.count("\n") + 1
        yield text


def _with_newlines(piece: bytes) -> str:
    if not piece.translate(None, _DIGITS_AND_NEWLINES):
        return piece.removesuffix(b"\n").decode("ascii")
    return "\n".join(piece.decode("utf-8", "surrogateescape").splitlines())


def _decodable(blocks: Iterator[bytes]) -> Iterator[bytes]:
    transcoder = Transcoder("utf-8")
    for block in blocks:
        yield transcoder.feed(block)
    yield transcoder.finish()


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    pending = b""
    lines = 0
    for block in blocks:
        pending += block
        # A carriage return at the very end may be half of a line end.
        end = max(pending.rfind(b"\n"), pending.rfind(b"\r", 0, -1)) + 1
        if end:
            yield pending[:end]
            lines += len(pending[:end].splitlines())
            pending = pending[end:]
        if len(pending) > LINE_CAP_BYTES:
            raise UnreadableInputError(
                f"line {lines + 1} is longer than {LINE_CAP_BYTES} bytes; is it a text file?"
            )
    if pending:
        yield pending
