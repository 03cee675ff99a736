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

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem, Reason
from cxone_async.source.form import PLAIN_FORM, CsvForm, Ragged
from cxone_async.source.scanner import LINE_CAP_BYTES, Grammar, Scanned, scan_record
from cxone_async.source.window import FoundRecords, Window, find_records

DELIMITERS: Final = (",", ";", "\t", "|")
"""Where several fit equally well, the first of these wins."""
SAMPLE_BYTES: Final = 1 << 16
"""So much of the input is read before the header: the delimiter has to fit the rows too."""
SAMPLE_ROWS: Final = 100

_SEP_LINE: Final = re.compile(rb"(\"?)sep=(.)\1[ \t]*", re.IGNORECASE).fullmatch
_LEAST_FIT: Final = 0.1
_LINES_LOOKED_AT: Final = 50

_PROBLEMS_OF_TEXT: Final = (Reason.NUL_CHARACTER, Reason.UNDECODABLE)
_ENCODING_HINT: Final = "; text in another encoding needs --encoding"


class Skipped(StrEnum):
    """Why a record is no row."""

    EMPTY_ROW = "empty_row"
    REPEATED_HEADER = "repeated_header"


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
    * `filled` are those of `rows` that lacked cells at their end, and got empty ones.
    * `skipped` names the records among them that are no rows, once each.
    """

    rows: Sequence[int] = ()
    lines: Sequence[int] = ()
    raws: Sequence[bytes] = ()
    fields: Sequence[list[str]] = ()
    unreadable: Sequence[UnreadableRecord] = ()
    filled: frozenset[int] = frozenset()
    skipped: Sequence[Skipped] = ()


NO_RECORDS: Final = Records()


@dataclass(frozen=True, slots=True)
class InputHeader:
    """The input's first record, lines above it apart.

    `names` are the column names and `raw` its bytes, without the line end. `line` is the physical
    line on which it starts, and `delimiter` what separates the input's fields.
    """

    names: tuple[str, ...]
    raw: bytes
    line: int
    delimiter: str


class RecordCutter:
    """Cuts a stream of blocks into records; `header` is None until it has been read."""

    def __init__(self, encoding: str, form: CsvForm = PLAIN_FORM) -> None:
        """Cut text in `encoding`: UTF-8, or one byte a character with ASCII below 128."""
        self._encoding = encoding
        self._form = form
        self._pending = bytearray()
        self._look_at_bytes = 0
        self._is_inside_overlong = False
        self._line = 1
        self._row = 1
        self._grammar = Grammar("")
        self._names: list[str] = []
        self._least_width = 0
        self.header: InputHeader | None = None
        self.lines_after_header: list[tuple[int, list[str]]] = []

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
        if self.header is None and not final and len(self._pending) < SAMPLE_BYTES:
            return NO_RECORDS
        end = len(self._pending) if final else _end_of_whole_lines(self._pending)
        window = Window(bytes(self._pending[:end]), self._encoding)
        records, stop = NO_RECORDS, 0
        if self.header is None:
            stop = self._read_header(window, final=final)
        if self.header is not None:
            found = find_records(window, stop, self._grammar, final=final)
            records, stop = self._number(window, found), found.stop
        self._line += stop
        self._cap_unfinished_line(len(self._pending) - end)
        is_all = stop == len(window.raw)
        del self._pending[: end if is_all else sum(map(len, window.ended[:stop]))]
        self._look_at_bytes = 2 * len(self._pending)
        return records

    def _read_header(self, window: Window, *, final: bool) -> int:
        """Sets `header` if it is in the window; returns the first line that is not read."""
        start, delimiters = self._above_header(window)
        if start >= len(window.raw):
            return 0
        sample = window.first_bytes(SAMPLE_BYTES)
        readings: list[_HeaderReading] = []
        for delimiter in delimiters:
            grammar = Grammar(delimiter, self._form.quote, self._form.escape)
            scanned = scan_record(window, start, grammar, final=final)
            if scanned is None:
                return 0
            readings.append(_HeaderReading(scanned, grammar, sample, start))
        header, grammar = max(readings, key=_HeaderReading.fit).header_and_grammar
        problem = header.problem or _problem_of_text(header.fields)
        line = self._line + start
        if problem is not None:
            hint = _ENCODING_HINT if problem.reason in _PROBLEMS_OF_TEXT else ""
            what = f"line {line} should be its header, but {problem.detail}{hint}"
            raise UnreadableInputError(f"the input is not a CSV: {what}")
        raw = window.raw_record(start, header.stop)
        self.header = InputHeader(tuple(header.fields), raw, line, grammar.delimiter)
        self._names = header.fields
        width = self._least_width = len(header.fields)
        while self._least_width > 1 and not header.fields[self._least_width - 1]:
            self._least_width -= 1
        first_line = window.text[start].rstrip("\r\n")
        self._grammar = replace(grammar, width=width, header_line=first_line)
        self.lines_after_header = [
            (self._line + at, scanned.fields)
            for at in range(header.stop, min(header.stop + _LINES_LOOKED_AT, len(sample.raw)))
            if sample.raw[at] and (scanned := scan_record(sample, at, grammar, final=True))
        ]
        return header.stop

    def _above_header(self, window: Window) -> tuple[int, Sequence[str]]:
        """Return the line on which the header starts, and what its delimiter may be."""
        start, delimiters = self._form.skip_lines, self._form.delimiter or DELIMITERS
        while start < len(window.raw):
            raw = window.raw[start]
            if named := _SEP_LINE(raw):
                delimiters = self._form.delimiter or named[2].decode("latin-1")
            elif raw.strip(b" \t" + "".join(delimiters).encode()):
                break
            start += 1
        return start, delimiters

    def _number(self, window: Window, found: FoundRecords) -> Records:
        width = self._grammar.width
        line = self._line
        count = len(found.fields)
        if (
            count == found.stop - found.start
            and not window.is_suspect
            and set(map(len, found.fields)) <= {width}
            and all(map(any, found.fields))
            and self._names not in found.fields
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
        filled: set[int] = set()
        skipped: list[Skipped] = []
        first_line, row, first = self._line, self._row, found.start
        is_suspect, raw_lines = window.is_suspect, window.raw
        for found_fields, stop in zip(found.fields, found.stops, strict=True):
            fields = found_fields
            raw = raw_lines[first] if stop == first + 1 else window.raw_record(first, stop)
            problem = found.problems.get(first)
            if problem is None and fields:
                if is_suspect and not (raw.isascii() and b"\0" not in raw):
                    problem = _problem_of_text(fields)
                if problem is None and (why := self._why_skipped(fields)):
                    skipped.append(why)
                    first = stop
                    continue
                if problem is None and len(fields) != width:
                    fields, problem = self._fitted(fields, width)
                    if problem is None and len(found_fields) < self._least_width:
                        filled.add(row)
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
        return Records(rows, lines, raws, readable, unreadable, frozenset(filled), skipped)

    def _why_skipped(self, fields: list[str]) -> Skipped | None:
        is_blank_line = len(fields) == 1 < self._grammar.width and not fields[0].strip()
        if is_blank_line or not any(fields):
            return Skipped.EMPTY_ROW
        return Skipped.REPEATED_HEADER if fields == self._names else None

    def _fitted(self, fields: list[str], width: int) -> tuple[list[str], Problem | None]:
        """The fields of a record of another width than the header's, made as wide; or its problem."""
        count = len(fields)
        reason = Reason.TOO_FEW_FIELDS if count < width else Reason.TOO_MANY_FIELDS
        if self._form.ragged is Ragged.REJECT or any(fields[width:]):
            return fields, Problem(reason, f"{count} fields where the header has {width}")
        return fields[:width] + [""] * (width - count), None

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


