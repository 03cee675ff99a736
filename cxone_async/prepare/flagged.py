"""Finds the people whom any row of a file marks as not to be called.

Guarantee: pure and sequential, as `stages` is: the result depends on the bytes and the job only.
So a resumed run finds the same people.

The file is read once for it, before the first row is prepared. A file without a column that marks
people is only looked through for words that mark them beside a phone (`202-555-0143 DNC`). Only the
rows that are marked are normalised. A second reading follows in one case only: a phone or an email
of a marked row may be that of a crowd. The first reading counts the cells of all rows in a fixed
number of places. Where a place has too many, the second one counts the rows and first names of
those very values.
"""

import re
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final
from zlib import crc32

from cxone_async.contacts.do_not_call import (
    Flag,
    has_consent,
    may_say_not_to_call,
    read_dnc_flag,
)
from cxone_async.contacts.flagged import MarkedIdentifiers, identifier_key
from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.contacts.normalise import Identifiers, Normaliser, rows_of
from cxone_async.contacts.phone_cell import label_says_not_to_call
from cxone_async.matching.corroborated.matcher import IDENTIFIER_BLOCK_LIMIT, MANY_FIRST_NAMES
from cxone_async.matching.corroborated.phones_emails import standardise_email, standardise_phone
from cxone_async.outcome import Reason
from cxone_async.prepare.outcome_settings import OutcomeSettings
from cxone_async.source.header import ColumnMap
from cxone_async.source.reader import Reader
from cxone_async.source.records import Records

_PLACES: Final = 1 << 22
_LAST_PLACE: Final = _PLACES - 1


def tells_people_apart(identifier: str) -> bool:
    """Say whether a phone or an email can be one person's alone, as the default policy sees it.

    Placeholders, role mailboxes and masked values cannot.
    """
    if "@" in identifier:
        return bool(standardise_email(identifier))
    return bool(standardise_phone(identifier, ""))


class _Reading(ABC):
    """One reading of the file: `feed` each block, then `finish`.

    Both raise UnreadableInputError, UsageError for the header.
    """

    def __init__(self, settings: OutcomeSettings) -> None:
        self._reader = Reader(settings.reading_rules)
        self._normaliser = Normaliser(settings.rules, tells_apart=tells_people_apart)

    def feed(self, block: bytes) -> None:
        self._take_if_any(self._reader.feed(block))

    def finish(self) -> None:
        self._take_if_any(self._reader.finish())

    def _take_if_any(self, records: Records) -> None:
        if records.rows and self._reader.columns is not None:
            self._take(records, self._reader.columns)

    @abstractmethod
    def _take(self, records: Records, columns: ColumnMap) -> None:
        """Take in the records of one block."""


class MarkedRows(_Reading):
    """The first reading: whom the rows mark, and how often each cell occurs."""

    def __init__(self, settings: OutcomeSettings) -> None:
        super().__init__(settings)
        self.marked = MarkedIdentifiers()
        self._places = array("I")  # of the cells of marked rows
        self._counts = array("I", [0]) * _PLACES
        self._row_before: tuple[int, list[str]] = 0, []

    def _take_if_any(self, records: Records) -> None:
        if self._reader.columns is not None:
            self._take_cut_flags(records, self._reader.columns)
        super()._take_if_any(records)

    def _take_cut_flags(self, records: Records, columns: ColumnMap) -> None:
        """Mark whom a flag means that a line break has cut off: it stands alone below its row."""
        header = self._reader.header
        last = len(header.names) - 1 if header else 0
        if last not in columns.flags:
            return
        for row, flag in self._flags_that_stand_alone(records):
            before = self._fields_of(row - 1, records)
            if before:
                [fields] = rows_of(columns.select([[*before[:last], flag]]))
                identifiers = self._normaliser.flagged_identifiers(fields)
                for key in _keys(identifiers) if identifiers else ():
                    self.marked.add(key, row)
        if records.rows:
            self._row_before = records.rows[-1], records.fields[-1]

    def _fields_of(self, row: int, records: Records) -> list[str]:
        """Return the fields of a row of this block or the last one before it; [] if it has none."""
        if row == self._row_before[0]:
            return self._row_before[1]
        at = bisect_left(records.rows, row)
        is_there = at < len(records.rows) and records.rows[at] == row
        return records.fields[at] if is_there else []

    def _flags_that_stand_alone(self, records: Records) -> Iterator[tuple[int, str]]:
        lines = [
            (bad.row, bad.raw.decode(self._reader.encoding or "utf-8", "replace"))
            for bad in records.unreadable
            if bad.problem.reason is Reason.TOO_FEW_FIELDS
        ]
        lines += [
            (row, self._fields_of(row, records)[0])
            for row, cells in records.filled.items()
            if cells == 1
        ]
        for row, line in lines:
            flag = line.strip(' \t"')
            if read_dnc_flag(flag) is Flag.YES:
                yield row, flag

    def _take(self, records: Records, columns: ColumnMap) -> None:
        fields, counts = records.fields, self._counts
        identifying = _identifying_columns(columns)
        for index in identifying:
            for crc in map(crc32, map(str.encode, map(itemgetter(index), fields))):
                counts[crc & _LAST_PLACE] += 1
        marked = _perhaps_marked(fields, columns)
        cells = columns.select([fields[at] for at in marked])
        for at, row_fields in zip(marked, rows_of(cells), strict=True):
            identifiers = self._normaliser.flagged_identifiers(row_fields)
            if identifiers is not None:
                for key in _keys(identifiers):
                    self.marked.add(key, records.rows[at])
                self._places.extend(_place(fields[at][index]) for index in identifying)

    def frequent_places(self) -> frozenset[int]:
        """Return the places of marked rows' cells that so many rows have as a crowd would."""
        counts = self._counts
        return frozenset(
            place for place in self._places if counts[place] >= IDENTIFIER_BLOCK_LIMIT
        ) - {_place("")}


