"""Turns bytes into records, whatever blocks the bytes come in.

Guarantee: the records are a function of the input's bytes. Any two ways of cutting the
same bytes into blocks give the same records, with the same numbers; every physical line
after the header that is not blank is part of exactly one of them, and a record that cannot be
read never costs another one (see `scanner` for the grammar and what is a problem).

Two kinds of records are no rows. They get no number and are counted: records whose cells are all
empty, and those that repeat the header, as files have that were joined.

How it is fast: rows leave as parallel lists, since an object for each row would cost
nearly as much as reading it; `window` says how a stretch of lines is read. On a million
rows of six columns the whole takes 0.7 to 0.8 of the time of one bare
`csv.DictReader` pass over the same file.

How it is bounded: what is kept between two blocks is the unfinished record, at most
RECORD_CAP_BYTES and one line of LINE_CAP_BYTES, and as much again that has not been
looked at: an unfinished record is looked at again only when the bytes at hand have
doubled, which keeps the time linear for blocks of any size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem, Reason
from cxone_async.source.csv_form import PLAIN_FORM, CsvForm, Ragged
from cxone_async.source.csv_header import (
    SAMPLE_BYTES,
    LinesAbove,
    read_header_record,
    refuse_signs_around,
)
from cxone_async.source.empty_ends import EmptyEnds
from cxone_async.source.reject_cells import (
    RECORD_COLUMN,
    REJECT_COLUMNS,
    UNREADABLE,
    is_only_a_record,
)
from cxone_async.source.scanner import LINE_CAP_BYTES, Grammar, is_contact
from cxone_async.source.window import FoundRecords, Window, find_records

_PROBLEMS_OF_TEXT: Final = (Reason.NUL_CHARACTER, Reason.UNDECODABLE)
_ENCODING_HINT: Final = "; text in another encoding needs --encoding"
_LINES_LOOKED_AT: Final = 50
_LONGEST_LINE_END_BYTES: Final = 2
_LEAST_COLUMNS_OF_ROWS: Final = 3
"""Under so many columns a row is more than its first cell."""
_CUT_OFF: Final = Problem(
    Reason.TOO_FEW_FIELDS,
    "fewer fields than the header has, and no line end: the file may be cut off in this row",
)
_LINE_OF_TEXT: Final = "; a line of text, such as a total, or the rest of the row above"
_FIRST_CELL: Final = itemgetter(0)
_AS_BEFORE: Final = "the record is still as an earlier run left it"


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
    * `filled` are those of `rows` that lacked cells at their end and got empty ones, each with the
      number of cells that it has in the input.
    * `blank_rows` and `repeated_headers` count the records among them that are no rows.
    """

    rows: Sequence[int] = ()
    lines: Sequence[int] = ()
    raws: Sequence[bytes] = ()
    fields: Sequence[list[str]] = ()
    unreadable: Sequence[UnreadableRecord] = ()
    filled: Mapping[int, int] = field(default_factory=dict)
    blank_rows: int = 0
    repeated_headers: int = 0


NO_RECORDS: Final = Records()


@dataclass(frozen=True, slots=True)
class InputHeader:
    """The input's first record, lines above it apart.

    `names` are the column names and `raw` its bytes, without the line end. `line` is the physical
    line on which it starts, and `delimiter` what separates the input's fields. `mark` is the byte
    order mark that a copy of some records needs to be read as they are here, or b"". The last four
    columns of a file of rejects are not among the names.
    """

    names: tuple[str, ...]
    raw: bytes
    line: int
    delimiter: str
    mark: bytes = b""


