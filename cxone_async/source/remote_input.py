"""Inputs that lie elsewhere, and are read through a copy in the run directory.

Guarantee: the copy is kept. A start of a run that has begun goes on with the copy's bytes, or it
does not go on.

What a run is, is decided by the SHA-256 of the copy, as for any input. The version (an ETag) says
whether a copy is still what lies there, so that a resumed run need not fetch it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from cxone_async.errors import MissingInputError, UnreadableInputError, UsageError
from cxone_async.remote.download import (
    PAUSES_S,
    Copied,
    current_version,
    download,
    move_copy,
    read_record,
    remove_copy,
    write_record,
)
from cxone_async.remote.port import RemoteFile, Version
from cxone_async.source.file_input import FileInput, file_status


class RemoteInput:
    """An `Input` that lies elsewhere. `pauses_s` are those of `remote.download`."""

    is_stream: ClassVar[bool] = False
    sheet: ClassVar[str] = ""

    def __init__(self, file: RemoteFile, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self.uri: Final = file.shown
        self._file = file
        self._pauses_s = pauses_s
        self._path: Path | None = None
        self._copy: FileInput | None = None

    @property
    def name(self) -> str:
        return self.uri

    @property
    def location(self) -> str:
        return self._copy.location if self._copy else ""

    @property
    def is_readable_again(self) -> bool:
        return self._copy is not None

    @property
    def text_path(self) -> str:
        return self._readable().uri

    @property
    def size_bytes(self) -> int:
        return self._readable().size_bytes

    async def fingerprint(self) -> str:
        return await self._readable().fingerprint()

    async def text_sha256(self) -> str:
        return ""

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return self._readable().blocks()

    async def make_readable_again(self, copy: Path, *, has_begun: bool = False) -> None:
        if self._copy is not None:
            moved_from = Path(self._copy.uri)
            await asyncio.to_thread(move_copy, moved_from, copy)
            self._path, self._copy = copy, self._copy.renamed(str(copy))
            return
        self._path = copy
        before = await asyncio.to_thread(read_record, copy)
        try:
            version = await current_version(self._file, self._pauses_s)
        except MissingInputError as error:
            if has_begun and before is not None:
                raise MissingInputError(f"{error}. {_way_on(copy)}") from None
            raise
        if not (version.tag and before == Copied(self.uri, version)):
            await self._fetch(version, copy, has_begun=has_begun and _is_there(copy))
        self._copy = FileInput(str(copy), file_status(str(copy)))

    def discard_copy(self) -> None:
        if self._path is not None:
            remove_copy(self._path)
        self._path = self._copy = None

    def discard_text(self) -> None:
        """Do nothing: the copy is read as it is."""

    async def _fetch(self, version: Version, copy: Path, *, has_begun: bool) -> None:
        """Copy this version; the copy of a run that has begun keeps its bytes."""
        if not has_begun:
            await download(self._file, version, copy, self._pauses_s)
            return
        fresh = copy.with_name(f".{copy.name}.fresh")
        await download(self._file, version, fresh, self._pauses_s)
        try:
            if await _digest(fresh) != await _digest(copy):
                raise UnreadableInputError(
                    f"{self.uri}: has changed since this run began; another list is another run, "
                    f"in another directory. {_way_on(copy)}"
                )
            await asyncio.to_thread(write_record, copy, Copied(self.uri, version))
        finally:
            await asyncio.to_thread(remove_copy, fresh)

    def _readable(self) -> FileInput:
        if self._copy is None:
            raise UsageError(f"{self.uri}: is read by import and plan; copy it to a file first")
        return self._copy


def _is_there(copy: Path) -> bool:
    return copy.is_file()


async def _digest(path: Path) -> str:
    return await FileInput(str(path), file_status(str(path))).fingerprint()


def _way_on(copy: Path) -> str:
    return f"To go on with the run, give its own copy as the input: {copy}"
