"""A stretch of whole physical lines, and the records in it.

Guarantee: `find_records` gives what `scan_record` alone would give, line after line, only
faster. Well-formed records are read by `csv.reader` in strict mode, which runs in C and
accepts nothing that the scanner refuses, as long as it is kept from what it knows nothing of:
long fields, rows inside an open quote, and lines in which a quote stands inside a field or after a
space. At the first such record, and at the first that it refuses, the scanner reads that one
and `csv.reader` goes on after it.
"""

import copy
import csv
import io
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from cxone_async.outcome import Problem
from cxone_async.source.reject_cells import reject_cells
from cxone_async.source.scanner import FIELD_CAP_BYTES, Grammar, may_hold_a_row, scan_record

# A record this short cannot hold a field over the cap, whatever the encoding: no character
# takes more than four bytes of UTF-8. Only such records are left to csv.reader.
_SHORT_BYTES: Final = FIELD_CAP_BYTES // 4
_MARK: Final = b"\xef\xbb\xbf"


class Window:
    """Whole physical lines in three sequences of equal length.

    - `raw`: the bytes without line ends
    - `ended`: the bytes with line ends
    - `text`: decoded, with line ends; lone surrogates stand for bytes that could not be decoded

    `is_suspect`: some line holds a NUL or bytes that could not be decoded. `closed` and
    `whole` are for files of rejects (see `of_rejects`).
    """

    def __init__(self, body: bytes, encoding: str) -> None:
        self._body = body
        self._encoding = encoding
        try:
            text = body.decode(encoding)
            self.is_suspect = b"\0" in body
        except UnicodeDecodeError:
            text = body.decode(encoding, "surrogateescape")
            self.is_suspect = True
        # Both split at \n, \r\n and \r; str.splitlines would split at other characters too.
        self.text: Sequence[str] = list(io.StringIO(text, newline=""))
        self.raw: Sequence[bytes] = body.splitlines()
        self.whole = self.text
        self.closed: Mapping[int, str] = {}

    @cached_property
    def ended(self) -> Sequence[bytes]:
        return self._body.splitlines(keepends=True)

    def part(self, first: int, size: int) -> "Window":
        """The whole lines from `first` on that end within `size` bytes."""
        stop, left = first, size - len(self.ended[first])
        while left >= 0:
            stop += 1
            left = left - len(self.ended[stop]) if stop < len(self.ended) else -1
        return Window(b"".join(self.ended[first:stop]), self._encoding)

    def of_rejects(self, grammar: Grammar) -> "Window":
        """The same without the four cells at the end of lines of rejects.csv.

        These lines are `closed`, by their index, with the reason that they gave.
        """
        pattern = reject_cells(grammar.delimiter, grammar.quote)
        text: list[str] = []
        closed: dict[int, str] = {}
        for index, line in enumerate(self.text):
            content = line.rstrip("\r\n")
            if cells := pattern.search(content):
                closed[index] = cells["reason"]
                text.append(content[: cells.start()] + line[len(content) :])
            else:
                text.append(line)
        window = copy.copy(self)
        window.text, window.closed = text, closed
        return window

    def holds(self, sign: str) -> bool:
        """Whether some line holds an ASCII character."""
        return sign.encode() in self._body

    def careful_lines(self, grammar: Grammar) -> Sequence[int]:
        """The lines that `csv.reader` would read otherwise than the scanner, in order."""
        if self.closed:
            return [i for i, raw in enumerate(self.raw) if raw]
        careful: set[int] = set()
        if max(map(len, self.raw), default=0) > _SHORT_BYTES:
            careful.update(i for i, raw in enumerate(self.raw) if len(raw) > _SHORT_BYTES)
        if _MARK in self._body:
            careful.update(i for i, raw in enumerate(self.raw) if raw.startswith(_MARK))
        if grammar.escape and self.holds(grammar.escape):
            escape = grammar.escape.encode()
            careful.update(i for i, raw in enumerate(self.raw) if escape in raw)
        if self.holds(grammar.quote):
            careful.update(self._lines_with_odd_quotes(grammar))
        return sorted(careful)

    def _lines_with_odd_quotes(self, grammar: Grammar) -> Iterable[int]:
        """Yield the lines in which a quote is inside a field, or comes after a space."""
        table = _signs(grammar.delimiter, grammar.quote)
        if _has_odd_quotes(self._body, table):
            quote = grammar.quote.encode()
            for i, raw in enumerate(self.raw):
                if quote in raw and _has_odd_quotes(raw, table):
                    yield i

    def raw_record(self, first: int, stop: int) -> bytes:
        """The lines from `first` to before `stop`, without the last line's end."""
        if stop - first == 1:
            return self.raw[first]
        return b"".join(self.ended[first : stop - 1]) + self.raw[stop - 1]


