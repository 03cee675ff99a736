"""Outcomes in any order in, by row out, without holding them in memory.

Guarantee: `in_order` yields exactly what was appended, sorted by row, and equal rows in the order
of their arrival. A row that came twice is yielded twice, and `outcome_by_row` counts it. In
memory are one byte a row and two numbers for each piece on the disk.

Of the duplicates among them, `duplicates` keeps those that a person is to look through: the least
likely.

Row numbers are dense and arrive nearly sorted, so there is no need to merge sorted runs. Every
few thousand outcomes are cut by row into buckets of a fixed span, and each piece is appended to
one temporary file. At the end one bucket after the other is read, sorted and yielded.

The file has no name, so a kill leaves nothing behind. It is in the run directory, where there
must be room anyway. Records of rejected rows can be large: a bucket holds only their positions,
and they are read one by one.
"""

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from cxone_async.durable.unnamed_file import UnnamedFile
from cxone_async.encoded import encoded
from cxone_async.outcome import Resemblance, RowOutcome
from cxone_async.report.likeliest_pairs import LikeliestPairs
from cxone_async.report.reconciliation import OutcomeByRow

_BUCKET_SHIFT: Final = 15  # 32,768 rows a bucket: about 15 MiB while it is being read
_MAX_PENDING = 8_192
_MAX_PENDING_RAW_BYTES = 8 << 20
_MOST_ROWS_AHEAD: Final = 1 << 24  # of the rows before it: an import has not as many in flight
_MOST_LINES: Final = 1 << 32
_GROWTH_ROWS: Final = 65_536
_REFERENCE = struct.Struct("<QQ")

_by_row = attrgetter("row")


class OutcomeSpool:
    """Keeps the outcomes of a run until its files are written.

    Synchronous: `append` and `in_order` block on the disk, so call them from a thread,
    one at a time. Raises CannotWriteError.
    """

    def __init__(self, directory: Path) -> None:
        self.outcome_by_row = OutcomeByRow()
        self.duplicates = LikeliestPairs(least=True)
        self._lines = array("I", [0])
        self._lines_are_known = True
        self._pending: list[RowOutcome] = []
        self._pending_raw_bytes = 0
        self._pieces: defaultdict[int, array[int]] = defaultdict(lambda: array("Q"))
        self._encoder = msgspec.msgpack.Encoder()
        self._decode = msgspec.msgpack.Decoder(list[RowOutcome]).decode
        self._file = UnnamedFile(directory)

    def append(self, outcomes: Sequence[RowOutcome]) -> None:
        """Take outcomes of any rows."""
        account, lines = self.outcome_by_row.account, self._lines
        for outcome in outcomes:
            account(outcome.row, outcome.outcome)
            if outcome.row == len(lines) and outcome.line < _MOST_LINES:
                lines.append(outcome.line)
            else:
                self._note_line(outcome.row, outcome.line)
            if outcome.rule and outcome.duplicate_of and not outcome.duplicate_of_run:
                self.duplicates.append((_pair_of(outcome),))
            self._pending.append(outcome)
            self._pending_raw_bytes += len(outcome.raw)
            if (
                len(self._pending) >= _MAX_PENDING
                or self._pending_raw_bytes >= _MAX_PENDING_RAW_BYTES
            ):
                self._spill()

    @property
    def lines(self) -> Sequence[int]:
        """The physical line on which each row starts, from index 1 on; empty unless all are known.

        It takes four bytes a row.
        """
        lines = self._lines
        while len(lines) > 1 and not lines[-1]:
            lines.pop()
        return lines if self._lines_are_known and lines.count(0) == 1 else ()

    def in_order(self) -> Iterator[RowOutcome]:
        """Yield all outcomes by row; can be asked for again."""
        self._spill()
        for bucket in sorted(self._pieces):
            pieces = self._pieces[bucket]
            outcomes: list[RowOutcome] = []
            for start, size in zip(pieces[::2], pieces[1::2], strict=True):
                outcomes += self._decode(self._file.read(start, size))
            outcomes.sort(key=_by_row)
            for outcome in outcomes:
                if outcome.raw:
                    raw = self._file.read(*_REFERENCE.unpack(outcome.raw))
                    yield msgspec.structs.replace(outcome, raw=raw)
                else:
                    yield outcome

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _note_line(self, row: int, line: int) -> None:
        lines = self._lines
        ahead = row - len(lines)
        if row < 1 or ahead > _MOST_ROWS_AHEAD or line >= _MOST_LINES:
            self._lines_are_known = False
            return
        if ahead >= 0:
            lines.frombytes(bytes(lines.itemsize * (ahead + _GROWTH_ROWS)))
        lines[row] = line

    def _spill(self) -> None:
        self._pending.sort(key=_by_row)
        for bucket, outcomes in groupby(self._pending, lambda one: one.row >> _BUCKET_SHIFT):
            piece = encoded(self._encoder, [self._without_raw(one) for one in outcomes])
            self._pieces[bucket].extend((self._file.append(piece), len(piece)))
        self._pending.clear()
        self._pending_raw_bytes = 0

    def _without_raw(self, outcome: RowOutcome) -> RowOutcome:
        if not outcome.raw:
            return outcome
        reference = _REFERENCE.pack(self._file.append(outcome.raw), len(outcome.raw))
        return msgspec.structs.replace(outcome, raw=reference)


def _pair_of(duplicate: RowOutcome) -> Resemblance:
    return Resemblance(
        duplicate.row, duplicate.duplicate_of, duplicate.rule, duplicate.score or 0.0
    )
