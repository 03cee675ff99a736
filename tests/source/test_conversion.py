"""What is cut short, damaged, nested or too large is refused; half a copy is never left."""

import asyncio
import bz2
import datetime
import gzip
import io
import lzma
import signal
import subprocess
import sys
import threading
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
import xlsxwriter
import zstandard
from pyarrow import ipc, parquet
from source.old_office import compound_file, old_workbook

from cxone_async.durable.threads import in_thread
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.conversion import convert
from cxone_async.source.input import open_input, readable_input
from cxone_async.source.input_form import InputForm
from cxone_async.source.sheet_process import memory_limit_bytes

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


def sheet_of(rows: list[list[str]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("rejects")
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return content.getvalue()


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
    "xz": lzma.compress(CSV, preset=0),
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


@pytest.mark.slow
@pytest.mark.parametrize("pack", [zstandard.compress, bz2.compress, lzma.compress])
async def test_several_streams_one_after_another_are_one(tmp_path, pack):
    assert await text_of(tmp_path / "list", pack(CSV[:999]) + pack(CSV[999:])) == CSV
    with pytest.raises(UnreadableInputError, match=r"damaged|cut short"):
        await text_of(tmp_path / "list", pack(CSV) + b"garbage")


@pytest.mark.slow
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


def with_a_cell_at(row: int, column: int) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["phone", "email"])
        sheet.write_row(1, 0, ["+12025550101", "a@example.com"])
        sheet.write(row, column, "x")
    return content.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("box", [bytes, zipped], ids=["plain", "zipped"])
async def test_a_workbook_that_no_memory_can_hold_is_refused_and_ends_nothing(tmp_path, box):
    bomb = with_a_cell_at(1_048_575, 16_383)
    assert len(bomb) < 8_000
    with pytest.raises(UnreadableInputError, match=r"list: .* memory .*far below or right"):
        await text_of(tmp_path / "list", box(bomb))
    assert [path.name for path in tmp_path.iterdir()] == ["list"]


@pytest.mark.slow
async def test_a_cell_far_below_the_list_is_read_where_memory_can_hold_the_sheet(tmp_path):
    text = await text_of(tmp_path / "list", with_a_cell_at(20_000, 5))
    assert text.startswith(b"\xef\xbb\xbfphone,email,,,,\n+12025550101,a@example.com,,,,\n\n")
    assert text.endswith(b"\n,,,,,x\n")


@pytest.mark.parametrize(
    ("size_bytes", "form", "limit_bytes"),
    [
        (1_000, InputForm(), 2 << 30),
        (100 << 20, InputForm(max_unpacked_ratio=40), 4_000 << 20),
        (100 << 20, InputForm(max_unpacked_ratio=250, max_unpacked_bytes=3 << 30), 3 << 30),
        (100 << 20, InputForm(max_unpacked_bytes=1_000), 2 << 30),
        (1_000, InputForm.of_run({}), 1 << 46),
    ],
)
def test_a_workbook_may_take_so_many_times_its_size_of_memory(size_bytes, form, limit_bytes):
    assert memory_limit_bytes(size_bytes, form) == limit_bytes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "what"),
    [("exit 1", "damaged"), ("exit 71", "more memory"), ("kill -9 $$", "more memory"),
     ("kill -ABRT $$", "more memory"), ("kill -SEGV $$", "damaged"),
     ("printf '\\0\\0'", "damaged"), ("printf '\\0\\0\\0\\1'", "damaged")],
)  # fmt: skip
async def test_a_workbook_whose_reader_ends_early_is_refused(tmp_path, monkeypatch, end, what):
    reader = tmp_path / "reader"
    reader.write_text(f"#!/bin/sh\nulimit -c 0\n{end}\n")
    reader.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(reader))
    with pytest.raises(UnreadableInputError, match=rf"list: .*{what}"):
        await text_of(tmp_path / "list", WHOLE["workbook"])


@pytest.mark.slow
async def test_no_secret_is_in_the_environment_of_the_reader_of_workbooks(tmp_path, monkeypatch):
    reader = tmp_path / "reader"
    reader.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 1\n")
    reader.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(reader))
    for name in ("CXONE_CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hush-hush-of-the-parent")
    with pytest.raises(UnreadableInputError):
        await text_of(tmp_path / "list", WHOLE["workbook"])
    seen = await asyncio.to_thread((tmp_path / "seen").read_text)
    assert "PATH=" in seen
    assert "hush-hush" not in seen


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


