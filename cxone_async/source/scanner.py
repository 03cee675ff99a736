r"""The careful reader of one record: the authority on what is wrong with it.

Guarantee: what a record is, and where the next one starts, depends on the physical
lines from its first one on and on nothing else, least of all on how the input was cut
into blocks. `records` reads well-formed records with `csv.reader`, which is faster, and
comes here with the first record that `csv.reader` does not accept.

The grammar, all of it in this file, which is longer for it; where CSV dialects differ:

* A physical line ends with `\n`, `\r\n` or `\r`.
* A quote opens a quoted field only as the field's first character, spaces before it apart.
  Anywhere else in an unquoted field it is a character like any other. Inside, a quote is written
  twice.
* Text before an opening quote (`Ann"Gray, Jr"`) is a missing delimiter: MALFORMED_QUOTE. It shows
  in a field with an odd number of quotes, not at its end, before a field that ends in a quote.
* With an escape character, that character and a quote, a delimiter or itself are the second one of
  the two. Before anything else it stands for itself.
* After the closing quote comes a delimiter or the line end; on the line of the opening one, spaces
  may stand before them. If not, the quote that closed was wrong itself (the field began on this
  line: MALFORMED_QUOTE, the record ends with this line), or it belongs to a later row and the
  opening one was never closed (the field began on an earlier line: UNTERMINATED_QUOTE).
* A quoted field that closes on a later line was never closed rightly if rows of the file are
  inside: lines with as many fields as the header, one of them a phone or an email, or so many
  fields that prose has not as many. The line on which it closes counts only if the line on which
  it opened is such a row by its width. The same holds where the header itself is inside. These are
  UNTERMINATED_QUOTE too.
* In a file of rejects, a line that ends in the four cells of an earlier run (`reject_cells`) ends
  its record, if no quote is open or these cells say that one may be. The cells are no part of it.
* An unterminated record ends with the line on which the quote was opened; the lines
  after it are read as records again. That takes linear time, however hostile the input:
  from there to the line where the scan gave up every run of quotes is even, and in such
  a line no field can open and stay open past its end.
* A quoted field that spans lines and does not close within FIELD_CAP_BYTES is taken to
  be unterminated: no real name is a megabyte long.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from cxone_async.outcome import Problem, Reason

FIELD_CAP_BYTES: Final = 1 << 20
"""The longest field, in bytes of UTF-8."""
LINE_CAP_BYTES: Final = 2 << 20
"""A longer physical line is an unreadable record of its own; only this much of it is kept."""
RECORD_CAP_BYTES: Final = 2 << 20
"""The longest record that spans lines, line ends counted."""

NOT_READ: Final = frozenset(
    {Reason.UNTERMINATED_QUOTE, Reason.MALFORMED_QUOTE, Reason.FIELD_TOO_LARGE}
)
"""The reasons of records that have no fields: their quotes may be open."""

_EMAIL: Final = re.compile(r"[^\s@\"]+@[^\s@\"]+").fullmatch
_NUMBER: Final = re.compile(r"[+(\d][\d\s().+/-]{6,30}(?:e?xt?\.? ?\d+)?", re.IGNORECASE).fullmatch
_DIGITS_OF_A_PHONE: Final = 7
_MORE_FIELDS_THAN_PROSE: Final = 6
"""A line of an address or a note seldom has five commas, or three of another delimiter."""
_MORE_FIELDS_THAN_PROSE_BUT_COMMAS: Final = 4
_MARK: Final = "\ufeff"
_TOO_LARGE: Final = f"is longer than {FIELD_CAP_BYTES} bytes"
_LINE_TOO_LONG: Final = f"the line is longer than {LINE_CAP_BYTES} bytes; its rest was dropped"
_NOT_CLOSED: Final = "opens a quote that is not closed"
_ROWS_INSIDE: Final = "opens a quote that closes only after other rows"
_JUNK: Final = "goes on after its closing quote"
_BACKSLASH: Final = "\\"
_TRY_ESCAPE: Final = "; if backslashes escape quotes here, give --escape '\\'"
_SHIFTED: Final = "has text before an opening quote; a delimiter seems to be missing"
_RECORD_TOO_LARGE: Final = f"makes the record longer than {RECORD_CAP_BYTES} bytes"


@dataclass(frozen=True, slots=True)
class Grammar:
    """How fields are written, and what the header is like; each sign is one ASCII character.

    Without an `escape` there is none. `width` is the number of the header's fields and
    `header_line` its first line, without the line end; 0 and "" until it has been read. With
    `is_of_rejects` the file is one of rejects, whose last four columns do not count.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    width: int = 0
    header_line: str = ""
    is_of_rejects: bool = False


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

    @property
    def whole(self) -> Sequence[str]:
        """The lines as in `text`, with the four cells of an earlier run where they had them."""
        ...

    @property
    def closed(self) -> Mapping[int, str]:
        """The lines that had such cells, with the reason that they gave."""
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


