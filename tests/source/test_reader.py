"""From blocks to the six fields, encodings and header included."""

import codecs
import gzip
from pathlib import Path

import pytest

from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.outcome import Reason
from cxone_async.source.csv_header import SAMPLE_BYTES
from cxone_async.source.input import Input, open_input
from cxone_async.source.input_reading import read_input_header
from cxone_async.source.reader import Reader
from cxone_async.source.reading_rules import ReadingRules
from cxone_async.source.records import InputHeader

TEXT = "E-mail;Mobile;Notes;Surname\na@example.com;1;x;Müller\nb@example.com;2;y;李\n"
CONTACTS = [
    ("1", "a@example.com", "", "Müller", "", ""),
    ("2", "b@example.com", "", "李", "", ""),
]


def read(reader: Reader, *blocks: bytes) -> list[tuple[str, ...]]:
    """Return the six fields of each record; there is no further column here."""
    contacts: list[tuple[str, ...]] = []
    for records in [*map(reader.feed, blocks), reader.finish()]:
        assert reader.columns is not None or not records.rows
        if reader.columns is not None:
            contacts += [row[:6] for row in reader.columns.select(records.fields)]
    return contacts


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_every_encoding_and_block_size_gives_the_same_contacts(
    mark: bytes, encoding: str, size: int
) -> None:
    data = mark + TEXT.encode(encoding)
    reader = Reader()
    assert read(reader, *(data[i : i + size] for i in range(0, len(data), size))) == CONTACTS
    assert reader.header is not None
    assert reader.header.raw == b"E-mail;Mobile;Notes;Surname"
    assert reader.header.delimiter == ";"
    assert reader.encoding == "utf-8"


def test_a_declared_encoding_is_used_and_kept_in_what_is_raw() -> None:
    reader = Reader(ReadingRules(encoding="cp1252"))
    records = [reader.feed("phone,name\n1,Müller\n".encode("cp1252")), reader.finish()]
    assert [raw for batch in records for raw in batch.raws] == [b"1,M\xfcller"]
    assert [fields for batch in records for fields in batch.fields] == [["1", "Müller"]]
    assert reader.encoding == "cp1252"


def test_an_undecodable_sequence_in_utf_16_costs_its_own_row_only() -> None:
    data = codecs.BOM_UTF16_LE + "phone,name\n1,".encode("utf-16-le")
    data += b"\x00\xd8" + "\n2,Anna\n".encode("utf-16-le")
    reader = Reader()
    batches = [reader.feed(data), reader.finish()]
    assert [(bad.row, bad.problem.reason) for batch in batches for bad in batch.unreadable] == [
        (1, Reason.UNDECODABLE)
    ]
    assert [row for batch in batches for row in batch.rows] == [2]


@pytest.mark.parametrize("blocks", [[], [b""], [b"\xef\xbb\xbf"], [b"\n", b"\n"]])
def test_an_empty_input_is_unreadable(blocks: list[bytes]) -> None:
    with pytest.raises(UnreadableInputError, match="empty"):
        read(Reader(), *blocks)


@pytest.mark.slow
def test_a_header_without_what_is_needed_is_refused_before_any_row() -> None:
    reader = Reader(ReadingRules(needed=frozenset({"phone"})))
    with pytest.raises(UnreadableInputError, match=r"phone.*'email'"):
        reader.feed(b"email\n" + b"a@example.com\n" * SAMPLE_BYTES)


def test_overrides_reach_the_header() -> None:
    reader = Reader(ReadingRules(overrides={"phone": "x"}))
    assert read(reader, b"x,y\n1,2\n") == [("1", "", "", "", "", "")]
    with pytest.raises(UsageError, match="phone=z: there is no such column"):
        read(Reader(ReadingRules(overrides={"phone": "z"})), b"x,y\n1,2\n")


def test_an_unknown_encoding_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="utf-9"):
        Reader(ReadingRules(encoding="utf-9"))


# --- the header alone

HEADER = InputHeader(("E-mail", "Mobile"), b"E-mail;Mobile", 2, ";")


def written(path: Path, content: bytes) -> Input:
    path.write_bytes(content)
    return open_input(str(path))


@pytest.mark.slow
@pytest.mark.parametrize("rest", [b"", b"\n", b"\na@example.com;1\n", b"\n" + b"x;1\n" * 500_000])
async def test_the_header_of_an_input_is_read_whatever_follows_it(
    tmp_path: Path, rest: bytes
) -> None:
    content = b"\n" + HEADER.raw + rest
    for stored in (content, gzip.compress(content)):
        assert await read_input_header(written(tmp_path / "in.csv", stored)) == HEADER


@pytest.mark.slow
async def test_only_the_header_is_read(tmp_path: Path) -> None:
    cut_short = gzip.compress(b"\n" + HEADER.raw + b"\n" + b"x;1\n" * 500_000)[:-10]
    assert await read_input_header(written(tmp_path / "in.csv", cut_short)) == HEADER


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"name,city\n", b"phone,a,A\n"])
async def test_an_input_without_a_usable_header_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableInputError, match="header"):
        await read_input_header(written(tmp_path / "in.csv", content))


async def test_encoding_overrides_and_needed_fields_are_those_of_the_reader(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", "Größe,x\n".encode("cp1252"))
    header = await read_input_header(
        source, ReadingRules(encoding="cp1252", overrides={"phone": "x"})
    )
    assert (header.names, header.raw) == (("Größe", "x"), b"Gr\xf6\xdfe,x")
    source = written(tmp_path / "in.csv", b"phone\n")
    with pytest.raises(UsageError, match="--map phone=z"):
        await read_input_header(source, ReadingRules(overrides={"phone": "z"}))
    with pytest.raises(UnreadableInputError, match="no column for email"):
        await read_input_header(source, ReadingRules(needed=frozenset({"email"})))
