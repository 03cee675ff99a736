"""What was understood of an input: what each column is used as, and what is doubtful about it.

Guarantee: pure. It holds names of columns, never a cell. A name that looks like a phone or an email
is replaced by the column's number: in a file without a header it is a contact's.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from cxone_async.contacts.further import EXTERNAL_ID
from cxone_async.contacts.model import FIELD_NAMES, SENT_FIELDS, FieldName, MappedName
from cxone_async.source.column_keys import key_of_column, listed, looks_like_data
from cxone_async.source.column_names import Likeness, likeness
from cxone_async.source.header import ColumnMap
from cxone_async.source.records import InputHeader
from cxone_async.source.reject_cells import RECORD_COLUMN

_SHOWN_CHARACTERS: Final = 100
_FIELDS_OF: Final[Mapping[Likeness, tuple[FieldName, ...]]] = {
    "name": ("first_name", "last_name"),
    "country": ("country",),
}


class ColumnUse(StrEnum):
    """What a column can be used as."""

    FIELD = "field"
    CUSTOM_FIELD = "custom_field"
    EXTERNAL_ID = "external_id"
    IGNORED = "ignored"


class InputColumn(msgspec.Struct, frozen=True):
    """A column of the input, in the input's order.

    `name` is "" for a column without one. `field` is the field that it is read as: of
    `MAPPED_NAMES`, or a custom field's name; "" for what is ignored.
    """

    name: str
    used_as: ColumnUse
    field: str = ""


class InputFormat(msgspec.Struct, frozen=True):
    """How the input was read. `sheet` is "" for what has no sheets.

    `lines_skipped` are the lines above the header.
    """

    encoding: str
    delimiter: str
    sheet: str = ""
    lines_skipped: int = 0


class Drift(msgspec.Struct, frozen=True):
    """The columns that have gone or come since the mapping was written, by their names."""

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.new)


class Understood(msgspec.Struct, frozen=True):
    """All that is said of an input's columns before its rows are read.

    `unsettled` are sentences: each says why an import would stop.
    """

    columns: tuple[InputColumn, ...]
    format: InputFormat
    unsettled: tuple[str, ...] = ()
    drift: Drift = Drift()


def input_columns(names: Sequence[str], columns: ColumnMap) -> tuple[InputColumn, ...]:
    """Return what each column of a header is used as."""
    used = dict(_uses(columns))
    return tuple(
        InputColumn(shown_name(index, name), *used.get(index, (ColumnUse.IGNORED, "")))
        for index, name in enumerate(names)
    )


def _uses(columns: ColumnMap) -> Iterator[tuple[int, tuple[ColumnUse, str]]]:
    """Yield the index of each column that is used, with its use. Another use is a line here."""
    for field, index in zip(FIELD_NAMES, columns.indexes, strict=True):
        if index is not None:
            yield index, (ColumnUse.FIELD, field)
    for index in columns.more_phones:
        yield index, (ColumnUse.FIELD, "phone")
    for index in columns.more_flags:
        yield index, (ColumnUse.FIELD, "dnc_flag")
    for index in columns.consents:
        yield index, (ColumnUse.FIELD, "consent")
    for column in columns.further:
        is_id = column.name == EXTERNAL_ID
        use = ColumnUse.EXTERNAL_ID if is_id else ColumnUse.CUSTOM_FIELD
        yield column.index, (use, column.name)


def shown_name(index: int, name: str) -> str:
    """Return a column's name as it may be shown to anybody; "" for a column without one."""
    if looks_like_data(name):
        return f"column {index + 1}"
    return " ".join(name.split())[:_SHOWN_CHARACTERS]


def unsettled(
    names: Sequence[str],
    columns: ColumnMap,
    *,
    mapped: Collection[MappedName],
    ignored: Iterable[str],
    is_country_given: bool,
) -> tuple[str, ...]:
    """Say which columns of names or countries may be missing from what is used.

    A person who had to map a column by hand has a header that was not understood. What else it
    holds has to be used, or said to be of no use. To go out with all columns that are left is no
    use that anybody meant. `mapped` are the fields that were mapped by hand,
    `ignored` the names of columns that are of no use; `name` and `country` stand there for columns
    that the file does not have. `is_country_given` says whether the default country was chosen.
    """
    if not any(field in SENT_FIELDS for field in mapped):
        return ()
    keys = {key_of_column(name) for name in ignored}
    rest = {column.index for column in columns.further if column.is_rest}
    meant = {column.index for column in columns.further} - rest
    used = {index for index, _ in _uses(columns)} - rest - meant
    found = []
    for kind, fields in _FIELDS_OF.items():
        has_column = [columns.indexes[FIELD_NAMES.index(field)] is not None for field in fields]
        if all(has_column):
            continue
        alike = [name for index, name in enumerate(names)
                 if index not in used and likeness(name) == kind]  # fmt: skip
        left = [
            name for name in alike
            if key_of_column(name) not in keys and names.index(name) not in meant
        ]  # fmt: skip
        if left:
            found.append(_unused(kind, left))
        elif not (
            any(has_column) or alike or _is_settled(kind, keys, is_country_given=is_country_given)
        ):
            found.append(_NONE[kind])
    return tuple(found)


_NONE: Final[Mapping[Likeness, str]] = {
    "name": "no column looks like a name: name one with --map last_name=COLUMN, or say that there "
    "is none with --ignore-column name",
    "country": "no column looks like a country: name one with --map country=COLUMN, or the country "
    "of all rows with --default-country, such as --default-country US",
}


def _unused(kind: Likeness, names: Sequence[str]) -> str:
    field = "first_name=COLUMN or last_name" if kind == "name" else "country"
    is_one = len(names) == 1
    return (
        f"{'a column that looks' if is_one else 'columns that look'} like a {kind} "
        f"{'is' if is_one else 'are'} not used: {listed(names)}; say what "
        f"{'it is' if is_one else 'each is'} with --map {field}=COLUMN, or that it is of no use "
        "with --ignore-column COLUMN"
    )


def _is_settled(kind: Likeness, keys: Collection[str], *, is_country_given: bool) -> bool:
    if kind == "country" and is_country_given:
        return True
    return any(key_of_column(one) in keys for one in (kind, *_FIELDS_OF[kind]))


def drift(names: Sequence[str], expected: Sequence[str]) -> Drift:
    """Compare a header with the columns that a mapping was written for, which may be none.

    Names are compared as everywhere: case and punctuation make no difference. The column that
    rejects.xlsx adds is not new.
    """
    if not expected:
        return Drift()
    present = {key_of_column(name) for name in names}
    known = {key_of_column(name) for name in expected}
    gone = (name for name in expected if key_of_column(name) not in present)
    new = (
        shown_name(index, name)
        for index, name in enumerate(names)
        if name.strip() not in ("", RECORD_COLUMN) and key_of_column(name) not in known
    )
    return Drift(tuple(gone), tuple(new))


def three_samples(
    records: Iterable[Sequence[str]], width: int, *, most_looked_at: int = 1000
) -> tuple[tuple[str, ...], ...]:
    """Return for each column the first three values that differ and are not blank."""
    found: list[dict[str, None]] = [{} for _ in range(width)]
    for record in islice(records, most_looked_at):
        for values, cell in zip(found, record, strict=False):
            if len(values) < 3 and (text := " ".join(cell.split())):
                values[text] = None
    return tuple(map(tuple, found))


def format_of(header: InputHeader, encoding: str, sheet: str = "") -> InputFormat:
    """Return how an input with this header and encoding is read."""
    return InputFormat(encoding, header.delimiter, sheet, lines_skipped=header.line - 1)