async def test_every_plain_type_of_a_column_is_text(tmp_path):
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    columns = {
        "phone": pyarrow.array(["1", None]),
        "large": pyarrow.array(["a", ""], pyarrow.large_string()),
        "view": pyarrow.array(["b", "c"], pyarrow.string_view()),
        "dictionary": pyarrow.array(["x", "x"]).dictionary_encode(),
        "int": pyarrow.array([12025550101, None]),
        "float": pyarrow.array([12025550101.0, 0.1]),
        "huge": pyarrow.array([1e300, float("nan")]),
        "small": pyarrow.array([0.1, 2], pyarrow.float32()),
        "decimal": pyarrow.array([Decimal("1.50"), Decimal("2.00")]),
        "yes": pyarrow.array([True, False]),
        "none": pyarrow.nulls(2),
        "date": pyarrow.array([datetime.date(2026, 1, 2), None]),
        "ns": pyarrow.array([1_767_323_045_000_000_999, None], pyarrow.timestamp("ns", "UTC")),
        "us": pyarrow.array([moment.replace(tzinfo=None), None], pyarrow.timestamp("us")),
        "time": pyarrow.array([11_045_123_000_999, None], pyarrow.time64("ns")),
    }
    names, first, second = (
        (await text_of(tmp_path / "list", of_stream(pyarrow.table(columns)))).decode().splitlines()
    )
    assert names == "\ufeff" + ",".join(columns)
    assert first == (
        f"1,a,b,x,12025550101,12025550101,1{'0' * 300},0.1,1.50,true,,2026-01-02,"
        "2026-01-02T03:04:05+00:00,2026-01-02T03:04:05,03:04:05.123"
    )
    assert second == ",,c,x,,0.1,,2,2,false,,,,,"


_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def open_document(*, has_password: bool = False) -> bytes:
    manifest = "<manifest:encryption-data/>" if has_password else ""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="content.xml">{manifest}'
            "</manifest:file-entry></manifest:manifest>",
        )
        archive.writestr("Thumbnails/thumbnail.png", b"picture")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{_OASIS}:office:1.0" '
            f'xmlns:table="{_OASIS}:table:1.0" '
            f'xmlns:text="{_OASIS}:text:1.0"><office:body>'
            '<office:spreadsheet><table:table table:name="Kontakte"><table:table-row>'
            '<table:table-cell office:value-type="string"><text:p>phone</text:p></table:table-cell>'
            '</table:table-row><table:table-row><table:table-cell office:value-type="float" '
            'office:value="12025550101"><text:p>1,2E10</text:p></table:table-cell>'
            "</table:table-row></table:table></office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return content.getvalue()


async def test_an_xls_and_an_ods_are_read(tmp_path):
    assert await text_of(tmp_path / "a", open_document()) == b"\xef\xbb\xbfphone\n12025550101\n"
    old = old_workbook([["phone", "name"], [12025550101.0, "Jos\xe9"]])
    assert (await text_of(tmp_path / "b", old)).decode() == (
        "\ufeffphone,name\n12025550101,Jos\xe9\n"
    )


@pytest.mark.parametrize("content", [open_document(), old_workbook([["phone"], [1.0]])])
async def test_a_sheet_that_is_not_there_is_a_wrong_flag_in_old_and_open_workbooks_too(
    tmp_path, content
):
    with pytest.raises(
        UsageError, match=r"list: --sheet: .* no sheet of that name; it has Kontakte"
    ):
        await text_of(tmp_path / "list", content, InputForm("Nirgends"))


async def test_an_old_workbook_that_was_cut_short_is_refused(tmp_path):
    whole = old_workbook([["phone", "name"]] + [[12025550101.0, "x" * 50]] * 100)
    with pytest.raises(UnreadableInputError, match="damaged or cut short"):
        await text_of(tmp_path / "list", whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "content",
    [
        compound_file(EncryptionInfo=b"\4\0\4\0", EncryptedPackage=b"\x99" * 5000),
        old_workbook([["phone"], [1.0]], has_password=True),
        open_document(has_password=True),
        zipped(open_document(has_password=True), "list.ods"),
        zipped(
            compound_file(EncryptionInfo=b"\4\0\4\0", EncryptedPackage=b"\x99" * 5000), "l.xlsx"
        ),
    ],
)
async def test_a_workbook_with_a_password_is_named(tmp_path, content):
    with pytest.raises(UnreadableInputError, match="the workbook has a password"):
        await text_of(tmp_path / "list", content)


async def test_a_text_of_open_document_and_an_empty_workbook_are_refused(tmp_path):
    text = zipped(b"application/vnd.oasis.opendocument.text", "mimetype")
    with pytest.raises(UnreadableInputError, match="text document"):
        await text_of(tmp_path / "list", text)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("S")
    with pytest.raises(UnreadableInputError, match="no sheet of the workbook has a cell"):
        await text_of(tmp_path / "list", content.getvalue())


async def test_a_zip_with_a_password_or_another_packing_or_damage_is_named(tmp_path):
    whole = bytearray(zipped(CSV))
    entry = whole.rindex(b"PK\1\2")

    async def refused(what: str, at: int, value: int) -> None:
        content = whole.copy()
        content[at] = value
        with pytest.raises(UnreadableInputError, match=what):
            await text_of(tmp_path / "list", bytes(content))

    await refused("the zip file has a password", entry + 8, 1)
    await refused("packed in a way that is not supported", entry + 10, 1)
    await refused("damaged", 1_000, whole[1_000] ^ 255)
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.mkdir("folder")
    with pytest.raises(UnreadableInputError, match="no file in it"):
        await text_of(tmp_path / "list", empty.getvalue())


