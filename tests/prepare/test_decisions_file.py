"""Files of people's decisions: what they may look like, and what is refused."""

import gzip
import json
from pathlib import Path

import pytest
import xlsxwriter

from cxone_async.errors import MissingInputError, UnreadableInputError
from cxone_async.prepare import decisions_file
from cxone_async.prepare.decisions_file import read_decisions
from cxone_async.source import file_input

SAYS = "3,1,same\n7,2,different\n"


def write(*contents: str | bytes):
    paths = [Path(name) for name in ("one.csv", "two.csv")][: len(contents)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return paths


async def decided(*contents: str | bytes):
    found = await read_decisions(write(*contents))
    return [(one.later, one.earlier, one.is_same) for one in found.pairs], found


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "row,of_row,decision\n" + SAYS,
        "row,of_row,decision\r\n" + SAYS.replace("\n", "\r\n"),
        "\ufeffDecision;Row;Of_Row;note\n SAME ;3;1;x\ndifferent;7;2;\n;4;1;undecided\n",
        "row\tresembles_row\tdecision\n3\t1\tsame\n7\t2\tdifferent\n",
        ("row,of_row,decision\n" + SAYS).encode("utf-16"),
        b"row,of_row,first_name,decision\n3,1,\xc4\x95\x95,same\n7,2,x,different\n",
        'row,of_row,note,decision\n3,1,"two\nlines",same\n\n7,2,,different\n,,,\n',
        "row,of_row,decision\n" + 2 * SAYS,
        gzip.compress(b"row,of_row,decision\n" + SAYS.encode(), mtime=0),
        # Rows count, whatever else names them.
        "row,of_row,external_id,of_external_id,decision\n3,1,a,b,same\n7,2,,,different\n",
    ],
)
async def test_a_file_is_read_as_spreadsheets_and_people_write_it(content):
    found, _ = await decided(content)
    assert found == [("3", "1", True), ("7", "2", False)]


async def test_a_long_file_in_another_encoding_is_read_too(monkeypatch):
    monkeypatch.setattr(file_input, "BLOCK_BYTES", 1 << 16)
    lines = b"".join(b"%d,1,\xc4rger,same\n" % row for row in range(2, 15_002))
    found, _ = await decided(b"row,of_row,first_name,decision\n" + lines)
    assert len(found) == 15_000


