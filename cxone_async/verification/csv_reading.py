"""What is a record of the input, as `verify` reads it.

Written separately from the code that imports, from what docs/files.md says of the input:

* A quoted field begins with the quote, spaces before it apart, and ends with it; spaces after it do
  not count if it is on one line. Quotes inside are doubled, or come after the escape character.
* Blank lines, records of nothing but delimiters and blanks, and the header once more are no rows.
* Empty cells after the last column do not count.
* Above the header stand the lines that were skipped, a `sep=` line, and lines of delimiters. A file
  of rejects begins with its header.
* In a file of rejects, the four last cells are those of an earlier run. Before them may stand
  `_record`: where it is the only other cell, it is the text of a record that could not be read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

OUR_COLUMNS: Final = ["_row", "_outcome", "_reason", "_detail"]
RECORD_COLUMN: Final = "_record"
_DELIMITERS: Final = ",;\t|"
_SEP: Final = re.compile(r'(?:ï»¿)?"?sep=(.)"?[ \t,;|]*', re.IGNORECASE).fullmatch
_MARK: Final = "ï»¿"
_OURS: Final = re.compile("[^a-z_]{1,3}".join(OUR_COLUMNS) + r"\W?\s*\Z").search
_PHONE: Final = re.compile(r"[+(]?\d[\d ().+/-]{6,}").fullmatch
_EMAIL: Final = re.compile(r"[^\s@,;]+@[^\s@,;]+").fullmatch
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FEWEST_DIGITS: Final = 7


class Form(NamedTuple):
    """How the input is written, as the run was told; "" for a delimiter that nobody named."""

    skip_lines: int = 0
    delimiter: str = ""
    quote: str = '"'
    escape: str = ""


def form_of(settings: Mapping[str, object], delimiter: object) -> Form:
    """Return the form that the settings of a run name, and the delimiter that it found."""
    said = {name: str(settings.get(name, "")) for name in Form._fields}
    skip_lines = said["skip_lines"]
    return Form(
        int(skip_lines) if skip_lines.isdecimal() else 0,
        said["delimiter"] or (delimiter if isinstance(delimiter, str) else ""),
        said["quote"] or '"',
        said["escape"],
    )


def parse(lines: list[bytes], form: Form) -> list[list[str]] | None:
    """Return the records in `lines` without blank lines; None if they cannot be read.

    Bytes over 127 become the characters with the same numbers.
    """
    text = b"".join(lines).decode("latin-1")
    records: list[list[str]] = []
    at = 0
    while at < len(text):
        fields, at = _record(text, at, form)
        if fields is None:
            return None
        if fields != [""]:
            records.append(fields)
        at += 2 if text.startswith("\r\n", at) else 1
    return records


def lines_of_first(lines: list[bytes], form: Form) -> int:
    """Return how many of the lines belong to the first record.

    If it cannot be read, they go up to the one in which its first unreadable field begins.
    """
    text = b"".join(lines).decode("latin-1")
    _, end = _record(text, 0, form)
    return len(_LINE_END.findall(text, 0, end)) + 1


def _record(text: str, at: int, form: Form) -> tuple[list[str] | None, int]:
    """Return the fields of the record that begins at `at`, and where its line end is.

    If it cannot be read, return None and where the field begins that cannot.
    """
    quoted, spaced, unquoted = _fields(form)
    fields: list[str] = []
    while text.startswith(_MARK, at):
        at += len(_MARK)
    while True:
        if field := quoted.match(text, at) or spaced.match(text, at):
            fields.append(_unescaped(field[1].replace(2 * form.quote, form.quote), form))
        else:
            field = unquoted.match(text, at)
            if field is None or _opens(field[0], form):
                return None, at
            fields.append(_unescaped(field[0], form))
        at = field.end()
        if at == len(text) or text[at] != form.delimiter:
            return fields, at
        at += 1


@lru_cache(maxsize=16)
def _fields(form: Form) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    quote, escape, delimiter = map(re.escape, (form.quote, form.escape, form.delimiter))
    blank = (
        "[ \t]" if form.delimiter not in (" ", "\t") else "[ ]" if form.delimiter == "\t" else "\t"
    )
    signs = f"[{quote}{escape}{delimiter}]"
    escaped = f"|{escape}{signs}|{escape}" if escape else ""
    inside = rf"(?:[^{quote}{escape}]|{quote}{quote}{escaped})*+"
    quoted = rf"{blank}*{quote}({inside}){quote}(?={delimiter}|[\r\n]|\Z)"
    on_one_line = rf"(?:[^{quote}{escape}\r\n]|{quote}{quote}{escaped})*+"
    spaced = rf"{blank}*{quote}({on_one_line}){quote}{blank}+(?={delimiter}|[\r\n]|\Z)"
    outside = rf"(?:[^{delimiter}{escape}\r\n]{escaped})*+"
    return re.compile(quoted), re.compile(spaced), re.compile(outside)


def _unescaped(field: str, form: Form) -> str:
    if not form.escape:
        return field
    signs = "".join(map(re.escape, (form.quote, form.escape, form.delimiter)))
    return re.sub(rf"{re.escape(form.escape)}([{signs}])", r"\1", field)


def _opens(field: str, form: Form) -> bool:
    """Whether a field that is no quoted one begins as one. `"Bob" Smith` after a space may."""
    text = field.lstrip(" \t")
    if not text.startswith(form.quote):
        return False
    return text == field or form.quote not in text[1:].replace(2 * form.quote, "")


def delimiter_of(header: list[bytes], form: Form) -> str:
    """The delimiter that was named, or the one of , ; tab | that gives the header most fields."""
    return form.delimiter or max(
        _DELIMITERS,
        key=lambda one: max(
            map(len, parse(header, form._replace(delimiter=one)) or [[]]), default=0
        ),
    )


def below_the_lines_above(lines: list[bytes], form: Form) -> list[bytes]:
    """Return the lines without those that stand above the header."""
    is_of_rejects = bool(lines) and _OURS(lines[0].decode("latin-1")) is not None
    start = 0 if is_of_rejects else min(form.skip_lines, len(lines))
    while start < len(lines):
        text = lines[start].decode("latin-1").strip("\r\n").replace(2 * form.quote, "")
        if not _SEP(text) and text.strip(f" \t{_DELIMITERS}{form.delimiter}"):
            break
        start += 1
    return lines[start:]


def is_blank(record: list[str]) -> bool:
    """Whether a record is no row because nothing is in it."""
    return not "".join(record).strip()


def may_hold_rows(lines: list[bytes], width: int, form: Form) -> bool:
    """Whether a line inside a record, neither its first nor its last, is a row by itself."""
    for line in lines[1:-1]:
        if line.count(form.delimiter.encode()) >= width - 1:
            records = parse([line], form) or [[]]
            if len(records[0]) == width and any(map(_is_contact, records[0])):
                return True
    return False


def _is_contact(cell: str) -> bool:
    cell = cell.strip()
    return bool(_EMAIL(cell) or (_PHONE(cell) and sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS))
