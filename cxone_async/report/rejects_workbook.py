"""rejects.xlsx: the rows of rejects.csv as a workbook for people.

Guarantee: every cell is text and stays text when a person types into it, so no phone loses its plus
or its zeros, and nothing is a formula. All rows are in it, or there is no workbook and the log says
why. The same rows give the same bytes with the same versions of XlsxWriter and zlib.

XlsxWriter makes the workbook with its header and one sample row. The rows are put in the sample's
place: cell by cell, the library takes five times as long.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.logs import log
from cxone_async.report.rejected_rows import RejectedRows, is_cell
from cxone_async.source.reject_cells import RECORD_COLUMN, REJECT_COLUMNS

MOST_ROWS: Final = 1_048_576
"""The rows of a sheet, with the header; says Excel's page of limits, as of the columns."""
MOST_COLUMNS: Final = 16_384

_ROWS_A_WRITE: Final = 1_024
_NARROWEST: Final = 8
_WIDEST: Final = 40
_WIDTHS: Final = dict(
    zip((*REJECT_COLUMNS, RECORD_COLUMN), (8, 10, 24, 70, 50), strict=True)
)  # in characters
_FREEZE_BELOW: Final = 1
_SHEET: Final = "rejects"
_PART: Final = "xl/worksheets/sheet1.xml"
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001  XlsxWriter takes no zone
_ZIPPED: Final = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can hold
_COLUMN: Final = re.compile('<c r="([A-Z]+)1"')
_SAMPLE: Final = re.compile(
    r'<row r="\d+" [^>]*><c r="A\d+"( s="\d+") t="s"><v>\d+</v></c></row>(?=</sheetData>)'
)
_APART: Final = "\0"  # is in no cell
_SPECIAL: Final = re.compile("[&<>\x01-\x08\x0b-\x1f]|_x")
_SPACE: Final = ("", ' xml:space="preserve"')
_NOT_XML: Final = re.compile("[\x01-\x08\x0b-\x1f]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Watched = Callable[[Iterable[list[str]]], Iterable[list[str]]]


def write_workbook(file: AtomicFile, rejected: RejectedRows, watched: Watched) -> None:
    """Write the workbook of the rejected rows, or leave the file out and log why.

    There is none without rows, without the extra, or with more than a sheet holds. `watched` gets
    the rows and passes them on; it may raise to end the work. Raises CannotWriteError.
    """
    columns = rejected.columns
    if not rejected.count:
        file.leave_out()
    elif (
        rejected.count >= MOST_ROWS or len(columns) > MOST_COLUMNS or not all(map(is_cell, columns))
    ):
        log.warning("rejects_workbook_left_out", rows=rejected.count, columns=len(columns))
        file.leave_out()
    elif (frame := _frame(columns, rejected)) is None:
        log.info("extra_missing", extra="excel")
        file.leave_out()
    else:
        _write(file, frame, watched(rejected.rows()))


def _frame(columns: Sequence[str], rejected: RejectedRows) -> bytes | None:
    """Return a workbook with a header and a last row of one cell; None without the extra."""
    try:
        import xlsxwriter  # noqa: PLC0415  of an extra
    except ImportError:
        return None
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True})
        sheet = book.add_worksheet(_SHEET)
        widths = [*rejected.widths, *map(len, columns[len(rejected.widths) :])]
        for index, (name, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.write_string(0, index, name, bold)
            wide = _WIDTHS.get(name, max(_NARROWEST, min(width + 2, _WIDEST)))
            sheet.set_column(index, index, wide, text)
        last = rejected.count
        sheet.write_string(last, 0, "sample", text)
        sheet.freeze_panes(_FREEZE_BELOW, 0)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
    return content.getvalue()


def _write(file: AtomicFile, frame: bytes, rows: Iterable[list[str]]) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(frame)) as parts,
        zipfile.ZipFile(_Stream(file), "w") as book,
    ):
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, _ZIPPED)
            part.compress_type = zipfile.ZIP_DEFLATED
            content = parts.read(name)
            with book.open(part, "w", force_zip64=True) as to:
                for block in _sheet(content.decode(), rows) if name == _PART else (content,):
                    to.write(block)


class _Stream(io.RawIOBase):
    """A file that is only written, from its beginning to its end."""

    def __init__(self, file: AtomicFile) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._file.write(data)
        return len(data)


def _sheet(part: str, rows: Iterable[list[str]]) -> Iterator[bytes]:
    """Yield the XML of a sheet with the rows in the place of its sample row."""
    columns = _COLUMN.findall(part)
    before, style, after = _SAMPLE.split(part)
    yield before.encode()
    numbered = enumerate(rows, start=2)
    while lines := [
        _row(number, row, columns, style) for number, row in islice(numbered, _ROWS_A_WRITE)
    ]:
        yield "".join(lines).encode()
    yield after.encode()


def _row(number: int, row: Sequence[str], columns: Sequence[str], style: str) -> str:
    text = _APART.join(row)
    if _SPECIAL.search(text):
        row = _escaped(text).split(_APART)
    cells = "".join(
        f'<c r="{column}{number}"{style} t="inlineStr"><is><t{_SPACE[cell != cell.strip()]}>'
        f"{cell}</t></is></c>"
        for column, cell in zip(columns, row, strict=True)
        if cell
    )
    return f'<row r="{number}">{cells}</row>'


def _escaped(text: str) -> str:
    """Return a text as XML, and what XML cannot hold as the format writes it (`_x000D_`)."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
