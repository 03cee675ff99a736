"""What is no list of contacts is refused by its content, with what it is."""

import pytest

from cxone_async.errors import UnreadableInputError
from cxone_async.source.kind import Kind, kind_of


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"Rar!\x1a\x07\x01", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c\x00", "a 7z archive"),
        (b"list.csv".ljust(257, b"\0") + b"ustar\x0000", "a tar archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\0\x01\0\0Standard ACE DB\0", "an Access database"),
        (b"Obj\x01\x04", "an Avro file"),
        (b"ORC\x08", "an ORC file"),
        (b"FEA1\0\0\0\0", "Feather"),
        (b"PARE\x2a\0\0\0", "an encrypted Parquet file"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "vCards"),
        (b'[\n  {"phone": "1"}]', "one JSON array"),
        (b"<!DOCTYPE html><title>Report</title>", "a web page"),
        (b"\xef\xbb\xbf \r\n<html><table><tr>", "a web page"),
        ("<html><table>".encode("utf-16"), "a web page"),
        (b'<html><input type="password">', "asks to sign in"),
        (b"<html><h1>Anmelden</h1>", "asks to sign in"),
        (b'<?xml version="1.0"?><contacts>', "this is XML"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "spreadsheet of 2003",
        ),
    ],
)
def test_what_is_no_list_is_named(head, what):
    with pytest.raises(UnreadableInputError, match=what):
        kind_of(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"phone,email\n1,a@example.com\n",
        b"[Phone],[Email]\n",
        b"{phone},{email}\n",
        b"PK,phone\n",
        b"BZh9,phone\n",
        b"Obj,phone\n",
        b"ORC,phone\n",
        b"ORC\tphone\n",
        b"PARENT,phone\n",
        b"PARE",
        b"PAR1,PAR2\n",
        b"PAR1\tPAR2\n",
        b"FEA1,phone\n",
        b"<phone>,<email>\n",
        b"\xff\xfep\0h\0o\0n\0e\0",
        b"Login,phone\n",
    ],
)
def test_a_csv_is_text_whatever_its_header_begins_with(head):
    assert kind_of(head) is Kind.TEXT


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b'\xef\xbb\xbf{"phone": "1"}', Kind.JSON_LINES),
        (b"{}\n", Kind.JSON_LINES),
        (b"PAR1\x15", Kind.PARQUET),
        (b"PAR1\x2a\0\0\0", Kind.PARQUET),
        (b"ARROW1\0\0", Kind.ARROW_FILE),
        (b"\xff\xff\xff\xff\x10\0\0\0", Kind.ARROW_STREAM),
        (b"\xfd7zXZ\0", Kind.XZ),
    ],
)
def test_what_can_be_read_is_told(head, kind):
    assert kind_of(head) is kind
