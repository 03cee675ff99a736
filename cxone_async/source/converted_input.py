"""An input that has to be turned into CSV before it is read.

Guarantee: the text is made of the bytes that the fingerprint names. They are compared with it while
they are taken in, block by block, and it is they that are converted.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from cxone_async.durable.threads import in_thread
from cxone_async.durable.writing import writing
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.conversion import convert, kind_of_file, refuse_unused
from cxone_async.source.file_input import FileInput, file_status, reading
from cxone_async.source.input_copy import CopiedInput, move
from cxone_async.source.input_form import InputForm
from cxone_async.source.kind import Kind
from cxone_async.source.reject_cells import begins_as_rejects
from cxone_async.source.remote_input import RemoteInput

_HEADER_BYTES: Final = 1 << 16


class ConvertedInput:
    """An `Input` that is read through a CSV made of it, unless it turns out to be one.

    `sheet` is the sheet that was read.
    """

    def __init__(self, original: FileInput | CopiedInput | RemoteInput, form: InputForm) -> None:
        self._original = original
        self._form = form
        self._is_made = False
        self._path: Path | None = None
        self._text: FileInput | None = None
        self.sheet = ""

    @property
    def uri(self) -> str:
        return self._original.uri

    @property
    def name(self) -> str:
        return self._original.name

    @property
    def location(self) -> str:
        return self._original.location

    @property
    def is_stream(self) -> bool:
        return self._original.is_stream

    @property
    def is_readable_again(self) -> bool:
        return self._is_made

    @property
    def text_path(self) -> str:
        """The path of the CSV. Only for an input that was converted."""
        return self._text.uri if self._text else ""

    @property
    def size_bytes(self) -> int:
        return (self._text or self._original).size_bytes

    async def fingerprint(self) -> str:
        return await self._original.fingerprint()

    async def text_sha256(self) -> str:
        return await self._text.fingerprint() if self._text else ""

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return (self._text or self._original).blocks()

    async def make_readable_again(self, copy: Path, *, has_begun: bool = False) -> None:
        path = copy.with_name(f"{copy.name}.csv")
        await self._original.make_readable_again(copy, has_begun=has_begun)
        if self._text is not None:
            move(Path(self._text.uri), path)
            self._path, self._text = path, self._text.renamed(str(path))
        elif not self._is_made:
            self._path = path
            await self._convert(self._stored(copy), path)
            self._is_made = True

    def discard_copy(self) -> None:
        self.discard_text()
        self._original.discard_copy()

    def discard_text(self) -> None:
        if self._path is not None:
            with suppress(OSError):  # a directory was in the way, and is not ours
                self._path.unlink(missing_ok=True)
        self._path = self._text = None
        self._is_made = False

    def _stored(self, copy: Path) -> FileInput:
        if isinstance(self._original, FileInput):
            return self._original
        return FileInput(str(copy), file_status(str(copy)))

    async def _convert(self, original: FileInput, path: Path) -> None:
        try:
            if await asyncio.to_thread(kind_of_path, original.uri) is Kind.TEXT:
                await asyncio.to_thread(refuse_unused_of_text, original.uri, self._form)
                return
            with writing(path):
                file = cast("BinaryIO", tempfile.TemporaryFile(dir=path.parent))  # noqa: SIM115
            with file:
                async with aclosing(original.stored_blocks()) as blocks:
                    async for block in blocks:
                        with writing(path):
                            await asyncio.to_thread(file.write, block)
                self.sheet = await in_thread(lambda stop: convert(file, path, self._form, stop))
        except (UnreadableInputError, UsageError) as error:
            said = str(error).removeprefix(f"{original.uri}: ")
            raise type(error)(f"{self.uri}: {said}") from error
        self._text = FileInput(str(path), file_status(str(path)))


def refuse_unused_of_text(path: str, form: InputForm) -> None:
    """Raise UsageError if the form names a part of a text, which has none.

    Of a file of rejects it may: it names a part of what the run read that left them.
    """
    with reading(path), Path(path).open("rb") as file:
        if not begins_as_rejects(file.read(_HEADER_BYTES)):
            refuse_unused(form)


def kind_of_path(path: str) -> Kind:
    """Return what a file is. Raises UnreadableInputError, and for no list of contacts too."""
    with reading(path), Path(path).open("rb") as file:
        return kind_of_file(file)
