"""Which columns of a suppression file hold phones and emails.

Guarantee: no column is guessed. A file with a header says it by its names. A file of several
columns without a header is read only where one column alone can be phones, or area code and
number stand in two columns that are no phone by themselves. Otherwise the run stops.

All phone and email columns of a file are used. In a file without a header, a column that is empty
in the sample still has to hold phones or emails wherever it is not. In one with a header, a column
of phones or emails whose name does not say so stops the run.

Pure.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from cxone_async.errors import UnreadableInputError

DELIMITERS: Final = (",", ";", "\t", "|")
"""Where several split the first line into equally many fields, the first of these wins."""

SAMPLE_LINES: Final = 1000

Reads = Callable[[str], bool]
"""Says whether a cell is a phone or an email."""


class Role(StrEnum):
    """What a column of a suppression file holds."""

    ENTRY = "entry"  # a phone or an email
    AREA = "area code"
    COUNTRY = "country or calling code"
    EXPIRY = "expiry"


# Names in lower case, letters and digits only.
_AREA_NAMES: Final = frozenset(
    "area areacode areacd npa prefix phoneprefix phoneareacode vorwahl ortsvorwahl indicatif "
    "prefijo prefisso ddd ladacode std stdcode netznummer".split()
)
_LOCAL_NAMES: Final = frozenset(
    "number localnumber phonenumberlocal subscriber subscribernumber rufnummer nummer numero "
    "número numéro phone phonenumber telephone telephonenumber telefon telefonnummer".split()
)
_COUNTRY_NAMES: Final = frozenset(
    "country countrycode countryiso isocountry countrycallingcode callingcode dialcode "
    "dialingcode diallingcode phonecountry phonecountrycode land landeskennzahl "
    "ländervorwahl landesvorwahl laendervorwahl pays pais país paese".split()
)
_EXPIRY_PARTS: Final = (
    "expir", "validuntil", "validto", "validthru", "enddate", "gültigbis", "gueltigbis",
    "ablauf", "scadenza", "caduc", "vencim",
)  # fmt: skip
_EXPIRY_NAMES: Final = frozenset({"until", "bis", "end"})
_ENTRY_PARTS: Final = (
    "phone", "mobile", "mobil", "msisdn", "telef", "teléf", "téléph", "telep", "rufnummer",
    "handy", "cellular", "móvil", "movil", "celular", "portable", "cellulare", "gsm", "landline",
    "caller", "email", "mailaddress", "mailadresse", "correo", "courriel",
)  # fmt: skip
_ENTRY_NAMES: Final = frozenset(
    "cell cellno cellnumber tel telno telnr telnumber telefonnr number numbers no nr nummer num "
    "numero número numéro fax faxnumber contact contactnumber entry value identifier dnc "
    "cli ani dn mail mails address".split()
)
# What says something about a phone or an email is neither.
_ABOUT_ENDS: Final = (
    "type", "typ", "status", "date", "datum", "fecha", "time", "source", "reason", "label",
    "carrier", "provider", "extension", "ext", "verified", "valid", "optin", "optout", "consent",
    "count", "added", "created", "updated", "owner", "name", "flag", "id", "code", "zip", "plz",
    "key",
)  # fmt: skip


_SPREADSHEET_HINT: Final = re.compile("sep=.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's lines are read.

    Without a `delimiter` a line is one entry. Otherwise it has `width` fields. `entries` are the
    columns of phones and emails; `pairs` those of an area code and of the number that follows it.
    `country` and `expiry` are columns, if there are any. `header_lines` are the lines to skip.
    """

    header_lines: int = 0
    delimiter: str = ""
    width: int = 1
    entries: tuple[int, ...] = (0,)
    pairs: tuple[tuple[int, int], ...] = ()
    country: int | None = None
    expiry: int | None = None

    @property
    def is_digits_apart(self) -> bool:
        """Whether a line is an area code, the delimiter and a number, and nothing else."""
        return self.pairs == ((0, 1),) and self.width == 2 and not self.entries


def read_layout(lines: Sequence[str], reads: Reads) -> Layout:
    """Find the layout from a file's first lines.

    Raises UnreadableInputError naming the line, without what it holds.
    """
    sample = lines[:SAMPLE_LINES]
    at = _first_line(sample, 0)
    skipped = 0
    if at is not None and _SPREADSHEET_HINT.fullmatch(sample[at].strip()):
        skipped = at + 1
        at = _first_line(sample, skipped)
    if at is None:
        return Layout(skipped)
    delimiter, first = max(
        ((one, _split([sample[at]], one)[0]) for one in DELIMITERS), key=lambda one: len(one[1])
    )
    roles = [_role_of(name) for name in first]
    is_header = any(roles) and not any(map(reads, first))
    if len(first) == 1:
        return Layout(at + 1 if is_header else skipped)
    data = [line for line in sample[at + is_header :] if not is_passed_over(line)]
    records = [one for one in _split(data, delimiter) if len(one) == len(first)]
    columns = [[cell.strip() for cell in column] for column in zip(*records, strict=True)]
    if is_header:
        layout = _named(first, roles, Layout(at + 1, delimiter, len(first)))
        _refuse_unnamed(first, roles, columns, reads, at + 1)
        return layout
    return _from_values(columns, Layout(skipped, delimiter, len(first)), reads, at + 1)


