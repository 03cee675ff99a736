"""A suppression file that is no text is told in words what it is, and what to do."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
import xlsxwriter

from cxone_async.errors import UnreadableInputError
from cxone_async.source.kind import Kind
from cxone_async.suppression.file_kind import _OTHER_KINDS, refuse_other_kinds
from cxone_async.suppression.files import read_files

ODS = "application/vnd.oasis.opendocument.spreadsheet"


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("do not call")
        for row in range(5_000):
            sheet.write(row, 0, f"+1202555{row:04}")
    return content.getvalue()


def archive(*members: tuple[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members:
            made.writestr(name, text, zipfile.ZIP_STORED if name == "mimetype" else None)
    return content.getvalue()


LIST = b"2025550143\n"
KINDS = {
    "a workbook": (workbook(), r"a workbook \(\.xlsx\); open it, save the sheet .* as CSV"),
    "a workbook, packed": (gzip.compress(workbook()), r"a workbook \(\.xlsx\).* as CSV"),
    "an OpenDocument sheet": (archive(("mimetype", ODS)), r"a workbook \(\.ods\).* as CSV"),
    "Numbers": (archive(("Index/Document.iwa", "x")), "a Numbers document.* as CSV"),
    "Word": (archive(("[Content_Types].xml", "x"), ("word/x.xml", "x")), "a document of Office"),
    "the old Office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"\(\.xls\).* as CSV"),
    "an archive": (archive(("list.csv", "2025550143\n")), "a ZIP archive; unpack it"),
    "an empty archive": (archive(), "a ZIP archive; unpack it"),
    "bzip2": (bz2.compress(LIST), "a bzip2 file; unpack it.* only gzip is read"),
    "xz": (lzma.compress(LIST), "an xz file; unpack it"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(20), "a zstd file; unpack it"),
    "gzip in gzip": (gzip.compress(gzip.compress(LIST)), "gzip in gzip; unpack it once"),
    "Parquet": (b"PAR1\x15\x04\x15" + bytes(90), "a Parquet file; write .* as CSV"),
    "Arrow": (b"ARROW1\0\0" + bytes(90), "an Arrow file; write .* as CSV"),
    "a stream of Arrow": (b"\xff\xff\xff\xff\x10" + bytes(90), "an Arrow stream; .* as CSV"),
    "JSON lines": (b'{"phone": "2025550143"}\n', "this is JSON; write .* as CSV"),
    "a JSON array": (b'[{"phone": "2025550143"}]', "one JSON array"),
    "a PDF": (b"%PDF-1.7\n" + bytes(90), "a PDF"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in", "a web page that asks to sign in"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(90), "a picture"),
    "SQLite": (b"SQLite format 3\0" + bytes(90), "an SQLite database"),
}


@pytest.mark.parametrize(("content", "said"), KINDS.values(), ids=KINDS)
def test_what_is_no_text_is_named_with_what_to_do(tmp_path, content, said):
    path = tmp_path / "stop.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInputError, match=rf"^suppression file .*stop\.csv: .*{said}"):
        read_files([path], "US", "2026-11-30")


def test_every_kind_of_file_but_text_and_archives_has_its_words():
    assert set(Kind) - set(_OTHER_KINDS) == {Kind.TEXT, Kind.ZIP}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", LIST, b"PK\n", b"BM 2025550143", b"PARENT\n", "\ufeffphone\n".encode(),
        "phone\n".encode("utf-16"), b"# a list\n", b"sep=;\n", b"\0", b"bz@example.com\n",
    ],
)  # fmt: skip
def test_a_text_passes_whatever_it_begins_with(content):
    refuse_other_kinds(content)


def test_a_name_says_nothing_of_what_a_file_is(tmp_path):
    path = tmp_path / "stop.xlsx"
    path.write_bytes(LIST)
    assert read_files([path], "US", "2026-11-30").sources[0].phones == 1
