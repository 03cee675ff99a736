"""Copies a file that lies elsewhere to the disk, whatever the connection does meanwhile.

Guarantees:

* The copy has its name only when it is whole, and it is readable by its owner only.
* All bytes of a copy come from one version of the file. A file that changes is refused.
* A download that breaks off goes on where it stopped, also in a later process. It starts at the
  beginning where the server cannot say that the bytes are still the same.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.durable.directory import sync_directory
from cxone_async.durable.writing import writing
from cxone_async.errors import RemoteUnreachableError
from cxone_async.remote.port import CannotGoOnError, RemoteFile, Version, changed, unreachable

PAUSES_S: Final = (0.5, 2.0, 8.0)
"""Between attempts in a row that brought nothing new. After as many, a download gives up."""


class Copied(msgspec.Struct, frozen=True):
    """What a copy on the disk was made of."""

    uri: str
    version: Version


async def current_version(file: RemoteFile, pauses_s: Sequence[float] = PAUSES_S) -> Version:
    """Ask for the version of a file, more than once if there is no answer. Raises as `version`."""
    for pause_s in pauses_s:
        try:
            return await file.version()
        except RemoteUnreachableError:
            await asyncio.sleep(pause_s)
    return await file.version()


async def download(
    file: RemoteFile, version: Version, target: Path, pauses_s: Sequence[float] = PAUSES_S
) -> None:
    """Copy this version of `file` to `target`, replacing what is there.

    Raises what a `RemoteFile` raises, and CannotWriteError. What has arrived by then stays beside
    `target`, for the next call.
    """
    part, record = _part(target), Copied(file.shown, version)
    begun = await asyncio.to_thread(read_record, part)
    if not version.tag or begun != record:
        await asyncio.to_thread(remove_copy, part)
        await asyncio.to_thread(write_record, part, record)
    with _opened(part) as out:
        await _fill(out, part, file, version, pauses_s)
        await asyncio.to_thread(_flush, out, part)
    await asyncio.to_thread(move_copy, part, target)


async def _fill(
    out: BinaryIO, part: Path, file: RemoteFile, version: Version, pauses_s: Sequence[float]
) -> None:
    size = version.size_bytes
    furthest, failures = out.seek(0, os.SEEK_END), 0
    while (offset := out.tell()) != size:
        if offset > size:
            raise changed(file.shown)
        try:
            async with aclosing(file.pieces(offset, version)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(_write, out, part, piece)
            if out.tell() < size:
                raise unreachable(file.shown, "the connection ended before the file did")
        except CannotGoOnError:
            _start_over(out)
        except RemoteUnreachableError:
            failures = 0 if out.tell() > furthest else failures + 1
            if failures > len(pauses_s):
                raise
            furthest = max(furthest, out.tell())
            if not version.tag:
                _start_over(out)
            if failures:
                await asyncio.sleep(pauses_s[failures - 1])


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _record_path(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.json")


def read_record(copy: Path) -> Copied | None:
    """Return what the copy was made of; None when there is no copy, or no telling."""
    try:
        if not copy.is_file():
            return None
        return msgspec.json.decode(_record_path(copy).read_bytes(), type=Copied)
    except (OSError, msgspec.DecodeError):
        return None


def write_record(copy: Path, record: Copied) -> None:
    """Note what the copy was made of. Raises CannotWriteError."""
    with AtomicFile(_record_path(copy)) as file:
        file.write(msgspec.json.encode(record))


def move_copy(copy: Path, target: Path) -> None:
    """Give a copy and its record another name. Raises CannotWriteError."""
    record = read_record(copy)
    with writing(target):
        _record_path(target).unlink(missing_ok=True)
        copy.replace(target)
    if record is not None:
        write_record(target, record)
    with suppress(OSError):
        _record_path(copy).unlink(missing_ok=True)
    sync_directory(target.parent)


def remove_copy(copy: Path) -> None:
    """Remove a copy, its record, and what of it has arrived; they need not be there."""
    for path in (copy, _record_path(copy), _part(copy), _record_path(_part(copy))):
        with suppress(OSError):
            path.unlink(missing_ok=True)


@contextmanager
def _opened(part: Path) -> Iterator[BinaryIO]:
    with writing(part):
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as out:
        yield out


def _write(out: BinaryIO, part: Path, piece: bytes) -> None:
    with writing(part):
        left = memoryview(piece)
        while left:
            left = left[out.write(left) :]


def _flush(out: BinaryIO, part: Path) -> None:
    with writing(part):
        os.fsync(out.fileno())


def _start_over(out: BinaryIO) -> None:
    out.seek(0)
    out.truncate()
