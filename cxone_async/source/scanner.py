r"""The careful reader of one record: the authority on what is wrong with it.

Guarantee: what a record is, and where the next one starts, depends on the physical
lines from its first one on and on nothing else, least of all on how the input was cut
into blocks. `records` reads well-formed records with `csv.reader`, which is faster, and
comes here with the first record that `csv.reader` does not accept.

The grammar, where CSV dialects differ:

* A physical line ends with `\n`, `\r\n` or `\r`.
* A quote opens a quoted field only as the field's first character; anywhere else in an
  unquoted field it is a character like any other. Inside, a quote is written twice.
* After the closing quote comes a delimiter or the line end. If not, the quote that
  closed was wrong itself (the field began on this line: MALFORMED_QUOTE, the record ends
  with this line), or it belongs to a later row and the opening one was never closed (the
  field began on an earlier line: UNTERMINATED_QUOTE).
* An unterminated record ends with the line on which the quote was opened; the lines
  after it are read as records again. That takes linear time, however hostile the input:
  from there to the line where the scan gave up every run of quotes is even, and in such
  a line no field can open and stay open past its end.
* A quoted field that spans lines and does not close within FIELD_CAP_BYTES is taken to
  be unterminated: no real name is a megabyte long.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from cxone_async.outcome import Problem, Reason

FIELD_CAP_BYTES: Final = 1 << 20
"""The longest field, in bytes of UTF-8."""
LINE_CAP_BYTES: Final = 2 << 20
"""A longer physical line is an unreadable record of its own; only this much of it is kept."""
RECORD_CAP_BYTES: Final = 2 << 20
"""The longest record that spans lines, line ends counted."""

_BODY: Final = re.compile(r'[^"]*+(?:""[^"]*+)*+')
_TOO_LARGE: Final = f"is longer than {FIELD_CAP_BYTES} bytes"
_LINE_TOO_LONG: Final = f"the line is longer than {LINE_CAP_BYTES} bytes; its rest was dropped"
_NOT_CLOSED: Final = "opens a quote that is not closed"
_JUNK: Final = "goes on after its closing quote"
_RECORD_TOO_LARGE: Final = f"makes the record longer than {RECORD_CAP_BYTES} bytes"


class PhysicalLines(Protocol):
    """Whole physical lines with their ends, as text and as bytes."""

    @property
    def text(self) -> Sequence[str]:
        """The lines decoded. Lone surrogates stand for bytes that could not be decoded."""
        ...

    @property
    def ended(self) -> Sequence[bytes]:
        """The bytes that `text` was decoded from."""
        ...


class Scanned(NamedTuple):
    """One record: its fields or, if it cannot be read, its problem and no fields.

    `stop` is the index of the first line that is not part of it.
    """

    stop: int
    fields: list[str]
    problem: Problem | None = None


def is_overlong(ended: bytes) -> bool:
    """Whether a physical line, line end apart, is longer than LINE_CAP_BYTES."""
    return len(ended) > LINE_CAP_BYTES and len(ended.rstrip(b"\r\n")) > LINE_CAP_BYTES


def scan_record(lines: PhysicalLines, start: int, delimiter: str, *, final: bool) -> Scanned | None:
    """The record that starts with line `start`, which is not blank.

    None when its end depends on lines that are not there yet; never None with `final`.
    """
    if is_overlong(lines.ended[start]):
        return Scanned(start + 1, [], Problem(Reason.FIELD_TOO_LARGE, _LINE_TOO_LONG))
    return _Scan(lines, start, delimiter, final=final).record()


class _Scan:
    """The scan of one record; it stands at `_position` in line `_at`."""

    def __init__(self, lines: PhysicalLines, start: int, delimiter: str, *, final: bool) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._final = final
        self._fields: list[str] = []
        self._record_bytes = 0
        self._unreadable: Scanned | None = None
        self._enter(start)

    def record(self) -> Scanned | None:
        while True:
            if self._content.startswith('"', self._position):
                value = self._quoted()
                if value is None:
                    return self._unreadable
            else:
                value = self._unquoted()
            if _size_bytes(value) > FIELD_CAP_BYTES:
                self._fail(Reason.FIELD_TOO_LARGE, self._at, _TOO_LARGE)
                return self._unreadable
            self._fields.append(value)
            if self._position == len(self._content):
                return Scanned(self._at + 1, self._fields)
            self._position += len(self._delimiter)

    def _enter(self, line: int) -> None:
        self._at = line
        self._position = 0
        self._line = self._lines.text[line]
        self._content = self._line.rstrip("\r\n")
        self._record_bytes += len(self._lines.ended[line])

    def _fail(self, reason: Reason, last_line: int, what: str) -> None:
        problem = Problem(reason, f"field {len(self._fields) + 1} {what}")
        self._unreadable = Scanned(last_line + 1, [], problem)

    def _unquoted(self) -> str:
        begin = self._position
        end = self._content.find(self._delimiter, begin)
        self._position = len(self._content) if end < 0 else end
        return self._content[begin : self._position]

    def _quoted(self) -> str | None:
        """Return the value of the quoted field that opens here, or None when there is none.

        Then `_unreadable` says why, or is None because more lines are needed to tell.
        """
        opened = self._at
        begin = self._position + 1
        end = _body_end(self._line, begin)
        parts = [self._line[begin:end]]
        size_bytes = _size_bytes(parts[0])
        while end == len(self._line):  # no quote closes it on this line
            if not self._goes_on(opened, size_bytes):
                return None
            end = _body_end(self._line, 0)
            parts.append(self._line[:end])
            size_bytes += _size_bytes(parts[-1])
        self._position = end + 1
        is_closed_rightly = self._position == len(self._content) or self._content.startswith(
            self._delimiter, self._position
        )
        if self._at == opened:
            if not is_closed_rightly:
                self._fail(Reason.MALFORMED_QUOTE, opened, _JUNK)
                return None
        elif not is_closed_rightly or size_bytes > FIELD_CAP_BYTES:
            self._fail(Reason.UNTERMINATED_QUOTE, opened, _NOT_CLOSED)
            return None
        return "".join(parts).replace('""', '"')

    def _goes_on(self, opened: int, size_bytes: int) -> bool:
        """Enter the next line if the open field can go on there; say whether it can.

        The field opened in line `opened` and is `size_bytes` long so far.
        """
        following = self._at + 1
        is_last = following == len(self._lines.text)
        if is_last and not self._final and size_bytes <= FIELD_CAP_BYTES:
            return False
        if is_last or size_bytes > FIELD_CAP_BYTES or is_overlong(self._lines.ended[following]):
            self._fail(Reason.UNTERMINATED_QUOTE, opened, _NOT_CLOSED)
            return False
        self._enter(following)
        if self._record_bytes > RECORD_CAP_BYTES:
            self._fail(Reason.FIELD_TOO_LARGE, opened, _RECORD_TOO_LARGE)
            return False
        return True


def _body_end(line: str, begin: int) -> int:
    """Where the body of a quoted field ends: at a single quote, or where the line does."""
    body = _BODY.match(line, begin)
    return len(line) if body is None else body.end()


def _size_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