class SharedValues(_Reading):
    """The second reading: which identifiers of marked rows are those of a crowd."""

    def __init__(
        self, settings: OutcomeSettings, places: frozenset[int], marked: MarkedIdentifiers
    ) -> None:
        super().__init__(settings)
        self._frequent_places = places
        self._marked = marked
        self._row_counts: Counter[int] = Counter()
        self._first_names: defaultdict[int, set[str]] = defaultdict(set)

    def _take(self, records: Records, columns: ColumnMap) -> None:
        places = self._frequent_places
        found = {
            at
            for index in _identifying_columns(columns)
            for at, record in enumerate(records.fields)
            if _place(record[index]) in places
        }
        cells = columns.select([records.fields[at] for at in sorted(found)])
        for fields in rows_of(cells):
            for key in _keys(self._normaliser.identifiers(fields)):
                if key in self._marked:
                    self._row_counts[key] += 1
                    names = self._first_names[key]
                    if len(names) <= MANY_FIRST_NAMES:
                        names.add(fields.first_name.strip().casefold())

    def shared(self) -> frozenset[int]:
        """Return the keys of the identifiers that matching takes for those of a crowd."""
        return frozenset(
            key
            for key, rows in self._row_counts.items()
            if rows >= IDENTIFIER_BLOCK_LIMIT and len(self._first_names[key]) > MANY_FIRST_NAMES
        )


class WordsOfNotCalling:
    """Looks through a file for words beside a phone that may ask not to call.

    Where a file has no column that can mark a person, such words are all that can, and reading the
    file for them would take long. Most files have none.
    """

    def __init__(self) -> None:
        self.are_there = False
        self._end = b""

    def feed(self, block: bytes) -> None:
        """Look through one block and where it meets the one before."""
        self.are_there = self.are_there or may_say_not_to_call(self._end + block)
        self._end = block[-_LONGEST_WORDS_BYTES:]


_LONGEST_WORDS_BYTES: Final = 64


def can_mark_people(columns: ColumnMap, settings: OutcomeSettings) -> bool:
    """Say whether a column of the file can mark a person as not to be called."""
    return bool(columns.consents or (columns.flags and settings.rules.constraints.dnc_enabled))


def _identifying_columns(columns: ColumnMap) -> list[int]:
    email = columns.indexes[FIELD_NAMES.index("email")]
    return [*_phone_columns(columns), *([] if email is None else [email])]


def _phone_columns(columns: ColumnMap) -> list[int]:
    first = columns.indexes[FIELD_NAMES.index("phone")]
    return [*([] if first is None else [first]), *columns.more_phones]


def _perhaps_marked(fields: Sequence[list[str]], columns: ColumnMap) -> list[int]:
    """Return the positions of the records that have a flag or a phone's label, or lack a consent.

    The cells of a column are few different ones, so each of those is read once. Few phones have a
    letter.
    """
    found: set[int] = set()
    for index in (*columns.flags, *columns.consents):
        cells = list(map(itemgetter(index), fields))
        marks = (
            {cell for cell in set(cells) if not has_consent(cell)}
            if index in columns.consents
            else {cell for cell in set(cells) if read_dnc_flag(cell) is not Flag.NO}
        )
        if marks:
            found.update(at for at, cell in enumerate(cells) if cell in marks)
    for index in _phone_columns(columns):
        cells = list(map(itemgetter(index), fields))
        if _LETTER.search("\n".join(cells)):
            found.update(at for at, cell in enumerate(cells) if label_says_not_to_call(cell))
    return sorted(found)


_LETTER: Final = re.compile(r"[^\W\d_]")


def _keys(identifiers: Identifiers) -> Iterator[int]:
    for identifier in (*identifiers.phones, *identifiers.emails):
        if identifier and tells_people_apart(identifier):
            yield identifier_key(identifier)


def _place(cell: str) -> int:
    return crc32(cell.encode()) & _LAST_PLACE