@pytest.mark.slow
async def test_zeros_behind_the_end_are_no_data(tmp_path):
    assert await text_of(tmp_path / "list", lzma.compress(CSV) + bytes(512)) == CSV


@pytest.mark.parametrize(
    ("form", "module", "extra"),
    [("workbook", "python_calamine", "excel"), ("parquet", "pyarrow", "parquet")],
)
async def test_without_the_extra_it_is_named(tmp_path, monkeypatch, form, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnreadableInputError, match=rf"cxone_async\[{extra}\]"):
        await text_of(tmp_path / "list", WHOLE[form])


async def test_what_stands_right_of_the_columns_of_rejects_is_not_read(tmp_path):
    rows = [
        ["phone", "", "_row", "_outcome", "_reason", "_detail", " "],
        ["1", "2", "3", "invalid", "phone_missing", "x", "", "a note"],
        ["1"],
    ]
    content = sheet_of(rows)
    assert await text_of(tmp_path / "list", content) == (
        b"\xef\xbb\xbfphone,,_row,_outcome,_reason,_detail\n1,2,3,invalid,phone_missing,x\n1,,,,,\n"
    )
    rows[0][-1] = "mine"
    text = await text_of(tmp_path / "list", sheet_of(rows))
    assert text.splitlines()[1] == b"1,2,3,invalid,phone_missing,x,,a note"


async def test_json_lines_have_a_most_number_of_members(tmp_path):
    lines = b"{" + b",".join(b'"a%d":1' % index for index in range(2_001)) + b"}\n"
    with pytest.raises(UnreadableInputError, match="more than 2,000 different members"):
        await text_of(tmp_path / "list", lines)


async def test_half_a_character_of_json_is_not_replaced(tmp_path):
    text = await text_of(tmp_path / "list", b'{"first_name": "A\\ud83d"}\n')
    assert text == b"\xef\xbb\xbffirst_name\nA\xed\xa0\xbd\n"


async def test_damaged_gzip_is_left_to_the_reader_of_gzip(tmp_path):
    with pytest.raises(UnreadableInputError, match="gzip"):
        await text_of(tmp_path / "list", b"\x1f\x8b" + bytes(range(100)))


KILLED = """
import io, os, pathlib, signal, sys, threading
from cxone_async.source.conversion import convert
from cxone_async.source.input_form import InputForm
from cxone_async.source.sheet_process import memory_limit_bytes

class Doomed(io.BufferedReader):
    lines = 0
    def readline(self, most=-1):
        self.lines += 1
        if self.lines == 35_000:  # in the second pass, which writes
            os.kill(os.getpid(), signal.SIGKILL)
        return super().readline(most)

convert(Doomed(io.FileIO(sys.argv[1])), pathlib.Path(sys.argv[2]), InputForm(), threading.Event())
"""
LINES = b"".join(b'{"phone": "%d", "note": "%s"}\n' % (row, b"x" * 100) for row in range(20_000))


@pytest.mark.slow
async def test_a_kill_while_converting_leaves_nothing_that_could_be_taken_for_the_whole(tmp_path):
    listed = tmp_path / "list"
    await asyncio.to_thread(listed.write_bytes, LINES)
    target = tmp_path / "run" / "input.csv"
    await asyncio.to_thread(target.parent.mkdir)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(listed), str(target)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    [left] = target.parent.iterdir()
    assert left.name.endswith(".partial")
    assert left.stat().st_size > 0
    source = open_input(str(listed))
    await source.make_readable_again(target.with_name("input"))
    text = b"".join([block async for block in source.blocks()])
    assert text.count(b"\n") == 20_001
    assert [one.name for one in target.parent.iterdir()] == ["input.csv"]


async def test_an_older_text_is_not_taken_for_that_of_the_input(tmp_path):
    old = tmp_path / "input.csv"
    await asyncio.to_thread(old.write_bytes, b"phone\n12025550199\n")
    await asyncio.to_thread((tmp_path / "list").write_bytes, LINES)
    source = open_input(str(tmp_path / "list"))
    await source.make_readable_again(tmp_path / "input")
    assert (await asyncio.to_thread(old.read_bytes)).count(b"\n") == 20_001
    source.discard_text()
    assert not old.exists()


@pytest.mark.parametrize("content", [LINES, zstandard.compress(WHOLE["parquet"])])
async def test_a_conversion_that_is_told_to_stop_leaves_nothing(tmp_path, content):
    def stopped(stop: threading.Event) -> str:
        stop.set()
        with (tmp_path / "list").open("rb") as file:
            return convert(file, tmp_path / "run" / "input.csv", InputForm(), stop)

    await asyncio.to_thread((tmp_path / "list").write_bytes, content)
    await asyncio.to_thread((tmp_path / "run").mkdir)
    with pytest.raises(asyncio.CancelledError):
        await in_thread(stopped)
    assert not list((tmp_path / "run").iterdir())
