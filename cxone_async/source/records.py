"""Turns bytes into records, whatever blocks the bytes come in.

Guarantee: the records are a function of the input's bytes. Any two ways of cutting the
same bytes into blocks give the same records, with the same numbers; every physical line
that is not blank is part of exactly one of them, and a record that cannot be read never
costs another one (see `scanner` for the grammar and what is a problem).

How it is fast: rows leave as parallel lists, since an object for each row would cost
nearly as much as reading it; `window` says how a stretch of lines is read. On a million
rows of six columns the whole takes 0.7 to 0.8 of the time of one bare
`csv.DictReader` pass over the same file.

How it is bounded: what is kept between two blocks is the unfinished record, at most
RECORD_CAP_BYTES and one line of LINE_CAP_BYTES, and as much again that has not been
looked at: an unfinished record is looked at again only when the bytes at hand have
doubled, which keeps the time linear for blocks of any size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem, Reason
from cxone_async.source.scanner import LINE_CAP_BYTES, Scanned, scan_record
from cxone_async.source.window import FoundRecords, Window, find_records

DELIMITERS: Final = (",", ";", "\t", "|")
"""Where several split the header into equally many fields, the first of these wins."""

_PROBLEMS_OF_TEXT: Final = (Reason.NUL_CHARACTER, Reason.UNDECODABLE)
_ENCODING_HINT: Final = "; text in another encoding needs --encoding"


class UnreadableRecord(NamedTuple):
    """A record that cannot be read. `raw` is as in `Records`, cut off at LINE_CAP_BYTES."""

    row: int
    line: int
    raw: bytes
    problem: Problem


@dataclass(frozen=True, slots=True)
class Records:
    """Consecutive records of the input, in its order.

    The first four are parallel and hold the readable records; `unreadable` holds the others.

    * `rows` numbers all data records from 1, readable or not.
    * `lines` are the physical lines on which the records start. The input's first line, mostly
      the header's, is 1.
    * `raws` are the records as they stand in the input, without the line end.
    * `fields` all have as many values as the header.
    """

    rows: Sequence[int] = ()
    lines: Sequence[int] = ()
    raws: Sequence[bytes] = ()
    fields: Sequence[list[str]] = ()
    unreadable: Sequence[UnreadableRecord] = ()


NO_RECORDS: Final = Records()


@dataclass(frozen=True, slots=True)
class InputHeader:
    """The input's first record.

    `names` are the column names and `raw` its bytes, without the line end. `line` is the physical
    line on which it starts, and `delimiter` what it says the input's delimiter is.
    """

    names: tuple[str, ...]
    raw: bytes
    line: int
    delimiter: str


class RecordCutter:
    """Cuts a stream of blocks into records; `header` is None until it has been read."""

    def __init__(self, encoding: str) -> None:
        """Cut text in `encoding`: UTF-8, or one byte a character with ASCII below 128."""
        self._encoding = encoding
        self._pending = bytearray()
        self._look_at_bytes = 0
        self._is_inside_overlong = False
        self._line = 1
        self._row = 1
        self.header: InputHeader | None = None

    def feed(self, block: bytes) -> Records:
        """The records that the stream has completed so far and that were not returned yet.

        Raises UnreadableInputError when the header is not one of a CSV.
        """
        self._take(block)
        if len(self._pending) < self._look_at_bytes:
            return NO_RECORDS
        return self._cut(final=False)

    def finish(self, block: bytes = b"") -> Records:
        """The rest, `block` being the stream's last bytes.

        Raises UnreadableInputError when there was no header, or not one of a CSV.
        """
        self._take(block)
        records = self._cut(final=True)
        if self.header is None:
            raise UnreadableInputError("the input is empty: it has no header")
        return records

    def _cut(self, *, final: bool) -> Records:
        end = len(self._pending) if final else _end_of_whole_lines(self._pending)
        window = Window(bytes(self._pending[:end]), self._encoding)
        records, stop = NO_RECORDS, 0
        if self.header is None:
            stop = self._read_header(window, final=final)
        if self.header is not None:
            found = find_records(window, stop, self.header.delimiter, final=final)
            records, stop = self._number(window, found, self.header), found.stop
        self._line += stop
        self._cap_unfinished_line(len(self._pending) - end)
        is_all = stop == len(window.raw)
        del self._pending[: end if is_all else sum(map(len, window.ended[:stop]))]
        self._look_at_bytes = 2 * len(self._pending)
        return records

    def _read_header(self, window: Window, *, final: bool) -> int:
        """Sets `header` if it is in the window; returns the first line that is not read."""
        start = 0
        while start < len(window.raw) and not window.raw[start]:
            start += 1
        if start == len(window.raw):
            return start
        readings: list[tuple[Scanned, str]] = []
        for candidate in DELIMITERS:
            reading = scan_record(window, start, candidate, final=final)
            if reading is None:
                return start
            readings.append((reading, candidate))
        header, delimiter = max(readings, key=lambda reading: len(reading[0].fields))
        problem = header.problem or _problem_of_text(header.fields)
        line = self._line + start
        if problem is not None:
            hint = _ENCODING_HINT if problem.reason in _PROBLEMS_OF_TEXT else ""
            what = f"line {line} should be its header, but {problem.detail}{hint}"
            raise UnreadableInputError(f"the input is not a CSV: {what}")
        raw = window.raw_record(start, header.stop)
        self.header = InputHeader(tuple(header.fields), raw, line, delimiter)
        return header.stop

    def _number(self, window: Window, found: FoundRecords, header: InputHeader) -> Records:
        width = len(header.names)
        line = self._line
        count = len(found.fields)
        if (
            count == found.stop - found.start
            and not window.is_suspect
            and set(map(len, found.fields)) <= {width}
        ):
            rows = range(self._row, self._row + count)
            lines = range(line + found.start, line + found.stop)
            self._row += count
            return Records(rows, lines, window.raw[found.start : found.stop], found.fields)
        return self._number_with_problems(window, found, width)

    def _number_with_problems(self, window: Window, found: FoundRecords, width: int) -> Records:
        rows: list[int] = []
        lines: list[int] = []
        raws: list[bytes] = []
        readable: list[list[str]] = []
        unreadable: list[UnreadableRecord] = []
        first_line, row, first = self._line, self._row, found.start
        is_suspect, raw_lines = window.is_suspect, window.raw
        for fields, stop in zip(found.fields, found.stops, strict=True):
            raw = raw_lines[first] if stop == first + 1 else window.raw_record(first, stop)
            problem = None
            if len(fields) != width or (is_suspect and not (raw.isascii() and b"\0" not in raw)):
                problem = found.problems.get(first) or _problem_of_values(fields, width)
            if problem is not None:
                kept, line = raw[:LINE_CAP_BYTES], first_line + first
                unreadable.append(UnreadableRecord(row, line, kept, problem))
                row += 1
            elif fields:
                rows.append(row)
                lines.append(first_line + first)
                raws.append(raw)
                readable.append(fields)
                row += 1
            first = stop
        self._row = row
        return Records(rows, lines, raws, readable, unreadable)

    def _take(self, block: bytes) -> None:
        if not self._is_inside_overlong:
            self._pending += block
        elif ends := [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]:
            self._is_inside_overlong = False
            self._pending += block[min(ends) :]

    def _cap_unfinished_line(self, length: int) -> None:
        """Keeps of the unfinished line just enough to tell that it is overlong."""
        excess = length - (LINE_CAP_BYTES + 1)
        # A last \r is the line's end, or the first half of it.
        if excess <= 0 or self._pending.endswith(b"\r"):
            return
        if self.header is None:
            raise UnreadableInputError(
                f"the input is not a CSV: there is no end of its header in {LINE_CAP_BYTES} bytes"
            )
        del self._pending[-excess:]
        self._is_inside_overlong = True


def _end_of_whole_lines(pending: bytearray) -> int:
    """Return where the last line ends that is certainly whole.

    A carriage return at the very end may be half of a line end.
    """
    return max(pending.rfind(b"\n"), pending.rfind(b"\r", 0, len(pending) - 1)) + 1


def _problem_of_values(fields: list[str], width: int) -> Problem | None:
    """What is wrong with a record that the grammar accepts; a blank line has no problem."""
    if not fields:
        return None
    count = len(fields)
    problem = _problem_of_text(fields)
    if problem is None and count != width:
        reason = Reason.TOO_FEW_FIELDS if count < width else Reason.TOO_MANY_FIELDS
        problem = Problem(reason, f"{count} fields where the header has {width}")
    return problem


def _problem_of_text(fields: list[str]) -> Problem | None:
    record = "".join(fields)
    if "\0" in record:
        number = next(i for i, value in enumerate(fields, start=1) if "\0" in value)
        return Problem(Reason.NUL_CHARACTER, f"field {number} holds a NUL character")
    if not _is_text(record):
        number = next(i for i, value in enumerate(fields, start=1) if not _is_text(value))
        detail = f"field {number} holds bytes that are no text in the input's encoding"
        return Problem(Reason.UNDECODABLE, detail)
    return None


def _is_text(value: str) -> bool:
    """Whether it holds none of the lone surrogates that stand for undecodable bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
