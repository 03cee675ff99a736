"""What a file is, told by its first bytes and not by its name.

Guarantee: pure. What is no list of contacts is refused with what it is and what to do. A magic
number that a heading may begin with (PARENT, BM) counts only with bytes that no text has after it.
"""

import re
from enum import StrEnum
from typing import Final

from cxone_async.errors import UnreadableInputError

HEAD_BYTES: Final = 1 << 12
"""How much of a file `kind_of` wants to see."""


class Kind(StrEnum):
    """What a file is. TEXT is a CSV, or what the reader will say of it."""

    TEXT = "text"
    JSON_LINES = "JSON lines"
    GZIP = "gzip"
    ZSTANDARD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZIP = "zip"
    COMPOUND = "old Office"
    PARQUET = "Parquet"
    ARROW_FILE = "Arrow"
    ARROW_STREAM = "Arrow stream"


_MAGIC: Final = (
    (re.compile(rb"\x1f\x8b"), Kind.GZIP),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), Kind.ZSTANDARD),
    (re.compile(rb"BZh[1-9](?:\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)"), Kind.BZIP2),
    (re.compile(rb"\xfd7zXZ\0"), Kind.XZ),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"), Kind.ZIP),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Kind.COMPOUND),
    (re.compile(rb"PAR1(?:[\x00-\x08\x0e-\x1f]|.{1,3}\0)", re.DOTALL), Kind.PARQUET),
    (re.compile(rb"ARROW1\0\0"), Kind.ARROW_FILE),
    (re.compile(rb"\xff\xff\xff\xff[^\xff]"), Kind.ARROW_STREAM),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*(?:\"|\}|$)"), Kind.JSON_LINES),
)

_SAVE_AS_CSV: Final = "open it in the program that made it, and save it as CSV or .xlsx"
_UNPACK: Final = "unpack it, and give the file that is in it"
_EXPORT: Final = "export the contacts as CSV"
_MARKUP: Final = (
    r"(?:\ufeff)?\s*<(?:!doctype|!--|html|head|body|table|meta|script|style|div|form|title|\?xml)\b"
)

# Each with what it is and what to do.
_REFUSED: Final = (
    (re.compile(rb"%PDF-"), "a PDF", _EXPORT),
    (re.compile(rb"\{\\rtf"), "a text document (RTF)", _EXPORT),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{12}\x28\0\0\0|II\*\0|MM\0\*", re.DOTALL),
     "a picture", _EXPORT),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive", _UNPACK),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive", _UNPACK),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive", _UNPACK),
    (re.compile(rb"\x04\x22\x4d\x18"), "an lz4 file", _UNPACK),
    (re.compile(rb"SQLite format 3\0"), "an SQLite database", _EXPORT),
    (re.compile(rb"\0\x01\0\0Standard (?:Jet|ACE) DB"), "an Access database", _EXPORT),
    (re.compile(rb"Obj\x01"), "an Avro file", "write it as Parquet or CSV"),
    (re.compile(rb"ORC[\x00-\x08\x0e-\x1f]"), "an ORC file", "write it as Parquet or CSV"),
    (re.compile(rb"FEA1\0"), "a Feather file of version 1", "write it as version 2, or as Parquet"),
    (re.compile(rb"PARE.{1,3}\0", re.DOTALL),
     "an encrypted Parquet file", "write it without encryption"),
    (re.compile(rb"(?:\xef\xbb\xbf)?BEGIN:VCARD", re.IGNORECASE), "a file of vCards", _EXPORT),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*(?:\{\s*[\"}]|\]\s*$)"), "one JSON array",
     "write one object a line (JSON lines); `jq -c '.[]'` does that"),
)  # fmt: skip
_SPREADSHEET_XML: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_MARKUP_PAGE: Final = re.compile(_MARKUP, re.IGNORECASE)
_LOGIN: Final = re.compile(
    r"type=[\"']?password|log[ -]?in|sign[ -]?in|anmelden|sso", re.IGNORECASE
)


def kind_of(head: bytes) -> Kind:
    """Return what a file is whose first HEAD_BYTES are `head`.

    Raises UnreadableInputError, without a file's name, for what is no list of contacts.
    """
    for pattern, what, way_on in _REFUSED:
        if pattern.match(head):
            raise UnreadableInputError(f"this is {what}, not a list of contacts; {way_on}")
    for pattern, kind in _MAGIC:
        if pattern.match(head):
            return kind
    _refuse_markup(_decoded(head))
    return Kind.TEXT


def _decoded(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    return head.decode("utf-8", "ignore")


def _refuse_markup(text: str) -> None:
    if not _MARKUP_PAGE.match(text):
        return
    if _SPREADSHEET_XML in text:
        raise UnreadableInputError(
            f"this is a spreadsheet of 2003 (XML), not a list of contacts; {_SAVE_AS_CSV}"
        )
    if text.lstrip("\ufeff \t\r\n").startswith("<?xml") and "<html" not in text.lower():
        raise UnreadableInputError(f"this is XML, not a list of contacts; {_EXPORT}")
    if _LOGIN.search(text):
        raise UnreadableInputError(
            "this is a web page that asks to sign in, not a list of contacts; whatever fetched it "
            "was not signed in: fetch it again"
        )
    raise UnreadableInputError(
        f"this is a web page (HTML), not a list of contacts; if a table is in it, {_SAVE_AS_CSV}"
    )
