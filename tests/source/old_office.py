"""Files of the old Office, made by hand: a compound file, and a workbook of Excel 97 to 2003."""

import struct
from collections.abc import Sequence
from typing import Final

_SECTOR: Final = 512
_FREE: Final = 0xFFFFFFFF
_END: Final = 0xFFFFFFFE
_FAT: Final = 0xFFFFFFFD
_LEAST_BYTES: Final = 4096  # a shorter stream would have to be in the mini stream


def compound_file(**streams: bytes) -> bytes:
    """Return an OLE compound file with these streams, at most 60 kB in all."""
    padded = {name: data.ljust(_LEAST_BYTES, b"\0") for name, data in streams.items()}
    entries = 1 + len(padded)
    directory_sectors = -(-entries // 4)
    fat = [_FAT, *range(2, directory_sectors + 1), _END]
    directory = [_entry("Root Entry", 5, child=1, start=_END, size=0)]
    content = b""
    for index, (name, data) in enumerate(padded.items(), 1):
        start, sectors = len(fat), -(-len(data) // _SECTOR)
        fat += [*range(start + 1, start + sectors), _END]
        content += data.ljust(sectors * _SECTOR, b"\0")
        right = index + 1 if index < len(padded) else _FREE
        directory.append(_entry(name, 2, right=right, start=start, size=len(data)))
    directory += [bytes(128)] * (directory_sectors * 4 - entries)
    head = struct.pack(
        "<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, _LEAST_BYTES, _END, 0, _END, 0,
    )  # fmt: skip
    head += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    fat += [_FREE] * (128 - len(fat))
    return head + struct.pack("<128I", *fat) + b"".join(directory) + content


def old_workbook(rows: Sequence[Sequence[str | float]], *, has_password: bool = False) -> bytes:
    """Return an .xls with one sheet, `Kontakte`."""
    name = "Kontakte"
    beginning = _beginning(0x0005)
    if has_password:
        beginning += _record(0x002F, struct.pack("<3H", 0, 0x1234, 0x5678))
    sheet_at = len(beginning) + 4 + 8 + len(name) + 4
    book = beginning + _record(
        0x0085, struct.pack("<I4B", sheet_at, 0, 0, len(name), 0) + name.encode()
    )
    book += _record(0x000A, b"")
    sheet = _beginning(0x0010)
    width = max(map(len, rows))
    sheet += _record(0x0200, struct.pack("<2I3H", 0, len(rows), 0, width, 0))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            place = struct.pack("<3H", y, x, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                sheet += _record(0x0204, place + text)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", cell))
    return compound_file(Workbook=book + sheet + _record(0x000A, b""))


def _beginning(of: int) -> bytes:
    return _record(0x0809, struct.pack("<4H2I", 0x0600, of, 0, 0, 0, 0))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<2H", kind, len(data)) + data


def _entry(
    name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int, size: int
) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sH2B3I36xIQ", text, len(text), kind, 1, _FREE, right, child, start, size)