def scan_record(
    lines: PhysicalLines, start: int, grammar: Grammar, *, final: bool
) -> Scanned | None:
    """The record that starts with line `start`, which is not blank.

    None when its end depends on lines that are not there yet; never None with `final`. Byte
    order marks before the record are no part of its fields.
    """
    if is_overlong(lines.ended[start]):
        return Scanned(start + 1, [], Problem(Reason.FIELD_TOO_LARGE, _LINE_TOO_LONG))
    return _Scan(lines, start, grammar, final=final).record()


def may_hold_a_row(raw: bytes, grammar: Grammar) -> bool:
    """Whether a line inside a quoted field may be a row or the header: never a no for one."""
    return raw.count(
        grammar.delimiter.encode()
    ) >= grammar.width - 1 or raw == grammar.header_line.encode("utf-8", "surrogateescape")


class _OneLine(NamedTuple):
    text: tuple[str]
    ended: tuple[bytes]
    whole: tuple[str, ...] = ()
    closed: Mapping[int, str] = MappingProxyType({})


class _Scan:
    """The scan of one record; it stands at `_position` in line `_at`."""

    def __init__(self, lines: PhysicalLines, start: int, grammar: Grammar, *, final: bool) -> None:
        self._lines = lines
        self._grammar = grammar
        self._delimiter = grammar.delimiter
        self._quote = grammar.quote
        self._final = final
        self._fields: list[str] = []
        self._record_bytes = 0
        self._stray = False
        self._unreadable: Scanned | None = None
        self._content = self._line = ""
        self._enter(start)
        self._position = len(self._content) - len(self._content.lstrip(_MARK))

    def record(self) -> Scanned | None:
        while True:
            value = self._quoted() if self._opens_quote() else self._unquoted()
            if value is None:
                return self._unreadable
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

    def _opens_quote(self) -> bool:
        """Whether a quoted field begins here. Then go to its quote, past the spaces before it."""
        content, position = self._content, self._position
        if content.startswith(self._quote, position):
            return True
        position = _past_blanks(content, position, self._delimiter)
        if position == self._position or not content.startswith(self._quote, position):
            return False
        end = _body_end(content, position + 1, self._grammar)
        is_nickname = (  # `"Bob" Smith`
            end + 1 < len(content)
            and not content.startswith(self._delimiter, end + 1)
            and self._delimiter not in content[position:end]
        )
        if not is_nickname:
            self._position = position
        return not is_nickname

    def _unquoted(self) -> str | None:
        begin, escape = self._position, self._grammar.escape
        if escape:
            self._position = _unquoted_end(self._content, begin, self._grammar)
        else:
            end = self._content.find(self._delimiter, begin)
            self._position = len(self._content) if end < 0 else end
        value = self._content[begin : self._position]
        if value.count(self._quote) % 2 and not escape:
            is_at_end = value.rstrip().endswith(self._quote)
            if self._stray and is_at_end:
                self._fail(Reason.MALFORMED_QUOTE, self._at, _SHIFTED)
                return None
            self._stray = self._stray or not is_at_end
        return _unescaped(value, self._grammar) if escape else value

    def _quoted(self) -> str | None:
        """Return the value of the quoted field that opens here, or None when there is none.

        Then `_unreadable` says why, or is None because more lines are needed to tell.
        """
        opened = self._at
        begin = self._position + 1
        end = self._end_of_body(begin)
        parts = [self._line[begin:end]]
        size_bytes = _size_bytes(parts[0])
        while end == len(self._line):  # no quote closes it on this line
            if not self._goes_on(opened, size_bytes):
                return None
            end = self._end_of_body(0)
            parts.append(self._line[:end])
            size_bytes += _size_bytes(parts[-1])
        self._position = end + 1
        if self._at == opened:  # spaces after a quote far below prove less
            self._position = _behind_blanks(self._content, end + 1, self._delimiter)
        is_closed_rightly = self._position == len(self._content) or self._content.startswith(
            self._delimiter, self._position
        )
        if self._at == opened:
            if not is_closed_rightly:
                self._fail(Reason.MALFORMED_QUOTE, opened, _JUNK + self._hint_at_escape(opened))
                return None
        elif not is_closed_rightly or size_bytes > FIELD_CAP_BYTES:
            what = _NOT_CLOSED + self._hint_at_escape(opened)
            self._fail(Reason.UNTERMINATED_QUOTE, opened, what)
            return None
        elif self._holds_rows(opened, begin):
            what = _ROWS_INSIDE + self._hint_at_escape(opened)
            self._fail(Reason.UNTERMINATED_QUOTE, opened, what)
            return None
        value = "".join(parts).replace(self._quote * 2, self._quote)
        return _unescaped(value, self._grammar) if self._grammar.escape else value

    def _hint_at_escape(self, opened: int) -> str:
        """Name the flag if a backslash stands before a quote in the line of the opening one."""
        is_escaped = (
            not self._grammar.escape and _BACKSLASH + self._quote in self._lines.text[opened]
        )
        return _TRY_ESCAPE if is_escaped else ""

    def _end_of_body(self, begin: int) -> int:
        """Where the body of the field ends in this line, or the line if it goes on in the next.

        Then cells that look like those of an earlier run are part of the field, if they do not say
        that a quote is open.
        """
        end = _body_end(self._line, begin, self._grammar)
        if end == len(self._line) and self._lines.closed.get(self._at, "") not in {"", *NOT_READ}:
            self._line = self._lines.whole[self._at]
            self._content = self._line.rstrip("\r\n")
            end = _body_end(self._line, begin, self._grammar)
        return end

    def _goes_on(self, opened: int, size_bytes: int) -> bool:
        """Enter the next line if the open field can go on there; say whether it can.

        The field opened in line `opened` and is `size_bytes` long so far.
        """
        following = self._at + 1
        is_last = following == len(self._lines.text)
        is_closed = self._lines.closed.get(self._at) in NOT_READ
        if is_last and not (self._final or is_closed) and size_bytes <= FIELD_CAP_BYTES:
            return False
        if (
            is_last
            or size_bytes > FIELD_CAP_BYTES
            or is_closed
            or is_overlong(self._lines.ended[following])
        ):
            self._fail(Reason.UNTERMINATED_QUOTE, opened, _NOT_CLOSED)
            return False
        self._enter(following)
        if self._grammar.width > 1 and (self._content.lstrip(_MARK) == self._grammar.header_line):
            self._fail(Reason.UNTERMINATED_QUOTE, opened, _ROWS_INSIDE)
            return False
        if self._record_bytes > RECORD_CAP_BYTES:
            self._fail(Reason.FIELD_TOO_LARGE, opened, _RECORD_TOO_LARGE)
            return False
        return True

    def _holds_rows(self, opened: int, begin: int) -> bool:
        """Whether the field that opened in line `opened` and closes in this one holds rows.

        `begin` is where its text begins.
        """
        text, grammar = self._lines.text, self._grammar
        fields_if_open = len(self._fields) + 1 + text[opened].count(grammar.delimiter, begin)
        is_row = fields_if_open == grammar.width or not grammar.width
        if any(_is_row(text[line], grammar) for line in range(opened + 1, self._at)):
            return True
        closing = self._line
        without_quote = closing[: self._position - 1] + closing[self._position :]
        return is_row and (_is_row(closing, grammar) or _is_row(without_quote, grammar))


