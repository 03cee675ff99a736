"""Makes one CSV of a file that is packed, a workbook, Parquet, Arrow or JSON lines.

Guarantee: the text is whole or absent at its path. What was half written when a process ended has
no name, so that nothing can take it for the whole.

Tables become CSV in UTF-8 with a byte order mark, which overrules a declared encoding. A packed
text is unpacked as it is.
"""

import csv
import io
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from cxone_async.durable.atomic_file import files_together
from cxone_async.durable.threads import unless_stopped
from cxone_async.durable.writing import writing
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.columnar import columnar_rows
from cxone_async.source.input_form import InputForm
from cxone_async.source.json_lines import json_rows
from cxone_async.source.kind import HEAD_BYTES, Kind, kind_of
from cxone_async.source.reject_cells import has_reject_columns
from cxone_async.source.sheet_process import sheet_of
from cxone_async.source.unpacking import (
    bounded,
    is_stream,
    only_member,
    opened_zip,
    unpacked,
    unpacked_member,
)
from cxone_async.source.workbook import is_workbook, refuse_bomb, refuse_other_compound

_MOST_LAYERS: Final = 3
_ROWS_A_WRITE: Final = 1_024
_MARK: Final = b"\xef\xbb\xbf"


def kind_of_file(file: BinaryIO) -> Kind:
    """Return what a file is, and go back to its beginning. Gzip of text is TEXT.

    Raises UnreadableInputError for what is no list of contacts.
    """
    kind = kind_of(file.read(HEAD_BYTES))
    file.seek(0)
    if kind is not Kind.GZIP:
        return kind
    try:
        with closing(unpacked(file, kind, InputForm())) as blocks:  # type: ignore[type-var]
            inner = _kind_of_blocks(blocks)[0]
    except UnreadableInputError:
        return Kind.TEXT  # the reader says where it is damaged
    finally:
        file.seek(0)
    return Kind.TEXT if inner is Kind.TEXT else kind


def convert(file: BinaryIO, target: Path, form: InputForm, stop: threading.Event) -> str:
    """Write the CSV that a file holds to `target`; return the name of the sheet, or "".

    Synchronous, and long for a long file: call it from a thread. Raises UnreadableInputError,
    without the file's name; UsageError for a sheet or member that is not there; CannotWriteError.
    """
    size_bytes = max(file.seek(0, io.SEEK_END), 1)
    file.seek(0)
    with (
        ExitStack() as stack,
        files_together(target.parent, [target.name]) as [text],
    ):
        sheet, blocks = _text_of(file, target.parent, form, stack, stop)
        for block in unless_stopped(stop, bounded(blocks, size_bytes, form)):
            text.write(block)
    return sheet


def _text_of(
    file: BinaryIO, directory: Path, form: InputForm, stack: ExitStack, stop: threading.Event
) -> tuple[str, Iterator[bytes]]:
    has_member = False
    for _ in range(_MOST_LAYERS):
        kind = kind_of(file.read(HEAD_BYTES))
        file.seek(0)
        if is_stream(kind):
            blocks = unpacked(file, kind, form)
        elif kind is Kind.ZIP:
            archive = stack.enter_context(opened_zip(file))
            if is_workbook(archive, form):
                refuse_bomb(archive, form)
                return _table(*_sheet(file, form, stack), form, has_member=has_member)
            member = only_member(archive, form)
            has_member = True
            blocks = unpacked_member(archive, member, form)
        elif kind is Kind.COMPOUND:
            refuse_other_compound(file)
            return _table(*_sheet(file, form, stack), form, has_member=has_member)
        elif kind is Kind.JSON_LINES:
            return _table("", json_rows(file), form, has_member=has_member)
        else:
            return _table("", columnar_rows(file, kind), form, has_member=has_member)
        kind, blocks = _kind_of_blocks(blocks)
        if kind is Kind.TEXT:
            _refuse_unused(form, "", has_member=has_member)
            return "", blocks
        file = stack.enter_context(_spooled(unless_stopped(stop, blocks), directory))
    raise UnreadableInputError("this is packed more than three times; unpack it first")


def _sheet(
    file: BinaryIO, form: InputForm, stack: ExitStack
) -> tuple[str, Iterator[Sequence[str]]]:
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    return stack.enter_context(sheet_of(file, size_bytes, form))


def _table(
    sheet: str, rows: Iterator[Sequence[str]], form: InputForm, *, has_member: bool
) -> tuple[str, Iterator[bytes]]:
    header = next(rows, ())
    # The settings of the run that left a file of rejects may name what only the run's input has.
    if not has_reject_columns(header[: _width(header)]):
        _refuse_unused(form, sheet, has_member=has_member)
    if form.csv_flags:
        raise UsageError(f"{form.csv_flags[0]} says how a CSV is written, and the input is none")
    return sheet, _csv(chain([header], rows))


def refuse_unused(form: InputForm) -> None:
    """Raise UsageError if the form names a part of what has no parts."""
    _refuse_unused(form, "", has_member=False)


def _refuse_unused(form: InputForm, sheet: str, *, has_member: bool) -> None:
    if form.sheet and not sheet:
        raise UsageError("--sheet names a sheet, and the input is no workbook")
    if form.member and not has_member:
        raise UsageError("--member names a file in a zip file, and the input is no zip file")


def _kind_of_blocks(blocks: Iterator[bytes]) -> tuple[Kind, Iterator[bytes]]:
    head = b""
    for block in blocks:
        head += block
        if len(head) >= HEAD_BYTES:
            break
    return kind_of(head[:HEAD_BYTES]), chain([head], blocks)


def _spooled(blocks: Iterable[bytes], directory: Path) -> BinaryIO:
    """Write blocks to a file without a name, and go back to its beginning."""
    with writing(directory):
        file = cast("BinaryIO", tempfile.TemporaryFile(dir=directory))  # noqa: SIM115  returned
        try:
            for block in blocks:
                file.write(block)
            file.seek(0)
        except BaseException:
            file.close()
            raise
    return file


def _csv(rows: Iterator[Sequence[str]]) -> Iterator[bytes]:
    yield _MARK
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write_quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow
    for count, row in enumerate(_as_wide_as_rejects(rows)):
        # A row without a cell becomes a blank line, which is no row and keeps its place.
        # A byte order mark in a cell is the cell's only within quotes.
        if any("\ufeff" in cell for cell in row):
            write_quoted(row)
        else:
            write(row if any(row) else ())
        if count % _ROWS_A_WRITE == 0:
            yield _encoded(text)
            text.seek(0)
            text.truncate()
    yield _encoded(text)


def _as_wide_as_rejects(rows: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the rows; those of a file of rejects without what stands right of its columns.

    All rows of a sheet are as wide as its widest one. The cells of an earlier run have to be last.
    """
    header = next(rows, ())
    width = _width(header)
    is_of_rejects = has_reject_columns(header[:width])
    for row in chain([header], rows):
        yield row[:width] if is_of_rejects else row


def _width(header: Sequence[str]) -> int:
    """Return the number of names, without empty ones at the end."""
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    return width


def _encoded(text: io.StringIO) -> bytes:
    """Return UTF-8. Half a character, as JSON can hold it, makes its row undecodable."""
    return text.getvalue().encode("utf-8", "surrogatepass")
