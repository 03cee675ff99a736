"""From the lines of a suppression file to phones and emails.

Guarantee: no line is skipped, apart from blank ones and comments (`#`). A line that is neither a
phone nor an email makes the file unreadable, and so does a phone without its area code or calling
code: as it stands it would never equal a contact's number. In a table with a header, a record that
has neither is counted as `empty`. A file without any entry is refused: it is an export that went
wrong more often than a list of nobody.

Phones and emails are read as contacts are. In a cell with several, each is listed.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Final

import msgspec
from phonenumbers import region_code_for_country_code

from cxone_async.contacts.checks import EmailCheck
from cxone_async.contacts.country import read_country
from cxone_async.contacts.email import read_email
from cxone_async.contacts.phone import PhoneNumber, read_phone
from cxone_async.contacts.suppression_digits import PLAIN_EMAILS, PlainLines, plain_lines
from cxone_async.errors import UnreadableInputError
from cxone_async.outcome import Problem, Reason
from cxone_async.suppression.expiry import has_expired
from cxone_async.suppression.layout import Layout, is_passed_over, read_layout
from cxone_async.suppression.sorted_numbers import NumberSorter, limbs_of, number_of

_LINES_NAMED_LIMIT: Final = 10
_UNREADABLE_LIMIT: Final = 1000
_NO_ENTRY: Final = (
    "no phone and no email in it; give the right file, or leave out --suppress if nobody is to be "
    "kept from a call"
)
_RECORDS_AT_ONCE: Final = 4096
_EMAILS_IN_MEMORY: Final = 50_000
_BETWEEN_ENTRIES: Final = re.compile(r"\s*[,;|]\s*")
_PUNCTUATED: Final = re.compile("[0-9][() -]+[0-9]")
_BARE_DIGITS: Final = re.compile(r'(?:^|[",;|])\s*[1-9][0-9]{7,14}(?![0-9])', re.MULTILINE)
_PUNCTUATION: Final = str.maketrans("", "", "() -")
_UNKNOWN_REGION: Final = "ZZ"
_NUMBERS: Final = msgspec.json.Decoder(list[float])


class Entries:
    """The phones and emails of all files of a run, as they are read."""

    def __init__(self, phones: NumberSorter, emails: tuple[NumberSorter, NumberSorter]) -> None:
        self.phones = phones
        self.emails = emails
        self.long_phones: set[str] = set()
        self.few_emails: set[str] = set()

    def add_phone(self, digits: str) -> None:
        """List a phone. Raises CannotWriteError."""
        number = number_of(digits)
        if number is None:
            self.long_phones.add(digits)
        else:
            self.phones.add((number,))

    def add_emails(self, emails: Iterable[str]) -> None:
        """List emails. Raises CannotWriteError."""
        self.few_emails.update(emails)
        if len(self.few_emails) > _EMAILS_IN_MEMORY:
            self.move_emails()

    def move_emails(self) -> None:
        """Keep two numbers for each email, in place of its text. Raises CannotWriteError."""
        for sorter, numbers in zip(self.emails, limbs_of(self.few_emails), strict=True):
            sorter.add(numbers)
        self.few_emails.clear()


@dataclass(slots=True)
class FileReader:
    """Reads one file into `entries`; its counts are valid afterwards.

    `region` is the ISO 3166 alpha-2 code in which phones without a calling code are read. `day`
    (ISO 8601) is the one on which the run began.
    """

    entries: Entries
    region: str
    day: str
    phones: int = 0
    emails: int = 0
    expired: int = 0
    empty: int = 0
    has_expiry: bool = False
    has_bare_digits: bool = False
    unreadable: list[int] = field(default_factory=list)

    def read(self, texts: Iterator[str]) -> None:
        """Read a file from pieces of whole lines, split by newlines, the last one without.

        Raises UnreadableInputError naming the lines that cannot be read, or for a file in which
        there is no entry, CannotWriteError.
        """
        first = next(texts, None)
        if first is None:
            raise UnreadableInputError(_NO_ENTRY)
        layout = read_layout(first.split("\n"), lambda cell: _reads(cell, self.region))
        self.has_expiry = layout.expiry is not None
        texts = chain([first], texts)
        if not layout.delimiter:
            self._read_lines(texts, layout, "")
        elif layout.is_digits_apart:
            self._read_lines(texts, layout, layout.delimiter)
        else:
            self._read_table(texts, layout)
        self._refuse_unreadable()
        # An expired entry is one: that list was whole, and its people may be called again.
        if not (self.phones or self.emails or self.expired):
            raise UnreadableInputError(_NO_ENTRY)

    def _read_lines(self, texts: Iterator[str], layout: Layout, joint: str) -> None:
        """Read a file with one entry on each line; `joint` stands inside an entry.

        An entry is digits only where there is a joint, so that a table's records cannot be
        taken for something else.
        """
        line = 1
        for text in texts:
            count = text.count("\n") + 1
            skip = max(0, layout.header_lines - line + 1)
            if skip:
                lines = text.split("\n")
                text = "\n".join([""] * skip + lines[skip:])  # noqa: PLW2901  without the header
            if joint:
                text = self._joined(text, joint, line)  # noqa: PLW2901
            self._take(text, range(line, line + count), self.region)
            line += count

    def _joined(self, text: str, joint: str, first_line: int) -> str:
        if text.count(joint) == text.count("\n") + 1 and '"' not in text and "#" not in text:
            return text.replace(joint, "")
        joined = []
        for line, raw in enumerate(text.split("\n"), start=first_line):
            fields = [] if is_passed_over(raw) else next(csv.reader([raw], delimiter=joint), [])
            if len(fields) not in (0, 2):
                self._note_unreadable(line)
                fields = []
            joined.append("".join(one.strip() for one in fields))
        return "\n".join(joined)

    def _read_table(self, texts: Iterator[str], layout: Layout) -> None:
        lines = chain.from_iterable(f"{text}\n".splitlines(keepends=True) for text in texts)
        reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
        for _ in range(layout.header_lines):
            next(reader, None)
        while True:
            first_line = reader.line_num + 1
            try:
                records = list(islice(reader, _RECORDS_AT_ONCE))
            except csv.Error as error:
                # A quote that is not closed, or text after one: what follows cannot be told apart.
                named = [*self.unreadable, reader.line_num]
                raise UnreadableInputError(_message_for(named)) from error
            if not records:
                return
            if reader.line_num - first_line + 1 == len(records):
                numbers: Sequence[int] = range(first_line, reader.line_num + 1)
            else:
                numbers = _first_lines(records, first_line)
            self._take_records(records, numbers, layout)

    def _take_records(
        self, records: Sequence[list[str]], lines: Sequence[int], layout: Layout
    ) -> None:
        whole = []
        for record, line in zip(records, lines, strict=True):
            if len(record) == layout.width:
                whole.append((record, line))
            elif any(map(str.strip, record)) and not is_passed_over(record[0]):
                self._note_unreadable(line)
        if any(is_passed_over(record[0]) for record, _ in whole):
            whole = [
                one for one in whole if any(map(str.strip, one[0])) and not _is_comment(one[0][0])
            ]
        if layout.expiry is not None:
            kept = []
            for record, line in whole:
                if not has_expired(record[layout.expiry], self.day):
                    kept.append((record, line))
                elif _has_entry(record, layout):
                    self.expired += 1
                else:
                    self.empty += 1
            whole = kept
        for region, some in self._by_region(whole, layout.country).items():
            self._take_columns(some, layout, region)

    def _by_region(
        self, records: list[tuple[list[str], int]], country: int | None
    ) -> dict[str, list[tuple[list[str], int]]]:
        if country is None:
            return {self.region: records}
        found: dict[str, list[tuple[list[str], int]]] = {}
        for record, line in records:
            region = _region_of(record[country], self.region)
            if region == _UNKNOWN_REGION:
                self._note_unreadable(line)
            else:
                found.setdefault(region, []).append((record, line))
        return found

    def _take_columns(
        self, records: Sequence[tuple[list[str], int]], layout: Layout, region: str
    ) -> None:
        if not records:
            return
        lines = [line for _, line in records]
        columns = [[record[at] for record, _ in records] for at in layout.entries]
        columns += [
            [_area_and_number(record[area], record[number]) for record, _ in records]
            for area, number in layout.pairs
        ]
        self.empty += sum(not any(map(str.strip, cells)) for cells in zip(*columns, strict=True))
        for cells in columns:
            self._take("\n".join(map(_in_one_line, cells)), lines, region)

    def _take(self, text: str, lines: Sequence[int], region: str) -> None:
        """Read a text of one entry a line; `lines` are their numbers."""
        self.has_bare_digits = self.has_bare_digits or _BARE_DIGITS.search(text) is not None
        text = self._take_plain_phones(text, region)
        if "@" in text:
            emails = PLAIN_EMAILS.findall(text)
            self.entries.add_emails("\n".join(emails).lower().split("\n") if emails else ())
            self.emails += len(emails)
            text = PLAIN_EMAILS.sub("", text)
        if text.count("\n") == len(text):
            return
        for cell, line in zip(text.split("\n"), lines, strict=True):
            if cell and not is_passed_over(cell) and not self._take_cell(cell, region):
                self._note_unreadable(line)

    def _take_plain_phones(self, text: str, region: str) -> str:
        """List the plain phones in a text; return it with their lines left empty."""
        plain = plain_lines(region)
        if plain is None:
            return text
        left = self._take_matches(plain, text)
        if plain.has_one_length and _PUNCTUATED.search(left):
            compact = self._take_matches(plain, left.translate(_PUNCTUATION))
            if compact.count("\n") == len(compact):
                return compact
            # What is still there goes on as it stands.
            lines = zip(left.split("\n"), compact.split("\n"), strict=True)
            left = "\n".join([raw if rest else "" for raw, rest in lines])
        return left

    def _take_matches(self, plain: PlainLines, text: str) -> str:
        found = plain.pattern.findall(text)
        if not found:
            return text
        code = plain.calling_code
        # The fastest way from a million texts to a million numbers.
        self.entries.phones.add(_NUMBERS.decode(f"[{code}{f',{code}'.join(found)}]"))
        self.phones += len(found)
        line_ends = text.count("\n")
        return "\n" * line_ends if len(found) > line_ends else plain.pattern.sub("", text)

    def _take_cell(self, cell: str, region: str) -> bool:
        """Read a cell of one or several entries; say whether all of it could be read."""
        entry = _unquoted(cell.lstrip("\ufeff").strip())
        parts = [part for part in _BETWEEN_ENTRIES.split(entry) if part]
        for part in parts:
            if "@" in part:
                email = _email_of(part)
                if email is None:
                    return False
                self.entries.add_emails((email,))
                self.emails += 1
            else:
                phones = _phones_of(part, region)
                if not phones:
                    return False
                for digits in phones:
                    self.entries.add_phone(digits)
                self.phones += 1
        return bool(parts)

    def _note_unreadable(self, line: int) -> None:
        if not self.unreadable or self.unreadable[-1] != line:
            self.unreadable.append(line)
        if len(self.unreadable) > _UNREADABLE_LIMIT:
            self._refuse_unreadable()

    def _refuse_unreadable(self) -> None:
        if self.unreadable:
            raise UnreadableInputError(_message_for(sorted(set(self.unreadable))))


# E.164, 6.1; a spreadsheet may have made a float of it
_DIGITS_WITH_CODE: Final = re.compile(r"([1-9][0-9]{7,14})(?:\.0+)?")


def _phones_of(cell: str, region: str) -> tuple[str, ...]:
    """Read the phones of a cell as a contact's are read; () if the first cannot be.

    A number with a plus sign may be another country's, or a national one with a stray plus: then
    both are listed. Digits without a plus that are no number of the region are read with their
    calling code, as this program writes them.
    """
    phone = read_phone(cell, region)
    if isinstance(phone, Problem) and (digits := _DIGITS_WITH_CODE.fullmatch(cell)):
        phone = read_phone("+" + digits[1], "")
    if isinstance(phone, Problem) and phone.reason is Reason.PHONE_AMBIGUOUS:
        readings = (read_phone(cell, ""), read_phone(cell.replace("+", ""), region))
        return tuple(one.digits for one in readings if isinstance(one, PhoneNumber))
    return () if isinstance(phone, Problem) else (phone.digits, *phone.others)


def _email_of(cell: str) -> str | None:
    """Read an email as a contact's is read; None if it cannot be."""
    email = read_email(cell, EmailCheck.SYNTAX)
    return None if isinstance(email, Problem) else email