def _first_line(lines: Sequence[str], start: int) -> int | None:
    return next((at for at in range(start, len(lines)) if not is_passed_over(lines[at])), None)


def is_passed_over(line: str) -> bool:
    """Say whether a line is blank or a comment."""
    entry = line.lstrip("\ufeff \t")
    return not entry.strip() or entry[0] == "#"


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [record or [""] for record in csv.reader(lines, delimiter=delimiter)] or [[""]]
    except csv.Error:  # a field that is too long
        return [[line] for line in lines]


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _role_of(name: str) -> Role | None:
    key = _key(name)
    role = None
    if key in _EXPIRY_NAMES or any(part in key for part in _EXPIRY_PARTS):
        role = Role.EXPIRY
    elif key in _COUNTRY_NAMES:
        role = Role.COUNTRY
    elif key in _AREA_NAMES:
        role = Role.AREA
    elif key.endswith(_ABOUT_ENDS):
        role = None
    elif key in _ENTRY_NAMES or any(part in key for part in _ENTRY_PARTS):
        role = Role.ENTRY
    return role


def _named(names: Sequence[str], roles: Sequence[Role | None], base: Layout) -> Layout:
    line = base.header_lines
    entries = [at for at, role in enumerate(roles) if role is Role.ENTRY]
    areas = [at for at, role in enumerate(roles) if role is Role.AREA]
    pairs: tuple[tuple[int, int], ...] = ()
    if areas:
        local = [at for at in entries if _key(names[at]) in _LOCAL_NAMES]
        if len(areas) > 1 or len(local) != 1:
            raise UnreadableInputError(
                f"line {line}: the header has an area code, but not exactly one number that it "
                "belongs to; call them areacode and number"
            )
        pairs = ((areas[0], local[0]),)
        entries.remove(local[0])
    if not entries and not pairs:
        raise UnreadableInputError(
            f"line {line}: the header names no column of phones or emails; call it phone or email"
        )
    return Layout(
        base.header_lines,
        base.delimiter,
        base.width,
        tuple(entries),
        pairs,
        _only(roles, Role.COUNTRY, line),
        _only(roles, Role.EXPIRY, line),
    )


def _refuse_unnamed(
    names: Sequence[str],
    roles: Sequence[Role | None],
    columns: Sequence[Sequence[str]],
    reads: Reads,
    line: int,
) -> None:
    """Refuse a file that may hold people in a column whose name says nothing of them."""
    for at, column in enumerate(columns):
        is_told = roles[at] is not None or _key(names[at]).endswith(_ABOUT_ENDS)
        if not is_told and any(column) and _all(column, reads):
            raise UnreadableInputError(
                f"line {line}: column {at + 1} seems to hold phones or emails, but its name does "
                "not say so; call it phone or email, or leave it out"
            )


def _only(roles: Sequence[Role | None], wanted: Role, line: int) -> int | None:
    found = [at for at, role in enumerate(roles) if role is wanted]
    if len(found) > 1:
        raise UnreadableInputError(f"line {line}: the header has several columns of {wanted}")
    return found[0] if found else None


def _from_values(columns: Sequence[Sequence[str]], base: Layout, reads: Reads, line: int) -> Layout:
    blank = [at for at, column in enumerate(columns) if not any(column)]
    entries = [at for at, column in enumerate(columns) if at not in blank and _all(column, reads)]
    phones = [at for at in entries if any(cell and "@" not in cell for cell in columns[at])]
    pairs = [
        (at, at + 1)
        for at, (area, number) in enumerate(zip(columns, islice(columns, 1, None), strict=False))
        if _are_area_codes(area)
        and all(map(_is_digits, number))
        and _all([one + other for one, other in zip(area, number, strict=True)], reads)
    ]
    if len(phones) + len(pairs) > 1 or not (entries or pairs):
        raise UnreadableInputError(
            f"line {line}: the file has several columns and no header, and it cannot be told "
            "which of them are phones; begin it with a line of names, such as phone,email"
        )
    return Layout(
        base.header_lines,
        base.delimiter,
        base.width,
        tuple(sorted([*entries, *blank])),
        tuple(pairs),
    )


def _all(column: Sequence[str], reads: Reads) -> bool:
    return all(reads(cell) for cell in column if cell)


def _is_digits(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()


def _are_area_codes(column: Sequence[str]) -> bool:
    return all(_is_digits(cell) and 2 <= len(cell) <= 6 for cell in column)