def _is_row(line: str, grammar: Grammar) -> bool:
    """Whether a line, by itself, is a row of the file: as wide as the header, with a contact."""
    if line.count(grammar.delimiter) < grammar.width - 1:
        return False
    fields = fields_of_line(line, grammar)
    width = grammar.width or len(fields)
    if len(fields) < width or any(fields[width:]):
        return False
    is_comma = grammar.delimiter == ","
    wide = _MORE_FIELDS_THAN_PROSE if is_comma else _MORE_FIELDS_THAN_PROSE_BUT_COMMAS
    return grammar.width >= wide or any(map(is_contact, fields))


def fields_of_line(line: str, grammar: Grammar) -> list[str]:
    """The fields of one line by itself; none if it cannot be read so."""
    alone = Grammar(grammar.delimiter, grammar.quote, grammar.escape)
    encoded = line.encode("utf-8", "surrogateescape")
    scanned = scan_record(_OneLine((line,), (encoded,)), 0, alone, final=True)
    return scanned.fields if scanned else []


def is_contact(cell: str) -> bool:
    """Whether a cell looks like a phone or an email and nothing else."""
    cell = cell.strip('" \t\r\n')
    if _EMAIL(cell):
        return True
    return bool(_NUMBER(cell)) and sum(map(str.isdigit, cell)) >= _DIGITS_OF_A_PHONE


