"""What a suppression file is that is no text: told in words, with the way out.

Guarantee: pure. Only the content counts, never the file's name. Binary data would be refused
anyway, as a line that cannot be read, which tells nobody that a workbook has to be saved as CSV.
"""

from collections.abc import Mapping
from typing import Final

from cxone_async.errors import UnreadableInputError
from cxone_async.source.kind import HEAD_BYTES, Kind, kind_of

_SAVE_AS_CSV: Final = (
    "open it, save the sheet with the phones or emails as CSV, and give that file with --suppress"
)
_UNPACK: Final = "unpack it, and give the file that is in it; of packed files only gzip is read"
_OTHER_KINDS: Final[Mapping[Kind, str]] = {
    Kind.COMPOUND: "this is a workbook of the old Office (.xls) or one with a password; "
    f"{_SAVE_AS_CSV}",
    Kind.PARQUET: "this is a Parquet file; write its phones or emails as CSV",
    Kind.ARROW_FILE: "this is an Arrow file; write its phones or emails as CSV",
    Kind.ARROW_STREAM: "this is an Arrow stream; write its phones or emails as CSV",
    Kind.JSON_LINES: "this is JSON; write its phones or emails as CSV",
    Kind.GZIP: "this is gzip in gzip; unpack it once",
    Kind.ZSTANDARD: f"this is a zstd file; {_UNPACK}",
    Kind.BZIP2: f"this is a bzip2 file; {_UNPACK}",
    Kind.XZ: f"this is an xz file; {_UNPACK}",
}
# What stands in a ZIP file, plain, and what the file is then.
_IN_ZIP: Final = (
    (b"xl/work", f"this is a workbook (.xlsx); {_SAVE_AS_CSV}"),
    (b"opendocument.spreadsheet", f"this is a workbook (.ods); {_SAVE_AS_CSV}"),
    (b"Index/Document.iwa", f"this is a Numbers document; {_SAVE_AS_CSV}"),
    (b"[Content_Types].xml", "this is a document of Office, no list; write its list as CSV"),
    (b"", f"this is a ZIP archive; {_UNPACK}"),
)


def refuse_other_kinds(begin: bytes) -> None:
    """Raise UnreadableInputError, without the file's name, for what is no text.

    `begin` is the content's begin, unpacked if it was gzip: HEAD_BYTES at least, or all of it.
    """
    kind = kind_of(begin[:HEAD_BYTES])
    if kind is Kind.TEXT:
        return
    if kind is Kind.ZIP:
        raise UnreadableInputError(next(said for name, said in _IN_ZIP if name in begin))
    raise UnreadableInputError(_OTHER_KINDS[kind])
