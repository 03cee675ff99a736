"""The rejected rows as the cells of a sheet, kept on the disk until their sheet is written.

Guarantee: the rows come in the order of rejects.csv, and with the reasons given there. A row has
the cells that the reader gives it. A record that could not be read has no cells: it is a text in a
column of its own, so that nothing takes a piece of it for a phone. What a sheet cannot hold is
replaced by a sentence that says where it stands.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Self, cast

import msgspec

from cxone_async.durable.writing import writing
from cxone_async.encoded import encoded
from cxone_async.outcome import RowOutcome
from cxone_async.report.wording import REASON_MEANING
from cxone_async.source.reject_cells import (
    RECORD_COLUMN,
    REJECT_COLUMNS,
    UNREADABLE,
    has_reject_columns,
    is_only_a_record,
)
from cxone_async.source.scanner import Grammar
from cxone_async.source.window import Window, find_records

MOST_CHARACTERS: Final = 32_767
"""A cell holds no more, counted as UTF-16 does; says Excel's page of limits."""

_ROWS_A_BLOCK: Final = 1_024
_BYTES_A_BLOCK: Final = 8 << 20
_ROWS_MEASURED: Final = 64  # of each block, for the widths
_SIZE_BYTES: Final = 4
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOT_IN_A_SHEET: Final = re.compile("[\0\ud800-\udfff\ufffe\uffff]")
_READABLE_NUL: Final = "\u2400"
_READABLE_LINE_END: Final = "\u23ce"
_TOO_LONG: Final = (
    "This record does not fit into a cell. It stands in rejects.csv, where _row is {}."
)


class _Row(NamedTuple):
    """A row of the sheet: its own cells, its text if it has none, and the four of the run."""

    cells: list[str]
    record: str
    ours: tuple[str, str, str, str]