def _behind_blanks(content: str, begin: int, delimiter: str) -> int:
    """Where blanks end that begin here, if a delimiter or the line end follows; else here."""
    end = _past_blanks(content, begin, delimiter)
    return end if end == len(content) or content.startswith(delimiter, end) else begin


def _past_blanks(content: str, begin: int, delimiter: str) -> int:
    end = begin
    while content.startswith((" ", "\t"), end) and content[end] != delimiter:
        end += 1
    return end


def _body_end(line: str, begin: int, grammar: Grammar) -> int:
    """Where the body of a quoted field ends: at a single quote, or where the line does."""
    body = _body(grammar.quote, grammar.escape, grammar.delimiter).match(line, begin)
    return len(line) if body is None else body.end()


@lru_cache(maxsize=16)
def _body(quote: str, escape: str, delimiter: str) -> re.Pattern[str]:
    quote, delimiter = re.escape(quote), re.escape(delimiter)
    if not escape:
        return re.compile(rf"[^{quote}]*+(?:{quote * 2}[^{quote}]*+)*+")
    escape = re.escape(escape)
    pair = f"{escape}[{quote}{escape}{delimiter}]"
    ordinary = f"[^{quote}{escape}]*+"
    return re.compile(f"{ordinary}(?:(?:{quote * 2}|{pair}|{escape}){ordinary})*+")


def _unquoted_end(content: str, begin: int, grammar: Grammar) -> int:
    at = begin
    while at < len(content) and not content.startswith(grammar.delimiter, at):
        is_escaped = content[at] == grammar.escape and content[at + 1 : at + 2] in (
            grammar.escape,
            grammar.delimiter,
            grammar.quote,
        )
        at += 2 if is_escaped else 1
    return at


def _unescaped(value: str, grammar: Grammar) -> str:
    return _pair(grammar).sub(r"\1", value)


@lru_cache(maxsize=16)
def _pair(grammar: Grammar) -> re.Pattern[str]:
    signs = "".join(map(re.escape, (grammar.quote, grammar.escape, grammar.delimiter)))
    return re.compile(f"{re.escape(grammar.escape)}([{signs}])")


def _size_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