class RecordCutter:
    """Cuts a stream of blocks into records; `header` is None until it has been read."""

    def __init__(self, encoding: str, form: CsvForm = PLAIN_FORM, mark: bytes = b"") -> None:
        """Cut text in `encoding`: UTF-8, or one byte a character with ASCII below 128.

        `mark` is that of `InputHeader`.
        """
        self._encoding = encoding
        self._form = form
        self._mark = mark
        self._pending = bytearray()
        self._look_at_bytes = 0
        self._is_inside_overlong = False
        self._line = 1
        self._row = 1
        self._above = LinesAbove(form)
        self._grammar = Grammar("")
        self._empty_ends = EmptyEnds()
        self._has_lone_contacts = False
        self._names: list[str] = []
        self._named_columns = 0
        self._begins_with_a_half = False
        self._has_records = False
        self.header: InputHeader | None = None
        self.lines_below: list[tuple[int, str]] = []

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
            if self._grammar.is_of_rejects:
                window = window.of_rejects(self._grammar)
            found = find_records(window, stop, self._grammar, final=final)
            records, stop = self._numbered(window, found, final=final), found.stop
        self._line += stop
        self._cap_unfinished_line(len(self._pending) - end)
        is_all = stop == len(window.raw)
        del self._pending[: end if is_all else sum(map(len, window.ended[:stop]))]
        self._look_at_bytes = 2 * len(self._pending)
        return records

    def _read_header(self, window: Window, *, final: bool) -> int:
        """Sets `header` if it is in the window; returns the first line that is not read."""
        start = self._above.first_below(window, self._line)
        if start == len(window.raw):
            return start
        sample_bytes = len(self._pending) - sum(map(len, window.ended[:start]))
        needs_sample = len(self._above.delimiters) > 1 or self._form.ragged is Ragged.FILL
        if needs_sample and not final and sample_bytes < SAMPLE_BYTES + _LONGEST_LINE_END_BYTES:
            return start
        reading = read_header_record(window, start, self._above, self._form, final=final)
        if reading is None:
            return start
        header, grammar = reading.header, reading.grammar
        problem = header.problem or _problem_of_text(header.fields)
        line = self._line + start
        if problem is not None:
            hint = _ENCODING_HINT if problem.reason in _PROBLEMS_OF_TEXT else ""
            what = f"line {line} should be its header, but {problem.detail}{hint}"
            raise UnreadableInputError(f"the input is not a CSV: {what}")
        refuse_signs_around(header.fields, grammar)
        raw = window.raw_record(start, header.stop)
        self._grammar, self._names = grammar, header.fields
        self._empty_ends = reading.empty_ends
        self._has_lone_contacts = reading.has_lone_contacts
        names = header.fields[: grammar.width]
        self.header = InputHeader(tuple(names), raw, line, grammar.delimiter, self._mark)
        self._named_columns = _without_empty_end(names)
        self._has_records = grammar.is_of_rejects and names[-1:] == [RECORD_COLUMN]
        self.lines_below = [
            (self._line + index, window.text[index])
            for index in range(start + 1, min(start + 1 + _LINES_LOOKED_AT, len(window.raw)))
        ]
        return header.stop

    def _leave_a_short_last_record(self, found: FoundRecords, broken: set[int]) -> None:
        """Leave the last record to the next window if what follows it says how to read it."""
        self._begins_with_a_half = False
        if found.fields and 0 < len(found.fields[-1]) < self._grammar.width:
            del found.fields[-1], found.stops[-1]
            found.stop = found.stops[-1] if found.stops else found.start
            self._begins_with_a_half = len(found.fields) in broken

    def _numbered(self, window: Window, found: FoundRecords, *, final: bool) -> Records:
        line = self._line
        count = len(found.fields)
        is_even = set(map(len, found.fields)) <= {self._grammar.width}
        if (
            is_even
            and count == found.stop - found.start
            and not window.is_suspect
            and not self._has_records
            and not _may_hold_blank_rows(found.fields)
            and self._names not in found.fields
        ):
            rows = range(self._row, self._row + count)
            lines = range(line + found.start, line + found.stop)
            self._row += count
            return Records(rows, lines, window.raw[found.start : found.stop], found.fields)
        broken: set[int] = set() if is_even else self._broken(window, found)
        if not final:
            self._leave_a_short_last_record(found, broken)
        return self._numbered_with_problems(window, found, broken)

    def _numbered_with_problems(
        self, window: Window, found: FoundRecords, broken: set[int]
    ) -> Records:
        rows: list[int] = []
        lines: list[int] = []
        raws: list[bytes] = []
        readable: list[list[str]] = []
        unreadable: list[UnreadableRecord] = []
        filled: dict[int, int] = {}
        blank_rows = repeated_headers = 0
        first_line, row, first, width = self._line, self._row, found.start, self._grammar.width
        is_suspect, raw_lines, problems = window.is_suspect, window.raw, found.problems
        open_line = -1 if self._grammar.is_of_rejects else _open_line(window)
        for index, (fields, stop) in enumerate(zip(found.fields, found.stops, strict=True)):
            raw = raw_lines[first] if stop == first + 1 else window.raw_record(first, stop)
            problem = problems.get(first)
            if problem is None and is_suspect and not (raw.isascii() and b"\0" not in raw):
                problem = _problem_of_text(fields)
            kept = fields
            if problem is None and fields:
                if not fields[0].strip() and not "".join(fields).strip():
                    blank_rows += 1
                    first = stop
                    continue
                if fields == self._names:
                    repeated_headers += 1
                    first = stop
                    continue
                if self._is_unread_still(fields, window.closed.get(stop - 1, "")):
                    problem = Problem(Reason(window.closed[stop - 1]), _AS_BEFORE)
                elif len(fields) != width:
                    kept, problem = self._fitted(
                        fields, window.closed.get(stop - 1), is_broken=index in broken
                    )
                    if stop - 1 == open_line and len(fields) < self._named_columns:
                        problem = problem or _CUT_OFF
            if problem is not None:
                what = raw[:LINE_CAP_BYTES]
                unreadable.append(UnreadableRecord(row, first_line + first, what, problem))
                row += 1
            elif fields:
                if len(fields) < self._named_columns:
                    filled[row] = len(fields)
                rows.append(row)
                lines.append(first_line + first)
                raws.append(raw)
                readable.append(kept)
                row += 1
            first = stop
        self._row = row
        return Records(
            rows, lines, raws, readable, unreadable, filled, blank_rows, repeated_headers
        )

    def _fitted(
        self, fields: list[str], reason: str | None, *, is_broken: bool
    ) -> tuple[list[str], Problem | None]:
        """The fields of a record of another width than the header's, made as wide; or its problem.

        Empty cells at the end are dropped as `EmptyEnds` says. Missing ones are empty, unless the
        record seems to be broken: then another cell may be missing. A single cell is a line of
        text, such as `Hotline 202-555-0143` at the foot of a page, or the rest of the row above it.
        In a file of rejects, `reason` is that of the run; without one, four cells more may be what
        a person made of those of the run.
        """
        count, width = len(fields), self._grammar.width
        is_of_rejects = self._grammar.is_of_rejects
        if is_of_rejects and reason is None and count == width + len(REJECT_COLUMNS):
            return fields[:width], None
        is_cut = count < self._named_columns
        is_line_of_text = (
            count == 1
            and self._named_columns >= _LEAST_COLUMNS_OF_ROWS
            and reason is None
            and not (self._has_lone_contacts and is_contact(fields[0]))
        )
        are_trailing = (  # among rejects there are too few rows to tell; the run has told
            reason != Reason.TOO_MANY_FIELDS
            if is_of_rejects
            else self._empty_ends.has(fields, width)
        )
        if (
            self._form.ragged is Ragged.FILL
            and not is_line_of_text
            and (count < width or (not any(fields[width:]) and are_trailing))
            and not (is_cut and (is_broken or any(self._form.quote in value for value in fields)))
        ):
            return fields[:width] + [""] * (width - count), None
        problem = problem_of_width(count, width)
        if is_line_of_text and self._form.ragged is Ragged.FILL:
            problem = Problem(problem.reason, f"{problem.detail}{_LINE_OF_TEXT}")
        return fields, problem

    def _is_unread_still(self, fields: list[str], reason: str) -> bool:
        """Whether a record of rejects.xlsx that could not be read has got no cells since."""
        return (
            self._has_records
            and reason in UNREADABLE
            and len(fields) == self._grammar.width
            and is_only_a_record(fields)
        )

    def _broken(self, window: Window, found: FoundRecords) -> set[int]:
        """The records that may be the halves of a row with a line end in it, by their positions.

        A short record is one if another follows on the next line, the two together are as wide as
        the header, and the second has no phone and no email. In a file of rejects, the run before
        said so.
        """
        width, fields = self._grammar.width, found.fields
        broken: set[int] = {0} if self._begins_with_a_half else set()
        for index, stop in enumerate(found.stops):
            if stop - 1 in window.closed:
                if window.closed[stop - 1] == Reason.TOO_FEW_FIELDS:
                    broken.add(index)
            elif 0 < len(fields[index]) < width and index + 1 < len(fields):
                second = fields[index + 1]
                if (
                    second
                    and len(fields[index]) + len(second) == width + 1
                    and not any(map(is_contact, second))
                ):
                    broken.update((index, index + 1))
        return broken

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


