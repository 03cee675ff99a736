"""What is cut short, damaged, nested or too large is refused; half a copy is never left."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pyarrow
import pytest
import xlsxwriter
import zstandard
from pyarrow import ipc, parquet

from cxone_async.errors import UnreadableInputError
from cxone_async.source.form import InputForm
from cxone_async.source.input import readable_input

CSV = b"phone,email\n" + b"".join(
    b"%d,a%d@example.com\n" % (12025550100 + row % 100, row * 7919) for row in range(20_000)
)


async def text_of(path: Path, content: bytes, form: InputForm | None = None) -> bytes:
    path.write_bytes(content)  # noqa: ASYNC240  a small file
    async with readable_input(str(path), form) as source:
        return b"".join([block async for block in source.blocks()])


def of_parquet(table: pyarrow.Table) -> bytes:
    content = io.BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


def of_stream(table: pyarrow.Table) -> bytes:
    content = io.BytesIO()
    with ipc.new_stream(content, table.schema) as writer:
        writer.write_table(table)
    return content.getvalue()


def of_file(table: pyarrow.Table) -> bytes:
    content = io.BytesIO()
    with ipc.new_file(content, table.schema) as writer:
        writer.write_table(table)
    return content.getvalue()


def zipped(content: bytes, name: str = "a.csv") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        for row in range(2_000):
            sheet.write_row(row, 0, ["phone", f"a{row * 7919}@example.com"])
    return content.getvalue()


TABLE = pyarrow.table({"phone": [str(12025550100 + row * 7919) for row in range(20_000)]})
WHOLE = {
    "zstd": zstandard.compress(CSV),
    "bzip2": bz2.compress(CSV),
    "xz": lzma.compress(CSV),
    "zip": zipped(CSV),
    "parquet": of_parquet(TABLE),
    "arrow file": of_file(TABLE),
    "arrow stream": of_stream(TABLE),
    "workbook": workbook(),
}


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("left", [0.5, 0.9, 1.0])
async def test_what_is_cut_short_is_no_shorter_list(tmp_path, form, left):
    whole = WHOLE[form]
    with pytest.raises(UnreadableInputError, match=r"list: .*(cut short|damaged)"):
        await text_of(tmp_path / "list", whole[: int(len(whole) * left) - 1])


async def test_an_arrow_stream_that_was_cut_between_two_batches_is_refused(tmp_path):
    with pytest.raises(UnreadableInputError, match="end mark"):
        await text_of(tmp_path / "list", WHOLE["arrow stream"][:-8])


@pytest.mark.parametrize("pack", [zstandard.compress, bz2.compress, lzma.compress])
async def test_several_streams_one_after_another_are_one(tmp_path, pack):
    assert await text_of(tmp_path / "list", pack(CSV[:999]) + pack(CSV[999:])) == CSV
    with pytest.raises(UnreadableInputError, match=r"damaged|cut short"):
        await text_of(tmp_path / "list", pack(CSV) + b"garbage")


@pytest.mark.parametrize("pack", [zstandard.compress, bz2.compress, lzma.compress, zipped])
async def test_a_bomb_is_refused(tmp_path, pack):
    bomb = pack(b"phone\n" + bytes(70 << 20).replace(b"\0", b"1"))
    with pytest.raises(UnreadableInputError, match="--max-unpacked-ratio"):
        await text_of(tmp_path / "list", bomb)
    with pytest.raises(UnreadableInputError, match=r"1,000 bytes.*--max-unpacked-bytes"):
        await text_of(tmp_path / "list", WHOLE["zstd"], InputForm(max_unpacked_bytes=1_000))


async def test_a_workbook_that_is_a_bomb_is_refused(tmp_path):
    with pytest.raises(UnreadableInputError, match="--max-unpacked-bytes"):
        await text_of(tmp_path / "list", WHOLE["workbook"], InputForm(max_unpacked_bytes=1_000))


async def test_what_is_in_the_box_is_looked_at_too(tmp_path):
    for box in (zipped(b"%PDF-1.7"), gzip.compress(zstandard.compress(b"%PDF-1.7"))):
        with pytest.raises(UnreadableInputError, match="a PDF"):
            await text_of(tmp_path / "list", box)
    deep = CSV
    for _ in range(4):
        deep = gzip.compress(deep)
    with pytest.raises(UnreadableInputError, match="more than three times"):
        await text_of(tmp_path / "list", deep)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("word/document.xml", "text document"),
        ("ppt/presentation.xml", "presentation"),
        ("Index/Document.iwa", "Numbers"),
    ],
)
async def test_other_documents_are_named(tmp_path, name, what):
    with pytest.raises(UnreadableInputError, match=what):
        await text_of(tmp_path / "list", zipped(b"x", name))


@pytest.mark.parametrize(
    ("stream", "what"),
    [
        ("EncryptedPackage", "has a password"),
        ("WordDocument", "text document"),
        ("PowerPoint Document", "presentation"),
        ("__substg1.0_", "a mail"),
        ("Quill", "an Office program"),
        ("Workbook", "damaged"),
    ],
)
async def test_files_of_the_old_office_are_named(tmp_path, stream, what):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(1024, b"\0") + stream.encode("utf-16-le")
    with pytest.raises(UnreadableInputError, match=what):
        await text_of(tmp_path / "list.doc", content)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (b'{"phone": "1"}\n{"phone": ["2"]}\n', "line 2: 'phone' holds an array"),
        (b'{"phone": {"home": "2"}}\n', "line 1: 'phone' holds an object"),
        (b'{"phone": "1"}\n\n{"phone": 2}\n', "line 3: 'phone' is a number, and text"),
        (b'{"phone": "1"}\n[1]\n', "line 2 is JSON, but no object"),
        (b'{"phone": "1"}\n{"phone": "2"\n', "line 2 is no JSON object"),
        (b'{"phone": "1", "phone": "2"}\n', "line 1 is no JSON object"),
        (b'{"phone": "\xff"}\n', "line 1 is no JSON object"),
        (b'{"phone": NaN}\n', "line 1 is no JSON object"),
        (b"{}\n", "none of the JSON lines has a member"),
    ],
)
async def test_json_lines_that_are_not_plain_are_refused_with_the_line(tmp_path, lines, what):
    with pytest.raises(UnreadableInputError, match=what):
        await text_of(tmp_path / "list", lines)


async def test_json_lines_keep_every_digit(tmp_path):
    lines = (
        b'{"phone": 12025550101, "n": 12345678901234567890}\n\n'
        b'{"email": "a@example.com", "n": 1.50, "ok": true, "phone": 12025550102.0}\n'
        b'{"ok": false, "email": null, "n": -3}\n'
    )
    assert (await text_of(tmp_path / "list", lines)).decode() == (
        "\ufeffphone,n,email,ok\n12025550101,12345678901234567890,,\n\n"
        "12025550102,1.50,a@example.com,true\n,-3,,false\n"
    )


async def test_a_nested_column_of_parquet_is_refused(tmp_path):
    table = pyarrow.table({"phone": ["1"], "tags": [["a", "b"]]})
    with pytest.raises(UnreadableInputError, match="column 'tags' is of the type list"):
        await text_of(tmp_path / "list", of_parquet(table))
