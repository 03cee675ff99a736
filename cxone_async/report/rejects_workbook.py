"""rejects.xlsx: the rows of rejects.csv as a workbook for people.

Guarantee: every cell is text, and so is what a person types into it: no phone loses its plus or its
zeros, and nothing is a formula. All rows are in it, or there is no workbook and the log says why.
The same rows give the same bytes, with the same versions of XlsxWriter and zlib.

XlsxWriter makes the workbook with its header and one sample row. The rows are put in the place of
the sample, as text of XML: cell by cell, the library takes four times as long, and to bound its
memory it writes the rows to a file of its own first, which a kill would leave behind.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from importlib.util import find_spec
from itertools import islice
from typing import Final, NamedTuple

from cxone_async.durable.atomic_file import AtomicFile
from cxone_async.logs import log
from cxone_async.report.rejected_rows import RejectedRows, is_cell
from cxone_async.source.reject_cells import RECORD_COLUMN, REJECT_COLUMNS


class SheetLimits(NamedTuple):
    """The most that a sheet holds: rows with the header, columns, and bytes of XML."""

    rows: int
    columns: int
    xml_bytes: int


EXCEL: Final = SheetLimits(rows=1_048_576, columns=16_384, xml_bytes=zipfile.ZIP64_LIMIT)
"""Rows and columns are from Excel's page of limits. Larger parts would need zip64, with which Excel
takes a file that was written as a stream for damaged."""

_ROWS_A_WRITE: Final = 1_024
_NARROWEST: Final = 8
_WIDEST: Final = 40
_WIDTHS: Final = dict(zip((*REJECT_COLUMNS, RECORD_COLUMN), (8, 10, 24, 70, 50), strict=True))
_SHEET: Final = "rejects"
_PART: Final = "xl/worksheets/sheet1.xml"
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001  XlsxWriter takes no zone
_TEXT: Final = 49  # the number of the format "@", which is Excel's own
_FASTEST: Final = 1
_COLUMN: Final = re.compile('<c r="([A-Z]+)1"')
_SAMPLE: Final = re.compile(
    r'<row r="\d+"[^>]*><c r="A\d+"( s="\d+") t="s"><v>\d+</v></c></row>(?=</sheetData>)'
)
_APART: Final = "\0"  # is in no cell
_SPACE_AT_AN_END: Final = re.compile(r"\s\0|\0\s")
_KEEP_SPACE: Final = ' xml:space="preserve"'
_NOT_XML: Final = re.compile("[\x01-\x08\x0b-\x1f]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

Watched = Callable[[Iterable[list[str]]], Iterable[list[str]]]


def has_extra() -> bool:
    """Whether a workbook can be written: it needs the extra `excel`."""
    return find_spec("xlsxwriter") is not None


def write_workbook(
    file: AtomicFile, rejected: RejectedRows, watched: Watched, limits: SheetLimits = EXCEL
) -> None:
    """Write the workbook of the rejected rows; leave the file out if there are none.

    It is left out too, with a warning in the log, where a sheet cannot hold all of them. `watched`
    gets the rows and passes them on; it may raise to end the work. Raises CannotWriteError.
    """
    columns = rejected.columns
    is_too_much = (
        rejected.count >= limits.rows
        or len(columns) > limits.columns
        or not all(map(is_cell, columns))
    )
    if not rejected.count:
        file.leave_out()
    elif is_too_much or not _is_written(file, columns, rejected, watched, limits.xml_bytes):
        log.warning("rejects_workbook_left_out", rows=rejected.count, columns=len(columns))
        file.leave_out()


def _is_written(
    file: AtomicFile,
    columns: Sequence[str],
    rejected: RejectedRows,
    watched: Watched,
    most_bytes: int,
) -> bool:
    """Write the workbook, and say whether the sheet had room for all of it."""
    with (
        zipfile.ZipFile(io.BytesIO(_frame(columns, rejected))) as parts,
        zipfile.ZipFile(_Stream(file), "w", zipfile.ZIP_DEFLATED, compresslevel=_FASTEST) as book,
    ):
        for name in parts.namelist():
            content = parts.read(name)
            if name == _PART:
                blocks = _sheet(content.decode(), watched(rejected.rows()))
            else:
                blocks = iter((content,))
            written_bytes = 0
            with book.open(name, "w") as part:
                for block in blocks:
                    written_bytes += len(block)
                    if written_bytes > most_bytes:
                        return False
                    part.write(block)
    return True


def _frame(columns: Sequence[str], rejected: RejectedRows) -> bytes:
    """Return a workbook that has a header, and a sample of one cell as its last row."""
    import xlsxwriter  # noqa: PLC0415  of an extra

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        text = book.add_format({"num_format": _TEXT})
        bold = book.add_format({"num_format": _TEXT, "bold": True})
        sheet = book.add_worksheet(_SHEET)
        own = [max(_NARROWEST, min(width + 2, _WIDEST)) for width in rejected.widths]
        widths = [*own, *(_WIDTHS[name] for name in columns[len(own) :])]
        for index, (name, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.write_string(0, index, name, bold)
            sheet.set_column(index, index, width, text)
        sheet.write_string(rejected.count, 0, "sample", text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rejected.count, len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{EXCEL.rows}"})
    return content.getvalue()


class _Stream(io.RawIOBase):
    """A file that is only written, from its beginning to its end."""

    def __init__(self, file: AtomicFile) -> None:
        self._file = file

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._file.write(data)
        return len(data)


def _sheet(part: str, rows: Iterable[list[str]]) -> Iterator[bytes]:
    """Yield the XML of a sheet with the rows in the place of its sample row."""
    columns = _COLUMN.findall(part)
    before, style, after = _SAMPLE.split(part)
    yield before.encode()
    left, number = iter(rows), 2
    while block := list(islice(left, _ROWS_A_WRITE)):
        yield _rows(number, block, columns, style).encode()
        number += len(block)
    yield after.encode()


def _rows(first: int, rows: Sequence[list[str]], columns: Sequence[str], style: str) -> str:
    """Return the XML of rows, the first of which has the number `first`."""
    text = _escaped(_APART.join(map(_APART.join, rows)))
    keep = _KEEP_SPACE if _SPACE_AT_AN_END.search(f"{_APART}{text}{_APART}") else ""
    cells = "".join(
        f'<c r="{column}#"{style} t="inlineStr"><is><t{keep}>%s</t></is></c>' for column in columns
    )
    row = f'<row r="#">{cells}</row>'
    form = "".join([row.replace("#", str(first + index)) for index in range(len(rows))])
    filled = form % tuple(text.split(_APART))
    return filled.replace(f' t="inlineStr"><is><t{keep}></t></is></c>', "/>")


def _escaped(text: str) -> str:
    """Return a text as XML, and what XML cannot hold as the format writes it (`_x000D_`)."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