class _HeaderReading(NamedTuple):
    """The header as one delimiter reads it, and the sample of lines that are to fit it."""

    header: Scanned
    grammar: Grammar
    sample: Window
    start: int

    @property
    def header_and_grammar(self) -> tuple[Scanned, Grammar]:
        return self.header, self.grammar

    def fit(self) -> tuple[bool, bool, int, int, int]:
        """How well it fits, to be compared: the share of rows as wide as the header, then its width.

        A delimiter that does not divide the header fits trivially. It comes after all that do and
        fit some of the rows. Shorter rows may lack cells at their end: they fit by half.
        """
        names = self.header.fields
        width = len(names)
        grammar = replace(self.grammar, width=width)
        found = find_records(self.sample, min(self.header.stop, len(self.sample.raw)), grammar, final=False)
        rows = [fields for fields in found.fields if any(fields)][:SAMPLE_ROWS]
        fitting = sum(
            1.0 if len(row) == width or (len(row) > width and not any(row[width:])) else 0.5
            for row in rows
            if len(row) == width or 1 < len(row) < width or not any(row[width:])
        )
        share = fitting / len(rows) if rows else 1.0
        fits = share >= _LEAST_FIT and not self.header.problem
        unspaced = sum(not name.startswith(" ") for name in names)
        return fits and width > 1, fits, round(10 * share), width, unspaced


def _end_of_whole_lines(pending: bytearray) -> int:
    """Return where the last line ends that is certainly whole.

    A carriage return at the very end may be half of a line end.
    """
    return max(pending.rfind(b"\n"), pending.rfind(b"\r", 0, len(pending) - 1)) + 1


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