@lru_cache(maxsize=16)
def _signs(delimiter: str, quote: str) -> bytes:
    table = bytearray(b"x" * 256)
    for sign, kept in ((" ", b" "), ("\t", b" "), ("\r", b"\n"), ("\n", b"\n"), (quote, b'"')):
        table[ord(sign)] = kept[0]
    table[ord(delimiter)] = ord(",")
    return bytes(table)


_QUOTE_AFTER_SPACE: Final = (b', "', b'\n "', b'  "')
_QUOTE_INSIDE: Final = (b'x"x', b'x" ', b' "x', b' " ')


def _has_odd_quotes(body: bytes, table: bytes) -> bool:
    """Whether a quote may be inside a field or after a space; never a no where one is.

    All but the signs that matter become one character first: so searching is quick. Quotes in pairs
    are a quote of a quoted field, or change nothing in a field without quotes around it.
    """
    signs = b"\n" + body.translate(table)
    if any(pattern in signs for pattern in _QUOTE_AFTER_SPACE):
        return True
    unpaired = signs.replace(b'""', b"")
    return any(pattern in unpaired for pattern in _QUOTE_INSIDE)


@dataclass(slots=True)
class FoundRecords:
    """What the lines from `start` to before `stop` are.

    Record i goes from the stop of the one before it (or `start`) to `stops[i]`. Its `fields` are
    empty if it is a blank line, or if it cannot be read: then `problems` holds the problem by its
    first line. Lines from `stop` on cannot be told without those that come after the window.
    """

    start: int
    stop: int
    stops: list[int]
    fields: list[list[str]]
    problems: dict[int, Problem]


def find_records(window: Window, start: int, grammar: Grammar, *, final: bool) -> FoundRecords:
    """The records from line `start` on. With `final` no lines come after the window."""
    found = FoundRecords(start, start, [], [], {})
    count = len(window.raw)
    careful = window.careful_lines(grammar)
    has_quotes = window.holds(grammar.quote)
    while True:
        following = bisect_left(careful, found.stop)
        limit = careful[following] if following < len(careful) else count
        _read_well_formed(window, limit, grammar, found, has_quotes=has_quotes)
        if found.stop == count:
            return found
        scanned = scan_record(window, found.stop, grammar, final=final)
        if scanned is None:
            return found
        if scanned.problem is not None:
            found.problems[found.stop] = scanned.problem
        found.fields.append(scanned.fields)
        found.stops.append(scanned.stop)
        found.stop = scanned.stop


def _read_well_formed(
    window: Window, limit: int, grammar: Grammar, found: FoundRecords, *, has_quotes: bool
) -> None:
    """Adds records up to line `limit` or to the first that csv.reader refuses or may misread."""
    start, known = found.stop, len(found.stops)
    fields, stops = found.fields, found.stops
    reader = csv.reader(
        map(window.text.__getitem__, range(start, limit)),
        delimiter=grammar.delimiter,
        quotechar=grammar.quote,
        strict=True,
    )
    with suppress(csv.Error):  # what was read before it counts
        if has_quotes:
            first = start
            for record in reader:
                stop = start + reader.line_num
                if stop - first > 1 and _may_hold_rows(window, first + 1, stop, grammar):
                    break
                fields.append(record)
                stops.append(stop)
                first = stop
        else:  # a record is a line
            fields.extend(reader)
    stops.extend(range(start + 1, start + 1 + len(fields) - len(stops)))
    if len(stops) == known:
        return
    found.stop = stops[-1]
    if found.stop - start > len(stops) - known:  # some records span lines
        _drop_from_first_long(window, start, known, found)


def _may_hold_rows(window: Window, first: int, stop: int, grammar: Grammar) -> bool:
    return any(may_hold_a_row(raw, grammar) for raw in window.raw[first:stop])


def _drop_from_first_long(window: Window, start: int, known: int, found: FoundRecords) -> None:
    """Leaves records to the scanner from the first one on that spans lines and is long.

    csv.reader refuses long fields too, but by a limit that any code of the process
    may have changed.
    """
    starts = [start, *found.stops[known:]]
    for offset, (first, stop) in enumerate(pairwise(starts)):
        if stop - first > 1 and sum(map(len, window.ended[first:stop])) > _SHORT_BYTES:
            del found.fields[known + offset :], found.stops[known + offset :]
            found.stop = first
            return