class RejectedRows:
    """Takes the rows of rejects.csv and gives them back as those of a sheet.

    Synchronous. Raises CannotWriteError.
    """

    def __init__(self, directory: Path, header_raw: bytes, encoding: str, grammar: Grammar) -> None:
        """Keep rows in a file without a name in `directory`.

        `header_raw` and the records are in `encoding`, and `grammar` says how fields are written.
        """
        self._encoding = encoding
        window = Window(header_raw + b"\n", encoding)
        names = find_records(window, 0, grammar, final=True).fields[0]
        is_of_rejects = has_reject_columns(names)
        self._names = names[: -len(REJECT_COLUMNS)] if is_of_rejects else names
        self._has_own_records = is_of_rejects and self._names[-1:] == [RECORD_COLUMN]
        self._has_records = self._has_own_records
        self._grammar = replace(
            grammar, width=len(self._names), header_line=window.text[0].rstrip("\r\n")
        )
        self._directory = directory
        self._encoder = msgspec.msgpack.Encoder()
        self._decode = msgspec.msgpack.Decoder(list[_Row]).decode
        self._widths = list(map(len, self._names))
        self._pending: tuple[list[tuple[RowOutcome, bytes]], ...] = ([], [])
        self._pending_bytes = 0
        self.count = 0
        with writing(directory):
            self._files = tuple(
                cast("BinaryIO", tempfile.TemporaryFile(dir=directory))  # noqa: SIM115  __exit__
                for _ in self._pending
            )

    def add(self, outcome: RowOutcome, own: bytes, *, is_last: bool) -> None:
        """Take a row. `own` is its record without the cells of an earlier run.

        Rows that are last come after all others.
        """
        self._pending[is_last].append((outcome, own))
        self._pending_bytes += len(own)
        self.count += 1
        if len(self._pending[is_last]) == _ROWS_A_BLOCK or self._pending_bytes >= _BYTES_A_BLOCK:
            self._spill()

    @property
    def columns(self) -> list[str]:
        """The columns of the sheet; known when all rows are there."""
        self._spill()
        added = [RECORD_COLUMN] * (self._has_records and not self._has_own_records)
        return [*self._names, *added, *REJECT_COLUMNS]

    @property
    def widths(self) -> list[int]:
        """The number of characters in a long cell of each of the input's columns."""
        return self._widths

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows; each has as many cells as there are columns."""
        has_added = len(self.columns) > len(self._names) + len(REJECT_COLUMNS)
        for file in self._files:
            with writing(self._directory):
                file.seek(0)
            while size := int.from_bytes(file.read(_SIZE_BYTES)):
                for cells, record, ours in self._decode(file.read(size)):
                    yield [*cells, record, *ours] if has_added else [*cells, *ours]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for file in self._files:
            with suppress(OSError):  # a full disk was told of before
                file.close()

    def _spill(self) -> None:
        for pending, file in zip(self._pending, self._files, strict=True):
            if not pending:
                continue
            rows = self._as_rows(pending)
            for cells, _, _ in rows[:_ROWS_MEASURED]:
                self._widths = list(map(max, self._widths, map(len, cells)))
            block = encoded(self._encoder, rows)
            with writing(self._directory):
                file.write(len(block).to_bytes(_SIZE_BYTES) + block)
            pending.clear()
        self._pending_bytes = 0

    def _as_rows(self, rejected: Sequence[tuple[RowOutcome, bytes]]) -> list[_Row]:
        # What could not be read may swallow what comes after it, so each is read by itself.
        read = iter(self._read([own for one, own in rejected if one.reason not in UNREADABLE]))
        return [
            self._as_row(one, own, self._still_unread(own))
            if one.reason in UNREADABLE
            else self._as_row(one, own, next(read))
            for one, own in rejected
        ]

    def _as_row(self, outcome: RowOutcome, own: bytes, cells: list[str] | None) -> _Row:
        ours = (
            str(outcome.row),
            outcome.outcome.value,
            *_reason_in_words(outcome.reason, outcome.detail),
        )
        if cells is not None and (is_cell("".join(cells)) or all(map(is_cell, cells))):
            return _Row(cells, "", ours)
        record = _for_a_sheet(own.decode(self._encoding, "replace"))
        if not is_cell(record):
            record = _TOO_LONG.format(outcome.row)
        self._has_records = True
        empty = [""] * len(self._names)
        return _Row([*empty[:-1], record] if self._has_own_records else empty, record, ours)

    def _still_unread(self, own: bytes) -> list[str] | None:
        """The cells of a record that an earlier run could not read and rejects.xlsx held."""
        if not self._has_own_records:
            return None
        [cells] = self._read([own])
        return cells if cells and is_only_a_record(cells) else None

    def _read(self, records: Sequence[bytes]) -> list[list[str] | None]:
        """Return the cells of each record, as many as the header has; None if it is not one."""
        window = Window(b"".join(record + b"\n" for record in records), self._encoding)
        found = find_records(window, 0, self._grammar, final=True)
        starts = [0, *found.stops]
        at = {
            first: (stop, fields)
            for first, stop, fields in zip(starts, found.stops, found.fields, strict=False)
            if first not in found.problems
        }
        width = len(self._names)
        cells: list[list[str] | None] = []
        line = 0
        for record in records:
            after = line + len((record + b"\n").splitlines())
            stop, fields = at.get(line, (0, []))
            missing = [""] * (width - len(fields))
            cells.append([*fields[:width], *missing] if stop == after and fields else None)
            line = after
        return cells


@lru_cache(maxsize=1_024)
def _reason_in_words(reason: str, detail: str) -> tuple[str, str]:
    words = REASON_MEANING.get(reason, "")
    in_words = f"{words} ({detail})".strip() if detail else words
    return _for_a_sheet(reason), _for_a_sheet(in_words)


def is_cell(text: str) -> bool:
    """Say whether a sheet can hold a text in a cell."""
    if _NOT_IN_A_SHEET.search(text):
        return False
    return len(text) <= MOST_CHARACTERS // 2 or len(text.encode("utf-16-le")) <= 2 * MOST_CHARACTERS


def _for_a_sheet(text: str) -> str:
    """Return a text in one line, with signs for what a sheet cannot hold."""
    text = _LINE_END.sub(_READABLE_LINE_END, text.replace("\0", _READABLE_NUL))
    return _NOT_IN_A_SHEET.sub("\ufffd", text)
