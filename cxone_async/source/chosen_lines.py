"""Leaves out of a text the records that nobody asked for, without cutting them.

To cut every record costs as much as reading the file with the csv module. To count its lines costs
a hundredth of that, so whoever knows on which line each row starts can pass over the rest.

Guarantee: what is left is the beginning, from which a header and the form of the file are read,
and after it the records asked for, each of them whole.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import Final

BEGINNING_BYTES: Final = 1 << 18
"""More than `records` looks at to find out how a file is written."""


class ChosenLines:
    """Takes a text in which ASCII is ASCII, block by block, and returns what is left of it.

    `lines` holds, from index 1 on, the physical line on which each row starts (the first is 1).
    `row` says which rows are left.
    """

    def __init__(self, lines: Sequence[int], wanted: Collection[int]) -> None:
        self._lines = lines
        self._wanted = sorted(row for row in wanted if 0 < row < len(lines))
        self._pending = b""
        self._line = 1  # at which the pending bytes begin
        self._passed_bytes = 0
        self._beginning: int | None = None  # the line at which it ends
        self._spans: list[tuple[int, int]] = []  # from a line to before another, ascending
        self._next = 0
        self._rows: list[int] = []

    def row(self, number: int) -> int:
        """Return which row the `number`-th of those that are left is, counted from 1; 0 for none.

        In the beginning all are left.
        """
        if self._beginning is None:
            return number
        return self._rows[number - 1] if number <= len(self._rows) else 0

    def feed(self, block: bytes) -> bytes:
        """Return what is left of the lines that a block completes."""
        self._pending += block
        # A carriage return at the very end may be half of a line end.
        end = max(self._pending.rfind(b"\n"), self._pending.rfind(b"\r", 0, -1)) + 1
        return self._taken(end)

    def finish(self) -> bytes:
        """Return what is left of the rest."""
        left = self._taken(len(self._pending))
        if self._beginning is None:
            self._begin_to_leave_out(self._line)
        return left

    def _taken(self, end: int) -> bytes:
        whole, self._pending = self._pending[:end], self._pending[end:]
        first = self._line
        self._line += _count_lines(whole)
        if self._beginning is None:
            self._passed_bytes += len(whole)
            if self._passed_bytes >= BEGINNING_BYTES:
                self._begin_to_leave_out(self._line)
            return whole
        left: list[bytes] = []
        ended: list[bytes] | None = None
        while self._next < len(self._spans) and self._spans[self._next][0] < self._line:
            start, stop = self._spans[self._next]
            ended = ended if ended is not None else whole.splitlines(keepends=True)
            left += ended[max(start - first, 0) : stop - first]
            if stop > self._line:
                break
            self._next += 1
        return b"".join(left)

    def _begin_to_leave_out(self, line: int) -> None:
        """End the beginning with the record in which all lines before `line` end."""
        lines = self._lines
        row = bisect_left(lines, line, 1)
        end = lines[row] if row < len(lines) else 1 << 62
        self._beginning = end
        self._spans.append((line, end))
        later = self._wanted[bisect_left(self._wanted, row) :]
        self._rows = [*range(1, row), *later]
        for one in later:
            stop = lines[one + 1] if one + 1 < len(lines) else 1 << 62
            self._spans.append((lines[one], stop))


def _count_lines(whole: bytes) -> int:
    if b"\r" in whole:
        return len(whole.splitlines())
    return whole.count(b"\n") + (not whole.endswith(b"\n") and whole != b"")