def _reads(cell: str, region: str) -> bool:
    entry = cell.lstrip("\ufeff").strip()
    return (_email_of(entry) if "@" in entry else _phones_of(entry, region) or None) is not None


@lru_cache(maxsize=4096)
def _region_of(cell: str, default: str) -> str:
    """Return the region that a country or a calling code names; "ZZ" if it names none."""
    text = cell.strip()
    digits = text.removeprefix("+").removeprefix("00")
    if digits.isascii() and digits.isdigit() and len(digits) <= 3:
        return region_code_for_country_code(int(digits))
    country = read_country(cell, default)
    return _UNKNOWN_REGION if isinstance(country, Problem) else country


def _area_and_number(area: str, number: str) -> str:
    area, number = area.strip(), number.strip()
    if not number:
        return ""
    return area + number if (area + number).isdigit() else f"{area} {number}".strip()


def _has_entry(record: Sequence[str], layout: Layout) -> bool:
    columns = chain(layout.entries, (number for _, number in layout.pairs))
    return any(record[at].strip() for at in columns)


def _in_one_line(cell: str) -> str:
    return cell.replace("\n", ";") if "\n" in cell else cell


def _is_comment(cell: str) -> bool:
    return cell.lstrip("\ufeff \t").startswith("#")


def _unquoted(entry: str) -> str:
    if len(entry) > 1 and entry[0] == entry[-1] == '"':
        return entry[1:-1].replace('""', '"').strip()
    return entry


def _first_lines(records: Iterable[Sequence[str]], line: int) -> list[int]:
    lines = []
    for record in records:
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in record)
    return lines


def _message_for(unreadable: Sequence[int]) -> str:
    named = ", ".join(str(number) for number in unreadable[:_LINES_NAMED_LIMIT])
    more = len(unreadable) - _LINES_NAMED_LIMIT
    at_least = "at least " if len(unreadable) > _UNREADABLE_LIMIT else ""
    return (
        f"neither an email nor a full phone number in "
        f"line{'s' if len(unreadable) > 1 else ''} {named}"
        f"{f' and {at_least}{more} more' if more > 0 else ''}; "
        f"a phone of another country needs its plus sign and calling code"
    )
