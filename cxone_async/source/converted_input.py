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
from cxone_async.source.form import InputForm
from cxone_async.source.input_copy import CopiedInput, move
from cxone_async.source.kind import Kind


class ConvertedInput:
    """An `Input` that is read through a CSV made of it. `sheet` is the sheet that was read."""

    def __init__(self, original: FileInput | CopiedInput, form: InputForm) -> None:
        self.uri: Final = original.uri
        self.name: Final = original.name
        self.location: Final = original.location
        self._original = original
        self._form = form
        self._fingerprint = ""
        self._path: Path | None = None
        self._text: FileInput | None = None
        self.sheet = ""

    @property
    def is_readable_again(self) -> bool:
        return self._text is not None

    @property
    def text_path(self) -> str:
        """The path of the text that `blocks` reads."""
        return self._readable().uri

    @property
    def size_bytes(self) -> int:
        return self._readable().size_bytes

    async def fingerprint(self) -> str:
        self._readable()
        return self._fingerprint

    async def text_sha256(self) -> str:
        """The SHA-256 of the CSV; "" where the fingerprint is that."""
        found = await self._readable().fingerprint()
        return "" if found == self._fingerprint else found

    def blocks(self) -> AsyncGenerator[bytes, None]:
        return self._readable().blocks()

    async def make_readable_again(self, copy: Path) -> None:
        if self._text is not None:
            move(Path(self._text.uri), copy)
            self._path, self._text = copy, self._text.renamed(str(copy))
            return
        self._path = copy
        await self._original.make_readable_again(copy)
        self._fingerprint = await self._original.fingerprint()
        if isinstance(self._original, CopiedInput):
            original = FileInput(str(copy), file_status(str(copy)))
        else:
            original = self._original
        try:
            if await asyncio.to_thread(kind_of_path, original.uri) is Kind.TEXT:
                refuse_unused(self._form)
                self._text = original
                return
            with writing(copy):
                file = cast("BinaryIO", tempfile.TemporaryFile(dir=copy.parent))  # noqa: SIM115
            with file:
                async with aclosing(original.stored_blocks()) as blocks:
                    async for block in blocks:
                        with writing(copy):
                            await asyncio.to_thread(file.write, block)
                self.sheet = await in_thread(lambda stop: convert(file, copy, self._form, stop))
        except (UnreadableInputError, UsageError) as error:
            raise type(error)(
                f"{self.uri}: {str(error).removeprefix(f'{original.uri}: ')}"
            ) from error
        self._text = FileInput(str(copy), file_status(str(copy)))

    def discard_copy(self) -> None:
        if self._path is not None:
            with suppress(OSError):  # a directory was in the way, and is not ours
                self._path.unlink(missing_ok=True)
        self._path = self._text = None
        self._original.discard_copy()

    def _readable(self) -> FileInput:
        if self._text is None:
            raise UsageError(f"{self.uri}: can be read only once; give a file")
        return self._text


def kind_of_path(path: str) -> Kind:
    """Return what a file is. Raises UnreadableInputError, and for no list of contacts too."""
    with reading(path), Path(path).open("rb") as file:
        return kind_of_file(file)
