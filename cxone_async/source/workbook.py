"""The rows of one sheet of a workbook, as text: .xlsx, .xls, .xlsb, .ods.

Guarantee: a row of the sheet is a row here, in the same place, so that a line of the CSV is the
row of the sheet as long as no cell holds several lines.
"""

import datetime
import mmap
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.cell_text import hours, iso, spreadsheet_number
from cxone_async.source.input_form import InputForm
from cxone_async.source.reject_cells import has_reject_columns
from cxone_async.source.unpacking import refuse_if_too_large, shown, unpacked_member

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

NotText = (
    int | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
)

NEEDS_THE_EXTRA: Final = (
    "this is a workbook, and reading one needs an extra: pip install 'cxone_async[excel]'; or save "
    "it as CSV"
)
_PASSWORD: Final = "the workbook has a password; open it, and save it without one or as CSV"  # noqa: S105
_WORD: Final = "this is a text document, not a list of contacts; export the contacts as CSV"
_IN_COMPOUND: Final = (
    ("EncryptedPackage", _PASSWORD),
    ("WordDocument", _WORD),
    ("PowerPoint Document", "this is a presentation, not a list of contacts"),
    ("__substg1.0_", "this is a mail, not a list of contacts; save the file that is attached"),
)
_IN_ZIP: Final = (
    ("word/document.xml", _WORD),
    ("ppt/presentation.xml", "this is a presentation, not a list of contacts"),
    ("Index/Document.iwa", "this is a Numbers document; export it as CSV or .xlsx"),
)
# BOF of the whole book, then WriteProtect or none, then FilePass. calamine reads a book with the
# weakest of the passwords as if it had none.
_FILE_PASS: Final = re.compile(
    rb"\x09\x08(?:\x10\0\0\x06\x05\0.{12}|\x08\0\0\x05\x05\0.{4})(?:\x86\0\0\0)?\x2f\0",
    re.DOTALL,
)
_WORKBOOKS: Final = ("xl/workbook.xml", "xl/workbook.bin")
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument."
_MANIFEST: Final = "META-INF/manifest.xml"
_READ_MEMBERS: Final = (".xml", ".bin", ".rels")


def refuse_other_compound(file: BinaryIO) -> None:
    """Raise UnreadableInputError if a file of the old Office is no workbook, or has a password."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for name, why in _IN_COMPOUND:
            if content.find(name.encode("utf-16-le")) >= 0:
                raise UnreadableInputError(why)
        if not any(content.find(name.encode("utf-16-le")) >= 0 for name in ("Workbook", "Book")):
            raise UnreadableInputError(
                "this is a file of an Office program, not a list of contacts; save the list as CSV"
            )
        if _FILE_PASS.search(content):
            raise UnreadableInputError(_PASSWORD)


def is_workbook(archive: zipfile.ZipFile, form: InputForm) -> bool:
    """Say whether a zip file is a workbook.

    Raises UnreadableInputError for another kind of document, and for a password.
    """
    names = set(archive.namelist())
    for name, why in _IN_ZIP:
        if name in names:
            raise UnreadableInputError(why)
    if any(name in names for name in _WORKBOOKS):
        return True
    if "mimetype" not in names:
        return False
    of_file = _block(archive, "mimetype", form)
    if of_file.startswith(_OPEN_DOCUMENT) and not of_file.startswith(_ODS):
        raise UnreadableInputError(_WORD)
    if _MANIFEST in names and b"encryption-data" in _block(archive, _MANIFEST, form):
        raise UnreadableInputError(_PASSWORD)
    return of_file.startswith(_ODS)


def _block(archive: zipfile.ZipFile, name: str, form: InputForm) -> bytes:
    return next(unpacked_member(archive, archive.getinfo(name), form), b"")


def refuse_bomb(archive: zipfile.ZipFile, form: InputForm) -> None:
    """Unpack what will be read of a workbook, to see that all of it is there and not too much.

    Raises UnreadableInputError.
    """
    total = packed = 0
    for member in archive.infolist():
        if not member.filename.endswith(_READ_MEMBERS):
            continue
        packed += member.compress_size
        for block in unpacked_member(archive, member, form):
            total += len(block)
            refuse_if_too_large(total, max(packed, 1), form)


def sheet_rows(file: BinaryIO, form: InputForm) -> tuple[str, Iterator[Sequence[str]]]:
    """Return the name of the sheet, and its rows from the first row of the sheet on.

    Raises UnreadableInputError for a workbook that cannot be read, has no sheet with cells, or has
    several and the form names none; UsageError when it has no sheet of the form's name.
    """
    try:
        import python_calamine  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        raise UnreadableInputError(NEEDS_THE_EXTRA) from error
    try:
        workbook = python_calamine.load_workbook(file)
        sheet = _sheet(workbook, form)
    except (python_calamine.CalamineError, OSError) as error:
        raise UnreadableInputError("the workbook is damaged or cut short") from error
    return sheet.name, map(_texts, sheet.iter_rows())


def _sheet(workbook: "CalamineWorkbook", form: InputForm) -> "CalamineSheet":
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    if form.sheet and not _is_only_rejects(workbook, form):
        if form.sheet not in workbook.sheet_names:
            raise UsageError(
                "--sheet: the workbook has no sheet of that name; it has "
                f"{shown(workbook.sheet_names)}"
            )
        return workbook.get_sheet_by_name(form.sheet)
    # A hidden sheet is not what a person means who sees one sheet.
    names = [
        one.name
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]
    found: list[str] = []
    only: CalamineSheet | None = None
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is not None:
            found.append(name)
            only = only or sheet
    if only is None:
        raise UnreadableInputError("no sheet of the workbook has a cell in it")
    if len(found) > 1:
        raise UnreadableInputError(
            f"the workbook has several sheets; name one with --sheet: {shown(found)}"
        )
    return only


def _is_only_rejects(workbook: "CalamineWorkbook", form: InputForm) -> bool:
    """Whether it is a rejects.xlsx, made by a run whose settings name the sheet of another."""
    if form.sheet in workbook.sheet_names or len(workbook.sheet_names) > 1:
        return False
    header = next(workbook.get_sheet_by_index(0).iter_rows(), [])
    return has_reject_columns([name for name in _texts(header) if name.strip()])


def _texts(row: Sequence[str | NotText]) -> list[str]:
    return [value if isinstance(value, str) else _text(value) for value in row]


def _text(value: NotText) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float() | int():
            return spreadsheet_number(float(value))
        case datetime.datetime() | datetime.time():
            return iso(value)
        case datetime.date():
            return value.isoformat()
        case _:
            return hours(value)
