"""A stretch of whole physical lines, and the records in it.

Guarantee: `find_records` gives what `scan_record` alone would give, line after line, only
faster. Well-formed records are read by `csv.reader` in strict mode, which runs in C and
accepts nothing that the scanner refuses, as long as it is kept from long fields (it knows
no cap in bytes). At the first record that it refuses, the scanner reads that one and
`csv.reader` goes on after it.
"""

import csv
import io
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from cxone_async.outcome import Problem
from cxone_async.source.scanner import FIELD_CAP_BYTES, scan_record

# A record this short cannot hold a field over the cap, whatever the encoding: no character
# takes more than four bytes of UTF-8. Only such records are left to csv.reader.
_SHORT_BYTES: Final = FIELD_CAP_BYTES // 4


class Window:
    """Whole physical lines in three sequences of equal length.

    - `raw`: the bytes without line ends
    - `ended`: the bytes with line ends
    - `text`: decoded, with line ends; lone surrogates stand for bytes that could not be decoded

    `has_quotes`: some line holds a quote. Without one, every line is a record.
    `is_suspect`: some line holds a NUL or bytes that could not be decoded.
    """

    def __init__(self, body: bytes, encoding: str) -> None:
        self._body = body
        try:
            text = body.decode(encoding)
            self.is_suspect = b"\0" in body
        except UnicodeDecodeError:
            text = body.decode(encoding, "surrogateescape")
            self.is_suspect = True
        self.has_quotes = b'"' in body
        # Both split at \n, \r\n and \r; str.splitlines would split at other characters too.
        self.text: Sequence[str] = list(io.StringIO(text, newline=""))
        self.raw: Sequence[bytes] = body.splitlines()

    @cached_property
    def ended(self) -> Sequence[bytes]:
        return self._body.splitlines(keepends=True)

    def raw_record(self, first: int, stop: int) -> bytes:
        """The lines from `first` to before `stop`, without the last line's end."""
        if stop - first == 1:
            return self.raw[first]
        return b"".join(self.ended[first : stop - 1]) + self.raw[stop - 1]


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


def find_records(window: Window, start: int, delimiter: str, *, final: bool) -> FoundRecords:
    """The records from line `start` on. With `final` no lines come after the window."""
    found = FoundRecords(start, start, [], [], {})
    count = len(window.raw)
    long_lines: Sequence[int] = ()
    if max(map(len, window.raw), default=0) > _SHORT_BYTES:
        long_lines = [i for i, raw in enumerate(window.raw) if len(raw) > _SHORT_BYTES]
    while True:
        next_long = bisect_left(long_lines, found.stop)
        limit = long_lines[next_long] if next_long < len(long_lines) else count
        _read_well_formed(window, limit, delimiter, found)
        if found.stop == count:
            return found
        scanned = scan_record(window, found.stop, delimiter, final=final)
        if scanned is None:
            return found
        if scanned.problem is not None:
            found.problems[found.stop] = scanned.problem
        found.fields.append(scanned.fields)
        found.stops.append(scanned.stop)
        found.stop = scanned.stop


def _read_well_formed(window: Window, limit: int, delimiter: str, found: FoundRecords) -> None:
    """Adds records up to line `limit` or to the first that csv.reader refuses."""
    start, known = found.stop, len(found.stops)
    fields, stops = found.fields, found.stops
    reader = csv.reader(
        map(window.text.__getitem__, range(start, limit)), delimiter=delimiter, strict=True
    )
    with suppress(csv.Error):  # what was read before it counts
        if window.has_quotes:
            for record in reader:
                fields.append(record)
                stops.append(start + reader.line_num)
        else:  # a record is a line
            fields.extend(reader)
    stops.extend(range(start + 1, start + 1 + len(fields) - len(stops)))
    if len(stops) == known:
        return
    found.stop = stops[-1]
    if found.stop - start > len(stops) - known:  # some records span lines
        _drop_from_first_long(window, start, known, found)


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
