"""Finds the header of a CSV: below the lines that stand above it, with the delimiter that fits.

The delimiter is the one that fits header and rows together. Where several fit equally well, the
first of `DELIMITERS` wins. A `sep=;` line, as spreadsheets write it, names it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from string import punctuation
from typing import Final, NamedTuple

from cxone_async.errors import UnreadableInputError
from cxone_async.source.csv_form import DELIMITERS, CsvForm
from cxone_async.source.empty_ends import EmptyEnds
from cxone_async.source.reject_cells import (
    REJECT_COLUMNS,
    ends_a_header_of_rejects,
    has_reject_columns,
)
from cxone_async.source.scanner import Grammar, Scanned, is_contact, scan_record
from cxone_async.source.window import FoundRecords, Window, find_records

SAMPLE_BYTES: Final = 1 << 16
"""So much is read before the rows say what separates them and how they end."""

_SAMPLE_ROWS: Final = 100
_SIGNS: Final = frozenset(punctuation)
_QUOTES: Final = _SIGNS - {'"'}
_SEP_LINE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(\"?)sep=([ -~\t])\1[ \t,;|]*", re.IGNORECASE
).fullmatch


class LinesAbove:
    """Goes past the lines above a header: those to be skipped, `sep=`, blank ones, delimiters.

    A file of rejects begins with its header, so nothing of it is skipped.
    """

    def __init__(self, form: CsvForm) -> None:
        self._form = form
        self._named = ""
        self._skip_lines = form.skip_lines

    @property
    def delimiters(self) -> tuple[str, ...]:
        """What the delimiter may be; one that a `sep=` line names comes first."""
        if self._form.delimiter:
            return (self._form.delimiter,)
        return tuple(dict.fromkeys((self._named, *DELIMITERS))) if self._named else DELIMITERS

    @property
    def named(self) -> str:
        """The delimiter that a `sep=` line or the user names, or ""."""
        return self._form.delimiter or self._named

    def first_below(self, window: Window, first_line: int) -> int:
        """Return the index of the first line of the window that is not above the header.

        `first_line` is the number of the window's first line in the input.
        """
        if first_line == 1 and window.raw and ends_a_header_of_rejects(window.raw[0]):
            self._skip_lines = 0  # the lines above are not in it
        start = max(0, self._skip_lines + 1 - first_line)
        signs = b" \t" + "".join(self.delimiters).encode()
        empty_cell = (2 * self._form.quote).encode()
        while start < len(window.raw):
            raw = window.raw[start]
            if sep := _SEP_LINE(raw):
                self._named = sep[2].decode()
            elif raw.replace(empty_cell, b"").strip(signs):
                break
            start += 1
        return min(start, len(window.raw))


class HeaderReading(NamedTuple):
    """The header as one delimiter reads it, and how well that fits the rows below.

    `has_lone_contacts`: rows are a phone or an email and nothing else as a rule.
    """

    header: Scanned
    grammar: Grammar
    empty_ends: EmptyEnds
    has_lone_contacts: bool
    fit: tuple[bool, float, int, int]


def read_header_record(
    window: Window, start: int, above: LinesAbove, form: CsvForm, *, final: bool
) -> HeaderReading | None:
    """Read the header that starts in line `start`; None when it needs more lines."""
    sample = window.part(start, SAMPLE_BYTES)
    readings: list[HeaderReading] = []
    for delimiter in above.delimiters:
        grammar = Grammar(delimiter, form.quote, form.escape)
        header = scan_record(window, start, grammar, final=final)
        if header is None:
            return None
        grammar = _with_header(grammar, header.fields, window.text[start])
        found = records_below(sample, header.stop - start, grammar)
        rows = [fields for fields in found.fields if any(fields)][:_SAMPLE_ROWS]
        readings.append(
            HeaderReading(
                header,
                grammar,
                EmptyEnds.of(rows, grammar.width),
                _has_lone_contacts(rows),
                _fit(header, grammar, rows),
            )
        )
    named = readings[0]
    if above.named and len(named.header.fields) > 1:
        return named
    best = max(readings, key=lambda reading: reading.fit)
    if len(best.header.fields) == 1:  # an open quote may hide the delimiters
        refused = [one for one in readings if one.header.problem is not None]
        best = next((one for one in refused if one.grammar.delimiter in window.text[start]), best)
    return best


def _has_lone_contacts(rows: Sequence[Sequence[str]]) -> bool:
    lone = sum(len(row) == 1 and is_contact(row[0]) for row in rows)
    return lone > 0 and 2 * lone >= len(rows)


def refuse_signs_around(names: Sequence[str], grammar: Grammar) -> None:
    """Refuse a header whose names all stand in another quote, or between longer delimiters.

    The rows would be read with these signs in their cells. Raises UnreadableInputError. A quote
    that the user has named is believed.
    """
    if len(names) == 1 or not all(names) or grammar.quote != CsvForm().quote:
        return
    before, after = [name[0] for name in names], [name[-1] for name in names]
    sign = after[0]
    if {*before, *after} == {sign} <= _QUOTES and all(len(name) > 2 for name in names):
        raise UnreadableInputError(
            f"the names in the header all stand in {sign}: if it is the quote, give "
            f"--quote {sign!r}"
        )
    if {*before[1:], *after[:-1]} == {sign} <= _SIGNS and sign not in (before[0], after[-1]):
        raise UnreadableInputError(
            f"the names in the header stand apart by {sign}{grammar.delimiter}{sign}, and a "
            "delimiter is one character: have the file written with one"
        )


def _with_header(grammar: Grammar, names: Sequence[str], first_line: str) -> Grammar:
    is_of_rejects = has_reject_columns(names)
    return replace(
        grammar,
        width=len(names) - len(REJECT_COLUMNS) * is_of_rejects,
        header_line=first_line.rstrip("\r\n"),
        is_of_rejects=is_of_rejects,
    )


def _fit(
    header: Scanned, grammar: Grammar, rows: Sequence[Sequence[str]]
) -> tuple[bool, float, int, int]:
    """Say how well a header fits, to be compared: can it be read, columns times rows, columns.

    A row that lacks cells at its end fits by half. A space after a delimiter speaks of prose.
    """
    names, width = header.fields, grammar.width
    fitting = sum(
        0.5 if len(row) < width else 1.0
        for row in rows
        if 1 < len(row) <= width or not any(row[width:])
    )
    share = fitting / len(rows) if rows else 1.0
    unspaced = sum(not name.startswith(" ") for name in names)
    return header.problem is None, round(share * (width - 1), 1), width, unspaced


def records_below(sample: Window, below: int, grammar: Grammar) -> FoundRecords:
    """The records of a sample from line `below` on."""
    if grammar.is_of_rejects:
        sample = sample.of_rejects(grammar)
    return find_records(sample, min(below, len(sample.raw)), grammar, final=False)