def _open_line(window: Window) -> int:
    """Return the index of a line without a line end, which only the last of a file is; else -1."""
    is_open = bool(window.raw) and window.ended[-1] == window.raw[-1]
    return len(window.raw) - 1 if is_open else -1


def _end_of_whole_lines(pending: bytearray) -> int:
    """Return where the last line ends that is certainly whole.

    A carriage return at the very end may be half of a line end.
    """
    return max(pending.rfind(b"\n"), pending.rfind(b"\r", 0, len(pending) - 1)) + 1


def _without_empty_end(names: Sequence[str]) -> int:
    """Return the number of names, without empty ones at the end."""
    count = len(names)
    while count > 1 and not names[count - 1].strip():
        count -= 1
    return count


def _may_hold_blank_rows(records: Sequence[list[str]]) -> bool:
    """Whether a record begins with a blank cell, and has no other."""
    if all(map(str.strip, map(_FIRST_CELL, records))):
        return False
    return not all(map(str.strip, map("".join, records)))


def problem_of_width(count: int, width: int) -> Problem:
    """Return the problem of a record that has `count` fields under a header of `width`."""
    reason = Reason.TOO_FEW_FIELDS if count < width else Reason.TOO_MANY_FIELDS
    return Problem(reason, f"{count} fields where the header has {width}")


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