async def test_a_workbook_is_read_too(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "mine.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for number, cells in enumerate((["row", "of_row", "decision"], [3, 1, "same"], [4, 1])):
            sheet.write_row(number, 0, cells)
    found = await read_decisions([Path("mine.xlsx")])
    assert [(one.later, one.earlier, one.is_same) for one in found.pairs] == [("3", "1", True)]


async def test_external_ids_name_rows_where_rows_do_not():
    found, decisions = await decided(
        "external_id,of_external_id,decision\nB\u00e4r,\u00c4 1,same\n'+5,'x,different\n"
    )
    assert found == [("+5", "'x", False), ("\u00c4 1", "B\u00e4r", True)]
    assert decisions.named_by == "external_id"


async def test_several_files_count_together_and_their_digest_is_that_of_what_they_say():
    header = "row,of_row,decision\n"
    both, one_file = await decided(header + SAYS)
    apart, two_files = await decided(header + "7,2,different\n", header + "3,1,same\n5,4,\n")
    assert both == apart
    assert one_file.sha256 == two_files.sha256
    _, other = await decided(header + "3,1,same\n")
    assert other.sha256 not in ("", one_file.sha256)
    nothing, none_said = await decided(header + "3,1,\n")
    assert (nothing, none_said.sha256) == ([], "")
    assert (await read_decisions([])).sha256 == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "one.csv: it is empty"),
        (b"\xef\xbb\xbf", "one.csv: the input is empty"),
        ("3,1,same\n", "one.csv: its header has not the columns"),
        ("row,decision\n3,same\n", "one.csv: its header has not the columns"),
        ("row,of_row\n3,1\n", "one.csv: its header has not the columns"),
        ("row,of_row,decision,of_row\n3,1,same,2\n", "its header has two columns for of_row"),
        ("row,of_row,resembles_row,decision\n3,1,1,same\n", "has two columns for of_row"),
        ("row,of_row,decision\n3,1,same\n4,1,perhaps\n", "one.csv, line 3: .* neither same nor"),
        ("row,of_row,decision\n\n\n3,x,same\n", "line 4: of_row is not the number of a row"),
        ("row,of_row,decision\n,1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n0,1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n-3,1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n3.0,1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n\u0663,1,same\n", "line 2: row is not the number of a row"),
        (f"row,of_row,decision\n{'9' * 5000},1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n4294967296,1,same\n", "line 2: row is not the number of a row"),
        ("row,of_row,decision\n1,3,same\n", "line 2: row 3 is not before row 1"),
        ("row,of_row,decision\n3,3,same\n", "line 2: row 3 is not before row 3"),
        ("row,of_row,decision\n3,1,same\n7,2,same\n3,1,different\n",
         "line 4: says different of two rows of which line 2 says same"),
        ("row,of_row,decision\n3,1,same\n5,3,same\n7,2,same\n5,1,different\n",
         "line 5: says different of two rows that are the same person by a chain"),
        ("row,of_row,decision\n5,1,different\n3,1,same\n5,3,same\n", "line 2: says different"),
        ("row,of_row,decision\n3,1,same,more\n", "line 2: 4 fields where the header has 3"),
        ('row,of_row,decision\n3,1,"same\n', "line 2: "),
        ("row,of_row,decision\n3,1,sa\0me\n", "line 2: field 3 holds a NUL character"),
        (f"row,of_row,decision\n3,1,{'x' * 3_000_000}\n", "line 2: "),
        ("external_id,of_external_id,decision\na,,same\n", "line 2: an external id is missing"),
        ("external_id,of_external_id,decision\na,a,same\n", "line 2: both external ids are"),
        ("external_id,of_external_id,decision\na,b,same\nb,a,different\n",
         "line 3: says different of two rows of which line 2 says same"),
        (gzip.compress(b"row,of_row,decision\n3,1,same\n" * 999, mtime=0)[:-20], "one.csv: "),
        (b"PK\x03\x04 no workbook", "one.csv: "),
    ],
)  # fmt: skip
async def test_what_is_no_file_of_decisions_is_refused_with_its_line(content, said):
    with pytest.raises(UnreadableInputError, match=f"^decisions file .*{said}"):
        await decided(content)


async def test_contradictions_and_other_names_in_another_file_are_named_with_it():
    header = "row,of_row,decision\n"
    with pytest.raises(UnreadableInputError, match=r"two\.csv, line 2: .* one\.csv, line 3 says"):
        await decided(header + "7,2,same\n3,1,same\n", header + "3,1,different\n")
    ids = "external_id,of_external_id,decision\na,b,same\n"
    with pytest.raises(UnreadableInputError, match=r"two\.csv: names rows in another way"):
        await decided(header + "3,1,same\n", ids)
    found, _ = await decided(header, ids)  # a file that says nothing names nobody
    assert found == [("b", "a", True)]


async def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(MissingInputError, match=r"^no such decisions file: gone\.csv$"):
        await read_decisions([Path("gone.csv")])
    with pytest.raises(MissingInputError, match=r"no such decisions file: -$"):
        await read_decisions([Path("-")])
    with pytest.raises(UnreadableInputError, match="decisions file"):
        await read_decisions([tmp_path])


async def test_there_are_no_more_decisions_than_a_person_can_make(monkeypatch):
    monkeypatch.setattr(decisions_file, "MOST_DECISIONS", 2)
    header = "row,of_row,decision\n"
    await decided(header + "3,1,same\n4,1,same\n")
    with pytest.raises(UnreadableInputError, match="line 4: there are more than 2 decisions"):
        await decided(header + "3,1,same\n4,1,same\n5,1,same\n")
    with pytest.raises(UnreadableInputError, match=r"two\.csv, line 3: there are more than 2"):
        await decided(header + "3,1,same\n", header + "4,1,same\n5,1,same\n")


async def test_a_refusal_holds_no_external_id():
    for lines in ("secret,secret,same", "secret,,same", "secret,b,same\nb,secret,different"):
        with pytest.raises(UnreadableInputError) as refused:
            await decided(f"external_id,of_external_id,decision\n{lines}\n")
        assert "secret" not in json.dumps(str(refused.value))
